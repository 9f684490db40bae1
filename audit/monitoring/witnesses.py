"""What the witnesses of the policy have seen, compared with what this monitor saw.

A witness keeps the newest head that it cosigned of each log and shows it to anybody who knows the
log's name (`GET <prefix>/<hex of SHA-256 of the origin>/checkpoint`, C2SP tlog-witness). A head
that the log signed and showed only to a witness, or only to us, is found here. What a witness says
counts by the log's own signature; its cosignature says when. A witness that is silent, behind or
broken is no fault of the log.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from audit.monitoring import bundles
from audit.monitoring.bundles import Stop
from audit.monitoring.context import Context
from audit.monitoring.model import LogState
from audit.monitoring.wire import NO_ANSWER, NOT_SERVED, Absent, HttpSite, Unreachable
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.cosignatures import verified_cosigners
from trust.formats.errors import NotCheckedError, SakshiError
from trust.formats.notes import VerifierKey, parse_note
from trust.formats.policy import PolicyWitness
from trust.formats.times import format_time

WAIT, TRIES, ALTOGETHER = 10.0, 2, 60.0
"""Seconds for each answer of a witness, how often it is asked, and seconds for all of them."""

UNASKED = "not-checked"
"""Verdict on a witness that could not be asked, or whose answer says nothing."""

_LIMIT = 64 << 10
"""Bytes of a head with its signatures at most."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of asking one witness about one state log.

    Attributes:
        verdict: `agrees`, `behind` (it will ask or be asked again), `stale` (it has not followed
            the log for long), `ahead`, `fork` or `not-checked`.
        size: of the head it has seen; None if it showed none.
        time: when it says that it saw it (UTC seconds), by a cosignature that verified.
        by: the lines of the policy whose keys cosigned it; a witness may have several keys.
    """

    witness: str
    origin: str
    verdict: str
    text: str
    size: int | None = None
    time: int | None = None
    by: frozenset[str] = frozenset()

    def as_json(self) -> dict[str, object]:
        """The answer as it is reported."""
        return {
            "witness": self.witness,
            "origin": self.origin,
            "verdict": self.verdict,
            "size": self.size,
            "time": None if self.time is None else format_time(self.time),
            "text": self.text,
        }


@dataclass(frozen=True, slots=True)
class Shown:
    """A head that a witness showed: signed by the log; `time` as far as it is cosigned, `by` the
    lines of the policy whose keys did."""

    note: str
    head: Checkpoint
    time: int | None
    by: frozenset[str]
    remark: str = ""


def path_of(origin: str) -> str:
    """Where a witness keeps the newest head of a log, below its prefix."""
    return f"{sha256(origin.encode()).hexdigest()}/checkpoint"


def read(answer: bytes, log: VerifierKey, witnesses: Sequence[PolicyWitness]) -> Shown:
    """A witness's answer; raises SakshiError if it is no head that the log signed."""
    note = answer.decode("utf-8", "replace")
    head, parsed = open_checkpoint(note, log), parse_note(note)
    times, wrong = dict[str, int](), list[str]()
    for witness in witnesses:
        try:
            for time in verified_cosigners(parsed, [witness.key]).values():
                times[witness.name] = time
        except (NotCheckedError, SakshiError) as error:
            wrong.append(f"its cosignature could not be verified: {error}")
    if times:
        return Shown(note, head, max(times.values()), frozenset(times))
    wrong.append("it carries no cosignature of a key that the policy gives")
    return Shown(note, head, None, frozenset(), wrong[0])


def times(heard: Sequence[Heard]) -> list[tuple[int, str]]:
    """When the witnesses of the newest heads cosigned them (UTC seconds), with their names."""
    return [(h.time, h.witness) for h in heard if h.verdict == "agrees" and h.time is not None]


