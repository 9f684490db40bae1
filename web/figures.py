"""How amounts, counts, dates and hashes are written on a page.

Amounts are integer paise and are grouped by lakh and crore; dates are dd/mm/yyyy and moments are
Indian Standard Time. Not left to locale data, which group Malayalam rupees by thousands and
shorten years to two digits.
"""

import datetime
from typing import Final

from trust.books.pure import money as money_rules
from trust.formats.times import at_midnight

IST: Final = datetime.timezone(datetime.timedelta(hours=5, minutes=30))
MINUS: Final = "\u2212"


def grouped(number: int) -> str:
    """Group digits by lakh and crore: 12345678 is ``1,23,45,678``."""
    return (MINUS if number < 0 else "") + money_rules.group_digits(abs(number))


def money(paise: int | None) -> str:
    """Rupees and paise without the sign ₹ (it stands once in the head of the column)."""
    return "–" if paise is None else money_rules.format_paise(paise).replace("-", MINUS)


def lakh(paise: int) -> str:
    """Lakh of rupees with two decimals, rounded half up: 12,34,56,789 paise is ``12.35``."""
    hundredths = (abs(paise) + 50_000) // 100_000
    return (MINUS if paise < 0 and hundredths else "") + (
        f"{grouped(hundredths // 100)}.{hundredths % 100:02d}"
    )


def date(value: str | int | datetime.date | None) -> str:
    """dd/mm/yyyy of an ISO date, an ISO moment or UTC seconds (the day in India)."""
    if value is None:
        return "–"
    if isinstance(value, str) and len(value) == 10:
        value = datetime.date.fromisoformat(value)
    if isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value.strftime("%d/%m/%Y")
    return _in_india(value).strftime("%d/%m/%Y")


def moment(value: str | int | datetime.datetime) -> str:
    """dd/mm/yyyy hh:mm IST of an ISO moment or of UTC seconds."""
    return _in_india(value).strftime("%d/%m/%Y %H:%M IST")


def deadline(value: int) -> str:
    """The same of a deadline in UTC seconds: 00:00 is 24:00 of the day before, to which it
    belongs."""
    if not at_midnight(value):
        return moment(value)
    return _in_india(value - 1).strftime("%d/%m/%Y 24:00 IST")


def _in_india(value: str | int | datetime.datetime) -> datetime.datetime:
    if isinstance(value, int):
        value = datetime.datetime.fromtimestamp(value, datetime.UTC)
    elif isinstance(value, str):
        value = datetime.datetime.fromisoformat(value)
    return value.astimezone(IST)


def short_hash(value: str | bytes) -> str:
    """First and last four characters of a hash, in hex: enough to compare by eye, not to trust."""
    text = value.hex() if isinstance(value, bytes) else value
    return text if len(text) <= 12 else f"{text[:4]}…{text[-4:]}"


_SIZES: Final = ("B", "kB", "MB", "GB", "TB")


def size(count: int) -> str:
    """Bytes with three digits: 123456789 is ``123 MB``, by thousands."""
    number, unit = float(abs(count)), 0
    while number >= 999.5 and unit < len(_SIZES) - 1:
        number, unit = number / 1000, unit + 1
    digits = 0 if unit == 0 or number >= 99.95 else 1 if number >= 9.995 else 2
    return f"{MINUS if count < 0 else ''}{number:.{digits}f} {_SIZES[unit]}"


def in_fours(text: str) -> str:
    """A long code or hash in groups of four, so that it can be read aloud."""
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def today(now: int) -> str:
    """The day in India of a moment in UTC seconds, as ISO date."""
    return _in_india(now).date().isoformat()
