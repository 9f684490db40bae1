"""The loan register and the dates of governance as tables."""

from collections.abc import Sequence

from trust.books.model import DateRow, Duplicate, Fault, LoanRow, ReadFile
from trust.books.pure.faultwords import fault
from trust.books.pure.money import Malformed, parse_paise
from trust.books.pure.pii import count_identifiers
from trust.books.pure.tables import Cells, Header, Rows, Table, data_rows, find_header
from trust.books.pure.years import book_year_of, parse_book_year

_LOANS: dict[str, Sequence[str]] = {
    "loan_id": ("loan no", "loan number", "loan account", "account no"),
    "member_ref": ("member", "member no", "member number", "membership no"),
    "sanctioned_on": ("date of sanction", "sanction date", "date"),
    "sanctioned": ("amount", "sanctioned amount", "amount sanctioned", "loan amount"),
    "outstanding": ("balance", "outstanding balance", "principal outstanding"),
    "overdue": ("overdue amount", "arrears"),
    "overdue_days": ("days overdue", "overdue since days"),
    "purpose": ("loan purpose", "scheme"),
    "payee_ref": ("payee", "payee account", "disbursed to"),
    "collateral_ref": ("collateral", "security", "deed", "document no"),
    "in_area": ("within area", "in area of operation"),
    "as_of": ("as on", "date of register"),
}
_LOANS_NEED = {"loan_id", "member_ref", "sanctioned", "outstanding"}
_DATES: dict[str, Sequence[str]] = {
    "kind": ("event", "type"),
    "date": ("held on", "on"),
    "book_year": ("year", "financial year", "for year"),
    "note": ("remarks", "notes"),
}
_EVENTS = {
    "general_meeting": "general-meeting",
    "general-meeting": "general-meeting",
    "general meeting": "general-meeting",
    "agm": "general-meeting",
    "audit": "audit",
    "election": "election",
    "accounting_date": "accounting-date",
    "accounting-date": "accounting-date",
    "accounting date": "accounting-date",
}
_YES = {
    "yes": True,
    "y": True,
    "1": True,
    "true": True,
    "no": False,
    "n": False,
    "0": False,
    "false": False,
}
MAX_DAYS = 40_000


def read_loans(table: Table, *, as_of: str) -> ReadFile:
    """Read a loan register. A column ``as_of`` overrides the date given, if it is the same in all
    rows; rows with a fault are refused one by one, the others stand."""
    found = _open(table, _LOANS, _LOANS_NEED, "loan-register")
    if isinstance(found, ReadFile):
        return found
    rows, header = found
    loans: list[LoanRow] = []
    refused: list[Fault] = []
    days: set[str] = set()
    for cells in data_rows(rows, header):
        loan = _loan(cells)
        if cells.text("as_of"):
            days.add(cells.date("as_of"))
        refused += cells.faults
        if not cells.faults:
            loans.append(loan)
    if len(days) > 1:
        return ReadFile("loan-register", refused=(fault("as-of"),))
    twice = _twice(loans)
    first: dict[str, LoanRow] = {}
    for loan in loans:
        first.setdefault(loan.loan_id, loan)
    kept = tuple(first.values())
    return ReadFile(
        "loan-register",
        loans=kept,
        as_of=days.pop() if days else as_of,
        counts={"loans": len(kept)},
        refused=tuple(refused + twice),
        pii=count_identifiers(
            text for loan in loans for text in (loan.member_ref, loan.payee_ref, loan.purpose)
        ),
    )


def _twice(loans: list[LoanRow]) -> list[Fault]:
    first: dict[str, int] = {}
    faults = []
    for loan in loans:
        if loan.loan_id in first:
            faults.append(fault("loan-twice", loan.row, "loan_id", line=first[loan.loan_id]))
        first.setdefault(loan.loan_id, loan.row)
    return faults


