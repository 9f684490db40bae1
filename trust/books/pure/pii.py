"""How many values in a text look like personal identifiers: counts, never the values.

Real narrations hold Aadhaar numbers, account numbers and PANs; a society should know before it
shows such a text to anybody. Aadhaar numbers carry a Verhoeff check digit (J. Verhoeff, 1969),
which removes nine of ten false alarms. Internal keys of the source (GUIDs and the like) are never
passed in here: they look like account numbers and are not.
"""

import re
from collections import Counter
from collections.abc import Iterable

_PATTERNS = {
    "gstin": re.compile(r"(?<![A-Z0-9])[0-9]{2}[A-Z]{5}[0-9]{4}[A-Z][0-9A-Z]Z[0-9A-Z](?![A-Z0-9])"),
    "pan": re.compile(r"(?<![A-Z0-9])[A-Z]{5}[0-9]{4}[A-Z](?![A-Z0-9])"),
    "ifsc": re.compile(r"(?<![A-Z0-9])[A-Z]{4}0[A-Z0-9]{6}(?![A-Z0-9])"),
    "email": re.compile(r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+"),
}
_MAYBE = re.compile("[0-9]{4}[ -]?[0-9]{4}|@|[A-Z]{4}0|[A-Z]{5}[0-9]{4}")
"""What every identifier has one of; most texts are passed over by this alone."""
_TWELVE = re.compile(r"(?<![0-9])[2-9][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])")
_ACCOUNT = re.compile(r"(?:a/?c|acct|account)[^0-9]{0,20}([0-9]{9,18})(?![0-9])", re.IGNORECASE)
_MOBILE = re.compile(r"(?<![0-9])(?:\+?91[ -]?|0)?[6-9][0-9]{9}(?![0-9])")

_D5 = tuple(
    tuple(
        (a + b) % 5
        if a < 5 and b < 5
        else 5 + (a + b - 5) % 5
        if a < 5
        else 5 + (a - 5 - b) % 5
        if b < 5
        else (a - b) % 5
        for b in range(10)
    )
    for a in range(10)
)
_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)


def verhoeff_right(digits: str) -> bool:
    """True if the last digit is the Verhoeff check digit of the others."""
    check = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char)
        for _ in range(place % 8):
            value = _STEP[value]
        check = _D5[check][value]
    return check == 0


def count_identifiers(texts: Iterable[str]) -> dict[str, int]:
    """Counts by kind over all texts: aadhaar, pan, gstin, ifsc, account, mobile, email."""
    counts: Counter[str] = Counter()
    add_identifiers(texts, counts)
    return dict(sorted(counts.items()))


def add_identifiers(texts: Iterable[str], counts: Counter[str]) -> None:
    """Add what `count_identifiers` finds in these texts to counts."""
    for text in texts:
        if text and _MAYBE.search(text):
            _count(text, counts)


def _count(text: str, counts: Counter[str]) -> None:
    for name, pattern in _PATTERNS.items():
        found = len(pattern.findall(text))
        if found:
            counts[name] += found
            text = pattern.sub(" ", text)
    accounts = _ACCOUNT.findall(text)
    if accounts:
        counts["account"] += len(accounts)
        text = _ACCOUNT.sub(" ", text)
    for found_text in _TWELVE.findall(text):
        digits = re.sub(r"[^0-9]", "", found_text)
        if verhoeff_right(digits):
            counts["aadhaar"] += 1
            text = text.replace(found_text, " ", 1)
    mobiles = len(_MOBILE.findall(text))
    if mobiles:
        counts["mobile"] += mobiles
