"""Filing a sheet: signed by an officer, equal to the books, sealed; or refused with the reason."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trust.books.house import SLUG, House
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from trust.books import queries, service
from trust.books.errors import NoBooksError, StatementRefusedError
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
    house.import_file(SMALL_BOOKS, year="2025-26")
    before = house.file("2025-26")
    house.import_file(daybook(voucher("g-1", SALE)))
    draft = house.draft("2026-27")
    assert draft.record["previous"] == before.sha256
    lines = {line["id"]: line for line in draft.record["lines"]}  # type: ignore[attr-defined]
    assert lines["A1"] == {"id": "A1", "paise": 16_010_000, "prior": 16_000_000}
    assert lines["E3i"] == {"id": "E3i", "paise": 0, "prior": 10_000_000}
    states = {check.number: check.state for check in draft.checks}
    assert states[9] == "right"
    assert draft.record["as_of"] == "2026-06-01", "the year is not over"
    lines["A1"]["prior"] = 27_900_000
    filed = service.file_statement(house.rt, SLUG, house.sign(draft.record))
    assert {check.number for check in wrong(filed.checks)} == {8, 9}, "sealed, and said aloud"


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
        ({"as_of": "2026-09-30", "book_year": "2026-27"}, "as-of"),
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
        service.file_statement(house.rt, SLUG, house.sign(record, "stranger"))
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
