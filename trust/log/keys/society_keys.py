"""Logs whose key a society holds itself: the server prepares heads, the society signs them.

The private key is never here. Until the society signs, nothing of the log is published; its
entries are sequenced and integrated like any others. A shard that continues a held one is held
too, and has a key of its own: the society may hand it in before the year turns, else the new
shard waits for it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from trust import outbox
from trust.formats import merkle, notes, origins
from trust.formats.checkpoints import open_checkpoint
from trust.formats.errors import FormatError
from trust.formats.headrequest import HeadRequest
from trust.log import lineage, queries, tree_queries
from trust.log.batch_queries import LogState
from trust.log.context import Context, Signer
from trust.log.errors import LogError
from trust.log.tables import log, log_head, log_holder


def hold(conn: Connection, origin: str, vkey: str, *, now: int) -> None:
    """From its first head on, a log is signed by this key alone.

    The log may be the society's next one, which is not open yet: its key may be given again until
    it is. Raises LogError when a head was released already (rotate the log first), another key
    holds it or it is no log of a society here, FormatError when the key is not one for this log.
    """
    key = notes.VerifierKey.parse(vkey)
    if origins.parse_origin(origin).kind != "coop":
        raise LogError("Only a society's book log can be held by its society.")
    if key.name != origin or key.type != notes.ED25519:
        raise FormatError(f"The key is not an Ed25519 key named {origin}.")
    if not queries.exists(conn, origin):
        _hold_next(conn, origin, vkey, now)
        return
    if queries.latest_head(conn, origin) is not None:
        raise LogError(
            f"A head of {origin} was released already under another key. `sakshi keys rotate` "
            "closes it; then let the society hold the log that follows."
        )
    held = key_of(conn, origin)
    if held not in (None, vkey):
        raise LogError(f"{origin} is held by another key.")
    if held is None:
        conn.execute(insert(log_holder).values(origin=origin, vkey=vkey, since=now))
        outbox.emit(conn, "log", origin)


def _hold_next(conn: Connection, origin: str, vkey: str, now: int) -> None:
    """Keep the key of a log that will continue one that is there."""
    own = origins.parse_origin(origin)
    newest = lineage.newest(conn, own.kind, own.subject or "")
    allowed = [] if newest is None else [next_year(newest.origin), origins.successor(newest.origin)]
    if origin not in allowed:
        raise LogError(
            f"There is no log {origin} here, and none that it would follow. A key may be given for "
            "a society's book log and, before it is opened, for the one that comes next."
        )
    conn.execute(delete(log_holder).where(log_holder.c.origin == origin))
    conn.execute(insert(log_holder).values(origin=origin, vkey=vkey, since=now))


def next_year(origin: str) -> str:
    """Name of the log in which a book log goes on when its year turns."""
    year = origins.parse_origin(origin).year or ""
    return origins.first_of_year(origin, origins.financial_year(origins.year_bounds(year)[1]))


def key_of(conn: Connection, origin: str) -> str | None:
    """The society's key of a log; None if it holds none."""
    return conn.execute(select(log_holder.c.vkey).where(log_holder.c.origin == origin)).scalar()


def keys(conn: Connection, logs: Collection[str]) -> dict[str, str]:
    """The societies' keys of those of these logs that have one."""
    query = select(log_holder.c.origin, log_holder.c.vkey).where(log_holder.c.origin.in_(logs))
    return {row.origin: row.vkey for row in conn.execute(query)}


def held(conn: Connection, logs: Sequence[LogState]) -> set[str]:
    """Those of these logs that a society signs."""
    found = {log.info.origin for log in logs if log.holder is not None}
    new = [log.info for log in logs if log.signed is None and log.info.kind == "coop"]
    if new and _any(conn):
        found |= {info.origin for info in new if is_held(conn, info.origin)}
    return found


def is_held(conn: Connection, origin: str) -> bool:
    """Whether the society signs this log: it has given a key for it or for the one before."""
    if origins.parse_origin(origin).kind != "coop" or not _any(conn):
        return False
    if key_of(conn, origin) is not None:
        return True
    before = lineage.before(conn, origin)
    signed = queries.latest_head(conn, origin) is not None
    return before is not None and not signed and is_held(conn, before.origin)


