"""Book years, dates, and counting what looks like a personal identifier."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.books.pure import years
from trust.books.pure.pii import count_identifiers, verhoeff_right


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026-04-01", "2026-04-01"),
        ("20260401", "2026-04-01"),
        ("01/04/2026", "2026-04-01"),
        ("1.4.2026", "2026-04-01"),
        ("1-Apr-26", "2026-04-01"),
        ("31/02/2026", None),
        ("2026-13-01", None),
        ("tomorrow", None),
    ],
)
def test_dates(text: str, iso: str | None) -> None:
    assert years.parse_date(text) == iso


@given(st.dates(date(1990, 1, 1), date(2090, 12, 31)))
def test_a_day_lies_in_its_book_year(day: date) -> None:
    year = years.book_year_of(day.isoformat())
    assert years.first_day(year) <= day.isoformat() <= years.last_day(year)
    assert years.parse_book_year(year) == year
    assert years.year_after(years.year_before(year)) == year
    assert years.quarter_of(day.isoformat()).startswith(year)


def test_quarters_begin_in_april() -> None:
    days = ("2025-04-01", "2025-09-30", "2025-12-31", "2026-03-31")
    assert [years.quarter_of(day)[-2:] for day in days] == ["Q1", "Q2", "Q3", "Q4"]


def test_book_years_in_names() -> None:
    assert years.find_book_year("tb_2025-26.csv") == "2025-26"
    assert years.find_book_year("2024-25 and 2025-26") is None
    assert years.find_book_year("2025-28") is None
    assert years.parse_book_year("1999-00") == "1999-00"


def test_verhoeff_refuses_every_single_wrong_digit() -> None:
    assert verhoeff_right("2363")
    for place in range(4):
        for digit in "0123456789":
            changed = "2363"[:place] + digit + "2363"[place + 1 :]
            assert verhoeff_right(changed) == (changed == "2363")


def test_identifiers_are_counted_never_shown() -> None:
    twelve = next(f"23456789012{d}" for d in range(10) if verhoeff_right(f"23456789012{d}"))
    wrong = next(f"23456789012{d}" for d in range(10) if not verhoeff_right(f"23456789012{d}"))
    counts = count_identifiers(
        [
            f"paid to {twelve[:4]} {twelve[4:8]} {twelve[8:]}",
            f"serial {wrong}",
            "PAN ABCDE1234F, GSTIN 29ABCDE1234F1Z5",
            "a/c no 123456789012345 IFSC TEST0123456",
            "call 9876543210 or mail someone@example.org",
            "Bill 42 of 2026",
        ]
    )
    assert counts == {
        "aadhaar": 1,
        "account": 1,
        "email": 1,
        "gstin": 1,
        "ifsc": 1,
        "mobile": 1,
        "pan": 1,
    }
