"""Admission: signed heads of the logs become entries of the state log, the log of logs.

Each is checked against the head of its log that was admitted before, by the rule of a witness:
what is checked here is what a monitor will check. The key of a log goes in first, once; the end of
its validity after its last head.
"""

from collections.abc import Collection, Mapping, Sequence
from itertools import groupby

from sqlalchemy import Connection, bindparam, insert, update

from trust.formats.canon import Json
from trust.formats.errors import ProofError
from trust.formats.times import format_time
from trust.formats.witness import TreeHead, check_step
from trust.log import batch_queries, lineage, queries, shards
from trust.log import service as logs
from trust.log.context import Context
from trust.log.errors import LogError, NoHeadOfSizeError
from trust.log.keys import society_keys
from trust.log.model import LogInfo, NewEntry
from trust.log.publish import integration
from trust.log.tables import log, log_admission

_Head = tuple[int, bytes, bytes]
_SET_KEY = update(log).where(log.c.id == bindparam("which")).values(vkey=bindparam("key"))


def admit(ctx: Context, conn: Connection, state: str, subjects: Collection[str]) -> None:
    """Append each changed head to the state log, in the caller's transaction.

    Raises LogError when a head does not follow from the one admitted before.
    """
    state_id = integration.leased(conn, [state])[state].id
    found, heads = _changed(conn, subjects)
    # What ends in an earlier year is ended before what continues it begins.
    for _, year in groupby(found, key=lambda info: lineage.order(info.origin)):
        infos = list(year)
        _keys(ctx, conn, state, infos)
        _heads(ctx, conn, state_id, state, infos, heads)
        _ends(ctx, conn, state, infos, heads)


def _heads(
    ctx: Context,
    conn: Connection,
    state_id: int,
    state: str,
    found: Sequence[LogInfo],
    heads: Mapping[int, _Head],
) -> None:
    notes = [
        (heads[info.id][2], "head", f"head {info.origin} {heads[info.id][0]}") for info in found
    ]
    indices = logs.append_built(conn, state, notes, now=ctx.clock())
    conn.execute(
        insert(log_admission),
        [
            {
                "log_id": info.id,
                "size": heads[info.id][0],
                "state_log_id": state_id,
                "state_index": index,
            }
            for info, index in zip(found, indices, strict=True)
        ],
    )


def _changed(conn: Connection, subjects: Collection[str]) -> tuple[list[LogInfo], dict[int, _Head]]:
    """The logs whose newest head is not admitted yet, each with that head, checked; a log that
    continues another after that one."""
    found = list(batch_queries.infos(conn, subjects).values())
    ids = [info.id for info in found]
    heads = {i: head for i, head in batch_queries.latest_heads(conn, ids).items() if head[0]}
    before = batch_queries.last_admissions(conn, ids)
    found = [i for i in found if i.id in heads and before.get(i.id) != heads[i.id][0]]
    _check_follow(conn, [i for i in found if i.id in before], before, heads)
    first = [info for info in found if info.id not in before]
    older = [o for info in first for o in _before(conn, info) if o not in subjects]
    if older:
        found_before, more = _changed(conn, older)
        found, heads = found_before + found, heads | more
    return sorted(found, key=lambda info: lineage.order(info.origin)), heads


def _before(conn: Connection, info: LogInfo) -> list[str]:
    """Before the first head of a log that continues another comes the other's last head."""
    before = lineage.before(conn, info.origin) if info.kind in shards.YEARLY else None
    return [before.origin] if before is not None and lineage.is_closed(conn, before) else []


def _check_follow(
    conn: Connection,
    found: Sequence[LogInfo],
    before: Mapping[int, int],
    heads: Mapping[int, _Head],
) -> None:
    """The rule by which a witness cosigns, applied to what the state log takes."""
    proofs = batch_queries.consistency(conn, [(i, before[i.id], heads[i.id][0]) for i in found])
    roots = batch_queries.head_roots(conn, {info.id: before[info.id] for info in found})
    for info, proof in zip(found, proofs, strict=True):
        old, (size, root, _) = before[info.id], heads[info.id]
        if info.id not in roots:
            raise NoHeadOfSizeError(origin=info.origin, size=old)
        try:
            check_step(TreeHead(old, roots[info.id]), old, TreeHead(size, root), proof)
        except ProofError as error:
            raise LogError(
                f"The head of size {size} of {info.origin} does not follow from size {old}: {error}"
            ) from None


def _keys(ctx: Context, conn: Connection, state: str, found: Sequence[LogInfo]) -> None:
    """State the key of each log that the state log does not know yet."""
    wanted = {f"key {info.origin}": info for info in found}
    stated = logs.known_keys(conn, state, list(wanted))
    fresh = {key: info for key, info in wanted.items() if key not in stated}
    _state(ctx, conn, state, fresh, {})


def _ends(
    ctx: Context, conn: Connection, state: str, found: Sequence[LogInfo], heads: Mapping[int, _Head]
) -> None:
    """State of each log that is closed at this head until when its key is valid."""
    kinds = batch_queries.last_kinds(conn, [info.id for info in found])
    closed = {
        f"key-end {info.origin}": info
        for info in found
        if heads[info.id][0] == info.next_index and kinds.get(info.id) == shards.CLOSING
    }
    until = {
        info.id: queries.entry(conn, info.origin, info.next_index - 1).time
        for info in closed.values()
    }
    _state(ctx, conn, state, closed, until)


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
