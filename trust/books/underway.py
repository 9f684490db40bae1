"""Imports that are open: begun, and not yet sealed to their end."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from trust.books.counting import sealed_under
from trust.books.tables import book_import


@dataclass(frozen=True, slots=True)
class OpenImport:
    """An import of which `sealed` of `expected` entries are sealed; `begun_at` is UTC seconds."""

    id: str
    society: str
    filename: str
    sealed: int
    expected: int
    begun_at: int


def open_imports(conn: Connection) -> list[OpenImport]:
    """Every import that somebody still has to finish, oldest first."""
    c = book_import.c
    query = select(book_import).where(c.state == "open").order_by(c.created_at, c.id)
    return [
        OpenImport(
            row.id,
            row.society,
            row.filename,
            sealed_under(conn, row.id),
            row.expected,
            row.created_at,
        )
        for row in conn.execute(query)
    ]
