"""A general ledger as a table: date, account, voucher number, and debit and credit or one signed
amount. Rows of one number and one date are a voucher; each must balance, and one that does not is
refused by itself. The file has no identity for a voucher: two that are alike are two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from trust.books.model import (
    Answers,
    Duplicate,
    Fault,
    Question,
    ReadFile,
    SourceLine,
    SourceVoucher,
)
from trust.books.pure.amounts import parse_amount
from trust.books.pure.dates import DateColumn, column_of
from trust.books.pure.faultwords import fault, question
from trust.books.pure.money import Amount, MalformedAmount, format_paise
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tables import Cells, Header, Table, data_rows, find_header, squash

_HEADS: Mapping[str, Sequence[str]] = {
    "date": ("posting date", "transaction date", "txn date", "tran date", "voucher date",
             "vch date", "entry date", "journal date", "trans date", "തീയതി", "തിയതി"),
    "code": ("account code", "gl code", "a/c code"),
    "account": ("account name", "account head", "head of account", "ledger", "ledger name",
                "ledger account", "gl name", "gl account", "account title", "ledger head", "head",
                "name of account", "അക്കൗണ്ട്", "ലെഡ്ജർ", "കണക്ക്"),
    "particulars": ("വിവരണം", "വിശദാംശങ്ങൾ"),
    "debit": ("dr", "debit amount", "dr amount", "debits", "debit (rs.)", "debit rs", "പറ്റ്"),
    "credit": ("cr", "credit amount", "cr amount", "credits", "credit (rs.)", "credit rs", "വരവ്"),
    "amount": ("amt", "amount (rs.)", "amount rs", "signed amount", "തുക"),
    "side": ("dr/cr", "drcr", "dr cr", "debit/credit"),
    "number": ("voucher no", "voucher number", "vch no", "voucher", "voucher id", "jv no",
               "journal no", "journal number", "journal id", "entry no", "entry id", "document no",
               "doc no", "transaction id", "txn id", "trans id", "transaction no", "tran id",
               "vr no", "വൗച്ചർ നമ്പർ", "വൗച്ചർ നം"),
    "kind": ("voucher type", "vch type"),
    "text": ("narration", "description", "remarks", "memo", "details"),
}  # fmt: skip
_SIDES = {"dr": "Dr", "debit": "Dr", "d": "Dr", "cr": "Cr", "credit": "Cr", "c": "Cr"}
SIGNS = ("debit", "credit")
JOURNAL = "Journal"


@dataclass(slots=True)
class _Group:
    """Rows of one number and date."""

    line: int
    date: str
    number: str
    kind: str
    text: str
    lines: list[SourceLine] = field(default_factory=list)
    refused: bool = False


def read_ledger(table: Table, *, answers: Answers) -> ReadFile:
    """Read a general ledger; what a plain amount means is asked if nothing says it."""
    header = find_header(table.rows, _HEADS, need=_is_header)
    if header is None:
        return ReadFile("general-ledger", refused=(fault("no-header/general-ledger"),))
    listed = list(data_rows(table.rows, header))
    cells = [(row.line, row.text("date")) for row in listed if row.text("date")]
    dates = column_of(header.titles["date"], cells, answers)
    if dates.faults:
        return ReadFile("general-ledger", refused=dates.whole())
    sign, asked = _sign(header, listed, answers)
    groups, refused = _groups(listed, dates, sign)
    vouchers, unbalanced = _vouchers(groups)
    refused += unbalanced
    if not groups and not refused:
        refused.append(fault("empty/general-ledger", header.line))
    return ReadFile(
        "general-ledger",
        vouchers=vouchers,
        questions=(*dates.questions, *asked),
        rows=len(groups),
        counts={
            "vouchers in file": len(groups),
            "vouchers": len(vouchers),
            "ledger lines": sum(len(one.lines) for one in vouchers),
        },
        refused=tuple(refused),
        pii=count_identifiers(text for one in groups for text in (one.text, one.number)),
        duplicates=_alike(vouchers),
        period=_period(vouchers),
    )


def _is_header(columns: set[str]) -> bool:
    named = bool(columns & {"account", "code", "particulars"})
    return named and {"date", "number"} <= columns and _moves(columns)


def _moves(columns: set[str]) -> bool:
    return {"debit", "credit"} <= columns or "amount" in columns


def _sign(
    header: Header, listed: Sequence[Cells], answers: Answers
) -> tuple[int, tuple[Question, ...]]:
    """+1 if a plain amount is a debit; asked if amounts are plain and nothing says it."""
    if {"debit", "credit"} <= set(header.columns) or "side" in header.columns:
        return 1, ()
    plain = next((row for row in listed if _is_plain(row.text("amount"))), None)
    said = answers.get("sign", "")
    if plain is None or said in SIGNS:
        return (-1 if said == "credit" else 1), ()
    return 1, (question("sign/ledger", plain.line, answers=SIGNS),)


def _is_plain(text: str) -> bool:
    try:
        amount = parse_amount(text)
    except MalformedAmount:
        return False
    return bool(amount.paise) and amount.side is None


def _groups(
    listed: Sequence[Cells], dates: DateColumn, sign: int
) -> tuple[list[_Group], list[Fault]]:
    groups: dict[tuple[str, str], _Group] = {}
    faults: list[Fault] = []
    sums = [0, 0]
    for row in listed:
        paise = _paise(row, sign)
        day = dates.read(row.text("date"))
        if day is None and not row.text("number") and _is_total(row, sums):
            continue
        number = row.needed("number")
        row.needed("date")
        if row.text("date") and day is None:
            row.fault("date", "date/register", text=row.text("date")[:40])
        ledger = _ledger(row)
        if not ledger:
            row.fault("account", "no-account")
        key = (number, day or "")
        one = groups.setdefault(key, _begun(row, day or "", number))
        one.lines.append(SourceLine(ledger[:400], paise))
        one.refused = one.refused or bool(row.faults)
        faults += row.faults
        sums[0] += max(paise, 0)
        sums[1] += max(-paise, 0)
    return list(groups.values()), faults


def _ledger(row: Cells) -> str:
    """Code and name of the account; particulars are the account if no column is named after it."""
    parts = [part for part in (row.text("code"), row.text("account")) if part]
    if row.header.columns.keys() & {"account", "code"}:
        return " ".join(parts)
    return row.text("particulars")


def _begun(row: Cells, day: str, number: str) -> _Group:
    kind = row.text("kind")[:80] or JOURNAL
    return _Group(row.line, day, number[:120], kind, row.text("text")[:20_000])


def _paise(row: Cells, sign: int) -> int:
    """The amount of a row, debit positive."""
    zero = Amount(0)
    if {"debit", "credit"} <= set(row.header.columns):
        debit, credit = (
            row.value("debit", parse_amount, zero),
            row.value("credit", parse_amount, zero),
        )
        if debit.side == "Cr" or credit.side == "Dr":
            row.fault("debit", "movement-sign")
        return debit.paise - credit.paise
    amount = row.value("amount", parse_amount, zero)
    if "side" in row.header.columns:
        side = _SIDES.get(squash(row.text("side")))
        if side is None and amount.paise:
            row.fault("side", "side-unknown", text=row.text("side")[:40])
        return -amount.paise if side == "Cr" else amount.paise
    return amount.debit_positive(plain_is_credit=sign < 0)


def _is_total(row: Cells, sums: Sequence[int]) -> bool:
    """A row without date and number that repeats the sums of the rows above it."""
    figures = [row.text(name) for name in ("debit", "credit", "amount")]
    if not any(figures):
        return not _ledger(row)
    try:
        said = [parse_amount(text).paise for text in figures if text]
    except MalformedAmount:
        return False
    return said == list(sums) and sums[0] == sums[1] != 0


def _vouchers(groups: Sequence[_Group]) -> tuple[tuple[SourceVoucher, ...], list[Fault]]:
    made: list[SourceVoucher] = []
    faults: list[Fault] = []
    for one in groups:
        if one.refused:
            continue
        lines = tuple(line for line in one.lines if line.paise)
        gap = sum(line.paise for line in lines)
        name = f"{one.kind} {one.number}"
        if not lines:
            faults.append(fault("no-lines", one.line, "", name=name))
        elif gap:
            side = "debits" if gap > 0 else "credits"
            faults.append(
                fault(f"unbalanced/{side}", one.line, "", name=name, gap=format_paise(abs(gap)))
            )
        else:
            made.append(
                SourceVoucher("", one.date, one.kind, lines, one.number, one.text, row=one.line)
            )
    return tuple(made), faults


def _alike(vouchers: Sequence[SourceVoucher]) -> tuple[Duplicate, ...]:
    """Vouchers that say the same; each is kept."""
    groups: dict[object, list[str]] = {}
    for one in vouchers:
        key = (one.date, one.type, one.lines, one.narration)
        groups.setdefault(key, []).append(f"row {one.row}")
    rows = (tuple(rows) for rows in groups.values() if len(rows) > 1)
    return tuple(Duplicate("content", listed, len(listed)) for listed in rows)


def _period(vouchers: Sequence[SourceVoucher]) -> tuple[str, str]:
    days = [one.date for one in vouchers]
    return (min(days), max(days)) if days else ("", "")
