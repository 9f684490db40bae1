"""What the page of ledgers shows: those on no account, proposals, sums, choices made before."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from trust.books import ledgermap, unplaced
from trust.books.model import Account, LedgerChoice
from trust.books.published import head_words, line_labels_ml
from trust.books.pure.accounts import Ledgers
from trust.books.pure.proposals import Proposal, Proposer
from trust.books.pure.spellings import fold, plain, script
from trust.books.suspended import on_suspense
from trust.books.tables import book_ledger_map
from trust.people import queries as people

_PART = 500


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A ledger on no account.

    Attributes:
        debit, credit: what stands on suspense under its name now, in paise.
        coming_debit, coming_credit: what the last file that was asked about would post to it.
        groups: names of its groups, the nearest first.
        proposals: accounts, best first.
    """

    name: str
    debit: int
    credit: int
    coming_debit: int
    coming_credit: int
    groups: tuple[str, ...]
    proposals: tuple[Proposal, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """The page: ledgers that wait, the map in force by name, every choice, the newest first."""

    rows: tuple[BoardRow, ...]
    standing: tuple[LedgerChoice, ...]
    history: tuple[LedgerChoice, ...]
    accounts: tuple[Account, ...]


def board(conn: Connection, society: str, *, now: int) -> Board:
    """Everything the page of a society's ledgers shows."""
    ledgers = ledgermap.standing_map(conn, society, now)
    made = ledgermap.choices(conn, society)
    latest = {fold(one.ledger): one for one in made}
    standing = sorted(latest.values(), key=lambda one: plain(one.ledger))
    rows = tuple(_rows(conn, society, ledgers))
    accounts = tuple(ledgers.mapping.accounts.values())
    return Board(rows, tuple(standing), tuple(reversed(made)), accounts)


def _rows(conn: Connection, society: str, ledgers: Ledgers) -> Iterable[BoardRow]:
    standing = on_suspense(conn, society)
    coming = {fold(one.name): one for one in unplaced.waiting(conn, society)}
    names = {key: name for key, (name, _, _) in standing.items()}
    names |= {key: one.name for key, one in coming.items() if key not in names}
    open_names = {key: name for key, name in names.items() if ledgers.account(name) is None}
    profile = people.need_society(conn, society)
    peers = _peers(conn, society, profile.sector, list(open_names.values()))
    proposer = Proposer(ledgers.mapping, head_words(), profile.sector, peers)
    for key, name in sorted(open_names.items(), key=lambda item: plain(item[1])):
        _, debit, credit = standing.get(key, (name, 0, 0))
        more = coming.get(key)
        coming_debit, coming_credit = (more.debit, more.credit) if more else (0, 0)
        groups = ledgers.groups_of(name) or ((more.parent,) if more and more.parent else ())
        balance = debit + coming_debit - credit - coming_credit
        found = proposer.propose(name, balance=balance, groups=groups)
        yield BoardRow(name, debit, credit, coming_debit, coming_credit, groups, found)


def _peers(
    conn: Connection, society: str, sector: str, names: Sequence[str]
) -> dict[str, dict[str, int]]:
    """By folded name, how many other societies of the sector chose each account for it.

    Only counts leave here; the proposals use them from three societies on, so that nobody learns
    what one society, or one of two, has chosen.
    """
    m = book_ledger_map.c
    chosen: dict[tuple[str, str], set[str]] = defaultdict(set)
    for at in range(0, len(names), _PART):
        lower = [name.lower() for name in names[at : at + _PART]]
        query = select(m.society, m.ledger, m.account).distinct()
        query = query.where(func.lower(m.ledger).in_(lower), m.society != society)
        for slug, ledger, account in conn.execute(query):
            chosen[fold(ledger), account].add(slug)
    slugs = {slug for found in chosen.values() for slug in found}
    profiles = (people.society(conn, slug) for slug in slugs)
    same = {one.slug for one in profiles if one is not None and one.sector == sector}
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    for (key, account), found in chosen.items():
        counts[key][account] = len(found & same)
    return counts


def search(accounts: Iterable[Account], text: str) -> list[Account]:
    """Accounts of the chart by code, or by words of either language.

    Found are those whose name or statement line has every word, and those that a head of these
    words would be proposed for.
    """
    sought = [script(word) for word in plain(text).split()]
    if not sought:
        return []
    listed = list(accounts)
    meant = head_words().accounts(text)
    labels = line_labels_ml()
    found = [account for account in listed if account.code in meant]
    for account in listed:
        said = script(plain(f"{account.code} {account.name} {labels.get(account.line, '')}"))
        if account.code not in meant and all(word in said for word in sought):
            found.append(account)
    return found
