"""Sweeps: witnesses cosign the newest head of every log, not only of the state log.

The state log's witness status alone makes an entry published (docs/adr/0006). A sweep
lets a witness vouch for each society's log by itself, so that whoever reads one log alone, without
the state log, sees who else has seen its head. It asks over connections that stay open, several at
once, for those logs only that have grown since their witness last cosigned, and stores each page of
answers in one transaction: killed at any moment, the next sweep asks for what is left.

Of each log and witness only the newest cosignature is kept. It is served with the checkpoint until
the log grows; then the next sweep brings the next.
"""

import logging
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import SimpleQueue

from sqlalchemy import Connection, bindparam, delete, func, select, text, tuple_

from trust.formats.errors import SakshiError
from trust.formats.policy import PolicyWitness
from trust.log import batch_queries, queries, tree_queries
from trust.log.context import Context
from trust.log.errors import LogError
from trust.log.model import LogInfo
from trust.log.tables import log, log_cosignature, log_head
from trust.log.witnesses import witnessfaults, witnesspolicy
from trust.log.witnesses.witnessclient import Cosigned, Line, WitnessError, name_of

_log = logging.getLogger("sakshi.witnessing")

PAGE = 500
IN_FLIGHT = 8
"""Questions to one witness at a time, each over a connection of its own."""
PATIENCE = 16
"""So many questions in a row without any answer, and the witness is left alone until next time."""
_STORE = text(
    "INSERT INTO log_cosignature (log_id, size, key_name, key_id, witness, time, line)"
    " VALUES (:log_id, :size, :key_name, :key_id, :witness, :time, :line)"
    " ON CONFLICT (log_id, size, key_name, key_id)"
    " DO UPDATE SET witness = excluded.witness, time = excluded.time, line = excluded.line"
)
_FORGET = delete(log_cosignature).where(
    log_cosignature.c.log_id == bindparam("of_log"),
    log_cosignature.c.key_name == bindparam("by_name"),
    log_cosignature.c.key_id == bindparam("by_id"),
    log_cosignature.c.size < bindparam("below"),
)

Progress = Callable[[str], None]
_Answered = list[Cosigned] | WitnessError | None
"""What came of asking about one log; None when the witness is left alone."""


@dataclass(slots=True)
class Swept:
    """What came of asking one witness.

    `faults` counts by code what it did not cosign, `words` is the first sentence of each; it was
    `left` when it did not answer at all any more.
    """

    witness: str
    asked: int = 0
    cosigned: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    left: bool = False

    def count(self, fault: WitnessError) -> None:
        """One that it did not cosign."""
        self.faults[fault.code] = self.faults.get(fault.code, 0) + 1
        self.words.setdefault(fault.code, str(fault))


@dataclass(frozen=True, slots=True)
class _Task:
    """The newest head of a log, and the proof from the size that the witness is thought to hold,
    or why there is none."""

    log_id: int
    origin: str
    old: int
    size: int
    note: bytes
    proof: tuple[bytes, ...] | SakshiError


def sweep(
    ctx: Context, names: Collection[str] = (), progress: Progress = lambda words: None
) -> list[Swept]:
    """Have these witnesses of the policy (ours, if none is named) cosign every log's newest head.

    Raises LogError `witness-policy` when one of them is not in the policy in force or has no
    address, or none is named and none is ours.
    """
    return [_Sweep(ctx, keys, progress).run() for keys in _wanted(ctx, names)]


def sweep_quietly(ctx: Context) -> None:
    """The hourly sweep of `SAKSHI_WITNESS_SWEEP`; what went wrong is logged."""
    names = ctx.settings.witness_sweep.replace(",", " ").split()
    if not names:
        return
    try:
        for done in sweep(ctx, names):
            say = _log.warning if done.faults else _log.info
            say("%s cosigned %d of %d logs", done.witness, done.cosigned, done.asked)
            for words in done.words.values():
                _log.warning("%s", words)
    except LogError as error:
        _log.error("no witness was asked for the societies' logs: %s", error)


def _wanted(ctx: Context, names: Collection[str]) -> list[tuple[PolicyWitness, ...]]:
    """The lines of those who are to be asked; all of one address are asked at once."""
    with ctx.db.read() as conn:
        rule = witnesspolicy.current(conn)
    known = {} if rule is None else {witness.name: witness for witness in rule.policy.witnesses}
    chosen = names or sorted(() if rule is None else rule.own)
    if not chosen:
        raise _wrong("none is named, and the policy names none of our own (SAKSHI_WITNESS_OWN)")
    for name in chosen:
        if name not in known or known[name].url is None:
            raise _wrong(f"{name} is no witness of the policy in force that has an address")
    assert rule is not None
    asked = {(known[name].url or "").rstrip("/"): None for name in chosen}
    addressed = rule.policy.addressed()
    return [addressed[url] for url in asked]


def _wrong(what: str) -> LogError:
    return LogError(f"No witness can be asked: {what}.", code="witness-policy")


