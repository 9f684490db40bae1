"""A sheet that is not filed yet, in the form of a filed one: the same tables show both."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from trust.books.published import mapping_by_hash
from trust.books.pure import findinglist, statements, years
from web.public.accounts import Prior, SheetSide, accounts, prior_of
from web.public.filings import Filings


@dataclass(frozen=True, slots=True)
class DraftSheet:
    """A record that is not filed yet, as the tables of a filed sheet want it."""

    record: Mapping[str, Any]
    prior: Prior
    sides: tuple[SheetSide, ...]

    @property
    def as_of(self) -> str:
        """The date of the sheet."""
        return str(self.record["as_of"])

    @property
    def prior_as_of(self) -> str:
        """The end of the year before, whose figures stand in the second column."""
        return years.last_day(years.year_before(str(self.record["book_year"])))

    @property
    def has_prior(self) -> bool:
        """Whether there is a column of the year before."""
        return any(line["prior"] is not None for line in self.record["lines"])

    @property
    def profit(self) -> int:
        """Profit of the year in paise, negative for a loss."""
        return int(self.record["totals"]["profit"])


def draft_sheet(record: Mapping[str, Any], filings: Filings) -> DraftSheet:
    """A draft, its column of the year before compared with the sheet that it names."""
    earlier, mapping = filings.find(record["previous"]), mapping_by_hash(str(record["mapping"]))
    before: Mapping[str, Any] | None = None if earlier is None else earlier.record
    same = False
    if before is not None and mapping is not None and statements.has_prior(record):
        same = not findinglist.comparative(record, before, findinglist.Names(mapping))
    prior = prior_of(record, before, same)
    return DraftSheet(record, prior, accounts(record, prior))