def check(ctx: Context, again: Callable[[VerifierKey], object]) -> list[Heard]:
    """Ask every witness that has an address about every state log that was followed.

    One with several keys at one address is one witness. `again` visits a state log once more: for
    a head that is newer than what was read.
    """
    logs = [log for log in map(ctx.store.log, ctx.policy.keys()) if log]
    logs = [log for log in logs if log.size and log.vkey]
    addressed = ctx.policy.addressed()
    answers = _ask(ctx, list(addressed), logs)
    dumb = _dumb(ctx, answers, addressed)
    heard: list[Heard] = []
    for log in logs:
        key = VerifierKey.parse(log.vkey or "")
        newest = max(_sizes(answers, log, key), default=0)
        if newest > log.size:
            again(key)
            log = ctx.store.log(log.origin) or log
        found = [
            _of(ctx, keys, log, key, answers.get((url, log.origin)))
            for url, keys in addressed.items()
            if url not in dumb
        ]
        _enough(ctx, log, {item.witness: item for item in found}, dumb)
        heard += found
        _kept(ctx, log, key)
    return heard + _not_asked(ctx, logs, dumb)


Answers = dict[tuple[str, str], bytes | Exception]
"""By address of a witness and origin."""


def _ask(ctx: Context, urls: Sequence[str], logs: Sequence[LogState]) -> Answers:
    """All witnesses at once: one that is slow delays no other, and the round only so long."""
    answers: Answers = {}
    sites: list[HttpSite] = []

    def ask(url: str) -> None:
        for log in logs:
            try:
                site = HttpSite(url, timeout=WAIT, rate=0, tries=TRIES)
                sites.append(site)
                answers[url, log.origin] = site.get(path_of(log.origin), _LIMIT)
            except SakshiError as error:
                answers[url, log.origin] = error
                if error.code == NO_ANSWER:  # nor will it answer about another log
                    return

    threads = [threading.Thread(target=ask, args=[each], daemon=True) for each in urls]
    with ctx.scheduler.away():
        for thread in threads:
            thread.start()
        end = time.monotonic() + ALTOGETHER
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        heard = dict(answers)
        for site in tuple(sites):
            site.interrupt()
    return heard


Addressed = Mapping[str, tuple[PolicyWitness, ...]]
"""The lines of the policy by their address."""


def _dumb(ctx: Context, answers: Answers, addressed: Addressed) -> Addressed:
    """The witnesses that do not show what they have seen, and never did: to cosign is all that is
    asked of a witness, and the address for monitors is a later part of the specification."""
    showing = {url for (url, _), answer in answers.items() if isinstance(answer, bytes)}
    for url in showing:
        ctx.store.set_meta(f"shows:{url}", "yes")
    return {
        url: keys
        for url, keys in addressed.items()
        if url not in showing
        and ctx.store.meta(f"shows:{url}") is None
        and any(of == url for of, _ in answers)
        and all(_unserved(answer) for (of, _), answer in answers.items() if of == url)
    }


def _unserved(answer: bytes | Exception) -> bool:
    """Whether it was answered that there is nothing at that address, not that something failed."""
    return isinstance(answer, Absent) or getattr(answer, "code", "") == NOT_SERVED


def _not_asked(ctx: Context, logs: Sequence[LogState], dumb: Addressed) -> list[Heard]:
    """The witnesses that nobody can ask, each once; that is a property of them, and no fault."""
    if not logs:
        return []
    origin = logs[-1].origin
    mute = [
        Heard(keys[0].name, origin, UNASKED, "it has no address at which monitors can ask it")
        for keys in dumb.values()
    ]
    return mute + [
        Heard(witness.name, origin, UNASKED, "the policy gives no address of it")
        for witness in ctx.policy.witnesses
        if witness.url is None
    ]


def _sizes(answers: Answers, log: LogState, key: VerifierKey) -> Iterator[int]:
    """Sizes of the heads of one log that witnesses showed, and that the log signed."""
    for (_, origin), answer in answers.items():
        if origin == log.origin and isinstance(answer, bytes):
            with suppress(SakshiError):
                yield read(answer, key, ()).head.size


