"""Words of how a society's ledgers meet the chart of accounts."""

from typing import Final

from trust.books.pure.findingwords import Said

WORDS: Final[dict[str, Said]] = {}
