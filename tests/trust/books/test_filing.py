"""Filing a sheet: signed by an officer, equal to the books, sealed; or refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trust.books.house import SLUG, House
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from trust.books import queries, service
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
from trust.log import queries as logs

SALE = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]


def test_a_sheet_is_drafted_signed_filed_and_stays_filed(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    draft = house.draft("2025-26")
    assert draft.figures.profit == 10_000_000
    assert draft.figures.assets == draft.figures.liabilities == 316_000_000
    assert wrong(draft.checks) == ()
    assert draft.record["as_of"] == "2026-03-31"
    signed = house.sign(draft.record)
    filed = service.file_statement(house.rt, SLUG, signed)
    assert not filed.repeated
    with house.rt.db.read() as conn:
        stored = queries.statement(conn, SLUG, "2025-26")
        assert stored is not None
        assert logs.document(conn, filed.sha256) == canon.canonical(signed)
        assert logs.entry(conn, filed.origin, filed.index).kind == "statement"
    assert stored.record == signed
    assert stored.in_force
    size = len(house_entries(house))
    again = service.file_statement(house.rt, SLUG, signed)
    assert (again.repeated, again.sha256, again.index) == (True, filed.sha256, filed.index)
    assert len(house_entries(house)) == size


def house_entries(house: House) -> list[object]:
    with house.rt.db.read() as conn:
        return list(logs.entries(conn, house.origin, 0, 10_000))


def test_the_next_year_shows_last_years_filed_figures(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2024-25")
    before = house.file("2024-25")
    house.import_file(daybook(voucher("g-1", SALE, date="20250415")))
    draft = house.draft("2025-26")
    assert draft.record["previous"] == before.sha256
    lines = {line["id"]: line for line in draft.record["lines"]}  # type: ignore[attr-defined]
    assert lines["A1"] == {"id": "A1", "paise": 16_010_000, "prior": 16_000_000}
    assert lines["E3i"] == {"id": "E3i", "paise": 0, "prior": 10_000_000}
    states = {check.number: check.state for check in draft.checks}
    assert states[9] == "right"
    lines["A1"]["prior"] = 27_900_000
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(draft.record))
    assert caught.value.code == "open-checks", "it does not state what its own checks find"
    restated = house.restated(draft.record)
    filed = service.file_statement(house.rt, SLUG, house.sign(restated))
    assert {check.number for check in wrong(filed.checks)} == {8, 9}, "sealed, and said aloud"
    assert restated["open_checks"] == [
        {"number": 8, "code": "prior-does-not-cast"}, {"number": 9, "code": "prior-differs"},
    ]  # fmt: skip


ORDER = {"ground": "merger", "reference": "RCS 12/2026", "ordered_on": "2026-05-28"}


def test_a_running_year_is_not_filed_as_a_year(house: House) -> None:
    """1 June 2026: neither as of today, nor as of 31 March 2027, nor with an order for a day to
    come; as of a day gone by and with an order it is."""
    house.import_file(SMALL_BOOKS, year="2025-26")
    house.file("2025-26")
    house.import_file(daybook(voucher("g-1", SALE)))
    record = dict(house.draft("2026-27").record)
    assert (record["as_of"], record["reason"]) == ("2026-06-01", None)
    for change, code in (
        ({}, "running-year"),
        ({"as_of": "2027-03-31"}, "running-year"),
        ({"as_of": "2026-06-30", "reason": ORDER}, "as-of"),
        ({"as_of": "2026-05-31", "reason": {**ORDER, "ordered_on": "2026-06-02"}}, "order"),
    ):
        forged = house.restated({**record, **change})
        with pytest.raises(StatementRefusedError) as caught:
            service.file_statement(house.rt, SLUG, house.sign(forged))
        assert caught.value.code == code, change
    with house.rt.db.read() as conn:
        assert queries.statement(conn, SLUG, "2026-27") is None
        day = service.SheetDay("2026-05-31", ORDER)
        ordered = service.draft_statement(conn, SLUG, "2026-27", now=house.rt.clock(), day=day)
    service.file_statement(house.rt, SLUG, house.sign(ordered.record))
    with house.rt.db.read() as conn:
        filed = queries.statement(conn, SLUG, "2026-27")
        assert filed is not None and filed.record["reason"] == ORDER
        found = queries.findings(conn, SLUG)[filed.sha256]
    assert [item.code for item in found.found] == ["as-of-reason"] and found.colour == "green"


def test_a_year_that_is_over_is_filed_as_of_its_last_day_or_with_an_order(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(house.draft("2025-26").record)
    for change, code in (
        ({"as_of": "2026-03-30"}, "as-of-reason"),
        ({"reason": ORDER}, "reason-needless"),
        ({"as_of": "2026-04-01", "reason": ORDER}, "as-of"),
    ):
        with pytest.raises(StatementRefusedError) as caught:
            service.file_statement(house.rt, SLUG, house.sign(house.restated({**record, **change})))
        assert caught.value.code == code, change


def test_both_officers_sign_each_with_their_own_key(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = house.draft("2025-26").record
    size = len(house_entries(house))
    for who in ("secretary", "president"):
        with pytest.raises(SignatureMissingError):
            service.file_statement(house.rt, SLUG, house.sign(record, who))
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(record, "secretary", role="president"))
    assert caught.value.code == "not-an-officer", "one key does not serve for both offices"
    assert len(house_entries(house)) == size


def test_the_second_officer_signs_later_what_the_first_signed(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = house.draft("2025-26").record
    first = service.sign_statement(house.rt, SLUG, house.sign(record, "secretary"))
    assert isinstance(first, Signed)
    assert (first.signed, first.missing) == (("secretary",), ("president",))
    with house.rt.db.read() as conn:
        assert queries.statements(conn, SLUG) == []
        assert queries.waiting_years(conn, SLUG) == ["2025-26"]
        kept = queries.kept(conn, SLUG, "2025-26")
    assert kept is not None and len(kept["signatures"]) == 1  # type: ignore[arg-type]
    filed = service.sign_statement(house.rt, SLUG, house.sign(record, "president"))
    assert isinstance(filed, Filed)
    with house.rt.db.read() as conn:
        standing = queries.statement(conn, SLUG, "2025-26")
        assert queries.kept(conn, SLUG, "2025-26") is None
    assert standing is not None
    roles = {one["role"] for one in standing.record["signatures"]}  # type: ignore[attr-defined]
    assert roles == {"secretary", "president"}


def test_a_draft_overtaken_between_two_signatures_is_refused_and_nothing_is_sealed(
    house: House,
) -> None:
    house.import_file(daybook(voucher("g-1", SALE, date="20250415")))
    record = house.draft("2025-26").record
    service.sign_statement(house.rt, SLUG, house.sign(record, "secretary"))
    house.import_file(daybook(voucher("g-2", SALE, date="20260301", number="2")), "more")
    size = len(house_entries(house))
    with pytest.raises(BooksMovedError):
        service.sign_statement(house.rt, SLUG, house.sign(record, "president"))
    assert len(house_entries(house)) == size
    again = house.draft("2025-26").record
    assert isinstance(service.sign_statement(house.rt, SLUG, house.sign(again)), Filed)


def test_new_sheets_are_filed_in_the_newest_form_only(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = {
        name: value
        for name, value in house.draft("2025-26").record.items()
        if name not in ("reason", "open_checks")
    }
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(record | {"v": 1}))
    assert caught.value.code == "statement-version"


def test_a_superseding_sheet_names_what_it_replaces(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    first = house.file("2025-26")
    stale = house.sign(house.draft("2025-26").record)
    second = service.file_statement(house.rt, SLUG, stale)
    with house.rt.db.read() as conn:
        both = queries.statements(conn, SLUG)
    assert {(row.sha256, row.in_force) for row in both} == {
        (first.sha256, False), (second.sha256, True),
    }  # fmt: skip
    house.rt.clock.advance(60)  # type: ignore[attr-defined]
    third = dict(house.draft("2025-26").record) | {"supersedes": first.sha256}
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(third))
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
    house: House, change: dict[str, Any], code: str
) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(house.draft("2025-26").record) | change
    size = len(house_entries(house))
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(record))
    assert caught.value.code == code
    if code == "figures-differ":
        assert caught.value.faults
    assert len(house_entries(house)) == size


def test_lines_out_of_order_are_refused(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = dict(house.draft("2025-26").record)
    record["lines"] = list(reversed(record["lines"]))  # type: ignore[call-overload]
    with pytest.raises(StatementRefusedError, match="order"):
        service.file_statement(house.rt, SLUG, house.sign(record))


def test_only_an_officers_own_signature_over_this_record_counts(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    record = house.draft("2025-26").record
    with pytest.raises(SignatureError):
        service.file_statement(house.rt, SLUG, dict(record))  # type: ignore[arg-type]
    with pytest.raises(StatementRefusedError) as caught:
        service.file_statement(house.rt, SLUG, house.sign(record, "stranger", role="secretary"))
    assert caught.value.code == "not-an-officer"
    changed = house.sign(record)
    changed["as_of"] = "2026-03-30"
    with pytest.raises(SignatureError):
        service.file_statement(house.rt, SLUG, changed)
    with pytest.raises(FormatError):
        service.file_statement(house.rt, SLUG, house.sign(record) | {"surplus": 1})
    with pytest.raises((FormatError, StatementRefusedError)):
        service.file_statement(house.rt, SLUG, {"kind": "login", "v": 1})


def test_there_must_be_books_to_draft(house: House) -> None:
    with house.rt.db.read() as conn, pytest.raises(NoBooksError, match="released"):
        service.draft_statement(conn, SLUG, "2025-26", now=house.rt.clock())
    with pytest.raises(NoBooksError, match="No books"):
        house.draft("2025-26")


def test_a_draft_counts_only_what_its_head_covers(house: House) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    house.import_file(daybook(voucher("g-1", SALE)))
    house.publish()
    house.import_file(daybook(voucher("g-2", SALE, number="2")))
    with house.rt.db.read() as conn:
        draft = service.draft_statement(conn, SLUG, "2026-27", now=house.rt.clock())
        now = {row.account: row for row in queries.trial_balance(conn, SLUG, "2026-27")}
    assert draft.figures.lines["TC1"] == 10_000
    assert now["20101"].closing == 16_020_000
