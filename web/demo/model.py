"""What the generator makes: societies, members, files and what is done with them, as plain values.

Days are counted from the day the demo is made (``day 0`` is that day, negative before it), so that
an overdue meeting stays overdue whenever the demo is made.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from trust.people.model import Gender, SocietyProfile

Trouble = Literal[
    "", "loan-concentration", "falling-sales", "meeting-overdue", "back-dated", "comparative"
]

BEGIN = -45
"""Day on which the demo's history begins: long enough ago for a meeting with its notice days."""
OPENED, CLOSED = BEGIN + 20, BEGIN + 21
"""Days on which the vote of the first society's annual meeting opens and closes."""
REGISTERS = -30
"""Day on which loan registers (and the overdue society's dates) are imported."""


@dataclass(frozen=True, slots=True)
class DemoMember:
    """A member who does not exist; ``card`` says whether a voting card was issued."""

    number: str
    name: str
    gender: Gender
    joined: date
    card: bool


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file as a society's software would have written it, imported on a day of the demo.

    ``day`` is BEGIN, REGISTERS or 0; ``step`` says before or after which filing at BEGIN.
    """

    day: int
    name: str
    data: bytes
    book_year: str | None = None


@dataclass(frozen=True, slots=True)
class DemoSociety:
    """One society with everything that will be imported for it, in order.

    Attributes:
        first: files of the older book year; its sheet is filed after them.
        second: files of the next book year; its sheet is filed after them.
        later: everything else.
    """

    profile: SocietyProfile
    trouble: Trouble
    members: tuple[DemoMember, ...]
    years: tuple[str, str]
    first: tuple[DemoFile, ...]
    second: tuple[DemoFile, ...]
    later: tuple[DemoFile, ...]
    vouchers: int = 0


@dataclass(frozen=True, slots=True)
class Posted:
    """A voucher of the generator: account names of the published chart and paise, debit plus."""

    day: str
    type: str
    lines: tuple[tuple[str, int], ...]
    narration: str
    party: str = ""
    number: str = ""


@dataclass(slots=True)
class Ledger:
    """Opening balances and vouchers of a society, growing while the generator writes them."""

    opening: dict[str, int] = field(default_factory=dict)
    vouchers: list[Posted] = field(default_factory=list)