def _of(
    ctx: Context,
    keys: Sequence[PolicyWitness],
    log: LogState,
    key: VerifierKey,
    answer: bytes | Exception | None,
) -> Heard:
    """The verdict on one witness and one log."""
    name, origin = keys[0].name, log.origin
    if not isinstance(answer, bytes):
        why = answer or "it had not answered when the round had to go on."
        return Heard(name, origin, UNASKED, f"it shows no head of this log: {why}")
    try:
        shown = read(answer, key, keys)
    except SakshiError as error:
        return Heard(name, origin, UNASKED, f"what it shows is not signed by this log: {error}")
    verdict, text = _against(ctx, name, log, shown)
    if shown.remark:
        text = f"{text}; {shown.remark}"
        verdict = verdict if verdict in ("fork", "ahead") else UNASKED
    return Heard(name, origin, verdict, text, shown.head.size, shown.time, shown.by)


def _against(ctx: Context, name: str, log: LogState, shown: Shown) -> tuple[str, str]:
    """A witness's head compared with the verified history of the log."""
    scope, size = f"seen:{log.origin}:{name}", shown.head.size
    if size > log.size:
        ctx.store.add_witness_head(name, log.origin, size, shown.head.root, shown.note)
        ctx.ledger.found(
            "withheld",
            log.origin,
            f"The witness {name} was shown a head of size {size} of it, but the log serves "
            f"{log.size} entries.",
            scope=scope,
            index=log.size,
            evidence={"witness.note": shown.note, "served.note": log.note, "key.txt": log.vkey},
        )
        return "ahead", f"it was shown {size} entries, the log serves {log.size}"
    try:
        if bundles.root_at(ctx, log, size) != shown.head.root:
            _conflict(ctx, name, log, size, shown.note)
            return "fork", f"its head of size {size} is not one of the history served here"
    except (Stop, Unreachable) as error:
        return UNASKED, f"its head of size {size} could not be compared: {error}"
    ctx.ledger.passed(scope)
    if size == log.size:
        return "agrees", f"it has seen the same head of size {size}"
    # Not by its cosignature's time, which a witness may renew without having followed the log.
    since = ctx.store.first_beyond(log.origin, size)
    old = since is not None and ctx.now - since > ctx.options.stall
    return (
        "stale" if old else "behind",
        f"it has seen the head of size {size} of this history, which now has {log.size} entries",
    )


def _conflict(ctx: Context, name: str, log: LogState, size: int, note: str) -> None:
    ctx.ledger.found(
        "witness-fork",
        log.origin,
        f"The witness {name} has seen a head of size {size} that is signed by the log and is not a "
        f"head of the history that it serves here up to size {log.size}.",
        scope=f"fork:{log.origin}:{name}:{size}",
        index=None,
        evidence={"witness.note": note, "kept.note": log.note, "key.txt": log.vkey}
        | bundles.exhibit(ctx, log, size),
    )


def _kept(ctx: Context, log: LogState, key: VerifierKey) -> None:
    """Heads that were ahead of us once, also of witnesses that have gone on since."""
    for name, size, root, note in ctx.store.witness_heads(log.origin):
        if size > log.size:
            continue
        try:
            if bundles.root_at(ctx, log, size) != root:
                _conflict(ctx, name, log, size, note)
        except (Stop, Unreachable) as error:
            ctx.ledger.could_not(f"A head of {log.origin} that {name} saw: {error}")
            continue
        ctx.ledger.passed(f"seen:{log.origin}:{name}")
        ctx.store.drop_witness_head(name, log.origin, size)


def _enough(ctx: Context, log: LogState, found: Mapping[str, Heard], dumb: Addressed) -> None:
    """Report if fewer witnesses could be heard than the policy asks for."""
    if not found or log.closed is not None:
        return
    asked = [keys for url, keys in ctx.policy.addressed().items() if url not in dumb]
    silent = [item for item in found.values() if item.verdict == UNASKED]
    heard = {name for item in found.values() if item.verdict != UNASKED for name in item.by}
    lines = {witness.name for keys in asked for witness in keys}
    elsewhere = {witness.name for witness in ctx.policy.witnesses} - lines
    if heard and ctx.policy.evaluate(heard | elsewhere):
        return
    for item in silent:
        ctx.ledger.could_not(
            f"The witness {item.witness} could not be asked about {log.origin}: {item.text}"
        )
