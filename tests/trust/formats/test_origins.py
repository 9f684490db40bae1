"""Names of logs, slugs, and the financial year that turns at midnight in India."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import origins, times
from trust.formats.errors import FormatError
from trust.formats.notes import check_key_name
from trust.formats.origins import Origin, parse_origin

HOST = "demo-1a2b.sakshi.example"


def test_the_five_kinds() -> None:
    made = {
        origins.coop_origin(HOST, "k-12-2001", "2026-27"): Origin(
            HOST, "coop", "k-12-2001", "2026-27"
        ),
        origins.meeting_origin(HOST, "m-7"): Origin(HOST, "meeting", "m-7", None),
        origins.election_origin(HOST, "e7"): Origin(HOST, "election", "e7", None),
        origins.oversight_origin(HOST, "2026-27"): Origin(HOST, "oversight", None, "2026-27"),
        f"{HOST}/state/2026-27.2": Origin(HOST, "state", None, "2026-27", 2),
        f"{HOST}/coop/k-1/2026-27.999": Origin(HOST, "coop", "k-1", "2026-27", 999),
        origins.state_origin(HOST, "1999-00"): Origin(HOST, "state", None, "1999-00"),
    }
    assert list(made) == [
        f"{HOST}/coop/k-12-2001/2026-27",
        f"{HOST}/meeting/m-7",
        f"{HOST}/election/e7",
        f"{HOST}/oversight/2026-27",
        f"{HOST}/state/2026-27.2",
        f"{HOST}/coop/k-1/2026-27.999",
        f"{HOST}/state/1999-00",
    ]
    for text, origin in made.items():
        assert parse_origin(text) == origin and str(origin) == text
        check_key_name(text)


@pytest.mark.parametrize(
    "text",
    [
        "", HOST, f"{HOST}/", f"{HOST}/state", f"{HOST}/state/2026-28", f"{HOST}/state/2026-27/",
        f"/{HOST}/state/2026-27", f"https://{HOST}/state/2026-27", f"{HOST}:8000/state/2026-27",
        f"{HOST.upper()}/state/2026-27", f"{HOST}/State/2026-27", f"{HOST}/heads/2026-27",
        f"{HOST}/coop/k-1", f"{HOST}/coop/2026-27", f"{HOST}/coop/k-1/2026-27/x",
        f"{HOST}/coop/K-1/2026-27", f"{HOST}/coop/k+1/2026-27", f"{HOST}/coop//2026-27",
        f"{HOST}/coop/---/2026-27", f"{HOST}/coop/{'a' * 65}/2026-27", f"{HOST}/meeting/",
        f"{HOST}/meeting/m/2026-27", f"{HOST}/state/2026-2027", f"{HOST}/state/26-27",
        f"{HOST}/state/2026-27\n", "a..b/state/2026-27", "-a.b/state/2026-27", "a-/state/2026-27",
        "a_b/state/2026-27", "സ/state/2026-27", f"{'a' * 64}/state/2026-27", ".a/state/2026-27",
        f"{HOST}/state/٢٠٢٦-27", f"{'a.' * 127}a/state/2026-27x",
    ],
)  # fmt: skip
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_origin(text)


def test_parts_that_do_not_belong_to_the_kind() -> None:
    for parts in (
        (HOST, "state", "x", "2026-27"),
        (HOST, "state", None, None),
        (HOST, "coop", "k", None),
        (HOST, "coop", None, "2026-27"),
        (HOST, "meeting", "m", "2026-27"),
        (HOST, "meeting", None, None),
        (HOST, "other", None, "2026-27"),
    ):
        with pytest.raises(FormatError):
            Origin(*parts)


@pytest.mark.parametrize(
    "number, slug",
    [
        ("K.1234/2020", "k-1234-2020"),
        ("No. 12(A)", "no--12-a-"),
        ("T 55", "t-55"),
        ("കെ 9", "---9"),
        ("\u212a1", "-1"),
    ],
)
def test_slugs(number: str, slug: str) -> None:
    assert origins.slug(number) == slug


@pytest.mark.parametrize("number", ["", " ", " K1", "K1\n", "കെ", "///", "1" * 65])
def test_numbers_without_a_slug(number: str) -> None:
    with pytest.raises(FormatError):
        origins.slug(number)


@given(st.text(max_size=70))
def test_every_slug_can_stand_in_an_origin(number: str) -> None:
    try:
        slug = origins.slug(number)
    except FormatError:
        return
    assert len(slug) == len(number)
    assert parse_origin(origins.coop_origin(HOST, slug, "2026-27")).subject == slug


@pytest.mark.parametrize(
    "text, year",
    [
        ("2026-03-31T18:29:59Z", "2025-26"),
        ("2026-03-31T18:30:00Z", "2026-27"),
        ("2026-04-01T00:00:00Z", "2026-27"),
        ("2027-01-01T00:00:00Z", "2026-27"),
        ("2000-03-31T18:30:00Z", "2000-01"),
        ("2000-03-31T18:29:59Z", "1999-00"),
    ],
)
def test_the_year_turns_at_midnight_in_india(text: str, year: str) -> None:
    seconds = times.parse_time(text)
    assert origins.financial_year(seconds) == year
    moment = datetime.fromtimestamp(seconds, UTC)
    assert origins.financial_year(moment) == year
    assert origins.financial_year(moment.astimezone(timezone(timedelta(hours=-9)))) == year
    start, end = origins.year_bounds(year)
    assert start <= seconds < end


@given(st.integers(0, 4_000_000_000))
def test_every_second_lies_in_its_year(seconds: int) -> None:
    start, end = origins.year_bounds(origins.financial_year(seconds))
    assert start <= seconds < end
    assert origins.financial_year(end) != origins.financial_year(start)


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(FormatError):
        origins.financial_year(datetime(2026, 4, 1))  # noqa: DTZ001


def test_a_log_that_was_given_up_has_one_successor() -> None:
    assert origins.successor(f"{HOST}/coop/k-1/2026-27") == f"{HOST}/coop/k-1/2026-27.2"
    assert origins.successor(f"{HOST}/state/2026-27.9") == f"{HOST}/state/2026-27.10"
    assert origins.successor(f"{HOST}/meeting/m-1") is None
    for year in ("2026-27.1", "2026-27.0", "2026-27.02", "2026-27.", "2026-27.2.3", "2026-27.1000"):
        with pytest.raises(FormatError):
            parse_origin(f"{HOST}/coop/k-1/{year}")
