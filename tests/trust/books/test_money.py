"""Amounts: what is read, what is refused and why, and that writing and reading agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.books.pure.amounts import parse_amount, parse_paise, parse_written_out, says_nothing
from trust.books.pure.money import MAX_PAISE, Amount, MalformedAmount, format_paise, in_words


@pytest.mark.parametrize(
    ("text", "paise"),
    [
        ("1,23,456.50", 12_345_650),
        ("12,34,56,789.50", 12_345_678_950),
        ("(1,200.00)", -120_000),
        ("₹ 5", 500),
        ("-₹5.5", -550),
        ("₹-5.5", -550),
        ("Rs. 1,000", 100_000),
        ("123456789", 12_345_678_900),
        (".05", 5),
        ("\u22121.00", -100),
        ("\u00a07\u00a0", 700),
        ("1,00,000/-", 10_000_000),
        ("Rs. 5,000/-", 500_000),
        ("Rs 5,000.00 only", 500_000),
        ("5000 രൂപ", 500_000),
        ("രൂ. 5,000", 500_000),
        ("1,234,567.00", 123_456_700),
        ("500.00-", -50_000),
        ("500.00\u2013", -50_000),
        ("(-)500.00", -50_000),
        ("500 (-)", -50_000),
        ("- 500", -50_000),
        ("Rs. (500)", -50_000),
        ("+500", 50_000),
        ("'500", 50_000),
        ("30000.000000000004", 3_000_000),
        ("29999.999999999996", 3_000_000),
        ("0.30000000000000004", 30),
        ("1234.5000", 123_450),
        ("൧൨,൩൪൫.൬൭", 1_234_567),
        ("१२३", 12_300),
        ("\uff11\uff0c\uff10\uff10\uff10\uff0e\uff15\uff10", 100_050),
    ],
)
def test_amounts_as_people_write_them(text: str, paise: int) -> None:
    assert parse_paise(text) == paise


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("943..74", "amount-decimals"),
        ("298,40", "amount-grouping"),
        ("1,23,4567", "amount-grouping"),
        ("1,2345", "amount-grouping"),
        ("1.234,56", "amount-decimals"),
        ("1,234,56", "amount-grouping"),
        ("1000²", "amount-malformed"),
        ("½", "amount-malformed"),
        ("500.00--", "amount-two-signs"),
        ("=SUM(B1:B2)", "amount-malformed"),
        ("Dr 5 Cr", "amount-two-signs"),
        ("12,34,5678", "amount-grouping"),
        (",123", "amount-grouping"),
        ("5.", "amount-decimals"),
        ("5.123", "amount-decimals"),
        ("", "amount-empty"),
        ("five", "amount-malformed"),
        ("1 2", "amount-malformed"),
        ("--5", "amount-two-signs"),
        ("(-5)", "amount-two-signs"),
        ("-5 Cr", "amount-two-signs"),
        ("1e5", "amount-exponent"),
        ("3.00E+04", "amount-exponent"),
        ("99999999999999999", "amount-too-large"),
    ],
)
def test_malformed_amounts_are_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(MalformedAmount) as caught:
        parse_amount(text)
    assert caught.value.code == code
    assert str(caught.value)


def test_an_exponent_is_written_out_where_a_sum_checks_it() -> None:
    assert parse_written_out("3.00E+04") == Amount(3_000_000)
    assert parse_written_out("-1.23457e5") == Amount(-12_345_700)
    assert parse_written_out("1,000.00 Cr") == Amount(100_000, "Cr")
    for text in ("1.23456E+01", "1E-9", "1E99", "e5"):
        with pytest.raises(MalformedAmount):
            parse_written_out(text)


@pytest.mark.parametrize("text", ["", " ", "-", "--", "—", "– –", "Nil", "NIL", "ഇല്ല", "_"])
def test_what_says_that_there_is_nothing(text: str) -> None:
    assert says_nothing(text)
    assert not says_nothing("0")


def test_sides_decide_the_sign() -> None:
    assert parse_amount("1,000 Cr.") == Amount(100_000, "Cr")
    for text in ("Cr. 1,000", "1,000 (Cr)", "Rs. 1,000/- Cr", "Cr 1000", "1000 Credit", "₹1000CR"):
        assert parse_amount(text) == Amount(100_000, "Cr"), text
    assert parse_amount("1,000 Cr").debit_positive() == -100_000
    assert parse_amount("1,000Dr").debit_positive(plain_is_credit=True) == 100_000
    assert parse_amount("1,000").debit_positive(plain_is_credit=True) == -100_000
    with pytest.raises(MalformedAmount):
        parse_paise("1,000 Dr")


@given(st.integers(-MAX_PAISE, MAX_PAISE))
def test_what_is_written_is_read_back(paise: int) -> None:
    assert parse_paise(format_paise(paise)) == paise
    assert parse_paise(f"₹{format_paise(abs(paise))}") == abs(paise)


@given(st.text(max_size=24))
def test_no_text_does_anything_but_read_or_refuse(text: str) -> None:
    try:
        amount = parse_amount(text)
    except MalformedAmount:
        return
    assert abs(amount.paise) <= MAX_PAISE
    assert parse_paise(format_paise(amount.paise)) == amount.paise


@given(st.integers(0, MAX_PAISE), st.integers(0, 14))
def test_a_comma_in_the_wrong_place_is_refused(paise: int, place: int) -> None:
    good = format_paise(paise)
    bad = good[:place] + "," + good[place:]
    with pytest.raises(MalformedAmount):
        parse_amount(bad)


def test_words() -> None:
    assert in_words(12_345_678_950) == "12 crore 34 lakh 56 thousand 789 rupees 50 paise"
    assert in_words(12_345_678_950, "ml") == "12 കോടി 34 ലക്ഷം 56 ആയിരം 789 രൂപ 50 പൈസ"
    assert in_words(0) == "0 rupees"
