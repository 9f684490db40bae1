"""Which set of a society's books a heading or file name speaks of, such as one of its branches."""

import re
from collections.abc import Iterable

_DATES = re.compile(r"[0-9]{1,4}(?:[-/.][0-9]{1,4})*")
_WORDS = re.compile(r"[^\W\d_]+(?:[\u0d00-\u0d7f\u200c\u200d.&']+[^\W\d_]*)*")
_USUAL = (
    "trial balance balances tb as on at of for the year ended ending upto up to from period date "
    "closing opening statement list accounts account books financial fy final provisional draft "
    "revised audited unaudited audit after before corrected copy new rs rupees in and "
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec "
    "ട്രയൽ ബാലൻസ് വർഷം വരെ മുതൽ തീയതി കണക്ക് പുതുക്കിയ തിരുത്തിയ ഓഡിറ്റ്"
)
_OFFICES = (
    "branch br branches counter office ho main depot unit extension ശാഖ ബ്രാഞ്ച് ഓഫീസ് ഹെഡ്ഓഫീസ് മെയിൻ"
)
_COMMON, _BRANCH = frozenset(_USUAL.split()), frozenset(_OFFICES.split())


def label_of(texts: Iterable[str]) -> str:
    """What is left of headings once dates and the usual words are taken off; empty if nothing."""
    words = (word for text in texts for word in _WORDS.findall(_DATES.sub(" ", text)))
    return " ".join(word for word in words if word.casefold().strip(".") not in _COMMON)[:80]


def names_branch(label: str) -> bool:
    """True if a label says that it is of a branch or an office, and not of the whole society."""
    return any(word.casefold().strip(".") in _BRANCH for word in label.split())
