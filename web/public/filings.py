"""A society's filed sheets with the findings about each: read once, the same in every view.

The words and the colour of a finding come from `trust.books.pure.findings`, as on the command
line; pages only put them in order, the worst first.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, cast

from sqlalchemy import Connection

from trust.books import queries as books
from trust.books.model import FiledStatement
from trust.books.pure.findings import Colour, Finding, colour
from trust.books.telling import SheetFindings
from trust.log.model import Head
from trust.log.witnesses import witness_status
from web.negotiate import Json

_ORDER: Final[Mapping[Colour, int]] = {"red": 0, "amber": 1, "green": 2}

_MOVED: Final = ("late-", "withdrawn", "replace", "before-")
"""How the codes of findings begin that tell of something after the figures were taken."""


@dataclass(frozen=True, slots=True)
class Filings:
    """Every filing of a society, the newest year first, what is found about each, and the head by
    which it is published: those without one wait for the outside witnesses."""

    all: Sequence[FiledStatement]
    told: Mapping[str, SheetFindings]
    heads: Mapping[str, Head]
    _seen: dict[Head, tuple[str, ...]] = field(default_factory=dict)

    @property
    def published(self) -> Collection[str]:
        """The hashes of those that are published."""
        return self.heads.keys()

    def seen_outside(self, conn: Connection, head: Head | None) -> tuple[str, ...]:
        """Names of the outside witnesses of a head, read once for all sheets under it."""
        if head is None:
            return ()
        if head not in self._seen:
            self._seen[head] = witness_status.seen_outside(conn, head)
        return self._seen[head]

    @property
    def in_force(self) -> list[FiledStatement]:
        """The sheet that stands for each year."""
        return [item for item in self.all if item.in_force]

    def standing(self, book_year: str) -> FiledStatement | None:
        """The sheet that stands for a year; None if none was filed."""
        return next((item for item in self.in_force if item.book_year == book_year), None)

    def find(self, sha256: object) -> FiledStatement | None:
        """The filing of a hash; None if this society has none of it."""
        return next((item for item in self.all if item.sha256 == sha256), None)

    def earlier(self, filed: FiledStatement) -> FiledStatement | None:
        """The sheet of the year before that a sheet names."""
        return self.find(filed.record["previous"])

    def found(self, filed: FiledStatement) -> list[Finding]:
        """What is found about a filing, the worst first."""
        return worst_first(self.told[filed.sha256].found)

    @property
    def worst(self) -> Colour:
        """The colour of the worst of the sheets in force; green if none was filed."""
        return colour(one for item in self.in_force for one in self.told[item.sha256].found)

    @property
    def moved(self) -> bool:
        """Whether something came into a filed year, or out of it, after its sheet."""
        found = (one.code for told in self.told.values() for one in told.found)
        return any(code.startswith(_MOVED) for code in found)

    @property
    def open(self) -> list[tuple[FiledStatement, list[Finding]]]:
        """Sheets about which there is more to say than that they are in order, and what."""
        about = [
            (item, [one for one in self.found(item) if one.colour != "green"]) for item in self.all
        ]
        return [(item, found) for item, found in about if found]


def read(conn: Connection, society: str) -> Filings:
    """The filings of a society as they stand now."""
    found = books.statements(conn, society)
    return Filings(found, books.findings(conn, society, found), _heads(conn, found))


def _heads(conn: Connection, filed: Sequence[FiledStatement]) -> dict[str, Head]:
    """The head by which each filing is published; that of a later entry publishes those before."""
    found: dict[str, Head] = {}
    newest: dict[str, Head | None] = {}
    for item in sorted(filed, key=lambda item: item.at.index, reverse=True):
        head = newest.get(item.at.origin)
        if head is None:
            head = witness_status.published(conn, item.at.origin, item.at.index)
            newest[item.at.origin] = head
        if head is not None:
            found[item.sha256] = head
    return found


def worst_first(found: Sequence[Finding]) -> list[Finding]:
    """Findings in the order a reader needs them: red, amber, then what is in order."""
    return sorted(found, key=lambda item: _ORDER[item.colour])


def as_json(filings: Filings, filed: FiledStatement) -> dict[str, Json]:
    """The state of a sheet and the findings about it, for programs; `compared` says whether the
    column of the year before was compared with the filed sheet and is it."""
    told = filings.told[filed.sha256]
    found = [cast(Json, item.as_json()) for item in worst_first(told.found)]
    return {
        "in_force": filed.in_force,
        "published": filed.sha256 in filings.published,
        "colour": told.colour,
        "compared": told.compared,
        "replaced_by": told.replaced_by,
        "replaces": told.replaces,
        "findings": found,
    }
