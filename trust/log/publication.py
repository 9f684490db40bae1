"""Publication: integrate, sign, release, admit to the state log, release the state head, publish.

The order is what makes a crash harmless (docs/architecture.md, three states): tiles and the new
(size, root) are durable before the signer is asked; the signer's guard is durable before a
signature exists; the note is stored before anybody sees it. Killed between any two steps, the
next run finds the same work to do and does the rest. A state head is *published* when its
cosignatures are in or the witnesses' time is out (`trust.log.witnessing`).
"""

from collections.abc import Collection
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select, text, update

from trust.formats import origins, tiles
from trust.formats.canon import Json
from trust.formats.errors import ProofError
from trust.formats.times import format_time
from trust.formats.witness import TreeHead, check_step
from trust.log import holders, lineage, queries, secondlines, service, shards
from trust.log.errors import ConcurrentPublishError, LogError, StaleHeadError, UnknownLogError
from trust.log.model import Head, LogInfo, NewEntry
from trust.log.tables import log, log_admission, log_entry, log_head, log_tile

if TYPE_CHECKING:
    from trust.log.runtime import Runtime

_CHUNK = 65_536
_TRIES = 5
_LEASE = 0x5A4C


def publish(rt: "Runtime", wanted: Collection[str]) -> dict[str, Head]:
    """Bring every entry of these logs under a released head and that head into the state log.

    Raises UnknownLogError, SignerError (the signer refused: nothing is released), or
    ConcurrentPublishError after several lost races.
    """
    subjects = [origin for origin in wanted if origins.parse_origin(origin).kind != "state"]
    for origin in subjects:
        _release(rt, origin)
    state = _current_state(rt)
    with rt.db.write() as conn:
        _admit(rt, conn, state, subjects)
    _release(rt, state)
    with rt.db.read() as conn:
        states = [info.origin for info in queries.logs(conn, "state")]
    for origin in states:
        # Last year's too: its last head may have been signed and not yet published.
        rt.witnessing.publish(origin)
    with rt.db.read() as conn:
        return {
            origin: queries.released(conn, origin)
            for origin in wanted
            if queries.latest_head(conn, origin) or not holders.is_held(conn, origin)
        }


def _current_state(rt: "Runtime") -> str:
    """The state log of this financial year; last year's is closed when the year turns."""
    wanted = origins.state_origin(rt.host, origins.financial_year(rt.clock()))
    with rt.db.read() as conn:
        newest = lineage.newest(conn, "state", "")
    known = newest is not None and newest.vkey is not None
    if newest is not None and known and lineage.order(newest.origin) >= lineage.order(wanted):
        return newest.origin
    with rt.db.write() as conn:
        state = shards.current(conn, wanted, now=rt.clock(), next_key=rt.signer.vkey(wanted))
        # Pinned by the policy from its first moment on, not from the next start.
        vkey = rt.signer.vkey(state)
        conn.execute(update(log).where(log.c.origin == state).values(vkey=vkey))
    return state


def _release(rt: "Runtime", origin: str) -> None:
    for _ in range(_TRIES):
        try:
            size, root = _integrate_all(rt, origin)
            with rt.db.read() as conn:
                held = holders.is_held(conn, origin)
            if held:
                return  # The society signs; until then there is no head to publish.
            _sign(rt, origin, size, root)
            if rt.settings.mldsa:
                secondlines.add(rt, origin)
            return
        except ConcurrentPublishError:
            continue
    raise ConcurrentPublishError(f"Another publisher keeps integrating {origin} first.")


def _integrate_all(rt: "Runtime", origin: str) -> tuple[int, bytes]:
    while True:
        with rt.db.read() as conn:
            info = queries.info(conn, origin)
        if info.size == info.next_index:
            return info.size, info.root
        if info.size == 0 and not _link(rt, info):
            return info.size, info.root
        with rt.db.write() as conn:
            integrate(conn, origin)


def _link(rt: "Runtime", info: LogInfo) -> bool:
    """Begin a log that continues another with the other's last head, once that is signed.

    False while a society that holds its own key has not signed it.
    """
    with rt.db.read() as conn:
        before = shards.unlinked(conn, info)
    if before is None:
        return True
    _release(rt, before)
    with rt.db.write() as conn:
        latest = queries.latest_head(conn, before)
        if holders.is_held(conn, before) and (
            latest is None or latest[0] != queries.info(conn, before).next_index
        ):
            return False
        shards.link(conn, info.origin, before)
    return True


