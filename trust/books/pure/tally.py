"""What a Tally voucher or master means, once its texts have been lifted out of the XML.

Rules, each measured on real exports:

- the sign of AMOUNT decides: negative is a debit. ISDEEMEDPOSITIVE contradicts it at times and is
  not looked at. A connector's own report writes unsigned amounts with ISDEBIT instead;
- a voucher's lines are the ledger entries of both lists and the accounting allocations inside the
  inventory entries; any one list alone makes sound invoices look unbalanced;
- a voucher's identity is its GUID, never its number;
- cancelled, optional and deleted vouchers, orders, delivery and receipt notes, memoranda,
  attendance and physical stock post nothing; a reversing journal stands in scenario reports only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from trust.books.model import (
    Duplicate,
    Fault,
    Skipped,
    SourceGroup,
    SourceLedger,
    SourceLine,
    SourceVoucher,
)
from trust.books.pure.csvtext import clean
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount, format_paise, parse_paise
from trust.books.pure.years import parse_date

OPENING_TYPE = "Opening balances"
DIFFERENCE = "Difference in opening balances"

_YES = frozenset({"yes", "true", "1"})
_NOT_POSTING = {
    "sales order": "an order posts nothing",
    "purchase order": "an order posts nothing",
    "job work in order": "an order posts nothing",
    "job work out order": "an order posts nothing",
    "delivery note": "a delivery note posts nothing; its invoice does",
    "receipt note": "a receipt note posts nothing; its invoice does",
    "rejections in": "a rejection note posts nothing; its credit note does",
    "rejections out": "a rejection note posts nothing; its debit note does",
    "material in": "a stock movement posts nothing",
    "material out": "a stock movement posts nothing",
    "memorandum": "a memorandum posts nothing",
    "attendance": "attendance posts nothing",
    "payroll": "payroll without balanced ledger lines posts nothing",
    "physical stock": "a stock count posts nothing",
    "stock journal": "a stock journal posts nothing",
    "manufacturing journal": "a stock journal posts nothing",
    "reversing journal": "a reversing journal stands in scenario reports only",
}
MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class RawLine:
    """A ledger line as text; ``is_debit`` only in the connector's shape."""

    ledger: str
    amount: str
    is_debit: str | None = None


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


@dataclass(slots=True)
class Sorted:
    """Vouchers that post, and what became of the others."""

    vouchers: list[SourceVoucher]
    refused: list[Fault]
    skipped: list[Skipped]
    duplicates: list[Duplicate]
    lines: int = 0


def amount_paise(raw: RawLine) -> int:
    """Debit-positive paise of a raw line; raises MalformedAmount.

    A foreign-currency amount reads ``… = ₹…``; the part after the last ``=`` is in rupees.
    """
    paise = parse_paise(raw.amount.rpartition("=")[2])
    if raw.is_debit is None:
        return -paise
    return paise if raw.is_debit.lower() in _YES else -paise


def base_type(name: str, parents: Mapping[str, str]) -> str:
    """The built-in type a voucher type descends from, as far as the file shows its parents."""
    key, seen = name.casefold(), 0
    while key not in _NOT_POSTING and key in parents and seen < 16:
        parent = parents[key].casefold()
        if parent == key:
            break
        key, seen = parent, seen + 1
    return key


def sort_vouchers(raws: list[RawVoucher], parents: Mapping[str, str]) -> Sorted:
    """Read every voucher; each lands in exactly one of vouchers, refused, skipped, duplicates."""
    done = Sorted([], [], [], [])
    by_guid: dict[str, SourceVoucher] = {}
    skipped: dict[tuple[str, str], int] = {}
    repeats: dict[str, int] = {}
    for raw in raws:
        voucher, faults = _read(raw)
        reason = _skip_reason(raw, parents, balanced=voucher is not None)
        if reason:
            key = (raw.type, reason)
            skipped[key] = skipped.get(key, 0) + 1
        elif voucher is None:
            done.refused += faults
        elif raw.guid and raw.guid in by_guid:
            _repeat(done, raw, voucher, by_guid[raw.guid], repeats)
        else:
            done.vouchers.append(voucher)
            done.lines += len(voucher.lines)
            if raw.guid:
                by_guid[raw.guid] = voucher
    done.skipped = [Skipped(what, why, count) for (what, why), count in skipped.items()]
    done.duplicates = [Duplicate("id", (guid,), count + 1) for guid, count in repeats.items()]
    done.duplicates += same_content(done.vouchers)
    return done