def _loan(cells: Cells) -> LoanRow:
    loan = LoanRow(
        cells.needed("loan_id")[:80],
        cells.needed("member_ref")[:80],
        cells.date("sanctioned_on"),
        cells.value("sanctioned", parse_paise, 0),
        cells.value("outstanding", parse_paise, 0),
        cells.value("overdue", parse_paise, 0),
        cells.value("overdue_days", _days, 0),
        cells.text("purpose")[:80],
        cells.text("payee_ref")[:200],
        cells.text("collateral_ref")[:200],
        cells.value("in_area", _yes, True),
        cells.line,
    )
    for column in ("sanctioned", "outstanding"):
        cells.needed(column)
    for column, paise in (
        ("sanctioned", loan.sanctioned),
        ("outstanding", loan.outstanding),
        ("overdue", loan.overdue),
    ):
        if paise < 0:
            cells.fault(column, "negative")
    if loan.overdue > loan.outstanding:
        cells.fault("overdue", "overdue-too-large")
    return loan


def _days(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:9]) > MAX_DAYS:
        raise Malformed("malformed/days", text=text[:40])
    return int(text)


def _yes(text: str) -> bool:
    if text.casefold() not in _YES:
        raise Malformed("malformed/yes", text=text[:40])
    return _YES[text.casefold()]


def read_dates(table: Table) -> ReadFile:
    """Read dates of general meetings, audits, elections and the accounting date."""
    found = _open(table, _DATES, {"kind", "date"}, "governance-dates")
    if isinstance(found, ReadFile):
        return found
    rows, header = found
    dates: dict[tuple[str, str, str], DateRow] = {}
    refused: list[Fault] = []
    repeated = 0
    for cells in data_rows(rows, header):
        row = _date(cells)
        refused += cells.faults
        if not cells.faults:
            repeated += (row.event, row.date, row.book_year) in dates
            dates.setdefault((row.event, row.date, row.book_year), row)
    return ReadFile(
        "governance-dates",
        dates=tuple(dates.values()),
        counts={"dates": len(dates)},
        refused=tuple(refused),
        pii=count_identifiers(row.note for row in dates.values()),
        duplicates=(Duplicate("content", ("rows",), repeated),) if repeated else (),
    )


def _date(cells: Cells) -> DateRow:
    said = cells.needed("kind")
    event = _EVENTS.get(" ".join(said.split()).casefold(), "")
    if said and not event:
        cells.fault("kind", "event-unknown", text=said[:40])
    day = cells.date("date")
    year_text = cells.text("book_year")
    year = parse_book_year(year_text) if year_text else (book_year_of(day) if day else "")
    if year is None:
        cells.fault("book_year", "book-year", text=year_text[:40])
    return DateRow(event, day, year or "", cells.text("note")[:400], cells.line)


def _open(
    table: Table, names: dict[str, Sequence[str]], need: set[str], kind: str
) -> ReadFile | tuple[Rows, Header]:
    rows = table.rows
    header = find_header(rows, names, need=need.issubset)
    if header is None:
        wanted = ", ".join(sorted(need))
        return _refused(kind, fault("no-header/register", wanted=wanted))
    return rows, header


def _refused(kind: str, fault: Fault) -> ReadFile:
    if kind == "loan-register":
        return ReadFile("loan-register", refused=(fault,))
    return ReadFile("governance-dates", refused=(fault,))


def is_loans(rows: Rows) -> bool:
    """True if one of the first rows is the header of a loan register."""
    return find_header(rows, _LOANS, need=_LOANS_NEED.issubset) is not None


def is_dates(rows: Rows) -> bool:
    """True if the first cell of a data row names an event of governance."""
    header = find_header(rows, _DATES, need={"kind", "date"}.issubset)
    if header is None:
        return False
    events = [cells.text("kind").casefold() for cells in data_rows(rows, header)]
    return any(" ".join(event.split()) in _EVENTS for event in events)
