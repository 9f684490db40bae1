"""What a book log says of a meeting: the officers' keys, and what was done since the notice.

Records of version 2 name the book log's origin, size and root at their moment. What is read here is
what stands before such a place, or between two of them, in the log itself; no row beside it
decides.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from trust.formats import b64
from trust.formats.canon import Json
from trust.log import lineage, sealed
from trust.log import queries as log_queries
from trust.log.model import Position
from trust.log.sealed import Event
from trust.people import queries as people
from voting.model import Besides, Since
from voting.pure.ballot import Officer


@dataclass(frozen=True, slots=True)
class OfficerKeys:
    """Keys of a society's officers at a place of its book log, and those that had ended there."""

    in_force: Mapping[bytes, Officer]
    ended: frozenset[bytes]


def head_of(record: Mapping[str, Json]) -> Position:
    """The place in the book log that a record of version 2 names."""
    size, root = record["book_size"], str(record["book_root"])
    assert isinstance(size, int)
    return Position(str(record["book_origin"]), size, b64.decode(root))


def named(place: Position) -> dict[str, Json]:
    """The members by which a record names it."""
    return {
        "book_origin": place.origin,
        "book_size": place.size,
        "book_root": b64.encode(place.root),
    }


def now_at(conn: Connection, society: str, now: int) -> Position:
    """Where the book log stands, for a page: nothing is locked and no root computed."""
    origin = people.book_origin(conn, society, now)
    size = log_queries.info(conn, origin).next_index if log_queries.exists(conn, origin) else 0
    return Position(origin, size, b"")


def officer_keys(conn: Connection, society: str, until: Position) -> OfficerKeys:
    """The officers' keys by the entries before a place. Holders are the keys themselves."""
    found: dict[bytes, Officer] = {}
    ended: set[bytes] = set()
    for event in _events(conn, society, ("officer-key", "officer-key-loss"), None, until):
        assert event.record is not None
        key, role = b64.decode(str(event.record["key"])), str(event.record["role"])
        if event.record.get("action") == "bind":
            found[key] = Officer(key.hex(), role)
            ended.discard(key)
        else:
            found.pop(key, None)
            ended.add(key)
    return OfficerKeys(found, frozenset(ended))


def since(conn: Connection, society: str, start: Position, until: Position) -> Since:
    """What was done to the register and to members' keys from one place to another."""
    kinds = ("admission", "admission-end", "enrolment")
    done = _done(conn, society, kinds, start, until)
    return Since(done["admission"], done["admission-end"], done["reissue"], done["revoke"])


def besides(conn: Connection, society: str, start: Position, until: Position) -> Besides:
    """What else was done between these places that can move a vote."""
    kinds = ("admission-change", "enrolment", "officer-key", "officer-key-loss")
    done = _done(conn, society, kinds, start, until)
    officers = done["officer-key"] + done["officer-key-loss"]
    return Besides(done["admission-change"], done["bind"], officers)


def _done(
    conn: Connection, society: str, kinds: tuple[str, ...], start: Position, until: Position
) -> Counter[str]:
    """How often each kind was sealed; of enrolments, by their action."""
    done: Counter[str] = Counter()
    for event in _events(conn, society, kinds, start, until):
        if event.kind != "enrolment":
            done[event.kind] += 1
        elif event.record is not None:
            done[str(event.record["action"])] += 1
    return done


def _events(
    conn: Connection, society: str, kinds: tuple[str, ...], start: Position | None, until: Position
) -> Iterator[Event]:
    """Entries of a society's book logs, oldest first, from a place (else the first) to another."""
    for shard in lineage.shards(conn, "coop", society):
        place = lineage.order(shard.origin)
        if place > lineage.order(until.origin):
            return
        first, stop = 0, None
        if start is not None:
            if place < lineage.order(start.origin):
                continue
            first = start.size if shard.origin == start.origin else 0
        if shard.origin == until.origin:
            stop = until.size
        yield from sealed.events(conn, shard.origin, kinds, first, stop)
