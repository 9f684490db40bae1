"""Reads about shards: which logs continue one another, which is the newest, which is closed."""

from functools import lru_cache

from sqlalchemy import Connection, bindparam, select

from trust.formats import origins
from trust.log import queries
from trust.log.model import LogInfo
from trust.log.tables import log_entry

# Built once: every append asks it.
_KIND = select(log_entry.c.kind).where(
    log_entry.c.log_id == bindparam("log_id"), log_entry.c.idx == bindparam("idx")
)


@lru_cache(maxsize=4096)
def order(origin: str) -> tuple[str, int]:
    """What shards of one log are ordered by: log year, then their number within it."""
    parsed = origins.parse_origin(origin)
    return parsed.year or "", parsed.shard


def shards(conn: Connection, kind: str, subject: str) -> list[LogInfo]:
    """Every shard of a log that is continued from year to year, oldest first."""
    return sorted(queries.of_subject(conn, kind, subject), key=lambda i: order(i.origin))


def newest(conn: Connection, kind: str, subject: str) -> LogInfo | None:
    """The last shard there is of such a log."""
    found = shards(conn, kind, subject)
    return found[-1] if found else None


def before(conn: Connection, origin: str) -> LogInfo | None:
    """The shard that this one continues."""
    own, place = origins.parse_origin(origin), order(origin)
    older = [i for i in shards(conn, own.kind, own.subject or "") if order(i.origin) < place]
    return older[-1] if older else None


def after(conn: Connection, origin: str) -> LogInfo | None:
    """The shard that continues this one."""
    own, place = origins.parse_origin(origin), order(origin)
    newer = [i for i in shards(conn, own.kind, own.subject or "") if order(i.origin) > place]
    return newer[0] if newer else None


def last_kind(conn: Connection, log_id: int, next_index: int) -> str | None:
    """Kind of the last entry sequenced in a log; None for a log without any."""
    return conn.execute(_KIND, {"log_id": log_id, "idx": next_index - 1}).scalar()


def is_closed(conn: Connection, info: LogInfo) -> bool:
    """Whether a log has had its last entry."""
    return last_kind(conn, info.id, info.next_index) == "log-closed"


def has_entry(conn: Connection, log_id: int, index: int) -> bool:
    """Whether there is an entry at that position."""
    query = select(log_entry.c.idx).where(log_entry.c.log_id == log_id, log_entry.c.idx == index)
    return conn.execute(query).first() is not None


def current_state(conn: Connection, host: str, now: int) -> str:
    """The newest state log; the first of this year before there is any."""
    found = newest(conn, "state", "")
    return found.origin if found else origins.state_origin(host, origins.financial_year(now))