def integrate(conn: Connection, origin: str) -> None:
    """Hash the next entries into the tree: its own transaction, compare-and-set on the size."""
    info = _lease(conn, origin)
    rows = conn.execute(
        select(log_entry.c.idx, log_entry.c.leaf)
        .where(log_entry.c.log_id == info.id, log_entry.c.idx >= info.size)
        .order_by(log_entry.c.idx)
        .limit(_CHUNK)
    ).all()
    if not rows:
        return
    if (rows[0].idx, rows[-1].idx) != (info.size, info.size + len(rows) - 1):
        raise LogError(f"Entries of {origin} from {info.size} on have a hole; run `sakshi fsck`.")
    leaves = [bytes(row.leaf) for row in rows]
    edge = _edge(conn, info.id, info.size)
    grown = tiles.extend(info.size, edge, leaves)
    _write_tiles(conn, info.id, info.size, grown.tiles)
    result = conn.execute(
        update(log)
        .where(log.c.id == info.id, log.c.size == info.size)
        .values(size=grown.size, root=grown.root)
    )
    if result.rowcount != 1:
        raise ConcurrentPublishError(f"Another publisher integrated {origin} first.")


def _lease(conn: Connection, origin: str) -> LogInfo:
    """The right to publish this log until the transaction ends, and the log as it now stands.

    Appending goes on meanwhile: the lease is a lock of its own, not the counter row's. On SQLite
    the write transaction is the lease.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(
            text("SELECT pg_advisory_xact_lock(:kind, :log)"),
            {"kind": _LEASE, "log": queries.info(conn, origin).id},
        )
    return queries.info(conn, origin)


def _edge(conn: Connection, log_id: int, size: int) -> dict[int, bytes]:
    """The last, partial tile of each level at this size, cut to its width."""
    edge: dict[int, bytes] = {}
    for ref in tiles.tiles_at(size):
        if ref.width < tiles.TILE:
            row = conn.execute(
                select(log_tile.c.data).where(
                    log_tile.c.log_id == log_id,
                    log_tile.c.level == ref.level,
                    log_tile.c.n == ref.n,
                )
            ).one()
            edge[ref.level] = bytes(row.data)[: ref.width * tiles.HASH]
    return edge


def _write_tiles(
    conn: Connection, log_id: int, size: int, changed: dict[tuple[int, int], bytes]
) -> None:
    old = {(ref.level, ref.n) for ref in tiles.tiles_at(size) if ref.width < tiles.TILE}
    fresh = []
    for (level, n), data in changed.items():
        if (level, n) in old:
            conn.execute(
                update(log_tile)
                .where(log_tile.c.log_id == log_id, log_tile.c.level == level, log_tile.c.n == n)
                .values(data=data)
            )
        else:
            fresh.append({"log_id": log_id, "level": level, "n": n, "data": data})
    if fresh:
        conn.execute(insert(log_tile), fresh)


def _sign(rt: "Runtime", origin: str, size: int, root: bytes) -> None:
    """Have the signer sign this head, and store the note; nothing to do if it is stored."""
    with rt.db.read() as conn:
        latest = queries.latest_head(conn, origin)
        old = latest[0] if latest else 0
        if old >= size and latest is not None:
            return
        proof = _proof(conn, origin, old, size)
        last = _is_last(conn, origin, size)
    try:
        note = rt.signer.sign(origin, old, size, root, proof, last=last)
    except StaleHeadError as stale:
        # The signer released a head that a crash kept us from storing: prove from its size.
        with rt.db.read() as conn:
            info = queries.info(conn, origin)
            if stale.size > info.size:
                raise LogError(
                    f"The signer has released size {stale.size} of {origin}, the database holds "
                    f"{info.size}: it was put back to an older state. Recover the missing entries."
                ) from None
            size, root = info.size, info.root
            proof = _proof(conn, origin, stale.size, size)
            last = _is_last(conn, origin, size)
        note = rt.signer.sign(origin, stale.size, size, root, proof, last=last)
    with rt.db.write() as conn:
        _store_head(conn, rt, origin, size, root, note)


def _is_last(conn: Connection, origin: str, size: int) -> bool:
    """Whether this size ends a closed log: the signer then signs nothing more for it."""
    info = queries.info(conn, origin)
    return size == info.next_index and lineage.is_closed(conn, info)


def _proof(conn: Connection, origin: str, old: int, size: int) -> list[bytes]:
    if old in (0, size):
        return []
    return queries.consistency(conn, origin, old, size)


def _store_head(
    conn: Connection, rt: "Runtime", origin: str, size: int, root: bytes, note: bytes
) -> None:
    info = _lease(conn, origin)
    held = select(log_head.c.size).where(log_head.c.log_id == info.id, log_head.c.size == size)
    if conn.execute(held).first() is None:
        conn.execute(
            insert(log_head).values(
                log_id=info.id, size=size, root=root, note=note, signed_at=rt.clock()
            )
        )


def _admit(rt: "Runtime", conn: Connection, state: str, subjects: Collection[str]) -> None:
    """Append each changed head to the state log, after checking it against the one before.

    The subject log's key goes in first, once. What is checked here is what a monitor will check:
    that consecutive admitted heads of an origin are consistent.
    """
    state_id = _lease(conn, state).id
    for origin in subjects:
        info = queries.info(conn, origin)
        latest = queries.latest_head(conn, origin)
        if latest is None or latest[0] == 0:
            continue
        size, root, note = latest
        before = queries.last_admission(conn, info.id)
        if before == size:
            continue
        if before is not None:
            _check_follows(conn, origin, before, size, root)
        else:
            _admit_before(rt, conn, state, info)
        if queries.entry_by_key(conn, state, f"key {origin}") is None:
            _admit_key(rt, conn, state, info)
        entry = service.append_note(conn, state, note, f"head {origin} {size}", now=rt.clock())
        conn.execute(
            insert(log_admission).values(
                log_id=info.id, size=size, state_log_id=state_id, state_index=entry.index
            )
        )
        if size == info.next_index and lineage.is_closed(conn, info):
            _admit_key(rt, conn, state, info, closed=queries.entry(conn, origin, size - 1).time)


def _admit_before(rt: "Runtime", conn: Connection, state: str, info: LogInfo) -> None:
    """Before the first head of a log that continues another: the other's last head."""
    before = lineage.before(conn, info.origin) if info.kind in shards.YEARLY else None
    if before is not None and lineage.is_closed(conn, before):
        _admit(rt, conn, state, [before.origin])


