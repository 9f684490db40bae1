"""Which files societies brought and when, and which filed sheets are not published yet."""

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from trust.books.tables import book_import, book_statement
from trust.log.witnesses import witness_status


@dataclass(frozen=True, slots=True)
class Waiting:
    """A filed sheet that is not published; ``since`` is when it was sealed, UTC seconds."""

    society: str
    book_year: str
    sha256: str
    since: int


def brought(conn: Connection, society: str | None = None) -> dict[str, dict[str, int]]:
    """For each society and format, when the newest file with entries was sealed, UTC seconds.

    Files that were declared void do not count.
    """
    i = book_import.c
    query = select(i.society, i.format, func.max(i.closed_at).label("at"))
    query = query.where(i.state == "posted", i.posted > 0).group_by(i.society, i.format)
    if society is not None:
        query = query.where(i.society == society)
    found: dict[str, dict[str, int]] = {}
    for row in conn.execute(query):
        found.setdefault(row.society, {})[row.format] = int(row.at)
    return found


def waiting_sheets(conn: Connection, society: str | None = None) -> list[Waiting]:
    """Filed sheets, of all societies or of one, that no head publishes yet; the oldest first."""
    s = book_statement.c
    query = select(s.society, s.book_year, s.sha256, s.time)
    query = query.where(~witness_status.publishes(book_statement))
    if society is not None:
        query = query.where(s.society == society)
    return [Waiting(*row) for row in conn.execute(query.order_by(s.time, s.society))]
