"""Whether the codes before the names of a file's ledgers are those of the published chart.

Other charts have five digits too. The names beside the codes decide: a file is of our chart if most
of its ledgers begin with a code of ours and their names agree with these accounts.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from trust.books.pure.headwords import Vocabulary
from trust.books.pure.mapping import StatementMapping

_MOST = (2, 3)
_SIDES = {
    "asset": "asset", "contra_asset": "asset", "liability": "liability", "equity": "liability",
    "expense": "expense", "trading_expense": "expense", "income": "income",
    "trading_income": "income",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Codes:
    """What a file's codes say.

    Attributes:
        ours: the ledgers that begin with a code of ours stand on it.
        doubtful: of these, ledgers whose names say something else.
    """

    ours: bool
    doubtful: tuple[str, ...] = ()


NO_CODES = Codes(False)


def code_of(ledger: str) -> str:
    """The first word of a ledger's name, where a code stands if there is one."""
    return ledger.split(" ", 1)[0].strip()


def read_codes(mapping: StatementMapping, words: Vocabulary, ledgers: Iterable[str]) -> Codes:
    """Compare the ledgers of a whole file with the chart."""
    count, of_chart, agree = 0, 0, 0
    doubtful: list[str] = []
    for ledger in ledgers:
        count += 1
        code, name = code_of(ledger), ledger.partition(" ")[2]
        if code not in mapping.accounts:
            continue
        of_chart += 1
        said = _says(mapping, words, code, name)
        agree += said is True
        if said is False:
            doubtful.append(ledger)
    most = of_chart * _MOST[1] >= count * _MOST[0]
    ours = bool(of_chart) and most and len(doubtful) <= agree
    return Codes(ours, tuple(doubtful) if ours else ())


def _says(mapping: StatementMapping, words: Vocabulary, code: str, name: str) -> bool | None:
    """Whether a name agrees with the account of its code; None if it says nothing."""
    account = mapping.accounts[code]
    found = words.accounts(name)
    if not found:
        return None
    if code in found or name.strip().casefold() == account.name.casefold():
        return True
    sides = {_SIDES[mapping.accounts[other].type] for other in found}
    return _SIDES[account.type] in sides
