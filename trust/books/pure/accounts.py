"""From the ledger of a source to an account of the chart.

In order: the society's own mapping; the source's group, inherited upwards until a built-in group
of the product is met; a name or code of the chart itself; the two ledgers every company of the
product is born with. What is still unknown goes to suspense (debit or credit by the sign of the
posting, so that it does not net out of sight) if somebody says so: it is asked about by name, and
nothing is guessed from the words in a name.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from trust.books.model import SourceGroup, SourceLedger, SourceLine
from trust.books.pure.codes import NO_CODES, Codes, code_of
from trust.books.pure.mapping import (
    ACCUMULATED_PROFIT,
    SUSPENSE_CREDIT,
    SUSPENSE_DEBIT,
    StatementMapping,
)
from trust.books.pure.spellings import fold, plain
from trust.formats.canon import Json

_BORN_WITH = {"cash": "Cash-in-Hand", fold("Profit & Loss A/c"): ""}
MAX_DEPTH = 64
T = TypeVar("T")


@dataclass(slots=True)
class Ledgers:
    """Resolves ledger names; remembers which ones nobody knew.

    ``codes`` says that ledgers begin with codes of the published chart (`pure/codes`). Names are
    looked up as they were kept once (`plain`) and in the form of today (`fold`).
    ``doubtful`` go by a code that their name contradicts; ``moved`` are ledgers that their masters
    put elsewhere than before, with both accounts.
    """

    mapping: StatementMapping
    own: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, SourceGroup] = field(default_factory=dict)
    ledgers: Mapping[str, SourceLedger] = field(default_factory=dict)
    codes: bool = False
    doubtful: tuple[str, ...] = ()
    moved: dict[str, tuple[str, str]] = field(default_factory=dict)
    unknown: dict[str, None] = field(default_factory=dict)
    _met: dict[str, str | None] = field(default_factory=dict)

    def account(self, ledger: str) -> str | None:
        """The account code of a ledger, or None: then nobody said where it belongs."""
        chosen = _known(self.own, ledger)
        if chosen is not None:
            return chosen
        master = _known(self.ledgers, ledger)
        if master is not None and (found := self._of_group(master.parent)) is not None:
            return found
        code = code_of(ledger)
        if code in self.mapping.accounts and (self.codes or code == ledger.strip()):
            return code
        key = fold(ledger)
        if key in self.mapping.by_name:
            return self.mapping.by_name[key]
        if key in _BORN_WITH:
            return self.mapping.groups.get(_BORN_WITH[key], ACCUMULATED_PROFIT)
        return None

    def chosen(self, ledger: str) -> str | None:
        """The account that the society itself chose for a ledger, if it did."""
        return _known(self.own, ledger)

    @property
    def met(self) -> Iterable[str]:
        """The ledgers that were resolved so far."""
        return self._met.keys()

    def groups_of(self, ledger: str) -> tuple[str, ...]:
        """The names of the groups of a ledger, the nearest first, as far as they are known."""
        master = _known(self.ledgers, ledger)
        return () if master is None else tuple(name for name, _ in self._upwards(master.parent))

    def _of_group(self, name: str) -> str | None:
        for _, reserved in self._upwards(name):
            if reserved in self.mapping.groups:
                return self.mapping.groups[reserved]
        return None

    def _upwards(self, name: str) -> Iterator[tuple[str, str]]:
        """Each group from this one up: its name, and the product's own name if it is built in."""
        seen = 0
        while name and seen < MAX_DEPTH:
            group = _known(self.groups, name)
            yield name, group.reserved if group is not None and group.reserved else name
            name = group.parent if group is not None else ""
            seen += 1

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


def _known(kept: Mapping[str, T], name: str) -> T | None:
    """What is kept under a name, in the form of its key of once or of today."""
    found = kept.get(plain(name))
    return kept.get(fold(name)) if found is None else found


def keyed(named: Iterable[tuple[str, T]]) -> dict[str, T]:
    """Values by the keys of their names; of two under one key the first is kept.

    Two names that were kept as two before `fold` knew their spellings stay two.
    """
    listed = list(named)
    kept: dict[str, T] = {}
    for name, value in listed:
        kept.setdefault(plain(name), value)
    for name, value in listed:
        kept.setdefault(fold(name), value)
    return kept


def resolver(
    mapping: StatementMapping,
    *,
    own: Mapping[str, str],
    groups: Iterable[SourceGroup],
    ledgers: Iterable[SourceLedger],
    codes: Codes = NO_CODES,
) -> Ledgers:
    """A resolver from the society's own map (`keyed` name to code) and the masters known, the
    newest first."""
    by_name = keyed((name, one) for one in ledgers for name in (one.name, *one.aliases))
    by_group = keyed((one.name, one) for one in groups)
    return Ledgers(mapping, own, by_group, by_name, codes.ours, codes.doubtful)
