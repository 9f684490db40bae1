"""What a Tally voucher or master means, once its texts have been lifted out of the XML.

Rules, each measured on real exports:

- the sign of AMOUNT decides: negative is a debit. ISDEEMEDPOSITIVE contradicts it at times and is
  not looked at. A connector's own report writes unsigned amounts with ISDEBIT instead;
- a voucher's lines are the ledger entries of both lists and the accounting allocations inside the
  inventory entries; any one list alone makes sound invoices look unbalanced. What two lists repeat
  counts once (`tally_lines`);
- a voucher's identity is its GUID, never its number;
- cancelled, optional and deleted vouchers and those without amounts post nothing, nor do vouchers
  of some types (`tally_types`); a voucher dated after today waits for its day.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from trust.books.model import Fault, SourceGroup, SourceLedger, SourceLine, SourceVoucher
from trust.books.pure.amounts import parse_paise
from trust.books.pure.csvtext import clean
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount, format_paise
from trust.books.pure.tally_lines import Listed, posted
from trust.books.pure.years import parse_date

OPENING_TYPE = "Opening balances"
DIFFERENCE = "Difference in opening balances"

YES = frozenset({"yes", "true", "1"})
_PLAIN = re.compile(r"-?[0-9]{1,13}\.[0-9]{2}")
MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class RawLine:
    """A ledger line as text; ``is_debit`` only in the connector's shape, ``listed`` is its list."""

    ledger: str
    amount: str
    is_debit: str | None = None
    listed: str = ""


@dataclass(frozen=True, slots=True)
class RawVoucher:
    """The texts of a voucher that matter, in the order of the file (``row`` from 1)."""

    row: int
    guid: str
    date: str
    type: str
    number: str
    narration: str
    party: str
    flags: Mapping[str, str]
    lines: tuple[RawLine, ...]
    instruments: tuple[str, ...] = ()


def amount_paise(raw: RawLine) -> int:
    """Debit-positive paise of a raw line; raises MalformedAmount.

    A foreign-currency amount reads ``… = ₹…``; the part after the last ``=`` is in rupees.
    """
    if _PLAIN.fullmatch(raw.amount):  # nearly all, and nothing else can be meant
        paise = int(raw.amount.replace(".", ""))
    else:
        paise = parse_paise(raw.amount.rpartition("=")[2])
    if raw.is_debit is None:
        return -paise
    return paise if raw.is_debit.lower() in YES else -paise


def read_voucher(raw: RawVoucher) -> tuple[SourceVoucher | None, list[Fault]]:
    """The voucher with its lines in paise, or the faults that forbid posting it; neither if none
    of its lines has an amount."""
    faults: list[Fault] = []
    lines: list[Listed] = []
    for line in raw.lines[:MAX_LINES]:
        try:
            lines.append((line.listed, SourceLine(line.ledger, amount_paise(line))))
        except MalformedAmount as error:
            places = error.places | {"ledger": f"{line.ledger}: "}
            faults.append(fault(error.words, raw.row, "AMOUNT", **places))
    if lines and not faults and not any(line.paise for _, line in lines):
        return None, []
    day = parse_date(raw.date)
    if day is None:
        faults.append(fault("date/voucher", raw.row, "DATE", text=clean(raw.date)[:20]))
    if len(raw.lines) > MAX_LINES:
        faults.append(fault("too-large/voucher", raw.row, "VOUCHER"))
    posting = [] if faults else _posting(raw, lines, faults)
    if faults or day is None:
        return None, faults
    return (
        SourceVoucher(
            raw.guid,
            day,
            raw.type or "Journal",
            tuple(posting),
            raw.number,
            raw.narration,
            raw.party,
            raw.instruments,
            raw.row,
        ),
        [],
    )


def _posting(raw: RawVoucher, lines: list[Listed], faults: list[Fault]) -> list[SourceLine]:
    """The lines with amounts; adds what is wrong with them."""
    name = f"{raw.type or 'Voucher'} {raw.number or raw.row}"
    kept = posted(lines)
    if kept is None:
        faults.append(fault("two-lists", raw.row, "VOUCHER", name=name))
        return []
    found = [line for line in kept if line.paise]
    gap = sum(line.paise for line in found)
    if not found:
        faults.append(fault("no-lines", raw.row, "VOUCHER", name=name))
    elif gap:
        side, by = "debits" if gap > 0 else "credits", format_paise(abs(gap))
        faults.append(fault(f"unbalanced/{side}", raw.row, "VOUCHER", name=name, gap=by))
    return found


def distinct_groups(groups: list[SourceGroup]) -> tuple[SourceGroup, ...]:
    """Groups once each (the same master may stand twice in a file), by GUID or else by name."""
    return tuple({group.guid or group.name.casefold(): group for group in groups}.values())


def distinct_ledgers(ledgers: list[SourceLedger]) -> tuple[tuple[SourceLedger, ...], list[Fault]]:
    """Ledgers once each; two different ledgers of one GUID are a fault, the first stands."""
    kept: dict[str, SourceLedger] = {}
    faults: list[Fault] = []
    for row, ledger in enumerate(ledgers, 1):
        key = ledger.guid or ledger.name.casefold()
        if key in kept and kept[key] != ledger:
            faults.append(fault("same-id-other-content/ledger", row, "LEDGER", name=ledger.name))
        kept.setdefault(key, ledger)
    return tuple(kept.values()), faults


def opening_voucher(
    ledgers: tuple[SourceLedger, ...], first_day: str
) -> tuple[SourceVoucher | None, Fault | None]:
    """The opening balances of the masters as one voucher on the first day of the book year.

    Openings need not balance in the source; the difference then goes to suspense as a line of its
    own and is reported, as the product itself shows it.
    """
    lines = [SourceLine(ledger.name, ledger.opening) for ledger in ledgers if ledger.opening]
    if not lines:
        return None, None
    gap = sum(line.paise for line in lines)
    note = None
    if gap:
        lines.append(SourceLine(DIFFERENCE, -gap))
        side = "debits" if gap > 0 else "credits"
        note = fault(f"openings-differ/{side}", gap=format_paise(abs(gap)))
    return SourceVoucher("", first_day, OPENING_TYPE, tuple(lines)), note