def _admit_key(
    rt: "Runtime", conn: Connection, state: str, info: LogInfo, *, closed: int | None = None
) -> None:
    """State a log's key; with `closed` (UTC seconds) that it is valid until then and no longer."""
    vkey = holders.vkey(conn, rt.signer, info.origin)
    until = None if closed is None else format_time(closed)
    record: dict[str, Json] = {
        "kind": "log-key", "v": 1, "origin": info.origin, "vkey": vkey,
        "valid_from": format_time(info.opened_at), "valid_to": until,
    }  # fmt: skip
    if holders.key_of(conn, info.origin) is not None:
        record["holder"] = "society"
    key = f"key {info.origin}" if closed is None else f"key-end {info.origin}"
    service.append(conn, state, [NewEntry("log-key", record, key)], now=rt.clock())
    conn.execute(update(log).where(log.c.id == info.id).values(vkey=vkey))


def _check_follows(conn: Connection, origin: str, old: int, size: int, root: bytes) -> None:
    """The rule by which a witness cosigns, applied to what the state log takes."""
    proof = queries.consistency(conn, origin, old, size)
    held = TreeHead(old, queries.head_root(conn, origin, old))
    try:
        check_step(held, old, TreeHead(size, root), proof)
    except ProofError as error:
        raise LogError(
            f"The head of size {size} of {origin} does not follow from size {old}: {error}"
        ) from None


def ensure_state_key(rt: "Runtime") -> str:
    """The state log's verifier key, as the trust policy pins it."""
    state = _current_state(rt)
    vkey = rt.signer.vkey(state)
    with rt.db.write() as conn:
        result = conn.execute(update(log).where(log.c.origin == state).values(vkey=vkey))
        if result.rowcount != 1:
            raise UnknownLogError(f"There is no log {state} here.")
    return vkey
