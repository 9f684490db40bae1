"""Shards: one log a financial year, each opened by the last head of the one before.

At the turn of the year (1 April, Indian time), or at once when a key must no longer sign, the old
shard gets its last entry, `log-closed`, and takes no other. The new one is open from the same
moment: its position 0 is kept free for the old shard's last head and filled as soon as that is
signed; nothing of the new shard is hashed before. So no writer ever waits for the signer, and
killed between any two steps the next run does the rest. Whether a shard is closed is read from
its last entry alone: no column can disagree with the log.
"""

from collections.abc import Collection

from sqlalchemy import Connection

from trust import outbox
from trust.formats import logkinds, origins
from trust.formats.canon import Json
from trust.log import lineage, queries, sequencing
from trust.log import service as logs
from trust.log.context import Context
from trust.log.errors import LogError, NotContinuedError, NotLinkedError
from trust.log.keys import society_keys
from trust.log.model import LogInfo, NewEntry, Sequenced

OPENING = "opening"
"""Idempotency key of entry 0 of a shard that continues another."""
CLOSING = "log-closed"
"""Kind of the last entry of a closed log."""
_BATCH = 200


def current(conn: Connection, first: str, *, now: int, next_key: str | None = None) -> str:
    """The shard that takes entries now; closes last year's and opens this year's if it is time.

    `first` is the name of the first shard of the current year (UTC seconds `now`), `next_key` its
    verifier key, for a state log. A clock that went back never reopens an older shard.
    """
    wanted = origins.parse_origin(first)
    newest = lineage.newest(conn, wanted.kind, wanted.subject or "")
    if newest is None:
        logs.open_log(conn, first, now=now)
        return first
    held = origins.parse_origin(newest.origin)
    if not lineage.is_closed(conn, newest):
        if (held.year or "") >= (wanted.year or ""):
            return newest.origin
        return turn(conn, newest, first, "year-end", now=now, next_key=next_key)
    raise NotContinuedError(origin=newest.origin)


def turn(
    conn: Connection,
    old: LogInfo,
    after: str,
    reason: str,
    *,
    now: int,
    next_key: str | None = None,
    note: str = "",
) -> str:
    """Close a shard and open the next, in the caller's transaction; returns the open one.

    Idempotent: whoever comes second finds the shard closed and is given what continues it.
    """
    logs.lock(conn, old.origin)
    old = queries.info(conn, old.origin)
    if lineage.is_closed(conn, old):
        newest = lineage.newest(conn, old.kind, old.subject)
        assert newest is not None
        return newest.origin
    # An empty log would have no head to continue from; the closing entry gives it one.
    record: dict[str, Json] = {
        "kind": "log-closed",
        "v": 1,
        "origin": old.origin,
        "size": old.next_index + 1,
        "next": after,
        "next_key": next_key,
        "reason": reason,
        "note": note,
    }
    closed = logs.close_log(conn, old.origin, NewEntry("log-closed", record, "closed"), now=now)
    # Also where the clock went back: no entry of the next log is older than the end of this one.
    logs.open_log(conn, after, now=max(now, closed.time), continues=True)
    outbox.emit(conn, "log", after)
    return after


def erase(
    conn: Connection, origin: str, index: int, part: str, reason: str, *, now: int
) -> Sequenced:
    """`service.erase` in a log of any year: what is closed is erased by the log open now."""
    year = origins.financial_year(now)
    into = current(conn, origins.first_of_year(origin, year), now=now)
    return logs.erase(conn, origin, index, part, reason, now=now, into=into)


def unlinked(conn: Connection, info: LogInfo) -> str | None:
    """The shard whose last head belongs at position 0 of this one and is not there yet."""
    if info.size or not info.next_index or lineage.has_entry(conn, info.id, 0):
        return None
    before = lineage.before(conn, info.origin)
    if before is None:
        raise LogError(f"Entry 0 of {info.origin} is missing; run `sakshi fsck`.")
    return before.origin


