"""Balances by account: what a closing list adds to the books, and what keeps a later one true.

A closing list says how a year closes. What is posted is the difference from what the books give
without it, so that the year closes as the list says. The id of such a voucher names a digest of the
balances that the year closed with then, and a check of the books compares it (`checks`).
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import cast

from trust.books.model import Posting
from trust.books.pure.balances import YearSums, roll
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.vouchers import Record
from trust.formats.canon import Json, canonical

Balances = Mapping[str, int]
Sums = Mapping[str, YearSums]

_STATED = re.compile(r"cl-([0-9a-f]{16})-.*", re.DOTALL)
_TAGGED = re.compile(r".*\.(b-[0-9a-f]{12})", re.DOTALL)
_RESTATED = "rs-"
COMPUTED = ("cl-", "df-", _RESTATED)
"""What ids begin with of vouchers that were computed from what the books held."""


def total(*parts: Balances) -> dict[str, int]:
    """The sum of balances, account by account; accounts of zero are left out."""
    found: dict[str, int] = {}
    for part in parts:
        for account, paise in part.items():
            found[account] = found.get(account, 0) + paise
    return {account: paise for account, paise in found.items() if paise}


def less(one: Balances, *others: Balances) -> dict[str, int]:
    """Balances without others."""
    return total(one, *({code: -paise for code, paise in other.items()} for other in others))


def of_lines(lines: Json) -> dict[str, int]:
    """What the lines of a record come to on each account."""
    listed = cast(list[dict[str, Json]], lines)
    return total(*({str(line["account"]): cast(int, line["paise"])} for line in listed))


def of_postings(lines: Iterable[Posting]) -> dict[str, int]:
    """What the lines of a voucher come to on each account."""
    return total(*({line.account: line.paise} for line in lines))


def as_lines(balances: Balances) -> list[Json]:
    """Balances as the lines of a record, by account."""
    return [{"account": code, "paise": paise} for code, paise in sorted(balances.items())]


def year_of(sums: Sums, year: str, mapping: StatementMapping) -> tuple[Balances, Balances]:
    """How a book year opens and closes; one that has no vouchers closes as it opens."""
    rows = roll({**sums, year: sums.get(year) or YearSums()}, mapping)[year]
    return (
        total(*({row.account: row.opening} for row in rows)),
        total(*({row.account: row.closing} for row in rows)),
    )


def moved(sums: Sums, year: str) -> dict[str, int]:
    """What a year's vouchers other than openings come to."""
    held = sums.get(year) or YearSums()
    return less(held.debit, held.credit)


def posted(
    sums: Sums, year: str, balances: Balances, *, opening: bool = False
) -> dict[str, YearSums]:
    """The sums with something more posted in a year."""
    held = sums.get(year) or YearSums()
    if opening:
        more = YearSums(total(held.opening, balances), held.debit, held.credit, opened=True)
    else:
        debit = {code: paise for code, paise in balances.items() if paise > 0}
        credit = {code: -paise for code, paise in balances.items() if paise < 0}
        more = YearSums(
            held.opening, total(held.debit, debit), total(held.credit, credit), held.opened
        )
    return {**sums, year: more}


def restatements(
    before: Sums, after: Sums, listed: Iterable[str], mapping: StatementMapping
) -> dict[str, dict[str, int]]:
    """What must be posted into years with a closing list so that each closes as it did.

    Args:
        before, after: sums without and with what comes in.
        listed: the years whose closing list stands in `before`.
    """
    found: dict[str, dict[str, int]] = {}
    for year in sorted(listed):
        gap = less(year_of(before, year, mapping)[0], year_of(after, year, mapping)[0])
        if gap:
            found[year] = gap
            after = posted(after, year, gap)
    return found


def closing_id(closed: Balances, mark: str) -> str:
    """The id of a closing voucher: the digest of what its year closes with, and a mark."""
    return f"cl-{_digest(closed)}-{mark}"


def restated_id(mark: str) -> str:
    """The id of a voucher that keeps a year closing as its list says."""
    return f"{_RESTATED}{mark}"


def is_restated(identity: str) -> bool:
    """True for the id of a voucher that keeps a year closing as its list says."""
    return identity.startswith(_RESTATED)


def states(identity: str) -> bool:
    """True for the id of a voucher that names what its year closes with."""
    return _STATED.fullmatch(identity) is not None


def closes_as_stated(identity: str, closed: Balances) -> bool:
    """Whether balances are those that the id of a closing voucher names."""
    found = _STATED.fullmatch(identity)
    return found is not None and found[1] == _digest(total(closed))


def _digest(closed: Balances) -> str:
    return hashlib.sha256(canonical(cast(Json, dict(sorted(closed.items()))))).hexdigest()[:16]


def tag_of(label: str) -> str:
    """A short mark of a set of books, such as a branch; empty if it has no name."""
    words = " ".join(label.split()).casefold()
    return f"b-{hashlib.sha256(words.encode()).hexdigest()[:12]}" if words else ""


def tagged(identity: str, tag: str) -> str:
    """An id that carries the mark of a set of books."""
    return f"{identity}.{tag}" if tag else identity


def tag_in(identity: str) -> str:
    """The mark that an id carries; empty if it carries none."""
    found = _TAGGED.fullmatch(identity)
    return "" if found is None else found[1]


def balance_record(
    society: str, import_id: str, year: str, day: str, kind: str, *, corrects: str | None
) -> Record:
    """A voucher made of balances; its id and lines are still to be set."""
    return {
        "kind": "voucher",
        "v": 1,
        "society": society,
        "book_year": year,
        "import": import_id,
        "detail": None,
        "id": "",
        "source": "trial-balance",
        "date": day,
        "type": kind,
        "corrects": corrects,
        "lines": [],
    }
