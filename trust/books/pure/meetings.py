"""Dates of governance as a table: general and special meetings, elections, audits, year ends."""

import re
from collections.abc import Mapping

from trust.books.model import Answers, DateRow, Duplicate, Fault, ReadFile
from trust.books.pure.dates import DateColumn, column_of
from trust.books.pure.faultwords import fault
from trust.books.pure.pii import count_identifiers
from trust.books.pure.registerheads import DATES, open_register
from trust.books.pure.registerrows import entries
from trust.books.pure.tables import Cells, Rows, Table
from trust.books.pure.years import book_year_of, parse_book_year

_NEED = frozenset({"kind", "date"})
_BODY = "general body meeting of the members gbm agm agbm gm"
_WORDS: Mapping[str, tuple[str, str]] = {
    "special-meeting": (
        "special extraordinary extra emergency sgm sgbm egm egbm",
        f"ordinary {_BODY}",
    ),
    "general-meeting": ("agm agbm gbm general", f"annual ordinary {_BODY}"),
    "election": (
        "election elections",
        "of to the board committee managing governing director directors general members",
    ),
    "audit": (
        "audit",
        "statutory annual final yearly date of the accounts completed finished done",
    ),
    "accounting-date": (
        "accounting closing closed end ending",
        "date of the accounts books year financial",
    ),
}
"""Each event: words of which it has one, and words that may stand beside them."""
_PARTS = "general extra emergency special extraordinary accounting closing closed end ending"
_NEVER_ALONE = frozenset(_PARTS.split())
_SPECIAL = r"(?:പ്രത്യേക|അസാധാരണ|അടിയന്തര|അടിയന്തിര|വിശേഷാൽ|സ്പെഷ്യൽ|സ്‌പെഷ്യൽ)"
_GENERAL = r"(?:പൊതുയോഗം|പൊതുയോഗ|ജനറൽബോഡി(?:യോഗം)?)"
_MALAYALAM: tuple[tuple[str, str], ...] = (
    (_SPECIAL + _GENERAL, "special-meeting"),
    (r"(?:വാർഷിക|സാധാരണ)?" + _GENERAL, "general-meeting"),
    (r"(?:ഭരണസമിതി|ബോർഡ്|കമ്മിറ്റി|സംഘം)?(?:തെരഞ്ഞെടുപ്പ്|തിരഞ്ഞെടുപ്പ്|ഇലക്ഷൻ)", "election"),
    (r"(?:വാർഷിക|നിയമാനുസൃത|സ്റ്റാറ്റ്യൂട്ടറി)?(?:ഓഡിറ്റ്|ആഡിറ്റ്)", "audit"),
    (r"(?:കണക്കെടുപ്പ്|കണക്കവസാനിക്കുന്ന|കണക്ക്അവസാനിക്കുന്ന|കണക്കടയ്ക്കുന്ന|കണക്ക്)തീയതി", "accounting-date"),
)  # fmt: skip


def event_of(said: str) -> str:
    """The event that a name as spoken means; empty if it is none that is sealed.

    Every word must belong to it: an election's notification is no election, an internal audit is
    not the audit of the year, and a meeting of the committee is not of the members.
    """
    joined = "".join(said.split()).replace("\u200c", "").replace("\u200d", "")
    for pattern, event in _MALAYALAM:
        if re.fullmatch(pattern, joined):
            return event
    words = [word for word in re.split(r"[\s_/()-]+", said.casefold().replace(".", "")) if word]
    for event, (keys, beside) in _WORDS.items():
        key, other = set(keys.split()), set(beside.split())
        named = [word for word in words if word in key]
        if named and set(words) <= key | other and (len(words) > 1 or words[0] not in _NEVER_ALONE):
            return event
    return ""


def is_dates(rows: Rows) -> bool:
    """True if the first cell of a data row names an event of governance."""
    header = open_register(rows, DATES, _NEED)
    if header is None:
        return False
    return any(event_of(cells.text("kind")) for cells in entries(rows, header, ()))


def read_dates(table: Table, *, today: str, answers: Answers) -> ReadFile:
    """Read dates of meetings, audits, elections and the accounting date.

    Args:
        today: ISO day; what is to come has not happened and is refused.
        answers: to `date-order`.
    """
    header = open_register(table.rows, DATES, _NEED)
    if header is None:
        wanted = ", ".join(sorted(_NEED))
        return ReadFile("governance-dates", refused=(fault("no-header/register", wanted=wanted),))
    rows = list(entries(table.rows, header, ()))
    said = [(cells.line, text) for cells in rows if (text := cells.text("date"))]
    column = column_of(header.titles["date"], said, answers)
    if column.faults:
        return ReadFile("governance-dates", refused=column.whole(), rows=len(rows))
    dates: dict[tuple[str, str, str], DateRow] = {}
    refused: list[Fault] = []
    repeated = 0
    for cells in rows:
        row = _date(cells, column, today)
        refused += cells.faults
        if not cells.faults:
            repeated += (row.event, row.date, row.book_year) in dates
            dates.setdefault((row.event, row.date, row.book_year), row)
    return ReadFile(
        "governance-dates",
        dates=tuple(dates.values()),
        rows=len(rows),
        counts={"dates": len(dates)},
        refused=tuple(refused),
        questions=tuple(column.questions),
        pii=count_identifiers(row.note for row in dates.values()),
        duplicates=(Duplicate("content", ("rows",), repeated),) if repeated else (),
    )


def _date(cells: Cells, column: DateColumn, today: str) -> DateRow:
    said = cells.needed("kind")
    event = event_of(said)
    if said and not event:
        cells.fault("kind", "event-unknown", text=said[:40])
    text = cells.needed("date")
    day = column.read(text) if text else None
    if text and day is None:
        cells.fault("date", "date/register", text=text[:40])
    elif day is not None and day > today:
        cells.fault("date", "date-future/event", text=text[:40])
    year_text = cells.text("book_year")
    year = parse_book_year(year_text) if year_text else (book_year_of(day) if day else "")
    if year is None:
        cells.fault("book_year", "book-year", text=year_text[:40])
    return DateRow(event, day or "", year or "", cells.text("note")[:400], cells.line)