class _Sweep:
    """One witness, all logs."""

    def __init__(self, ctx: Context, keys: tuple[PolicyWitness, ...], progress: Progress) -> None:
        self._ctx, self._keys, self._progress = ctx, keys, progress
        self._done = Swept(name_of(keys))
        self._silent = 0
        self._lines: SimpleQueue[Line] = SimpleQueue()

    def run(self) -> Swept:
        """Ask for every log that has grown."""
        timeout = self._ctx.settings.witness_wait * 5
        lines = [Line(self._keys, timeout, self._ctx.clock) for _ in range(IN_FLIGHT)]
        for line in lines:
            self._lines.put(line)
        try:
            with ThreadPoolExecutor(IN_FLIGHT, "sakshi-witness-sweep") as pool:
                for tasks in self._pages():
                    self._store(tasks, list(pool.map(self._ask, tasks)))
                    self._progress(
                        f"{self._done.witness}: {self._done.cosigned} of {self._done.asked} heads"
                    )
                    if self._done.left:
                        break
        finally:
            for line in lines:
                line.close()
        return self._done

    def _pages(self) -> Iterator[list[_Task]]:
        after = 0
        while True:
            with self._ctx.db.read() as conn:
                tasks = self._page(conn, after)
            if not tasks:
                return
            yield tasks
            after = tasks[-1].log_id

    def _page(self, conn: Connection, after: int) -> list[_Task]:
        any_head = log_head.alias()
        newest = select(func.max(any_head.c.size)).where(any_head.c.log_id == log.c.id)
        own = [(line.key.name, line.key.key_id.hex()) for line in self._keys]
        held = select(func.max(log_cosignature.c.size)).where(
            log_cosignature.c.log_id == log.c.id,
            tuple_(log_cosignature.c.key_name, log_cosignature.c.key_id).in_(own),
        )
        seen = func.coalesce(held.scalar_subquery(), 0)
        rows = conn.execute(
            select(log.c.id, log.c.origin, log_head.c.size, log_head.c.note, seen.label("seen"))
            .join(log_head, log_head.c.log_id == log.c.id)
            # A witness may have seen more of a log that was given up than is left of it.
            .where(log.c.id > after, log.c.kind != "state", ~queries.given_up(log.c.origin))
            .where(log_head.c.size == newest.scalar_subquery(), log_head.c.size > seen)
            .order_by(log.c.id)
            .limit(PAGE)
        ).all()
        states = batch_queries.states(conn, [row.origin for row in rows]) if rows else {}
        proofs = self._proofs(conn, [(states[row.origin].info, row.seen, row.size) for row in rows])
        return [
            _Task(row.id, row.origin, row.seen, row.size, bytes(row.note), proof)
            for row, proof in zip(rows, proofs, strict=True)
        ]

    def _proofs(
        self, conn: Connection, wanted: list[tuple[LogInfo, int, int]]
    ) -> list[tuple[bytes, ...] | SakshiError]:
        """The proofs of a page at once; where one cannot be had, each by itself."""
        try:
            return [*batch_queries.consistency(conn, wanted)]
        except SakshiError:
            found: list[tuple[bytes, ...] | SakshiError] = []
            for one in wanted:
                try:
                    found += batch_queries.consistency(conn, [one])
                except SakshiError as error:
                    found.append(error)
            return found

    def _ask(self, task: _Task) -> _Answered:
        """One log."""
        if self._done.left:
            return None
        line = self._lines.get()
        try:
            found = line.ask(task.old, task.size, task.note, lambda old: self._prove(task, old))
        except WitnessError as error:
            self._silent = self._silent + 1 if error.code == "unreachable" else 0
            if self._silent >= PATIENCE:
                self._done.left = True
            return error
        except SakshiError as error:
            # Our own tiles are damaged: that holds up no other log, and says nothing of a witness.
            return WitnessError(f"Nobody was asked about {task.origin}: {error}", code="not-asked")
        finally:
            self._lines.put(line)
        self._silent = 0
        return found

    def _prove(self, task: _Task, old: int) -> tuple[bytes, ...]:
        if old == task.old:
            if isinstance(task.proof, SakshiError):
                raise task.proof
            return task.proof
        if old in (0, task.size):
            return ()
        with self._ctx.db.read() as conn:
            return tuple(tree_queries.consistency(conn, task.origin, old, task.size))

    def _store(self, tasks: list[_Task], answers: list[_Answered]) -> None:
        rows: list[dict[str, object]] = []
        with self._ctx.db.write() as conn:
            for task, found in zip(tasks, answers, strict=True):
                if isinstance(found, WitnessError) and found.code in witnessfaults.KEPT:
                    asked = (task.origin, task.size, task.note)
                    now = self._ctx.clock()
                    witnessfaults.keep(conn, asked, self._done.witness, found, now=now)
                elif isinstance(found, list):
                    rows += [_row(task, one) for one in found]
            if rows:
                conn.execute(_STORE, rows)
                conn.execute(_FORGET, [_older(row) for row in rows])
        for found in answers:
            self._done.asked += found is not None
            self._done.cosigned += isinstance(found, list)
            if isinstance(found, WitnessError):
                self._done.count(found)


def _row(task: _Task, found: Cosigned) -> dict[str, object]:
    return {
        "log_id": task.log_id,
        "size": task.size,
        "key_name": found.witness.key.name,
        "key_id": found.witness.key.key_id.hex(),
        "witness": found.witness.name,
        "time": found.time,
        "line": found.signature.line().encode(),
    }


def _older(row: dict[str, object]) -> dict[str, object]:
    """The cosignatures that a new one takes the place of."""
    return {
        "of_log": row["log_id"],
        "by_name": row["key_name"],
        "by_id": row["key_id"],
        "below": row["size"],
    }
