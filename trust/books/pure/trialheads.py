"""The head of a trial balance: which column is what, over one head row or several.

A column is told by the words over it, in English, Malayalam or Hindi: *Debit (Rs.)*, *Opening* over
*Dr*, *പറ്റ്*. Figures of the year before are told apart by *previous year* or by the years over
them; if that cannot be told, it is asked which columns are this year's.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from trust.books.pure import headings, years
from trust.books.pure.amounts import says_nothing
from trust.books.pure.tables import HEADER_WITHIN, Rows

AMOUNTS = ("opening", "opening_dr", "opening_cr", "debit", "credit", "closing", "closing_dr",
           "closing_cr")  # fmt: skip
_MOST_HEAD_ROWS = 5
_BEGIN = frozenset({"dr", "cr", "name", "code", "balance", "opening", "closing", "last", "this"})
_WORD = re.compile(r"[\w\u0900-\u097f\u0d00-\u0d7f\u200c\u200d]+")
_PHRASES = (
    (re.compile(r"\bb\s*/\s*f\b|brought\s+forward", re.I), " opening "),
    (re.compile(r"\bc\s*/\s*f\b|carried\s+(?:forward|over)", re.I), " closing "),
    (re.compile(r"\ba\s*/\s*c\b", re.I), " account "),
    (re.compile(r"\bd\s*/\s*c\b|\bdr?\.?\s*r?\.?\s*/\s*cr?\.?\s*r?\.?(?=\W|$)", re.I), " dr cr "),
    (re.compile(r"\bdrcr\b", re.I), " dr cr "),
    (re.compile(r"\bd\.\s*r\b\.?", re.I), " dr "),
    (re.compile(r"\bc\.\s*r\b\.?", re.I), " cr "),
    (re.compile(r"\b(?:sl|sr|serial|s)\.?\s*(?:no|number)\b\.?", re.I), " serial "),
    (re.compile(r"ക്രമ\s*നമ്പർ|क्रम\s*संख्या", re.I), " serial "),
    (re.compile(r"glcode", re.I), " code "),
)  # fmt: skip
_WORDS: Mapping[str, Sequence[str]] = {
    "dr": ("dr", "debit", "debits", "ഡെബിറ്റ്", "ഡബിറ്റ്", "പറ്റ്", "നാമെ", "नामे", "डेबिट"),
    "cr": ("cr", "credit", "credits", "ക്രെഡിറ്റ്", "വരവ്", "जमा", "क्रेडिट"),
    "opening": ("opening", "op", "ob", "മുന്നിരിപ്പ്", "പ്രാരംഭ", "തുടക്ക", "ആരംഭ", "തനത്", "प्रारंभिक",
                "आरंभिक"),
    "closing": ("closing", "cl", "cb", "നീക്കിയിരിപ്പ്", "അവസാന", "അന്തിമ", "अंतिम", "अंत"),
    "balance": ("balance", "balances", "bal", "ബാക്കി", "ബാലൻസ്", "शेष", "बाकी"),
    "moves": ("transactions", "transaction", "movement", "movements", "summation", "turnover",
              "during", "ഇടപാടുകൾ", "ഇടപാട്", "लेनदेन"),
    "amount": ("amount", "amt", "തുക", "राशि"),
    "name": ("name", "account", "accounts", "head", "heads", "ledger", "ledgers", "particulars",
             "particular", "description", "item", "items", "details", "ഇനം", "ഇനങ്ങൾ", "വിവരം",
             "വിവരണം", "അക്കൗണ്ട്", "അക്കൗണ്ടിന്റെ", "കണക്ക്", "കണക്കിനം", "ലെഡ്ജർ", "തലക്കെട്ട്",
             "ശീർഷകം", "പേര്", "विवरण", "खाता", "खाते", "मद", "लेखा"),
    "code": ("code", "codes", "കോഡ്", "कोड"),
    "number": ("no", "number", "നമ്പർ", "num"),
    "serial": ("serial", "sl", "sr", "ക്രമം"),
    "foreign": ("date", "dt", "voucher", "vouchers", "vch", "narration", "cheque", "chq",
                "instrument", "bill", "receipts", "payments", "തീയതി", "തിയ്യതി", "വൗച്ചർ", "तारीख",
                "दिनांक"),
    "paise": ("ps", "paise", "paisa", "p", "പൈസ"),
    "last": ("previous", "prev", "last", "preceding", "prior", "py", "മുൻവർഷം", "മുൻവർഷ", "മുൻ",
             "കഴിഞ്ഞ", "गत", "पिछला"),
    "this": ("current", "this", "cy", "നടപ്പുവർഷം", "നടപ്പ്", "നടപ്പു", "ഈ", "चालू"),
    "filler": ("rs", "inr", "in", "rupees", "rupee", "the", "of", "as", "on", "at", "year", "total",
               "and", "for", "gl", "രൂപ", "രൂ", "വർഷം", "net", "to", "upto", "sum"),
    "other": ("group", "schedule", "type", "category", "remarks", "folio", "lf", "nature"),
}  # fmt: skip
_MEANING = {word: meaning for meaning, words in _WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Columns:
    """Where everything is.

    Attributes:
        at: index of each column, by what it is: ``code``, ``name`` and those of `AMOUNTS`.
        sides: index of the column that says Dr or Cr, by the amount it belongs to.
        head: positions of the head rows, first and the one after the last.
        width: cells of the widest head row.
        others: what else could be this year's columns; empty if it is clear.
        texts: everything over each column.
    """

    at: Mapping[str, int]
    sides: Mapping[str, int]
    head: tuple[int, int]
    width: int
    texts: Sequence[str]
    others: Sequence[Mapping[str, int]] = field(default=())

    @property
    def amounts(self) -> tuple[str, ...]:
        """The columns of amounts that the file has, in their usual order."""
        return tuple(name for name in AMOUNTS if name in self.at)


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: what it is and of which year."""

    index: int
    role: str
    period: str


