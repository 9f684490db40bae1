"""`sakshi-audit monitor`: follows all logs of a server from outside and says what is wrong.

One round: the policy; each state log to its newest head, replayed; each log with news, an open
finding or long unvisited; what is announced but does not come. Then the hooks hear what is new.
A round that is stopped or killed is taken up where it was. docs/monitoring.md.
"""

import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path

from audit.monitoring import evidence_proofs, overdue, witnesses
from audit.monitoring.anchor import NoAnchor, anchor, first_use
from audit.monitoring.clocks import Clocks
from audit.monitoring.context import Context, Options
from audit.monitoring.ledger import Found, Ledger
from audit.monitoring.logs import Logs
from audit.monitoring.mirror_writer import MirrorWriter
from audit.monitoring.model import LogState
from audit.monitoring.notify import Notifier
from audit.monitoring.replay import Replay
from audit.monitoring.rules import PLAIN, kind_of, lineage, names
from audit.monitoring.scheduler import Halted, Job, Scheduler
from audit.monitoring.store import ALL, Store, StoreError
from audit.monitoring.visit import Visit
from audit.monitoring.wire import Site, Unreachable
from audit.monitoring.witnesses import Heard
from trust.formats.errors import FormatError
from trust.formats.notes import VerifierKey
from trust.formats.policy import PolicyLog
from trust.formats.times import format_time

EXIT_RIGHT, EXIT_WRONG, EXIT_UNCHECKED = 0, 1, 2
FORMAT = "sakshi-monitor-report/1"
CONNECTIONS = 4
"""Kept-alive connections to the server at most; the limit of speed is that of all together."""

_CUT_SHORT = (
    "The round was stopped before its end; what it had read is kept, and the next goes on there."
)


@dataclass(slots=True)
class Outcome:
    """What one round found."""

    server: str
    at: int
    open: list[Found] = field(default_factory=list)
    news: list[int] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    first_use: bool = False
    witnesses: list[Heard] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """1 while a finding is open that nobody acknowledged; else 2 if something was not asked."""
        if any(not found.acknowledged for found in self.open):
            return EXIT_WRONG
        return EXIT_UNCHECKED if self.unchecked else EXIT_RIGHT

    def as_json(self) -> dict[str, object]:
        """The report as one JSON object."""
        return {
            "format": FORMAT, "server": self.server, "time": format_time(self.at),
            "exit": self.exit_code, "findings": [found.as_json() for found in self.open],
            "new": self.news, "not_checked": self.unchecked, "counts": self.counts,
            "policy_from_server": self.first_use,
            "witnesses": [heard.as_json() for heard in self.witnesses],
        }  # fmt: skip


