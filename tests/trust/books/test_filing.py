"""Filing a sheet: signed by an officer, equal to the books, sealed; or refused with the reason."""

from typing import Any

import pytest

from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import (
    BooksMovedError,
    NoBooksError,
    SignatureMissingError,
    StatementRefusedError,
)
from trust.books.model import Filed, Signed
from trust.books.pure.checks import wrong
from trust.formats import canon
from trust.formats.errors import FormatError, SignatureError
from trust.log import queries as log_queries

SALE = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]


def test_a_sheet_is_drafted_signed_filed_and_stays_filed(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    draft = scenario.draft("2025-26")
    assert draft.figures.profit == 10_000_000
    assert draft.figures.assets == draft.figures.liabilities == 316_000_000
    assert wrong(draft.checks) == ()
    assert draft.record["as_of"] == "2026-03-31"
    signed = scenario.sign(draft.record)
    filed = books_service.file_statement(scenario.rt, SLUG, signed)
    assert not filed.repeated
    with scenario.rt.db.read() as conn:
        stored = books.statement(conn, SLUG, "2025-26")
        assert stored is not None
        assert log_queries.document(conn, filed.sha256) == canon.canonical(signed)
        assert log_queries.entry(conn, filed.origin, filed.index).kind == "statement"
    assert stored.record == signed
    assert stored.in_force
    size = len(house_entries(scenario))
    again = books_service.file_statement(scenario.rt, SLUG, signed)
    assert (again.repeated, again.sha256, again.index) == (True, filed.sha256, filed.index)
    assert len(house_entries(scenario)) == size


def house_entries(scenario: BooksScenario) -> list[object]:
    with scenario.rt.db.read() as conn:
        return list(log_queries.entries(conn, scenario.origin, 0, 10_000))


def test_the_next_year_shows_last_years_filed_figures(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2024-25")
    before = scenario.file("2024-25")
    scenario.import_file(daybook(voucher("g-1", SALE, date="20250415")))
    draft = scenario.draft("2025-26")
    assert draft.record["previous"] == before.sha256
    lines = {line["id"]: line for line in draft.record["lines"]}  # type: ignore[attr-defined]
    assert lines["A1"] == {"id": "A1", "paise": 16_010_000, "prior": 16_000_000}
    assert lines["E3i"] == {"id": "E3i", "paise": 0, "prior": 10_000_000}
    states = {check.number: check.state for check in draft.checks}
    assert states[9] == "right"
    lines["A1"]["prior"] = 27_900_000
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(draft.record))
    assert caught.value.code == "open-checks", "it does not state what its own checks find"
    restated = scenario.restated(draft.record)
    filed = books_service.file_statement(scenario.rt, SLUG, scenario.sign(restated))
    assert {check.number for check in wrong(filed.checks)} == {8, 9}, "sealed, and said aloud"
    assert restated["open_checks"] == [
        {"number": 8, "code": "prior-does-not-cast"},
        {"number": 9, "code": "prior-differs"},
    ]


ORDER = {"ground": "merger", "reference": "RCS 12/2026", "ordered_on": "2026-05-28"}


def test_a_running_year_is_not_filed_as_a_year(scenario: BooksScenario) -> None:
    """1 June 2026: neither as of today, nor as of 31 March 2027, nor with an order for a day to
    come; as of a day gone by and with an order it is."""
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    scenario.file("2025-26")
    scenario.import_file(daybook(voucher("g-1", SALE)))
    record = dict(scenario.draft("2026-27").record)
    assert (record["as_of"], record["reason"]) == ("2026-06-01", None)
    for change, code in (
        ({}, "running-year"),
        ({"as_of": "2027-03-31"}, "running-year"),
        ({"as_of": "2026-06-30", "reason": ORDER}, "as-of"),
        ({"as_of": "2026-05-31", "reason": {**ORDER, "ordered_on": "2026-06-02"}}, "order"),
    ):
        forged = scenario.restated({**record, **change})
        with pytest.raises(StatementRefusedError) as caught:
            books_service.file_statement(scenario.rt, SLUG, scenario.sign(forged))
        assert caught.value.code == code, change
    with scenario.rt.db.read() as conn:
        assert books.statement(conn, SLUG, "2026-27") is None
        day = books_service.SheetDay("2026-05-31", ORDER)
        ordered = books_service.draft_statement(
            conn, SLUG, "2026-27", now=scenario.rt.clock(), day=day
        )
    books_service.file_statement(scenario.rt, SLUG, scenario.sign(ordered.record))
    with scenario.rt.db.read() as conn:
        filed = books.statement(conn, SLUG, "2026-27")
        assert filed is not None and filed.record["reason"] == ORDER
        found = books.findings(conn, SLUG)[filed.sha256]
    assert [item.code for item in found.found] == ["as-of-reason"] and found.colour == "green"


def test_a_year_that_is_over_is_filed_as_of_its_last_day_or_with_an_order(
    scenario: BooksScenario,
) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(scenario.draft("2025-26").record)
    for change, code in (
        ({"as_of": "2026-03-30"}, "as-of-reason"),
        ({"reason": ORDER}, "reason-needless"),
        ({"as_of": "2026-04-01", "reason": ORDER}, "as-of"),
    ):
        with pytest.raises(StatementRefusedError) as caught:
            books_service.file_statement(
                scenario.rt, SLUG, scenario.sign(scenario.restated({**record, **change}))
            )
        assert caught.value.code == code, change


def test_both_officers_sign_each_with_their_own_key(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = scenario.draft("2025-26").record
    size = len(house_entries(scenario))
    for who in ("secretary", "president"):
        with pytest.raises(SignatureMissingError):
            books_service.file_statement(scenario.rt, SLUG, scenario.sign(record, who))
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(
            scenario.rt, SLUG, scenario.sign(record, "secretary", role="president")
        )
    assert caught.value.code == "not-an-officer", "one key does not serve for both offices"
    assert len(house_entries(scenario)) == size


def test_the_second_officer_signs_later_what_the_first_signed(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = scenario.draft("2025-26").record
    first = books_service.sign_statement(scenario.rt, SLUG, scenario.sign(record, "secretary"))
    assert isinstance(first, Signed)
    assert (first.signed, first.missing) == (("secretary",), ("president",))
    with scenario.rt.db.read() as conn:
        assert books.statements(conn, SLUG) == []
        assert books.waiting_years(conn, SLUG) == ["2025-26"]
        kept = books.kept(conn, SLUG, "2025-26")
    assert kept is not None and len(kept["signatures"]) == 1  # type: ignore[arg-type]
    filed = books_service.sign_statement(scenario.rt, SLUG, scenario.sign(record, "president"))
    assert isinstance(filed, Filed)
    with scenario.rt.db.read() as conn:
        standing = books.statement(conn, SLUG, "2025-26")
        assert books.kept(conn, SLUG, "2025-26") is None
    assert standing is not None
    roles = {one["role"] for one in standing.record["signatures"]}  # type: ignore[attr-defined]
    assert roles == {"secretary", "president"}


def test_a_draft_overtaken_between_two_signatures_is_refused_and_nothing_is_sealed(
    scenario: BooksScenario,
) -> None:
    scenario.import_file(daybook(voucher("g-1", SALE, date="20250415")))
    record = scenario.draft("2025-26").record
    books_service.sign_statement(scenario.rt, SLUG, scenario.sign(record, "secretary"))
    scenario.import_file(daybook(voucher("g-2", SALE, date="20260301", number="2")), "more")
    size = len(house_entries(scenario))
    with pytest.raises(BooksMovedError):
        books_service.sign_statement(scenario.rt, SLUG, scenario.sign(record, "president"))
    assert len(house_entries(scenario)) == size
    again = scenario.draft("2025-26").record
    assert isinstance(books_service.sign_statement(scenario.rt, SLUG, scenario.sign(again)), Filed)


def test_new_sheets_are_filed_in_the_newest_form_only(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = {
        name: value
        for name, value in scenario.draft("2025-26").record.items()
        if name not in ("reason", "open_checks")
    }
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(record | {"v": 1}))
    assert caught.value.code == "statement-version"


def test_a_superseding_sheet_names_what_it_replaces(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    first = scenario.file("2025-26")
    stale = scenario.sign(scenario.draft("2025-26").record)
    second = books_service.file_statement(scenario.rt, SLUG, stale)
    with scenario.rt.db.read() as conn:
        both = books.statements(conn, SLUG)
    assert {(row.sha256, row.in_force) for row in both} == {
        (first.sha256, False),
        (second.sha256, True),
    }
    scenario.rt.clock.advance(60)  # type: ignore[attr-defined]
    third = dict(scenario.draft("2025-26").record) | {"supersedes": first.sha256}
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(third))
    assert caught.value.code == "overtaken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"society": "tsr-7"}, "other-society"),
        ({"origin": "s0.test.example/coop/tsr-7/2026-27"}, "other-log"),
        ({"book_size": 1}, "unknown-head"),
        ({"book_root": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}, "unknown-head"),
        ({"as_of": "2024-03-31"}, "as-of"),
        ({"mapping": "0" * 64}, "mapping"),
        ({"previous": "0" * 64}, "overtaken"),
        ({"totals": {"assets": 1, "liabilities": 1, "profit": 1}}, "figures-differ"),
        ({"lines": []}, "figures-differ"),
    ],
)
def test_a_sheet_that_is_not_the_books_is_refused(
    scenario: BooksScenario, change: dict[str, Any], code: str
) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(scenario.draft("2025-26").record) | change
    size = len(house_entries(scenario))
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(record))
    assert caught.value.code == code
    if code == "figures-differ":
        assert caught.value.faults
    assert len(house_entries(scenario)) == size