def find_columns(rows: Rows, this_year: str = "", chosen: str = "") -> Columns | None:
    """The columns under the first rows that are the head of a trial balance; None if no rows are.

    Args:
        this_year: the book year of the file, if it is known: it tells this year's columns.
        chosen: which of several sets of columns is this year's: ``1`` is the first.
    """
    for start in range(min(len(rows), HEADER_WITHIN)):
        stop = _head_end(rows, start)
        for end in range(stop, start, -1):
            found = _columns(rows, start, end, this_year, chosen)
            if found is not None:
                return found
    return None


def meanings(text: str) -> set[str]:
    """What the words of a head cell mean; ``?`` for words that are not known here."""
    for pattern, word in _PHRASES:
        text = pattern.sub(word, text)
    words = _WORD.findall(headings.plain_text(text).replace("_", " ").casefold())
    return {
        _MEANING.get(word, "?")
        for word in words
        if not word.isdigit() and not _ordinal(word) and word not in ("st", "nd", "rd", "th")
    }


def _ordinal(word: str) -> bool:
    return re.fullmatch(r"\d+(?:st|nd|rd|th)", word) is not None


def _head_end(rows: Rows, start: int) -> int:
    """The position after the last row that can belong to the head that begins here."""
    first = rows[start][1]
    filled = [cell for cell in first if cell]
    worded = any("?" not in meanings(cell) and meanings(cell) & _BEGIN for cell in filled)
    if not worded and not (len(filled) > 1 and all(map(headings.is_dated, filled))):
        return start
    end = start + 1
    names = [i for i, cell in enumerate(first) if "name" in meanings(cell)]
    while end < min(len(rows), start + _MOST_HEAD_ROWS) and _goes_on(rows[end][1], names):
        names = names or [i for i, cell in enumerate(rows[end][1]) if "name" in meanings(cell)]
        end += 1
    return end


def _goes_on(cells: Sequence[str], names: Sequence[int]) -> bool:
    """True if a row belongs to the head above it: column numbers, or words and no account."""
    filled = [(i, cell) for i, cell in enumerate(cells) if cell]
    numbers = [cell.strip("()") for _, cell in filled]
    if len(numbers) > 2 and numbers == [str(n) for n in range(1, len(numbers) + 1)]:
        return True
    if all(says_nothing(cell) for _, cell in filled):
        return False
    for index, cell in filled:
        known = _known(cell)
        if index in names and not known:
            return False
        if not known and not (names and cell and not any(c.isdigit() for c in cell)):
            return False
    return not names or any(i not in names for i, _ in filled)


def _known(cell: str) -> bool:
    """True if a cell holds words of heads alone, or years and days."""
    if headings.is_dated(cell):
        return True
    found = meanings(cell)
    return bool(found) and "?" not in found


def _columns(rows: Rows, start: int, end: int, this_year: str, chosen: str) -> Columns | None:
    texts = _texts([cells for _, cells in rows[start:end]])
    roles = [_role(text) for text in texts]
    if "foreign" in roles or "paise" in roles:
        return None
    _value_sides(rows[end:], roles)
    found = [
        _Column(i, role, _period(text, role))
        for i, (role, text) in enumerate(zip(roles, texts, strict=True))
    ]
    fixed: dict[str, int] = {}
    for column in found:
        if column.role in ("code", "name"):
            before = fixed.setdefault(column.role, column.index)
            if _names(rows[end:], column.index) > _names(rows[end:], before):
                fixed[column.role] = column.index
    sides = _sides(roles)
    sets = _sets([one for one in found if one.role in (*AMOUNTS, "amount")], this_year, sides)
    usable = [one for one in sets if _complete(one)]
    if not fixed or not usable:
        return None
    place = int(chosen) - 1 if chosen.isdigit() and 0 < int(chosen) <= len(usable) else 0
    best = usable[place]
    return Columns(
        fixed | best,
        {role: sides[index] for role, index in best.items() if index in sides},
        (start, end),
        max(len(cells) for _, cells in rows[start:end]),
        texts,
        () if chosen or len(usable) == 1 else usable,
    )