def link(conn: Connection, origin: str, before: str) -> None:
    """Put the last head of the shard before at position 0; does nothing if it is there."""
    log_id = logs.lock(conn, origin)
    if lineage.has_entry(conn, log_id, 0):
        return
    old, head = queries.info(conn, before), queries.latest_head(conn, before)
    if head is None or head[0] != old.next_index or not lineage.is_closed(conn, old):
        raise NotLinkedError
    at = queries.info(conn, origin).opened_at
    row = (log_id, 0, head[2], "head", OPENING, at)
    sequencing.insert_rows(conn, [row])


def _swept() -> list[str]:
    """Kinds of logs that turn with the year by the sweep; the state log turns when it publishes."""
    return [kind.name for kind in logkinds.KINDS.values() if kind.yearly and not kind.heads]


def due(conn: Connection, kind: str, now: int) -> list[LogInfo]:
    """Shards of a kind that are still open although their year is over."""
    year = origins.financial_year(now)
    newest: dict[str, LogInfo] = {}
    for info in queries.logs(conn, kind):
        held = newest.get(info.subject)
        if held is None or lineage.order(info.origin) > lineage.order(held.origin):
            newest[info.subject] = info
    return [
        info
        for info in newest.values()
        if (origins.parse_origin(info.origin).year or year) < year
        and not lineage.is_closed(conn, info)
    ]


def turn_year(ctx: Context) -> list[str]:
    """Close every book and oversight log whose year is over; returns the logs that were opened.

    Publication follows from the outbox: the closed logs first, then those that continue them.
    """
    opened: list[str] = []
    now = ctx.clock()
    for kind in _swept():
        with ctx.db.read() as conn:
            waiting = due(conn, kind, now)
        for at in range(0, len(waiting), _BATCH):
            with ctx.db.write() as conn:
                for info in waiting[at : at + _BATCH]:
                    after = origins.first_of_year(info.origin, origins.financial_year(now))
                    opened.append(turn(conn, info, after, "year-end", now=now))
    return opened


def rotate(ctx: Context, origin: str, note: str, holder: str | None = None) -> str:
    """Close a log now, because its key must no longer sign, and open the next of the same year.

    `note` says why, in the public log; with `holder`, a verifier key, the society signs the next
    one itself. Raises LogError when the log is closed already or is of a
    kind that has no shards.
    """
    with ctx.db.read() as conn:
        info = queries.info(conn, origin)
        if lineage.is_closed(conn, info):
            raise LogError(f"{origin} is closed already; its key signs nothing any more.")
    after = origins.successor(origin)
    if after is None:
        raise LogError(
            f"{origin} has no shards: a meeting or election must be held again under a new log."
        )
    key = ctx.signer.vkey(after) if info.kind == "state" else None
    with ctx.db.write() as conn:
        turn(conn, info, after, "emergency", now=ctx.clock(), next_key=key, note=note)
        if holder is not None:
            society_keys.hold(conn, after, holder, now=ctx.clock())
    return after


def rotate_all(ctx: Context, note: str, among: Collection[str] | None = None) -> list[str]:
    """Close every book and oversight log now and open the next; after a leak of the master.

    The state log comes last and by itself (`rotate`), so that it admits the last heads first.
    One that was opened by a rotation that was interrupted here is not rotated a second time;
    `among` names the only logs that are to be closed, where not all are.
    """
    opened: list[str] = []
    for kind in _swept():
        with ctx.db.read() as conn:
            subjects = sorted({info.subject for info in queries.logs(conn, kind)})
        for at in range(0, len(subjects), _BATCH):
            with ctx.db.write() as conn:
                for subject in subjects[at : at + _BATCH]:
                    newest = lineage.newest(conn, kind, subject)
                    assert newest is not None
                    if among is not None and newest.origin not in among:
                        continue
                    if newest.size or lineage.before(conn, newest.origin) is None:
                        after = origins.successor(newest.origin)
                        assert after is not None
                        turn(conn, newest, after, "emergency", now=ctx.clock(), note=note)
                        opened.append(after)
    return opened
