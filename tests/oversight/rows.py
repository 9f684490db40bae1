"""Small made-up books for the tests of oversight. Tags are random words, nobody's name."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from oversight.pure import datefacts, readings
from oversight.pure.datefacts import DateRow
from oversight.pure.facts import FactBook
from oversight.pure.policy import Policy
from oversight.pure.policy_text import parse
from oversight.pure.readings import LateRow, LoanRow, SalesRow, SheetRow
from oversight.pure.rules import Finding, judge
from trust.formats.places import Place

ORIGIN = "demo.example/coop/s-1/2026-27"
TODAY = date(2026, 11, 22)
NOON = 1_795_348_800  # 2026-11-22T12:00:00Z
POLICY_FILE = Path(__file__).parents[2] / "oversight" / "policies" / "2026-04-15.toml"


def policy() -> Policy:
    """The policy that is proposed for adoption."""
    return parse(POLICY_FILE.read_text(encoding="utf-8"))


def seal(index: int, at: int = NOON) -> Place:
    """An entry of the test society's log."""
    return Place(ORIGIN, index, at)


def loan(
    index: int,
    payee: str | None = "t-a",
    *,
    collateral: str | None = None,
    outstanding: int = 50_00_000_00,
    sanctioned_on: str = "2026-06-15",
    as_of: str = "2026-09-30",
    at: int = NOON,
) -> LoanRow:
    """A row of a loan register."""
    tag = f"t-deed{index}" if collateral is None else collateral
    return LoanRow(as_of, sanctioned_on, outstanding, payee, tag, seal(index, at))


def book(
    *,
    loans: Sequence[LoanRow] = (),
    sales: Sequence[SalesRow] = (),
    through: str | None = "2026-11-20",
    dates: Sequence[DateRow] = (),
    late: Sequence[LateRow] = (),
    vouchers: bool = True,
    sheets: Sequence[SheetRow] = (),
    today: date = TODAY,
) -> FactBook:
    """All facts of a society with these rows."""
    parts = (
        readings.loan_facts(loans),
        readings.sales_facts(sales, books_through=through, today=today),
        datefacts.meeting_facts(dates, today),
        readings.late_facts(late, any_books=vouchers, through=NOON),
        readings.sheet_facts(sheets),
    )
    facts = [fact for found, _ in parts for fact in found]
    gaps = [gap for _, missing in parts for gap in missing]
    return FactBook(facts, gaps, today=today)


def findings(rule_id: str, facts: FactBook, sector: str = "credit") -> list[Finding]:
    """What one rule of the proposed policy says."""
    rule = policy().rule(rule_id)
    assert rule is not None
    return judge(rule, facts, "class-1", sector)


def newest(rule_id: str, facts: FactBook, sector: str = "credit") -> Finding:
    """The finding of the newest period."""
    return findings(rule_id, facts, sector)[-1]
