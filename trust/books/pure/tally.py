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

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from trust.books.model import (
    Duplicate,
    Fault,
    Question,
    Skipped,
    SourceGroup,
    SourceLedger,
    SourceLine,
    SourceVoucher,
)
from trust.books.pure.csvtext import clean
from trust.books.pure.faultwords import fault
from trust.books.pure.money import MalformedAmount, format_paise, parse_paise
from trust.books.pure.tally_lines import Listed, posted
from trust.books.pure.tally_types import VoucherTypes
from trust.books.pure.years import parse_date

OPENING_TYPE = "Opening balances"
DIFFERENCE = "Difference in opening balances"

_YES = frozenset({"yes", "true", "1"})
_FLAGS = (
    ("ISCANCELLED", _YES, "cancelled in the source"),
    ("ACTION", frozenset({"cancel"}), "cancelled in the source"),
    ("ISDELETED", _YES, "deleted in the source"),
    ("ACTION", frozenset({"delete", "remove"}), "deleted in the source"),
    ("ISOPTIONAL", _YES, "optional: not part of the books yet"),
)
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


@dataclass(slots=True)
class Sorted:
    """Vouchers that post, and what became of the others.

    ``left_out`` and ``unposted`` are the identities of what was skipped and what was refused;
    ``period`` is the first and the last day of what posts.
    """

    vouchers: list[SourceVoucher]
    refused: list[Fault]
    skipped: list[Skipped]
    duplicates: list[Duplicate]
    lines: int = 0
    left_out: list[str] = field(default_factory=list)
    unposted: list[str] = field(default_factory=list)
    questions: tuple[Question, ...] = ()
    period: tuple[str, str] = ("", "")


def amount_paise(raw: RawLine) -> int:
    """Debit-positive paise of a raw line; raises MalformedAmount.

    A foreign-currency amount reads ``… = ₹…``; the part after the last ``=`` is in rupees.
    """
    paise = parse_paise(raw.amount.rpartition("=")[2])
    if raw.is_debit is None:
        return -paise
    return paise if raw.is_debit.lower() in _YES else -paise


def sort_vouchers(raws: list[RawVoucher], types: VoucherTypes, today: str) -> Sorted:
    """Read every voucher; each lands in exactly one of vouchers, refused, skipped, duplicates.

    Args:
        today: an ISO date; later vouchers are left out until their day.
    """
    done = Sorted([], [], [], [])
    by_guid: dict[str, SourceVoucher] = {}
    skipped: dict[tuple[str, str], int] = {}
    repeats: dict[str, int] = {}
    for raw in raws:
        voucher, faults = _read(raw)
        reason = _left_out(raw, voucher, faults, types, today)
        if reason:
            done.left_out += [raw.guid] if raw.guid else []
            key = (raw.type, reason)
            skipped[key] = skipped.get(key, 0) + 1
        elif voucher is None:
            done.refused += faults
            done.unposted += [raw.guid] if raw.guid else []
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
    done.questions = types.questions()
    days = [voucher.date for voucher in done.vouchers]
    done.period = (min(days), max(days)) if days else ("", "")
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


def _left_out(
    raw: RawVoucher,
    voucher: SourceVoucher | None,
    faults: Sequence[Fault],
    types: VoucherTypes,
    today: str,
) -> str:
    """Why a voucher posts nothing now; empty if it posts or is refused."""
    for flag, values, what in _FLAGS:
        if raw.flags.get(flag, "").strip().lower() in values:
            return what
    if voucher is None and not faults:
        return "zero: none of its lines has an amount"
    if voucher is not None and voucher.date > today:
        return "dated after today: left out until its day"
    return types.reason(raw.type, balanced=voucher is not None)


def _read(raw: RawVoucher) -> tuple[SourceVoucher | None, list[Fault]]:
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
