"""The registry of record kinds: every kind, its fields and their meaning (docs/formats.md 6).

A record says its kind and its version, and the two together say which members it has. Versions are
only added: what was sealed once verifies for ever. An entry of a log names the kind alone, so all
versions of a kind stand in the same logs and are all public or all private.
"""

from trust.formats.canon import Json
from trust.formats.errors import FormatError
from trust.formats.kinds import books, logs, offices, oversight, people, registration, voting
from trust.formats.kinds.base import YEARLY, Kind

__all__ = ["KINDS", "NAMES", "YEARLY", "Kind", "check_record", "is_public", "kind", "newest"]

_ALL = (
    *people.KINDS,
    *books.KINDS,
    *voting.KINDS,
    *oversight.KINDS,
    *registration.KINDS,
    *offices.KINDS,
    *logs.KINDS,
)

KINDS: dict[tuple[str, int], Kind] = {(one.name, one.version): one for one in _ALL}
"""Every kind by name and version."""

_NEWEST: dict[str, Kind] = {one.name: one for one in sorted(_ALL, key=lambda one: one.version)}

NAMES = frozenset(_NEWEST)
"""Names of the kinds this version knows."""


def newest(name: str) -> Kind:
    """The newest version of a kind, whose log and publicness are those of all its versions.

    Raises FormatError for a kind this version does not know.
    """
    try:
        return _NEWEST[name]
    except KeyError:
        raise FormatError(f"{name!r} is not a kind of record this version knows.") from None


def kind(name: str, version: int) -> Kind:
    """That version of a kind; raises FormatError for one this version of Sakshi does not know."""
    try:
        return KINDS[name, version]
    except KeyError:
        known = newest(name).version
        raise FormatError(
            f"Version {version} of the kind {name!r} is not known here; the newest is {known}."
        ) from None


def is_public(name: str) -> bool:
    """Whether documents of that kind are served to everybody; False for an unknown kind."""
    return name in _NEWEST and _NEWEST[name].public


def check_record(record: dict[str, Json]) -> Kind:
    """Raise FormatError unless the record has exactly the members of its kind; return the kind."""
    name, version = record.get("kind"), record.get("v")
    if not isinstance(name, str):
        raise FormatError("The record does not name its kind.")
    if isinstance(version, bool) or not isinstance(version, int):
        raise FormatError(f"The {name} record does not name its version as a whole number.")
    found = kind(name, version)
    found.check(record, f"The {name} record")
    return found
