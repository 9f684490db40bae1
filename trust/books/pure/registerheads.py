"""Heads of registers as printed, in English and Malayalam, and the day a register is of."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from trust.books.model import Answers, Question
from trust.books.pure.dates import dates_in
from trust.books.pure.faultwords import question
from trust.books.pure.tables import HEADER_WITHIN, Header, Rows, find_header, squash
from trust.books.pure.years import parse_date

Names = Mapping[str, Sequence[str]]

LOANS: Names = {
    "loan_id": (
        "loan no", "loan number", "loan account", "loan account no", "loan account number",
        "loan a/c", "loan a/c no", "loan a/c number", "ln no", "ln a/c no", "l/no", "account no",
        "account number", "a/c no", "a/c number", "loan ref", "loan ref no",
        "വായ്പാ നമ്പർ", "വായ്പ നമ്പർ", "വായ്പാ നം", "ലോൺ നമ്പർ", "വായ്പാ അക്കൗണ്ട് നമ്പർ",
        "അക്കൗണ്ട് നമ്പർ",
    ),
    "member_ref": (
        "member", "member no", "member number", "member id", "membership no", "membership number",
        "mem no", "m no", "mbr no", "admission no", "cif", "cif no", "customer id", "customer no",
        "അംഗ നമ്പർ", "അംഗത്വ നമ്പർ", "അംഗം", "അംഗ നം", "മെമ്പർ നമ്പർ", "മെംബർ നമ്പർ",
    ),
    "sanctioned_on": (
        "date of sanction", "sanction date", "sanctioned date", "sanctioned on", "date", "dt",
        "date of loan", "loan date", "date of issue", "issue date", "date of advance",
        "date of disbursement", "disbursement date", "disbursed on", "dt of loan",
        "dt of sanction", "sanc date", "sanc dt", "loan dt",
        "അനുവദിച്ച തീയതി", "അനുവദിച്ച തിയതി", "വായ്പ അനുവദിച്ച തീയതി", "വായ്പാ തീയതി",
        "വായ്പ തീയതി", "തീയതി", "തിയതി",
    ),
    "sanctioned": (
        "amount", "amt", "sanctioned amount", "amount sanctioned", "loan amount", "loan amt",
        "sanctioned amt", "sanc amt", "sanc amount", "amt sanctioned", "sanction amount",
        "amount of loan", "loan sanctioned", "limit", "sanctioned limit", "amount advanced",
        "disbursed amount", "amount disbursed",
        "അനുവദിച്ച തുക", "വായ്പാ തുക", "വായ്പ തുക", "വായ്പാ സംഖ്യ", "തുക",
    ),
    "outstanding": (
        "balance", "bal", "outstanding balance", "principal outstanding", "balance outstanding",
        "outstanding amount", "outstanding amt", "balance amount", "balance amt", "bal amt",
        "balance o/s", "o/s", "o/s balance", "o/s bal", "o/s amount", "o/s amt", "principal o/s",
        "o/s principal", "outstanding principal", "principal balance", "loan outstanding",
        "loan balance", "closing balance", "balance due", "amount outstanding",
        "ബാക്കി", "ബാക്കി തുക", "വായ്പാ ബാക്കി", "വായ്പ ബാക്കി", "ബാക്കിനിൽപ്പ്", "ബാക്കി നിൽപ്പ്",
        "നിൽപ്പ് ബാക്കി", "മുതൽ ബാക്കി", "നീക്കിയിരിപ്പ്",
    ),
    "overdue": (
        "overdue amount", "overdue amt", "arrears", "total overdue", "od amount", "od amt",
        "amount overdue", "overdue principal", "overdue prin", "principal overdue", "od prin",
        "od principal", "prin overdue",
        "കുടിശ്ശിക", "കുടിശിക", "കുടിശ്ശിക തുക", "കുടിശിക തുക", "കുടിശ്ശിക മുതൽ", "മുതൽ കുടിശ്ശിക",
    ),
    "overdue_interest": (
        "overdue int", "int overdue", "interest overdue", "od int", "od interest",
        "arrears of interest", "interest arrears",
        "കുടിശ്ശിക പലിശ", "കുടിശിക പലിശ", "പലിശ കുടിശ്ശിക",
    ),
    "overdue_days": (
        "days overdue", "overdue since days", "no of days overdue", "days past due", "dpd",
        "od days", "days in arrears", "കുടിശ്ശിക ദിവസം", "കുടിശ്ശിക ദിവസങ്ങൾ",
    ),
    "scheme": (
        "loan scheme", "scheme name", "name of scheme", "type of loan", "loan type", "kind of loan",
        "nature of loan", "loan name", "product", "loan product",
        "പദ്ധതി", "സ്കീം", "വായ്പാ ഇനം", "വായ്പ ഇനം", "വായ്പയിനം", "വായ്പയുടെ ഇനം",
    ),
    "purpose": (
        "loan purpose", "purpose of loan", "ആവശ്യം", "ഉദ്ദേശ്യം", "ഉദ്ദേശം", "വായ്പയുടെ ആവശ്യം",
    ),
    "payee_ref": ("payee", "payee account", "payee a/c", "disbursed to", "paid to"),
    "collateral_ref": (
        "collateral", "security", "deed", "deed no", "document no", "security no", "title deed no",
        "ഈട്", "ആധാരം", "ആധാര നമ്പർ", "ഈടാധാരം",
    ),
    "in_area": ("within area", "in area of operation"),
    "as_of": ("as on", "as at", "date of register", "register date", "position as on"),
}  # fmt: skip
"""Columns of a loan register and the names that they are printed with."""

LOANS_NEED = frozenset({"loan_id", "member_ref", "sanctioned", "outstanding"})

DATES: Names = {
    "kind": (
        "event", "type", "kind of event", "meeting", "name of meeting", "particulars",
        "സംഭവം", "ഇനം", "യോഗം", "വിവരം",
    ),
    "date": ("held on", "on", "date held", "date of meeting", "നടന്ന തീയതി", "തീയതി", "തിയതി"),
    "book_year": (
        "year", "financial year", "for year", "for the year", "accounting year", "fy",
        "വർഷം", "സാമ്പത്തിക വർഷം", "കണക്കുവർഷം",
    ),
    "note": ("remarks", "notes", "remark", "കുറിപ്പ്", "അഭിപ്രായം"),
}  # fmt: skip
"""Columns of a register of meetings, audits and elections."""

_AS_ON = re.compile(r"\b(?:as\s*(?:on|at|of)|position\s*on|up\s*to|ending|ended)\b", re.IGNORECASE)
_AS_ON_ML = re.compile(r"(?:ലെ\s*സ്ഥിതി|വരെ|തീയതിയിൽ|തീയതിയിലെ|നിലവിൽ|-ന്|-ൽ|-ലെ|പ്രകാരം)")
_TAIL = re.compile(r"[\s,(]*\b(?:as\s*(?:on|at|of)|on)\b[^A-Za-z]*$", re.IGNORECASE)
_RUPEES = re.compile(
    r"[\s,]*[(\[]?(?:in\s*)?(?:₹|rs\.?|rupees|രൂപ|രൂ\.?)[)\]]?[\s.]*$", re.IGNORECASE
)


def open_register(table: Rows, names: Names, need: frozenset[str]) -> Header | None:
    """The head of a register, found by its names without the day and the currency in them."""
    plain = [(line, [_plain(cell) for cell in cells]) for line, cells in table[:HEADER_WITHIN]]
    header = find_header(plain, names, need=need.issubset)
    if header is None:
        return None
    printed = table[header.position][1]
    return replace(header, titles={key: printed[at] for key, at in header.columns.items()})


def _plain(cell: str) -> str:
    """A head without what stands behind it: the day it is of, the currency."""
    name = _RUPEES.sub("", cell)
    days = re.search(r"[0-9]", name)
    if days and squash(name[: days.start()]):
        return _TAIL.sub("", name)
    return name


def heading_days(rows: Rows, header: Header) -> list[str]:
    """Dates, as written, that heading and head give as the day of the register."""
    cells = [cell for _, cells in rows[: header.position + 1] for cell in cells]
    lines = [", ".join(filter(None, cells)) for _, cells in rows[: header.position]]
    return dates_in(filter(_as_on, cells)) or dates_in(filter(_as_on, lines))


def _as_on(text: str) -> bool:
    return bool(_AS_ON.search(text) or _AS_ON_ML.search(text))


def day_given(answers: Answers, today: str) -> tuple[str, Question | None]:
    """The day that somebody says a register is of; while nobody does, today stands in for it."""
    day = parse_date(answers.get("as-of", ""))
    if day is not None and day <= today:
        return day, None
    return today, question("as-of/ask", answers=())