def _any(conn: Connection) -> bool:
    return conn.execute(select(log_holder.c.origin).limit(1)).first() is not None


def vkey(conn: Connection, signer: Signer, origin: str) -> str:
    """The key that signs a log: the society's, else the one the signer derives.

    Raises LogError `no-key` while a society that holds its logs has not given this one's.
    """
    found = key_of(conn, origin)
    if found is not None:
        return found
    if is_held(conn, origin):
        raise LogError(f"The society has not given its key for {origin} yet.", code="no-key")
    return signer.vkey(origin)


def prepare(conn: Connection, origin: str, old: int | None = None) -> HeadRequest | None:
    """The newest head for the society to sign; None when it has signed that one.

    `old` is the size of the head its tool remembers, by default the one stored here.
    """
    info, latest = queries.info(conn, origin), queries.latest_head(conn, origin)
    if key_of(conn, origin) is None:
        raise LogError(f"No society's key is known for {origin}.", code="no-key")
    signed = latest[0] if latest else 0
    old = signed if old is None else old
    if info.size == 0 or (signed == info.size and old == signed):
        return None
    if not 0 <= old <= info.size:
        raise LogError(
            f"{origin} has {info.size} entries here; the society's tool has signed {old}. The "
            "database was put back: `sakshi recover`."
        )
    proof = [] if old in (0, info.size) else tree_queries.consistency(conn, origin, old, info.size)
    return HeadRequest(origin, old, info.size, info.root, tuple(proof))


def unsigned(conn: Connection, origin: str) -> int | None:
    """How many entries wait for the society's signature; None if the State signs."""
    if not is_held(conn, origin):
        return None
    latest = queries.latest_head(conn, origin)
    return queries.info(conn, origin).next_index - (latest[0] if latest else 0)


@dataclass(frozen=True, slots=True)
class Held:
    """How a log that its society signs stands.

    `vkey` is None while the society has not given its key, `unsigned` the number of entries that
    wait for its signature, `next` the log of the next year and `next_vkey` its key, None while it
    is not given; a closed log has none.
    """

    origin: str
    vkey: str | None
    unsigned: int
    next: str | None
    next_vkey: str | None


def overview(conn: Connection) -> list[Held]:
    """Every log that a society signs, closed ones only while they wait for a signature."""
    if not _any(conn):
        return []
    found: list[Held] = []
    for info in queries.logs(conn, "coop"):
        waiting = unsigned(conn, info.origin)
        if waiting is None:
            continue
        closed = lineage.is_closed(conn, info)
        if closed and not waiting:
            continue
        after = None if closed else next_year(info.origin)
        known = None if after is None else key_of(conn, after)
        found.append(Held(info.origin, key_of(conn, info.origin), waiting, after, known))
    return found


def accept(ctx: Context, origin: str, note: bytes) -> int:
    """Take a head that the society signed; returns its size. Publication follows at once.

    Raises SakshiError unless the note carries exactly the society's signature over a root of this
    very log that is not behind the last one.
    """
    with ctx.db.write() as conn:
        held = key_of(conn, origin)
        if held is None:
            raise LogError(f"No society's key is known for {origin}.", code="no-key")
        head = open_checkpoint(note, notes.VerifierKey.parse(held))
        canonical = notes.format_note(notes.parse_note(note)).encode()
        if len(notes.parse_note(note).signatures) != 1 or canonical != note:
            raise FormatError("The note must carry the society's signature line and nothing else.")
        info, latest = queries.info(conn, origin), queries.latest_head(conn, origin)
        if not (latest[0] if latest else 0) <= head.size <= info.size or not head.size:
            raise LogError(f"A head of size {head.size} of {origin} is behind or not here.")
        reader = tree_queries.reader(conn, origin, head.size)
        if merkle.root_from_nodes(head.size, reader.node) != head.root:
            raise LogError(f"The head of size {head.size} is not of the entries of {origin} here.")
        if latest is None or latest[0] != head.size:
            log_id = conn.execute(
                select(log.c.id).where(log.c.origin == origin).with_for_update()
            ).scalar_one()
            conn.execute(
                insert(log_head).values(
                    log_id=log_id, size=head.size, root=head.root, note=note, signed_at=ctx.clock()
                )
            )
        outbox.emit(conn, "log", origin)
    return head.size
