"""Admission: signed heads of the logs become entries of the state log, the log of logs.

Each is checked against the head of its log that was admitted before, by the rule of a witness:
what is checked here is what a monitor will check. The key of a log goes in first, once; the end of
its validity after its last head.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import Connection, bindparam, insert, update

from trust.formats import logkinds
from trust.formats.canon import Json
from trust.formats.errors import ProofError
from trust.formats.times import format_time
from trust.formats.witness import TreeHead, check_step
from trust.log import batch_queries, lineage, queries, shards
from trust.log import service as logs
from trust.log.batch_queries import LogState
from trust.log.context import Context
from trust.log.errors import LogError, NoHeadOfSizeError
from trust.log.keys import society_keys
from trust.log.model import LogInfo, NewEntry
from trust.log.tables import log, log_admission

_ADMIT = insert(log_admission)
_SET_KEY = update(log).where(log.c.id == bindparam("which")).values(vkey=bindparam("key"))

Proofs = Mapping[tuple[str, int, int], tuple[bytes, ...]]
"""Consistency proofs that are at hand, by origin, older and newer size."""


@dataclass(frozen=True, slots=True)
class _Head:
    """The newest head of a log, which is to be admitted."""

    log: LogState
    size: int
    root: bytes
    note: bytes

    @property
    def info(self) -> LogInfo:
        return self.log.info


def admit(
    ctx: Context, conn: Connection, state: LogInfo, subjects: Collection[str], proofs: Proofs
) -> None:
    """Append each changed head to the state log, in the caller's transaction.

    Raises LogError when a head does not follow from the one admitted before.
    """
    found = _changed(conn, subjects, proofs)
    # What ends in an earlier year is ended before what continues it begins.
    for _, year in groupby(found, key=lambda head: lineage.order(head.info.origin)):
        heads = list(year)
        _keys(ctx, conn, state, heads)
        _heads(ctx, conn, state, heads)
        _ends(ctx, conn, state, heads)


def _heads(ctx: Context, conn: Connection, state: LogInfo, found: Sequence[_Head]) -> None:
    built = [(head.note, "head", f"head {head.info.origin} {head.size}") for head in found]
    indices = logs.append_built(conn, state.origin, built, now=ctx.clock())
    conn.execute(
        _ADMIT,
        [
            {
                "log_id": head.info.id,
                "size": head.size,
                "state_log_id": state.id,
                "state_index": index,
            }
            for head, index in zip(found, indices, strict=True)
        ],
    )


def _changed(conn: Connection, subjects: Collection[str], proofs: Proofs) -> list[_Head]:
    """The newest heads that are not admitted yet, checked; that of a log which continues another
    after the other's."""
    found = [
        _Head(log, *log.signed)
        for log in batch_queries.states(conn, subjects).values()
        if log.signed and log.signed[0] and (not log.admitted or log.admitted[0] != log.signed[0])
    ]
    _check_follow(conn, found, proofs)
    first = [head.info for head in found if not head.log.admitted]
    older = [o for info in first for o in _before(conn, info) if o not in subjects]
    if older:
        found = _changed(conn, older, proofs) + found
    return sorted(found, key=lambda head: lineage.order(head.info.origin))


def _before(conn: Connection, info: LogInfo) -> list[str]:
    """Before the first head of a log that continues another comes the other's last head."""
    yearly = logkinds.KINDS[info.kind].yearly
    before = lineage.before(conn, info.origin) if yearly else None
    return [before.origin] if before is not None and lineage.is_closed(conn, before) else []


def _check_follow(conn: Connection, found: Sequence[_Head], proofs: Proofs) -> None:
    """The rule by which a witness cosigns, applied to what the state log takes."""
    steps = [(head, *head.log.admitted[:2]) for head in found if head.log.admitted]
    lacking = [
        (head.info, old, head.size)
        for head, old, _ in steps
        if (head.info.origin, old, head.size) not in proofs
    ]
    built = batch_queries.consistency(conn, lacking)
    known = {(i.origin, *sizes): p for (i, *sizes), p in zip(lacking, built, strict=True)}
    for head, old, root in steps:
        origin, size = head.info.origin, head.size
        if root is None:
            raise NoHeadOfSizeError(origin=origin, size=old)
        proof = proofs.get((origin, old, size)) or known[origin, old, size]
        try:
            check_step(TreeHead(old, root), old, TreeHead(size, head.root), proof)
        except ProofError as error:
            raise LogError(
                f"The head of size {size} of {origin} does not follow from size {old}: {error}"
            ) from None


def _keys(ctx: Context, conn: Connection, state: LogInfo, found: Sequence[_Head]) -> None:
    """State the key of each log that the state log does not know yet."""
    new = [h.info for h in found if not h.log.admitted or h.log.admitted[2] != state.id]
    wanted = {f"key {info.origin}": info for info in new}
    stated = logs.known_keys(conn, state.origin, list(wanted)) if wanted else set()
    fresh = {key: info for key, info in wanted.items() if key not in stated}
    _state(ctx, conn, state.origin, fresh, {})


def _ends(ctx: Context, conn: Connection, state: LogInfo, found: Sequence[_Head]) -> None:
    """State of each log that is closed at this head until when its key is valid."""
    closed = {
        f"key-end {head.info.origin}": head.info
        for head in found
        if head.size == head.info.next_index and head.log.last_kind == shards.CLOSING
    }
    until = {
        info.id: queries.entry(conn, info.origin, info.next_index - 1).time
        for info in closed.values()
    }
    _state(ctx, conn, state.origin, closed, until)


def _state(
    ctx: Context,
    conn: Connection,
    state: str,
    wanted: Mapping[str, LogInfo],
    until: Mapping[int, int],
) -> None:
    """One log-key entry for each; `until` (log id → UTC seconds) where it is valid no longer."""
    if not wanted:
        return
    items, keys = [], []
    societies = society_keys.keys(conn, [info.origin for info in wanted.values()])
    ours = [info.origin for info in wanted.values() if info.origin not in societies]
    vkeys = societies | dict(zip(ours, ctx.signer.vkeys(ours), strict=True))
    for key, info in wanted.items():
        vkey = vkeys[info.origin]
        end = until.get(info.id)
        record: dict[str, Json] = {
            "kind": "log-key",
            "v": 1,
            "origin": info.origin,
            "vkey": vkey,
            "valid_from": format_time(info.opened_at),
            "valid_to": None if end is None else format_time(end),
        }
        if info.origin in societies:
            record["holder"] = "society"
        items.append(NewEntry("log-key", record, key))
        keys.append({"which": info.id, "key": vkey})
    logs.append(conn, state, items, now=ctx.clock())
    conn.execute(_SET_KEY, keys)
