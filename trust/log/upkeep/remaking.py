"""For the rooms: rows beside the log made again from what came back of it after a disaster.

A recovery brings entries and public documents back, not the rows that pages and rules read. Each
room derives from the sealed records what is a function of them, with the functions that wrote the
rows, and names the rest: what a person has to do again. Running it twice changes nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select

from trust.log import queries
from trust.log.checks.fsckrows import RECOVERED
from trust.log.checks.sealedrows import Sealed, Tally, pieces
from trust.log.model import LogInfo
from trust.log.tables import log, log_entry


@dataclass(frozen=True, slots=True)
class Remade:
    """A recovered entry whose rows were made again; or were not, and `gone` says what is lost."""

    origin: str
    index: int
    kind: str
    time: int
    gone: str | None = None


Remake = Callable[[Connection], Iterator[Remade]]
"""What each room offers; web puts them together."""


def remade(sealed: Sealed, gone: str | None = None) -> Remade:
    """What became of the rows of an entry."""
    return Remade(sealed.origin, sealed.index, sealed.kind, sealed.time, gone)


def recovered(
    conn: Connection, infos: Iterable[LogInfo], kinds: Iterable[str]
) -> Iterator[tuple[Sealed, ...]]:
    """The entries of these public kinds of every log into which any came back, log by log.

    All of them, not only those that came back: a row is made of the whole history.
    """
    wanted = tuple(kinds)
    for info in infos:
        found = [
            item
            for piece in pieces(conn, info, wanted, Tally())
            for item in piece.entries
            if item.record is not None
        ]
        if any(item.recovered for item in found):
            yield tuple(found)


def logs(conn: Connection, kind: str) -> list[LogInfo]:
    """The logs of a kind into which anything came back from a mirror, oldest first."""
    some = log_entry.c.key.startswith(RECOVERED, autoescape=True)
    query = (
        select(log_entry.c.log_id)
        .join(log, log.c.id == log_entry.c.log_id)
        .where(log.c.kind == kind, some)
        .distinct()
    )
    back = set(conn.execute(query).scalars())
    return [info for info in queries.logs(conn, kind) if info.id in back]
