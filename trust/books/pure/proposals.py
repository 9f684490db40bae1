"""On which account a ledger probably belongs, and why: proposals for a person to decide on.

They rest on the name (`headwords`), on the side of its balance, on the group that the bookkeeping
product keeps it in, on the sector of the society, and on what other societies of the sector chose.
Nothing is posted on the strength of a proposal.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from trust.books.model import Account
from trust.books.pure.headwords import Vocabulary
from trust.books.pure.mapping import SUSPENSE_CREDIT, SUSPENSE_DEBIT, StatementMapping
from trust.books.pure.spellings import fold

MOST = 3
ENOUGH = 3
"""Societies that must have chosen an account for a head before others are told of it."""
_WRONG_SIDE = 1.0
_WRONG_SECTOR = 0.4
_CONTRADICTED = 1.5
_CHOSEN = 4.0
_GROUP = 0.8
_SIDES = {SUSPENSE_CREDIT: SUSPENSE_DEBIT, "10720": "20817", "40301": "30106"}
_AGAINST: Mapping[str, frozenset[str]] = {
    "RECEIVED": frozenset({"expense", "trading_expense"}),
    "PAID": frozenset({"income", "trading_income"}),
    "PAYABLE": frozenset({"asset", "contra_asset", "income", "expense"}),
    "RECEIVABLE": frozenset({"liability", "equity", "income", "expense"}),
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """An account for a ledger.

    Attributes:
        why: `words` of its name, `peers` (other societies of the sector), `group` (words of the
            name of its group).
        because: the words, as they are in the name.
    """

    account: str
    why: str
    because: str = ""


@dataclass(frozen=True, slots=True)
class Proposer:
    """Proposes accounts for the ledgers of one society.

    Attributes:
        peers: by folded name, how many other societies of the sector chose an account.
    """

    mapping: StatementMapping
    words: Vocabulary
    sector: str = ""
    peers: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def propose(
        self, name: str, *, balance: int = 0, groups: Sequence[str] = ()
    ) -> tuple[Proposal, ...]:
        """The best accounts for a ledger, best first; empty if nothing is known of it.

        Args:
            balance: what stands on it, in paise, debit positive; zero if unknown.
            groups: names of the groups it is in, the nearest first.
        """
        ranked: dict[str, tuple[float, Proposal]] = {}
        for score, proposal in self._all(name, balance, groups):
            if proposal.account not in ranked or ranked[proposal.account][0] < score:
                ranked[proposal.account] = (score, proposal)
        best = sorted(ranked.values(), key=lambda item: -item[0])
        return tuple(proposal for _, proposal in best[:MOST])

    def _all(
        self, name: str, balance: int, groups: Sequence[str]
    ) -> Iterable[tuple[float, Proposal]]:
        for account, count in self.peers.get(fold(name), {}).items():
            if count >= ENOUGH and account in self.mapping.accounts:
                yield _CHOSEN, Proposal(account, "peers")
        found = self._of_words(name, balance, "words")
        yield from found
        if not found:
            for group in groups:
                named = self._of_words(group, balance, "group")
                yield from ((score * _GROUP, proposal) for score, proposal in named)
                if named:
                    return

    def _of_words(self, name: str, balance: int, why: str) -> list[tuple[float, Proposal]]:
        meanings = self.words.meanings(name)
        found = []
        for rule in self.words.rules:
            score = rule.score(meanings)
            if score > 0:
                account = self.mapping.accounts[_on_side(rule.account, balance)]
                score -= self._doubt(account, meanings, balance)
                used = frozenset().union(*rule.needs) | rule.fits
                text = ", ".join(text for word, text in meanings.items() if word in used)
                found.append((score, Proposal(account.code, why, text)))
        return found

    def _doubt(self, account: Account, meanings: Iterable[str], balance: int) -> float:
        against = any(account.type in _AGAINST.get(word, ()) for word in meanings)
        doubt = _CONTRADICTED if against else 0.0
        if balance and (balance > 0) != (account.normal == "Dr"):
            doubt += _WRONG_SIDE
        known = not self.sector or "all" in account.sectors or self.sector in account.sectors
        return doubt if known else doubt + _WRONG_SECTOR


def _on_side(account: str, balance: int) -> str:
    """The account of the other side, where the chart has one for each."""
    other = _SIDES.get(account)
    if other is None or not balance:
        return account
    return other if (account < "2") == (balance > 0) else account
