"""Release: integrate, have signed and store the new heads of many logs at once.

Each step is durable before the next begins: tree, guard, note. If killed between any two,
the next run finds the same work and does the rest.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from trust.log import batch_queries, queries, shards
from trust.log.batch_queries import LogState, Place
from trust.log.context import Context
from trust.log.errors import ConcurrentPublishError, LogError, StaleHeadError
from trust.log.keys import mldsa_signatures, society_keys
from trust.log.keys.mldsa_signatures import SecondLine, Twice
from trust.log.model import LogInfo, Unsigned
from trust.log.publish import integration

_TRIES = 5
_STORE = text(
    "INSERT INTO log_head (log_id, size, root, note, signed_at)"
    " SELECT id, :size, :root, :note, :signed_at FROM log WHERE origin = :origin"
    " ON CONFLICT (log_id, size) DO NOTHING"
)
"""A log's first line under a size is the same whoever asked for it: what is stored stays."""


@dataclass(slots=True)
class Work:
    """Heads the signer is asked for, heads it signs a second time, logs that are not whole yet."""

    heads: list[Unsigned] = field(default_factory=list)
    twice: list[Twice] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    unlinked: list[LogInfo] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Signed:
    """Heads with their notes, second lines, and why the signer refused the first of the others."""

    notes: list[tuple[Unsigned, bytes]]
    lines: list[SecondLine]
    refused: LogError | None


def release(ctx: Context, origins: Collection[str]) -> None:
    """Bring every entry of these logs under a signed and stored head.

    A log that a society signs is integrated only. Raises UnknownLogError, SignerError or LogError
    for the first log that cannot be released, after the others are; ConcurrentPublishError after
    several lost races.
    """
    if not origins:
        return
    signed = sign(ctx, integrated(ctx, Work(left=list(origins))))
    with ctx.db.write() as conn:
        store(conn, signed, now=ctx.clock())
    if signed.refused:
        raise signed.refused


def integrated(ctx: Context, work: Work) -> Work:
    """Grow the trees until every log of the work is whole."""
    tries = _TRIES
    while work.left or work.unlinked:
        left = work.left + [info.origin for info in work.unlinked if _link(ctx, info)]
        work.left, work.unlinked = left, []
        try:
            with ctx.db.write() as conn:
                begin(ctx, conn, work)
        except ConcurrentPublishError:
            tries -= 1
            if not tries:
                raise
    return work


def begin(ctx: Context, conn: Connection, work: Work) -> None:
    """Grow the trees of the logs left in one transaction; those that are whole are to be signed."""
    if not work.left:
        return
    grown = integration.integrate(conn, work.left)
    held = society_keys.held(conn, grown.whole)
    ours = [state for state in grown.whole if state.info.origin not in held]
    fresh = [s for s in ours if s.signed is None or s.signed[0] < s.info.size]
    heads = _unsigned(conn, fresh, {}, grown.tiles)
    twice = mldsa_signatures.wanted(ctx, conn, ours)
    work.heads, work.twice = work.heads + heads, work.twice + twice
    work.left, work.unlinked = grown.left, grown.unlinked


def _link(ctx: Context, info: LogInfo) -> bool:
    """Begin a log that continues another with the other's last head, once that is signed.

    False while a society that holds its own key has not signed it.
    """
    with ctx.db.read() as conn:
        before = shards.unlinked(conn, info)
    if before is None:
        return True
    release(ctx, [before])
    with ctx.db.write() as conn:
        latest = queries.latest_head(conn, before)
        if society_keys.is_held(conn, before) and (
            latest is None or latest[0] != queries.info(conn, before).next_index
        ):
            return False
        shards.link(conn, info.origin, before)
    return True


