"""A column of dates is read in one order, or not at all."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from trust.books.pure.dates import ORDERS, column_of, dates_in
from trust.books.pure.widerows import put_together
from trust.books.pure.years import Order, parse_date, parse_serial

DAYS = st.dates(date(1955, 1, 1), date(2049, 12, 31))
WRITTEN: dict[Order, tuple[str, ...]] = {
    "day-first": ("%d/%m/%Y", "%d-%m-%y", "%d.%m.%Y"),
    "month-first": ("%m/%d/%Y", "%m-%d-%y", "%m.%d.%Y"),
}


@given(st.lists(DAYS, min_size=1, max_size=20), st.sampled_from(ORDERS), st.integers(0, 2))
def test_a_column_is_read_right_or_asked_about(days: list[date], order: Order, way: int) -> None:
    cells = [(n, day.strftime(WRITTEN[order][way])) for n, day in enumerate(days, 2)]
    column = column_of("date", cells, {})
    assert not column.faults
    read = [column.read(text) for _, text in cells]
    right = [day.isoformat() for day in days]
    if column.questions:
        assert all(day.day <= 12 for day in days)
        told = column_of("date", cells, {"date-order": order})
        assert not told.questions and [told.read(text) for _, text in cells] == right
    else:
        assert read == right


@given(st.lists(DAYS, min_size=2, max_size=20))
def test_both_orders_in_one_column_are_a_fault(days: list[date]) -> None:
    late = [day.replace(day=13 + day.day % 15) for day in days]
    cells = [(n, day.strftime(WRITTEN[ORDERS[n % 2]][0])) for n, day in enumerate(late)]
    for said in ({}, {"date-order": "day-first"}):
        column = column_of("date", cells, said)
        assert [one.code for one in column.faults] == ["date-order"]


@given(DAYS)
def test_serials_count_days(day: date) -> None:
    number = (day - date(1899, 12, 30)).days
    assert parse_serial(str(number)) == parse_serial(f"{number}.75") == day.isoformat()


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str) -> None:
    found = parse_date(text)
    assert found is None or date.fromisoformat(found).isoformat() == found
    assert parse_serial(text) is None or text.strip()[:5].isdigit()
    dates_in([text])


@given(st.lists(st.integers(0, 99_99_99_999), min_size=2, max_size=3))
def test_amounts_that_came_apart_are_put_together_right_or_not_at_all(rupees: list[int]) -> None:
    from trust.books.pure.money import group_digits

    cells = ",".join(["L1", *(group_digits(one) for one in rupees)]).split(",")
    width = 1 + len(rupees)
    if len(cells) > width:
        made = put_together(cells, width, range(1, width))
        assert made is None or made == ["L1", *(group_digits(one) for one in rupees)]