def _repeat(
    done: Sorted,
    raw: RawVoucher,
    voucher: SourceVoucher,
    first: SourceVoucher,
    repeats: dict[str, int],
) -> None:
    if replace(voucher, row=first.row) == first:
        repeats[raw.guid] = repeats.get(raw.guid, 0) + 1
    else:
        done.refused.append(
            fault(
                "same-id-other-content/voucher",
                raw.row,
                "GUID",
                number=raw.number or raw.row,
                first=first.row,
            )
        )


def same_content(vouchers: list[SourceVoucher]) -> list[Duplicate]:
    """Groups of vouchers alike in date, type, lines, party and narration under different ids."""
    groups: dict[object, list[str]] = {}
    for voucher in vouchers:
        key = (voucher.date, voucher.type, voucher.lines, voucher.party, voucher.narration)
        groups.setdefault(key, []).append(voucher.id or f"row {voucher.row}")
    alike = (tuple(ids) for ids in groups.values() if len(ids) > 1)
    return [Duplicate("content", ids, len(ids)) for ids in alike]


def _skip_reason(raw: RawVoucher, parents: Mapping[str, str], *, balanced: bool) -> str:
    for flag, what in (
        ("ISCANCELLED", "cancelled in the source"),
        ("ISDELETED", "deleted in the source"),
        ("ISOPTIONAL", "optional: not part of the books yet"),
    ):
        if raw.flags.get(flag, "").lower() in _YES:
            return what
    base = base_type(raw.type, parents)
    if base == "payroll" and balanced:
        return ""
    return _NOT_POSTING.get(base, "")


def _read(raw: RawVoucher) -> tuple[SourceVoucher | None, list[Fault]]:
    """The voucher with its lines in paise, or the faults that forbid posting it."""
    faults: list[Fault] = []
    lines: list[SourceLine] = []
    for line in raw.lines[:MAX_LINES]:
        try:
            lines.append(SourceLine(line.ledger, amount_paise(line)))
        except MalformedAmount as error:
            places = error.places | {"ledger": f"{line.ledger}: "}
            faults.append(fault(error.words, raw.row, "AMOUNT", **places))
    day = parse_date(raw.date)
    if day is None:
        faults.append(fault("date/voucher", raw.row, "DATE", text=clean(raw.date)[:20]))
    if len(raw.lines) > MAX_LINES:
        faults.append(fault("too-large/voucher", raw.row, "VOUCHER"))
    posting = tuple(line for line in lines if line.paise)
    if not faults:
        faults += _balance(raw, posting)
    if faults or day is None:
        return None, faults
    return (
        SourceVoucher(
            raw.guid,
            day,
            raw.type or "Journal",
            posting,
            raw.number,
            raw.narration,
            raw.party,
            raw.instruments,
            raw.row,
        ),
        [],
    )


def _balance(raw: RawVoucher, lines: tuple[SourceLine, ...]) -> list[Fault]:
    name = f"{raw.type or 'Voucher'} {raw.number or raw.row}"
    if not lines:
        return [fault("no-lines", raw.row, "VOUCHER", name=name)]
    gap = sum(line.paise for line in lines)
    if gap:
        side = "debits" if gap > 0 else "credits"
        by = format_paise(abs(gap))
        return [fault(f"unbalanced/{side}", raw.row, "VOUCHER", name=name, gap=by)]
    return []


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