def test_lines_out_of_order_are_refused(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(scenario.draft("2025-26").record)
    record["lines"] = list(reversed(record["lines"]))  # type: ignore[call-overload]
    with pytest.raises(StatementRefusedError, match="order"):
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(record))


def test_only_an_officers_own_signature_over_this_record_counts(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = scenario.draft("2025-26").record
    with pytest.raises(SignatureError):
        books_service.file_statement(scenario.rt, SLUG, dict(record))  # type: ignore[arg-type]
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(
            scenario.rt, SLUG, scenario.sign(record, "stranger", role="secretary")
        )
    assert caught.value.code == "not-an-officer"
    changed = scenario.sign(record)
    changed["as_of"] = "2026-03-30"
    with pytest.raises(SignatureError):
        books_service.file_statement(scenario.rt, SLUG, changed)
    with pytest.raises(FormatError):
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(record) | {"surplus": 1})
    with pytest.raises((FormatError, StatementRefusedError)):
        books_service.file_statement(scenario.rt, SLUG, {"kind": "login", "v": 1})


def test_there_must_be_books_to_draft(scenario: BooksScenario) -> None:
    with scenario.rt.db.read() as conn, pytest.raises(NoBooksError, match="released"):
        books_service.draft_statement(conn, SLUG, "2025-26", now=scenario.rt.clock())
    with pytest.raises(NoBooksError, match="No books"):
        scenario.draft("2025-26")


def test_a_draft_counts_only_what_its_head_covers(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    scenario.import_file(daybook(voucher("g-1", SALE)))
    scenario.publish()
    scenario.import_file(daybook(voucher("g-2", SALE, number="2")))
    with scenario.rt.db.read() as conn:
        draft = books_service.draft_statement(conn, SLUG, "2026-27", now=scenario.rt.clock())
        now = {row.account: row for row in books.trial_balance(conn, SLUG, "2026-27")}
    assert draft.figures.lines["TC1"] == 10_000
    assert now["20101"].closing == 16_020_000