def sign(ctx: Context, work: Work) -> Signed:
    """Have the signer sign the heads of the work; nothing is stored yet."""
    answers = _sign(ctx, work.heads)
    notes = [(head, answer) for head, answer in answers if isinstance(answer, bytes)]
    refused = next((answer for _, answer in answers if isinstance(answer, LogError)), None)
    sizes = {head.origin: head.size for head, _ in notes}
    return Signed(notes, mldsa_signatures.ask(ctx, work.twice, sizes), refused)


def _sign(ctx: Context, heads: Sequence[Unsigned]) -> list[tuple[Unsigned, bytes | LogError]]:
    """What the signer says to each head."""
    if not heads:
        return []
    answers, stale = _asked(ctx, heads)
    tries = _TRIES
    while stale:
        tries -= 1
        newer, stale = _sign_stale(ctx, stale, last=not tries)
        answers += newer
    return answers


def _asked(
    ctx: Context, heads: Sequence[Unsigned], *, last: bool = False
) -> tuple[list[tuple[Unsigned, bytes | LogError]], dict[str, int]]:
    """What the signer says, and the sizes it holds of logs whose heads came too late.

    At the `last` try a late head is an answer like any other.
    """
    answers: list[tuple[Unsigned, bytes | LogError]] = []
    stale: dict[str, int] = {}
    for head, answer in zip(heads, ctx.signer.sign(heads), strict=True):
        if isinstance(answer, StaleHeadError) and not last:
            stale[head.origin] = answer.size
        else:
            answers.append((head, answer))
    return answers, stale


def _sign_stale(
    ctx: Context, stale: Mapping[str, int], *, last: bool
) -> tuple[list[tuple[Unsigned, bytes | LogError]], dict[str, int]]:
    """The signer released heads that we do not store: prove from their sizes.

    A crash kept us from storing them, or another publisher is faster; that one may have
    released a newer head again before we ask.
    """
    with ctx.db.read() as conn:
        found = list(batch_queries.states(conn, stale).values())
        behind = [s.info for s in found if stale[s.info.origin] > s.info.size]
        again = [s for s in found if stale[s.info.origin] <= s.info.size]
        heads = _unsigned(conn, again, stale, {})
    answers, newer = _asked(ctx, heads, last=last) if heads else ([], {})
    for info in behind:
        asked = Unsigned(info.origin, stale[info.origin], info.size, info.root)
        answers.append((asked, _put_back(info, stale[info.origin])))
    return answers, newer


def _unsigned(
    conn: Connection,
    found: Sequence[LogState],
    since: Mapping[str, int],
    tiles: Mapping[Place, bytes],
) -> list[Unsigned]:
    """What the signer is asked for, with the proof from the size it signed last.

    That is in `since`, by default that of the newest stored head; `tiles` need not be read.
    """
    wanted = [
        (s.info, since.get(s.info.origin, s.signed[0] if s.signed else 0), s.info.size)
        for s in found
    ]
    proofs = batch_queries.consistency(conn, wanted, tiles)
    return [
        Unsigned(
            info.origin,
            old,
            size,
            info.root,
            proof,
            last=size == info.next_index and state.last_kind == shards.CLOSING,
        )
        for state, (info, old, size), proof in zip(found, wanted, proofs, strict=True)
    ]


def _put_back(info: LogInfo, size: int) -> LogError:
    return LogError(
        f"The signer has released size {size} of {info.origin}, the database holds "
        f"{info.size}: it was put back to an older state. Recover the missing entries."
    )


def store(conn: Connection, signed: Signed, *, now: int) -> None:
    """Store notes and second lines, signed at `now` (UTC seconds)."""
    if signed.notes:
        _store(conn, signed.notes, now=now)
    mldsa_signatures.store(conn, signed.lines)


def _store(conn: Connection, notes: Sequence[tuple[Unsigned, bytes]], *, now: int) -> None:
    conn.execute(
        _STORE,
        [
            {
                "origin": head.origin,
                "size": head.size,
                "root": head.root,
                "note": note,
                "signed_at": now,
            }
            for head, note in sorted(notes, key=lambda each: each[0].origin)
        ],
    )
