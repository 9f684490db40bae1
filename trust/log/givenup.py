"""Logs that a state log gives up: how much of each is lost, since when, and why.

Everything is read from the abandonments themselves. What a mirror brought back after a log was
given up is not lost any more; the log stays closed all the same.
"""

from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Connection, select

from trust.log import queries, sealed
from trust.log.tables import log, log_entry

_KIND = "abandonment"


@dataclass(frozen=True, slots=True)
class GivenUp:
    """A log that was given up.

    Attributes:
        at: time of the abandonment, UTC seconds.
        size: entries under the last head that was released.
        kept: entries there were when it was given up.
        held: entries there are now, from the first on.
        successor: origin of the log in which it goes on; of a meeting, the one called in its place.
    """

    origin: str
    at: int
    size: int
    kept: int
    held: int
    successor: str
    reason: str

    @property
    def lost(self) -> range:
        """Indices of the entries that were acknowledged and are in no log any more."""
        return range(min(self.held, self.size), self.size)

    @property
    def places(self) -> str:
        """The lost indices in words: `10`, or `10 – 11`; empty if everything came back."""
        if not self.lost:
            return ""
        first, last = self.lost[0], self.lost[-1]
        return str(first) if first == last else f"{first} – {last}"


def of(conn: Connection, origin: str) -> GivenUp | None:
    """What became of one log; None if no state log gives it up. Raises AlteredError."""
    said = sealed.abandonment(conn, origin)
    return None if said is None else _read(conn, *said)


def of_subject(conn: Connection, kind: str, subject: str) -> list[GivenUp]:
    """The logs of one subject that were given up, in the order of their years."""
    infos = sorted(queries.of_subject(conn, kind, subject), key=lambda info: info.id)
    return [found for info in infos if (found := of(conn, info.origin)) is not None]


def names(conn: Connection) -> frozenset[str]:
    """Every log that was given up; one question, with a look-up for each log there is."""
    query = select(log.c.origin).where(queries.given_up(log.c.origin))
    return frozenset(conn.execute(query).scalars())


class Register:
    """Every log that was given up; each entry of a state log is looked at once, so it may be asked
    on a page that anybody opens."""

    def __init__(self) -> None:
        self._upto: dict[int, int] = {}
        self._found: dict[str, tuple[int, dict[str, Any]]] = {}

    def read(self, conn: Connection) -> list[GivenUp]:
        """All of them, in the order of the state logs. Raises AlteredError."""
        for state in queries.logs(conn, "state"):
            query = (
                select(log_entry.c.idx, log_entry.c.time)
                .join(log, log.c.id == log_entry.c.log_id)
                .where(log.c.id == state.id, log_entry.c.kind == _KIND)
                .where(log_entry.c.idx >= self._upto.get(state.id, 0))
                .order_by(log_entry.c.idx)
            )
            for row in conn.execute(query).all():
                record = sealed.record(conn, state.origin, row.idx, _KIND)
                self._found.setdefault(str(record["origin"]), (row.time, record))
            self._upto[state.id] = state.next_index
        return [_read(conn, *said) for said in self._found.values()]


def _read(conn: Connection, at: int, record: dict[str, Any]) -> GivenUp:
    origin = str(record["origin"])
    held = queries.info(conn, origin).next_index if queries.exists(conn, origin) else 0
    return GivenUp(
        origin,
        at,
        cast(int, record["size"]),
        cast(int, record["kept"]),
        held,
        str(record["successor"]),
        str(record["reason"]),
    )
