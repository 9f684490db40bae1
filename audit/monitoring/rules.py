"""What an entry may be, by its place alone: form, kind, time. Pure; docs/formats.md sections 4, 6.

Times are POSIX seconds. `looked` is when the monitor last saw this log whole: an entry that is new
since may not state a time long before.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from trust.formats import logkinds, origins, records
from trust.formats.canon import Json
from trust.formats.entries import BeleniosEvent, Entry, NoteEntry
from trust.formats.errors import FormatError
from trust.formats.logkinds import LogKind
from trust.formats.times import format_time

Parsed = Entry | NoteEntry | BeleniosEvent
Fault = tuple[str, str]
"""Kind of finding, sentence."""

PLAIN = "plain"
"""A log that is not one of ours: heads, entries and tiles are checked, their meaning is not."""
_PLAIN = LogKind(PLAIN, named=False, yearly=False)
_MISPLACED = {
    BeleniosEvent: "A Belenios event stands in a log that is not an election's.",
    NoteEntry: "A signed head may stand in the state log, or first in a new year's.",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands and what is known of its log."""

    origin: str
    kind: str
    valid_from: int
    valid_to: int | None
    now: int
    tolerance: int
    looked: int
    backdate: int


def kind_of(origin: str) -> str:
    """The kind of a log by its name, `plain` if it is none of ours."""
    try:
        return origins.parse_origin(origin).kind
    except FormatError:
        return PLAIN


def lineage(origin: str) -> str:
    """What a log is about, the same for the logs of all its years."""
    try:
        own = origins.parse_origin(origin)
    except FormatError:
        return origin
    return "/".join(filter(None, (own.host, own.kind, own.subject)))


def later(origin: str, before: str) -> bool:
    """Whether a log of ours lies after another in the order of years and numbers."""
    if PLAIN in (kind_of(origin), kind_of(before)):
        return False
    new, old = origins.parse_origin(origin), origins.parse_origin(before)
    return (new.year or "", new.shard) > (old.year or "", old.shard)


def names(name: str, origin: str) -> bool:
    """Whether an origin, or a subject such as `coop/<slug>`, names this log."""
    return origin == name or f"{origin}/".partition("/")[2].startswith(f"{name}/")


def faults(place: Place, index: int, parsed: Parsed, before: int) -> Iterator[Fault]:
    """Everything wrong with an entry; `before` is the time of the entry above it."""
    if isinstance(parsed, Entry):
        yield from _kind(place, parsed)
        yield from _time(place, parsed, before)
    elif not logkinds.KINDS.get(place.kind, _PLAIN).takes(parsed, index):
        yield "wrong-kind", _MISPLACED[type(parsed)]


def _kind(place: Place, entry: Entry) -> Iterator[Fault]:
    try:
        kind = records.newest(entry.kind)
    except FormatError:
        yield "wrong-kind", f"{entry.kind!r} is not a kind of record this version knows."
        return
    if not kind.stands_in(place.kind):
        yield "wrong-kind", f"A {entry.kind!r} entry does not belong in a log of {place.kind!r}."


def _time(place: Place, entry: Entry, before: int) -> Iterator[Fault]:
    time, said = entry.time, format_time(entry.time)
    if time < before:
        yield "time-back", f"It says {said}, the entry before it {format_time(before)}."
    if time > place.now + place.tolerance:
        yield "future", f"It says {said}, but now it is {format_time(place.now)}."
    if place.looked and time < place.looked - place.backdate:
        yield (
            "backdated",
            (
                f"It says {said}, but it was not in the log when the monitor looked at "
                f"{format_time(place.looked)}."
            ),
        )
    if time < place.valid_from or (place.valid_to is not None and time > place.valid_to):
        yield "outside-validity", f"It says {said}, when the key of the log was not valid."
        return
    start, end = _bounds(place.origin)
    # The closing entry is the first thing sequenced after the year (formats.md 6.7).
    if time < start or (time >= end and entry.kind != "log-closed"):
        yield "outside-validity", f"It says {said}, which is not in the log's year."


@lru_cache(maxsize=16)
def _bounds(origin: str) -> tuple[int, int]:
    """First second of a log's year and first after it; all of time if the log has no year."""
    year = None if kind_of(origin) == PLAIN else origins.parse_origin(origin).year
    return (0, 1 << 62) if year is None else origins.year_bounds(year)


def record_faults(place: Place, record: dict[str, Json]) -> Iterator[Fault]:
    """Whether a public record is about the log it stands in."""
    if place.kind == PLAIN:
        return
    own = origins.parse_origin(place.origin)
    if own.kind == "state" and record.get("kind") != "log-closed":
        named = record.get("origin")
        if isinstance(named, str) and kind_of(named) == PLAIN:
            yield "bad-document", f"It is about {named!r}, which is not the name of a log."
        elif isinstance(named, str) and origins.parse_origin(named).host != own.host:
            yield "bad-document", f"It is about {named}, a log of another State."
        return
    for name in ("origin", "meeting"):
        said = record.get(name)
        if isinstance(said, str) and said != place.origin:
            yield "bad-document", f"Its member {name!r} names another log: {said}."
    society = record.get("society")
    if own.kind == "coop" and isinstance(society, str) and society != own.subject:
        yield "bad-document", f"It is about another society: {society}."


def continues(origin: str, before: str) -> bool:
    """Whether a log may begin with the last head of the other one, by their names alone."""
    try:
        new, old = origins.parse_origin(origin), origins.parse_origin(before)
    except FormatError:
        return False
    same = (new.host, new.kind, new.subject) == (old.host, old.kind, old.subject)
    return same and origin != before and (old.year or "") <= (new.year or "")