def _names(body: Rows, index: int) -> int:
    """How many different names are in a column: a sub head tells accounts apart, not its main."""
    return len({cells[index] for _, cells in body if index < len(cells)})


def _texts(head: Sequence[Sequence[str]]) -> list[str]:
    """What stands over each column: a cell of an upper row counts to its right as far as the rows
    below have words and the upper row has none."""
    width = max(len(cells) for cells in head)
    over = [""] * width
    for level, cells in enumerate(head):
        last = ""
        for index, (cell, _) in enumerate(zip_longest(cells[:width], range(width), fillvalue="")):
            below = any(index < len(row) and row[index] for row in head[level + 1 :])
            text = cell or ""
            last = text or last
            over[index] += f" {text or (last if below else '')}"
    return [" ".join(text.split()) for text in over]


def _role(text: str) -> str:
    """What a column is by the words over it; empty if it is nothing we read."""
    words = meanings(text)
    sides = words & {"dr", "cr"}
    balance = _balance(words, text)
    if "paise" in words and words & {"dr", "cr", "opening", "closing", "balance"}:
        return "paise"
    if not words or "serial" in words:
        return ""
    if "foreign" in words and not (sides or balance):
        return "foreign"
    if len(sides) == 2:
        return "side"
    if sides:
        side = sides.pop()
        return f"{balance}_{side}" if balance else "debit" if side == "dr" else "credit"
    if balance:
        return balance
    if "other" in words:
        return ""
    if "code" in words or words >= {"name", "number"}:
        both = "name" in words and ("&" in text or "and" in text.casefold().split())
        return "name" if both else "code"
    if "name" in words:
        return "name"
    return "amount" if "amount" in words and "?" not in words else ""


def _balance(words: set[str], text: str) -> str:
    if "opening" in words or headings.find_day(text)[5:] == "04-01":
        return "opening"
    if "closing" in words or ("balance" in words and "name" not in words):
        return "closing"
    return ""


def _value_sides(body: Rows, roles: list[str]) -> None:
    """A column without a known head that says Dr and Cr alone is a column of sides."""
    for index, role in enumerate(roles):
        if role:
            continue
        said = {cells[index].strip(" .()").casefold() for _, cells in body if index < len(cells)}
        if said - {""} and said <= {"", "dr", "cr", "debit", "credit"}:
            roles[index] = "side"


def _period(text: str, role: str) -> str:
    """Of which year a column is, as far as its head says so."""
    words = meanings(text)
    if "last" in words and not role.startswith("opening"):
        return "last"
    named = headings.find_years(text)
    if len(named) == 1:
        return named[0]
    day = headings.find_day(text)
    if day and not role.startswith("opening"):
        return years.book_year_of(day)
    return "this" if "this" in words else ""


def _sides(roles: Sequence[str]) -> dict[int, int]:
    """Index of the amount to index of its side: the amount before it, otherwise the one after."""
    found: dict[int, int] = {}
    for index, role in enumerate(roles):
        if role != "side":
            continue
        for beside in (index - 1, index + 1):
            fits = 0 <= beside < len(roles) and roles[beside] in ("opening", "closing", "amount")
            if fits and beside not in found:
                found[beside] = index
                break
    return found


def _sets(
    found: Sequence[_Column], this_year: str, sides: Mapping[int, int]
) -> list[dict[str, int]]:
    """The sets of columns that can be this year's, the first one first."""
    periods = list(dict.fromkeys(one.period for one in found))
    named = [one for one in periods if years.parse_book_year(one)]
    mine = {"this", ""} | ({this_year} if this_year in named else set())
    if this_year not in named and not {"this", ""} & set(periods):
        mine |= set(named)
    kept = [one for one in found if one.period in mine]
    sets: list[dict[str, int]] = []
    of: list[set[str]] = []
    for column in kept:
        role = column.role
        if role == "amount":
            role = "closing" if column.index in sides else ""
        for number, one in enumerate(sets):
            others = {period for period in of[number] if period} - {column.period}
            if role and role not in one and not (others and column.period):
                one[role] = column.index
                of[number].add(column.period)
                break
        else:
            if role:
                sets.append({role: column.index})
                of.append({column.period})
    return sets


def _complete(found: Mapping[str, int]) -> bool:
    """True if the columns make a trial balance."""
    moves = {"debit", "credit"} <= found.keys()
    return moves or "closing" in found or {"closing_dr", "closing_cr"} <= found.keys()
