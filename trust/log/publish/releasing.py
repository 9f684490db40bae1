"""Release: integrate, have signed and store the new heads of many logs at once.

Each step is durable before the next begins: tree, guard, note. Killed between any two, the next
run finds the same work to do and does the rest.
"""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, text

from trust.log import batch_queries, queries, shards
from trust.log.context import Context
from trust.log.errors import ConcurrentPublishError, LogError, StaleHeadError
from trust.log.keys import mldsa_signatures, society_keys
from trust.log.model import LogInfo, Unsigned
from trust.log.publish import integration

_TRIES = 5
_STORE = text(
    "INSERT INTO log_head (log_id, size, root, note, signed_at)"
    " SELECT id, :size, :root, :note, :signed_at FROM log WHERE origin = :origin"
    " ON CONFLICT (log_id, size) DO NOTHING"
)
"""A log's first line under a size is the same whoever asked for it: what is stored stays."""


def release(ctx: Context, origins: Collection[str]) -> None:
    """Bring every entry of these logs under a signed and stored head.

    A log that a society signs is integrated only. Raises UnknownLogError, SignerError or LogError
    for the first log that cannot be released, after the others are; ConcurrentPublishError after
    several lost races.
    """
    if not origins:
        return
    for _ in range(_TRIES):
        try:
            signed = _sign(ctx, _integrated(ctx, origins))
        except ConcurrentPublishError:
            continue
        for origin in mldsa_signatures.wanted(ctx, signed):
            mldsa_signatures.add(ctx, origin)
        return
    raise ConcurrentPublishError


def _integrated(ctx: Context, origins: Collection[str]) -> list[str]:
    """Grow the trees; gives the logs that the State signs."""
    with ctx.db.read() as conn:
        found = batch_queries.infos(conn, origins)
    waiting = [info for info in found.values() if info.size != info.next_index]
    # A log that continues another begins with the other's last head, once that is signed.
    unlinked = {info.origin for info in waiting if info.size == 0 and not _link(ctx, info)}
    left = [info.origin for info in waiting if info.origin not in unlinked]
    while left:
        with ctx.db.write() as conn:
            left = integration.integrate(conn, left)
    with ctx.db.read() as conn:
        held = society_keys.held(conn, found)
    return [origin for origin in found if origin not in held and origin not in unlinked]


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


def _sign(ctx: Context, origins: Sequence[str]) -> list[str]:
    """Have the signer sign the head of each log, and store the notes; gives the logs asked for.

    Nothing is done for a head that is stored.
    """
    with ctx.db.read() as conn:
        found = list(batch_queries.infos(conn, origins).values())
        signed = batch_queries.latest_sizes(conn, [info.id for info in found])
        fresh = [info for info in found if signed[info.id] < info.size or not signed[info.id]]
        heads = _unsigned(conn, fresh, {info.origin: signed[info.id] for info in fresh})
    if not heads:
        return list(origins)
    answers: dict[str, bytes | LogError] = {}
    answers |= zip([head.origin for head in heads], ctx.signer.sign(heads), strict=True)
    sizes = {head.origin: head for head in heads}
    stale = {o: a.size for o, a in answers.items() if isinstance(a, StaleHeadError)}
    if stale:
        # The signer released heads that a crash kept us from storing: prove from their sizes.
        with ctx.db.read() as conn:
            found = list(batch_queries.infos(conn, stale).values())
            behind = [info for info in found if stale[info.origin] > info.size]
            again = [info for info in found if stale[info.origin] <= info.size]
            heads = _unsigned(conn, again, stale)
        answers |= zip([head.origin for head in heads], ctx.signer.sign(heads), strict=True)
        answers |= {info.origin: _put_back(info, stale[info.origin]) for info in behind}
        sizes |= {head.origin: head for head in heads}
    notes = {o: answer for o, answer in answers.items() if isinstance(answer, bytes)}
    if notes:
        with ctx.db.write() as conn:
            _store(conn, [(sizes[o], note) for o, note in notes.items()], now=ctx.clock())
    for answer in answers.values():
        if isinstance(answer, LogError):
            raise answer
    return list(origins)


def _unsigned(
    conn: Connection, found: Sequence[LogInfo], since: Mapping[str, int]
) -> list[Unsigned]:
    """What the signer is asked for, with the proof from the size it signed last."""
    proofs = batch_queries.consistency(conn, [(i, since[i.origin], i.size) for i in found])
    kinds = batch_queries.last_kinds(conn, [info.id for info in found])
    return [
        Unsigned(
            info.origin,
            since[info.origin],
            info.size,
            info.root,
            proof,
            last=info.size == info.next_index and kinds.get(info.id) == shards.CLOSING,
        )
        for info, proof in zip(found, proofs, strict=True)
    ]


def _put_back(info: LogInfo, size: int) -> LogError:
    return LogError(
        f"The signer has released size {size} of {info.origin}, the database holds "
        f"{info.size}: it was put back to an older state. Recover the missing entries."
    )


def _store(conn: Connection, signed: Sequence[tuple[Unsigned, bytes]], *, now: int) -> None:
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
            for head, note in signed
        ],
    )
