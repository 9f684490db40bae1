"""From the ledger of a source to an account of the chart.

In order: the society's own mapping; the source's group, inherited upwards until a built-in group
of the product is met; a name or code of the chart itself; the two ledgers every company of the
product is born with. What is still unknown goes to suspense (debit or credit by the sign of the
posting, so that it does not net out of sight) and is reported by name: a real file is never
refused for an unknown ledger, and nothing is guessed from the words in a name.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from trust.books.model import SourceGroup, SourceLedger, SourceLine
from trust.books.pure.mapping import (
    ACCUMULATED_PROFIT,
    SUSPENSE_CREDIT,
    SUSPENSE_DEBIT,
    StatementMapping,
)
from trust.formats.canon import Json

_BORN_WITH = {"cash": "Cash-in-Hand", "profit & loss a/c": ""}
MAX_DEPTH = 64


@dataclass(slots=True)
class Ledgers:
    """Resolves ledger names; remembers which ones nobody knew.

    ``codes`` says that ledgers begin with codes of the published chart (``codes_fit``).
    """

    mapping: StatementMapping
    own: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, SourceGroup] = field(default_factory=dict)
    ledgers: Mapping[str, SourceLedger] = field(default_factory=dict)
    codes: bool = False
    unknown: dict[str, None] = field(default_factory=dict)
    _met: dict[str, str | None] = field(default_factory=dict)

    def account(self, ledger: str) -> str | None:
        """The account code of a ledger, or None: then it belongs on suspense."""
        key = fold(ledger)
        if key in self.own:
            return self.own[key]
        if key in self.ledgers:
            found = self._of_group(self.ledgers[key].parent)
            if found is not None:
                return found
        code = ledger.strip() if ledger.strip() in self.mapping.accounts else _code(ledger)
        if code in self.mapping.accounts and (self.codes or code == ledger.strip()):
            return code
        if key in self.mapping.by_name:
            return self.mapping.by_name[key]
        if key in _BORN_WITH:
            return self.mapping.groups.get(_BORN_WITH[key], ACCUMULATED_PROFIT)
        return None

    def _of_group(self, name: str) -> str | None:
        seen = 0
        while name and seen < MAX_DEPTH:
            group = self.groups.get(fold(name))
            reserved = group.reserved if group is not None and group.reserved else name
            if reserved in self.mapping.groups:
                return self.mapping.groups[reserved]
            name = group.parent if group is not None else ""
            seen += 1
        return None

    def lines(self, lines: Iterable[SourceLine]) -> list[Json]:
        """The lines of a voucher on accounts of the chart, order and amounts unchanged."""
        return [{"account": self._posted(line), "paise": line.paise} for line in lines]

    def _posted(self, line: SourceLine) -> str:
        try:
            code = self._met[line.ledger]
        except KeyError:
            code = self._met[line.ledger] = self.account(line.ledger)
        if code is None:
            self.unknown.setdefault(line.ledger)
            code = SUSPENSE_DEBIT if line.paise > 0 else SUSPENSE_CREDIT
        return code


def codes_fit(mapping: StatementMapping, ledgers: Iterable[str]) -> bool:
    """True if every ledger of a file begins with a code of the published chart.

    Code by code this would be guessing (other charts have five digits too); all of them together
    say that the file uses ours.
    """
    found = False
    for ledger in ledgers:
        if _code(ledger) not in mapping.accounts:
            return False
        found = True
    return found


def _code(ledger: str) -> str:
    return ledger.split(" ", 1)[0]


def fold(name: str) -> str:
    """The form in which names of ledgers and groups are compared."""
    return " ".join(name.split()).casefold()


def resolver(
    mapping: StatementMapping,
    *,
    own: Mapping[str, str],
    groups: Iterable[SourceGroup],
    ledgers: Iterable[SourceLedger],
    codes: bool = False,
) -> Ledgers:
    """A resolver from the society's own map (folded ledger name to code) and the masters known."""
    by_name: dict[str, SourceLedger] = {}
    for ledger in ledgers:
        for name in (ledger.name, *ledger.aliases):
            by_name.setdefault(fold(name), ledger)
    by_group = {fold(group.name): group for group in groups}
    return Ledgers(mapping, own, by_group, by_name, codes)
