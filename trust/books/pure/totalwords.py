"""Names of rows that may be totals: *Total*, *Sub Total Deposits*, *ആകെ*, *कुल योग*.

A word alone never decides: *Total Energies Ltd* is an account. `trialsums` compares the figures.
"""

import re
from typing import Literal

from trust.books.pure.headings import find_day, find_years, plain_text

TotalWords = Literal["none", "part", "total", "grand", "sub", "carried", "unnamed"]
"""What the name of a row says: nothing of a total, a word of it among others, or it alone."""

_WORD = re.compile(r"[\w\u0900-\u0dff\u200c\u200d]+")
_WORDS: dict[str, str] = {
    "total": "total totals sum ആകെ ആകെത്തുക ആകെതുക മൊത്തം മൊത്തത്തുക മൊത്തത്തിൽ കൂട്ടിയത് ടോട്ടൽ "
    "कुल योग जोड़ जोड टोटल மொத்தம் ಒಟ್ಟು మొత్తం",
    "grand": "grand overall net final gross ഗ്രാൻഡ് सकल",
    "sub": "sub page section group സബ് ഉപ उप पृष्ठ",
    "sub-total": "subtotal subtotals",
    "grand-total": "grandtotal महायोग",
    "beside": "rs inr in rupees of above all the amount amounts debit credit debits credits dr cr "
    "as on and തുക രൂപ രൂ രൂപയിൽ ഡെബിറ്റ് ക്രെഡിറ്റ് പറ്റ് വരവ് തുകകൾ रुपये राशि",
}
_SORTS = {word: sort for sort, words in _WORDS.items() for word in words.split()}
_CARRIED = re.compile(
    r"(?:balance\s+|total\s+)?(?:(?:brought|carried)\s+(?:forward|over|down)|[bc]\s*/\s*[fod]|"
    r"മുൻപേജിൽനിന്ന്|അടുത്ത പേജിലേക്ക്)(?:\s+total)?[\s.:]*",
    re.IGNORECASE,
)


def total_words(name: str) -> TotalWords:
    """What a name says of being a total."""
    if _CARRIED.fullmatch(name.strip()):
        return "carried"
    words = [word for word in _WORD.findall(_undated(name)) if not word.isdigit()]
    sorts = {_SORTS.get(word, "other") for word in words}
    if not sorts & {"total", "grand-total", "sub-total"}:
        return "none"
    if sorts - {"total", "grand", "grand-total", "sub", "sub-total", "beside"}:
        return "part"
    if sorts & {"sub", "sub-total"}:
        return "sub"
    return "grand" if sorts & {"grand", "grand-total"} else "total"


def _undated(name: str) -> str:
    """Small letters, without the year or day that the total is of."""
    text = plain_text(name).casefold()
    if find_years(text) or find_day(text):
        text = re.sub(r"[\d./-]+", " ", text)
    return text
