"""A filed statement as people read it: its accounts, its seal, and what is found about it.

The accounts are computed from sealed documents alone: its own, and that of the year before. Every
listed line keeps its exact figures for the browser's check; headings and totals are sums of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from trust.books.model import FiledStatement
from trust.books.pure import years
from trust.books.pure.findings import Finding
from trust.books.pure.money import in_words
from trust.books.telling import SheetFindings
from trust.formats import receipts
from trust.log import queries as log_queries
from trust.log.model import Head
from web.public.accounts import Prior, SheetSide, accounts, prior_of
from web.public.filings import Filings, worst_first
from web.public.picture import Picture, picture


@dataclass(frozen=True, slots=True)
class Seal:
    """What the seal line says."""

    as_of: str | None
    root: str | None
    published: bool
    witnesses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filed statement, ready to be shown."""

    filed: FiledStatement
    code: str
    seal: Seal
    prior: Prior
    sides: tuple[SheetSide, ...]
    picture: Picture
    total_in_words: str
    told: SheetFindings
    newer: FiledStatement | None
    older: FiledStatement | None

    @property
    def record(self) -> Mapping[str, Any]:
        """The sealed document."""
        return self.filed.record

    @property
    def book_year(self) -> str:
        """The year it is about."""
        return self.filed.book_year

    @property
    def as_of(self) -> str:
        """The date of the sheet."""
        return str(self.record["as_of"])

    @property
    def prior_as_of(self) -> str:
        """The end of the year before, whose figures stand in the second column."""
        return years.last_day(years.year_before(self.book_year))

    @property
    def has_prior(self) -> bool:
        """Whether the document has a column of the year before."""
        return any(line["prior"] is not None for line in self.record["lines"])

    @property
    def assets(self) -> int:
        """Total of the assets in paise."""
        return int(self.record["totals"]["assets"])

    @property
    def profit(self) -> int:
        """Profit of the year in paise, negative for a loss."""
        return int(self.record["totals"]["profit"])

    @property
    def difference(self) -> int:
        """By how much the two sides differ, in paise."""
        return abs(self.assets - int(self.record["totals"]["liabilities"]))

    @property
    def findings(self) -> list[Finding]:
        """What is found about it, the worst first."""
        return worst_first(self.told.found)

    @property
    def foots(self) -> bool:
        """Whether both sides come to the same total."""
        return self.difference == 0

    @property
    def origin(self) -> str:
        """The book it is sealed in."""
        return self.filed.at.origin

    @property
    def index(self) -> int:
        """Its position there."""
        return self.filed.at.index

    @property
    def sha256(self) -> str:
        """Fingerprint of the document."""
        return self.filed.sha256

    @property
    def filed_at(self) -> int:
        """When it was sealed, UTC seconds."""
        return self.filed.at.time

    @property
    def signers(self) -> list[str]:
        """Offices of those who signed."""
        return [str(signature["role"]) for signature in self.record["signatures"]]


def load(conn: Connection, filed: FiledStatement, filings: Filings, lang: str) -> Sheet:
    """Make a sheet of a filed statement, with seal and findings as they stand now."""
    head = filings.heads.get(filed.sha256)
    entry = log_queries.entry(conn, filed.at.origin, filed.at.index)
    record: Mapping[str, Any] = filed.record
    told, earlier = filings.told[filed.sha256], filings.earlier(filed)
    prior = prior_of(record, None if earlier is None else earlier.record, told.compared)
    sides = accounts(record, prior)
    return Sheet(
        filed=filed,
        code=receipts.code(entry.leaf),
        seal=seal_of(head, filed.at.index, str(record["as_of"]), filings.seen_outside(conn, head)),
        prior=prior,
        sides=sides,
        picture=picture(sides, lang),
        total_in_words=in_words(int(record["totals"]["assets"]), "ml" if lang == "ml" else "en"),
        told=told,
        newer=filings.find(told.replaced_by),
        older=filings.find(told.replaces),
    )


def seal_of(
    head: Head | None, index: int | None, as_of: str | None, witnesses: tuple[str, ...] = ()
) -> Seal:
    """The seal line of an entry (of a whole log if ``index`` is ``None``) under a head.

    ``witnesses`` are outside ones; our own give no independence and are never counted.
    """
    covered = head is not None and (index is None or index < head.size)
    root = head.root.hex() if head is not None and covered else None
    return Seal(as_of, root, covered, witnesses if covered else ())