@dataclass(slots=True)
class Monitor:
    """Follows one site with one state file, several logs at once."""

    site: Site
    store: Store
    evidence: Path
    options: Options = field(default_factory=Options)
    policy: bytes | None = None
    teller: Notifier = field(default_factory=Notifier)
    connections: int = CONNECTIONS
    keeper: MirrorWriter | None = None
    clock: Callable[[], int] = lambda: int(time.time())
    sleep: Callable[[float], object] | None = None
    progress: Callable[[str], None] = lambda text: None
    _turns: Scheduler | None = None
    _stopped: bool = False

    def round(self) -> Outcome:
        """Check everything that is due, once, or until `stop`.

        Raises FormatError for a policy that cannot be read, StoreError when the state file or the
        evidence cannot be written.
        """
        scheduler = self._turns = Scheduler(self.site, self.connections, self.sleep)
        if self._stopped:
            scheduler.interrupt()
        scheduler.take()
        try:
            outcome, ledger = self._begin()
            try:
                self._round(scheduler, ledger, outcome)
                self._tell(ledger, scheduler.away)
            except Halted:
                ledger.could_not(_CUT_SHORT)
            except Exception:
                with suppress(sqlite3.Error, OSError):
                    self._tell(ledger)  # whatever went wrong then, this was found before
                raise
            self._end(outcome, ledger)
            return outcome
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"{self.store.path} or {self.evidence} failed: {error}.") from None
        finally:
            scheduler.give()

    def stop(self) -> None:
        """End the round that goes on, as soon as it waits for the server; no other begins."""
        self._stopped = True
        if self._turns is not None:
            self._turns.interrupt()

    def abandon(self, patience: float) -> Outcome:
        """Report a stopped round that hangs in the system, and let it touch nothing any more."""
        if self._turns is not None and not self._turns.take(patience):
            raise StoreError(f"The round did not end; {self.store.path} is as of a second before.")
        outcome, ledger = self._begin()
        ledger.could_not(_CUT_SHORT)
        self._end(outcome, ledger)
        return outcome

    def _begin(self) -> tuple[Outcome, Ledger]:
        now = self.clock()
        ledger = Ledger(self.store, self.evidence, now, self.options.evidence_limit)
        return Outcome(self.site.base, now, unchecked=ledger.unchecked), ledger

    def _end(self, outcome: Outcome, ledger: Ledger) -> None:
        self.store.flush()
        outcome.open, outcome.news = ledger.open(), ledger.news
        outcome.first_use = first_use(self.store)

    def _tell(
        self, ledger: Ledger, away: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        for fault in self.teller.tell(ledger, self.site.base, away):
            ledger.could_not(fault)

    def _round(self, scheduler: Scheduler, ledger: Ledger, outcome: Outcome) -> None:
        try:
            policy, beyond = anchor(scheduler, self.store, ledger, self.policy)
        except NoAnchor as error:
            ledger.could_not(str(error))
            return
        ctx = Context(
            scheduler,
            Logs(scheduler),
            self.store,
            ledger,
            self.options,
            policy,
            outcome.at,
            Clocks(self.store, ledger, outcome.at, self.options.tolerance),
            self.progress,
        )
        outcome.counts = ctx.counts
        try:
            self._logs(ctx, beyond, outcome)
        finally:
            ctx.clocks.settle(witnesses.times(outcome.witnesses), self.clock, self.site.clock())

    def _logs(self, ctx: Context, beyond: dict[str, VerifierKey], outcome: Outcome) -> None:
        complete = self._states(ctx, beyond)
        outcome.witnesses = witnesses.check(ctx, partial(self._state, ctx))
        _unknown(ctx)
        ctx.scheduler.each(self._subjects(ctx))
        for origin in sorted(ctx.policy.keys()):
            if (state := ctx.store.log(origin)) is not None:
                evidence_proofs.complete(ctx, state)
        try:
            overdue.check(ctx, complete=complete)
        except Unreachable as error:
            ctx.ledger.could_not(str(error))
        if self.keeper is not None:
            self.keeper.keep(ctx)

    def _states(self, ctx: Context, beyond: dict[str, VerifierKey]) -> bool:
        """Follow the state logs; each closed one vouches for the key of the next.

        Whether all were verified to their newest heads.
        """
        waiting, complete = ctx.policy.keys(), True
        done: dict[str, VerifierKey] = {}
        while waiting:
            origin = min(waiting)
            done[origin] = waiting.pop(origin)
            complete &= self._state(ctx, done[origin]) or origin in ctx.postponed
            after = _vouched(ctx.store.log(origin))
            if after is None:
                continue
            known = waiting.get(after.name, done.get(after.name, beyond.get(after.name)))
            if known not in (None, after):
                self._other_key(ctx, origin, after)
            if after.name not in waiting and after.name not in done:
                waiting[after.name] = after
                ctx.policy = replace(ctx.policy, logs=(*ctx.policy.logs, PolicyLog(after)))
        for origin in sorted(ctx.postponed):
            complete &= self._state(ctx, done[origin])
        for origin in sorted(set(beyond) - set(done)):
            ctx.ledger.could_not(
                "The server names a state log that your policy does not pin and that no log you "
                f"follow vouches for: {origin}. Get a new policy from where you got the first."
            )
            complete = False
        return complete

    def _other_key(self, ctx: Context, origin: str, after: VerifierKey) -> None:
        log = ctx.store.log(origin)
        words = f"{origin} says at its end that it has another key than the policy gives."
        evidence = {"closed.note": log.note if log else None, "key.txt": after.format()}
        scope = f"fact:{after.name}:key"
        ctx.ledger.found("key-changed", after.name, words, scope=scope, evidence=evidence)

    def _state(self, ctx: Context, key: VerifierKey) -> bool:
        """Follow one state log; whether it was verified to its newest head."""
        origin = key.name
        log = ctx.store.know(origin, kind_of(origin))
        if log.vkey is None:
            log.vkey = key.format()
            ctx.store.save(log)
        if not self._visit(ctx, log, Replay(ctx)) or log.verified != ctx.now:
            return False
        if log.note is not None and origin not in ctx.left:
            ctx.store.add_seen(origin, log.size, log.root, log.note, ctx.now)
        return True

    def _subjects(self, ctx: Context) -> Iterator[Job]:
        """A job for each subject with logs that are due; its years keep their order."""
        sweep = ALL if ctx.options.only else ctx.options.sweep
        due = filter(ctx.chosen, ctx.store.due(sweep))
        for _, logs in groupby(due, lineage):
            yield partial(self._subject, ctx, list(logs))

    def _subject(self, ctx: Context, due: list[str]) -> None:
        for origin in due:
            log = ctx.store.log(origin)
            if log is None:
                continue
            if log.vkey is None:
                self._keyless(ctx, log)
            else:
                self._visit(ctx, log, None)

    def _visit(self, ctx: Context, log: LogState, sink: Replay | None) -> bool:
        try:
            Visit(ctx, log, sink).run()
        except Unreachable as error:
            ctx.ledger.could_not(str(error))
            return False
        return True

    def _keyless(self, ctx: Context, log: LogState) -> None:
        """A log whose heads the state log holds but whose key could not be read."""
        heads = ctx.store.heads(log.origin)
        if not heads:
            return
        state = heads[0].state
        if ctx.ledger.open_scopes(f"doc:{state}:") or ctx.ledger.open_scopes(f"fact:{state}:"):
            ctx.ledger.could_not(
                f"{log.origin} was not checked: its key in {state} could not be read."
            )
            return
        held = ctx.store.log(state)
        index, scope = heads[0].index, f"fact:{log.origin}:key"
        evidence = {} if held is None else dict(evidence_proofs.sealed(ctx, held, index))
        evidence["admitted.note"] = heads[0].note
        words = f"Entry {index} of {state} is a head of it, and no entry before gives its key."
        ctx.ledger.found("no-key", log.origin, words, scope=scope, evidence=evidence)


def _unknown(ctx: Context) -> None:
    """Say which of the subjects that were asked for no state log has named."""
    wanted = [name for name in ctx.options.only if kind_of(name) == PLAIN]
    for log in ctx.store.logs() if wanted else ():
        wanted = [name for name in wanted if not names(name, log.origin)]
    for name in wanted:
        ctx.ledger.could_not(f"The state log names no log of {name} yet.")


def _vouched(log: LogState | None) -> VerifierKey | None:
    """The key of the next state log, as the end of a verified one states it."""
    if log is None or log.closed is None or log.closed >= log.size or not log.next_key:
        return None
    try:
        key = VerifierKey.parse(log.next_key)
    except FormatError:
        return None
    return key if key.name == log.next else None
