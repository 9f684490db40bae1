"""The lines above a table: whose books these are, of which year, as of which day.

What a heading says counts; the day it was printed, a registration number or the name of a ledger
does not. A heading that names several years or days names none: then it is asked.
"""

import calendar
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from trust.books.pure import years

_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("jan", "ജനുവരി", "जनवरी"),
            ("feb", "ഫെബ്രുവരി", "फरवरी"),
            ("mar", "മാർച്ച്", "मार्च"),
            ("apr", "ഏപ്രിൽ", "अप्रैल"),
            ("may", "മേയ്", "മെയ്", "मई"),
            ("jun", "ജൂൺ", "जून"),
            ("jul", "ജൂലൈ", "जुलाई"),
            ("aug", "ഓഗസ്റ്റ്", "ആഗസ്റ്റ്", "अगस्त"),
            ("sep", "സെപ്റ്റംബർ", "സെപ്തംബർ", "सितंबर"),
            ("oct", "ഒക്ടോബർ", "अक्टूबर"),
            ("nov", "നവംബർ", "नवंबर"),
            ("dec", "ഡിസംബർ", "दिसंबर"),
        ),
        1,
    )
    for name in names
}
_MONTH = "(" + "|".join(f"{name}[a-z]*" if name.isascii() else name for name in _MONTHS) + ")"
_SEP, _ORDINAL = r"[\s.,'/-]*", r"(?:st|nd|rd|th|-?ാം)?"
_YEAR = r"(?P<y>\d{4}|\d{2})(?!\d)"
_DATES = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"(?<![\d/.-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?!\d)",
        r"(?<![\d/.-])(?P<d>\d{1,2})\s?[/.-]\s?(?P<m>\d{1,2})\s?[/.-]\s?" + _YEAR,
        rf"(?<![\d/.-])(?P<d>\d{{1,2}}){_ORDINAL}{_SEP}(?:of\s)?(?P<n>{_MONTH}){_SEP}{_YEAR}",
        rf"(?P<n>{_MONTH})\.?\s*(?P<d>\d{{1,2}}){_ORDINAL},?\s+(?P<y>\d{{4}})(?!\d)",
        rf"(?<!\d)(?P<y>\d{{4}})\s+(?P<n>{_MONTH})\s+(?P<d>\d{{1,2}})(?!\d)",
        rf"(?<![\w\d])(?P<n>{_MONTH}){_SEP}(?P<y>\d{{4}})(?![\d-])",
    )
)
_YEARS = re.compile(r"(?<![\d/.-])((?:19|20)\d{2})\s?[-/]\s?((?:19|20)?\d{2})(?![\d/-])")
_SHORT_YEARS = re.compile(
    r"(?:\bf\.?\s?y\.?|\byears?|വർഷം|വർഷത്തെ|वर्ष)\W{0,4}(\d{2})\s?[-/]\s?(\d{2})(?![\d/-])",
    re.IGNORECASE,
)
_ELSEWHERE = re.compile(
    r"(?:print\w*|run|generat\w*|report(?:ed)?|download\w*|export\w*|creat\w*|prepared|reg\w*|"
    r"estd?\w*|established|date|dated|dt|time|തീയതി|തിയ്യതി|तारीख|രജി\w*)"
    r"[\s.:]*(?:no|number|on|at|date|dt|നമ്പർ)?[\s.:-]*\S*\d\S*",
    re.IGNORECASE,
)
_AS_ON = re.compile(
    r"(?:\bas\s+(?:on|at|of|per)|\bup\s?to|\bon|\bend(?:ed|ing)?(?:\s+on)?|\bto|\btill)\s*:?\s*$",
    re.IGNORECASE,
)
_TO = re.compile(r"\s*(?:\b(?:to|upto|till)\b|-|മുതൽ|से)\s*", re.IGNORECASE)
_MONTH_OF = re.compile(r"\bmonth\b|മാസ|माह", re.IGNORECASE)
_TITLE = re.compile(
    r"trial\s*balances?|ട്രയൽ\s*ബാലൻസ്|തീർപ്പുപത്രം|शेष\s*परीक्षण|तलपट|परीक्षा\s*सूची|\btb\b", re.IGNORECASE
)
_NO_COMPANY = re.compile(
    r"^(?:reg\w*\b|no\b|date|schedule|annexure|form|report|statement|page|sl\b|list|appendix|draft|audited|"
    r"unaudited|provisional|revised)|\bp\.?o\b|\bdist|\bpin\b|\bphone|@|\d{5}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What the lines above a table say.

    Attributes:
        company: the society's name; empty if no line is one.
        book_years: every book year named, by name or by its last day, in order of appearance.
        as_of: the day the figures are of, ISO; empty if no day or several are named.
        begins: the first day of the period, if one is named.
    """

    company: str = ""
    book_years: tuple[str, ...] = ()
    as_of: str = ""
    begins: str = ""


@dataclass(frozen=True, slots=True)
class _Day:
    """A day found in a text: where, and if *as on* or the like is before it."""

    day: str
    start: int
    end: int
    as_on: bool


def read_heading(lines: Iterable[Sequence[str]]) -> Heading:
    """What the lines say; each is the cells of a row."""
    texts = [plain_text(" ".join(cell for cell in cells if cell)) for cells in lines]
    days: list[_Day] = []
    named: list[str] = []
    begins = ""
    for text in texts:
        told = _ELSEWHERE.sub(_blanked, text)
        found = _days(told)
        begin, found = _without_begin(told, found)
        begins = begins or begin
        if not begin and _MONTH_OF.search(told) and len(found) == 1:
            begins = begins or found[0].day[:8] + "01"
        days += found
        named += find_years(_masked(told, found))
    chosen = {day.day for day in days if day.as_on} or {day.day for day in days}
    as_of = chosen.pop() if len(chosen) == 1 else ""
    of_days = [years.book_year_of(day) for day in ([as_of] if as_of else sorted(chosen))]
    if begins and years.book_year_of(begins) not in of_days:
        of_days.append(years.book_year_of(begins))
    return Heading(_company(texts), tuple(dict.fromkeys(named + of_days)), as_of, begins)


def find_years(text: str) -> list[str]:
    """The book years a text names: ``2023-24``, ``2023-2024``, ``2023/24``, ``FY 23-24``."""
    text = plain_text(text)
    pairs = [(found.group(1), found.group(2)) for found in _YEARS.finditer(text)]
    pairs += [(f"20{found.group(1)}", found.group(2)) for found in _SHORT_YEARS.finditer(text)]
    made = (f"{first}-{second[-2:]}" for first, second in pairs if _follows(first, second))
    return list(dict.fromkeys(year for year in made if years.parse_book_year(year)))


def find_day(text: str) -> str:
    """The one day a text names, ISO; empty if none or several."""
    days = {found.day for found in _days(plain_text(text))}
    return days.pop() if len(days) == 1 else ""


def is_dated(text: str) -> bool:
    """True if a text names a book year or a day."""
    return bool(find_years(text) or _days(plain_text(text)))


def plain_text(text: str) -> str:
    """The text with Latin digits and one kind of dash and space."""
    return "".join(_plain(char) for char in text)


def _plain(char: str) -> str:
    if char.isascii():
        return char
    if char.isdecimal():
        return str(unicodedata.decimal(char))
    category = unicodedata.category(char)
    return "-" if category == "Pd" or char == "\u2212" else " " if category == "Zs" else char


def _follows(first: str, second: str) -> bool:
    return int(second) == (int(first) + 1) % (10_000 if len(second) == 4 else 100)


def _days(text: str) -> list[_Day]:
    found: list[_Day] = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            day = _day(match.groupdict())
            apart = all(match.end() <= one.start or match.start() >= one.end for one in found)
            if day and apart:
                as_on = _AS_ON.search(text[: match.start()]) is not None
                found.append(_Day(day, match.start(), match.end(), as_on))
    return sorted(found, key=lambda one: one.start)


def _day(parts: dict[str, str | None]) -> str:
    year = int(parts["y"] or "0")
    year += 0 if year > 99 else 2000 if year < 70 else 1900
    if parts.get("n"):
        name = (parts["n"] or "").lower()
        month = _MONTHS[name[:3] if name.isascii() else name]
    else:
        month = int(parts["m"] or "0")
    day = int(parts.get("d") or "0")
    if month > 12 and 1 <= day <= 12:  # the month first: no month has this number
        day, month = month, day
    if not 1 <= month <= 12 or not 1901 <= year <= 2099:
        return ""
    last = calendar.monthrange(year, month)[1]
    return date(year, month, day or last).isoformat() if (day or last) <= last else ""


def _without_begin(text: str, days: list[_Day]) -> tuple[str, list[_Day]]:
    """The first day of a period (``1-Apr-2024 to 31-Mar-2025``), and the other days."""
    for first, second in pairwise(days):
        if _TO.fullmatch(text[first.end : second.start]) and first.day < second.day:
            rest = [one for one in days if one is not first]
            return first.day, rest
    return "", days


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found.group(0))


def _masked(text: str, days: Iterable[_Day]) -> str:
    for day in days:
        text = text[: day.start] + " " * (day.end - day.start) + text[day.end :]
    return text


def _company(texts: Sequence[str]) -> str:
    """The first line, if it is a name."""
    if not texts:
        return ""
    text = texts[0].strip()
    words = [word for word in re.split(r"[\s,.]+", text) if any(char.isalpha() for char in word)]
    if len(words) < 2 or _TITLE.search(text) or _days(text) or find_years(text):
        return ""
    return "" if _NO_COMPANY.search(text) else text[:200]
