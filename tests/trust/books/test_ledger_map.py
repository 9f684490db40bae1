"""Ledgers on accounts: asked before suspense, chosen by an officer, sealed, with its history."""

import pytest
from sqlalchemy import insert

from tests.trust.books.makers import daybook, group, ledger, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import ledgermap
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import BooksError
from trust.books.model import ImportReport
from trust.books.tables import book_account_map
from trust.log import queries as log_queries
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally

ASK = {"suspense": ""}
LOANS = daybook(voucher("g-1", [("Gold loan A/c", "-500"), ("S.B. A/c", "500")]))


def choose(scenario: BooksScenario, officer: str = "secretary", **wanted: str) -> int:
    named = {name.replace("_", " "): code for name, code in wanted.items()}
    with scenario.rt.db.write() as conn:
        return books_service.map_ledgers(
            conn, SLUG, named, officer=officer, now=scenario.rt.clock()
        )


def board(scenario: BooksScenario) -> books.Board:
    with scenario.rt.db.read() as conn:
        return books.board(conn, SLUG, now=scenario.rt.clock())


def posted(scenario: BooksScenario) -> list[str]:
    with scenario.rt.db.read() as conn:
        found = books.vouchers(conn, SLUG)
    return [line.account for item in found for line in item.voucher.lines]


def odd(report: ImportReport) -> list[tuple[str, str]]:
    return [(one.code, str(one.places.get("ledger"))) for one in report.odd]


def test_asked_listed_mapped_and_imported(scenario: BooksScenario) -> None:
    report = scenario.import_file(LOANS, answers=ASK)
    (asked,) = report.questions
    assert (report.state, asked.code, asked.answers) == ("asked", "suspense", ("yes",))
    assert asked.places["names"] == "Gold loan A/c; S.B. A/c"
    assert (report.debit, report.credit, report.vouchers) == (50_000, 50_000, 1)
    rows = {row.name: row for row in board(scenario).rows}
    assert [rows[name].coming_debit for name in sorted(rows)] == [50_000, 0]
    assert rows["Gold loan A/c"].proposals[0].account == "20505"
    assert rows["S.B. A/c"].proposals[0].account == "10501"
    assert choose(scenario, **{"Gold_loan_A/c": "20505", "SB_Account": "10501"}) == 2
    assert board(scenario).rows == ()
    assert scenario.import_file(LOANS, answers=ASK).state == "posted"
    assert posted(scenario) == ["20505", "10501"]


def test_what_was_let_onto_suspense_is_listed_with_its_sum(scenario: BooksScenario) -> None:
    scenario.import_file(LOANS)
    (gold, savings) = board(scenario).rows
    assert (gold.debit, gold.credit, savings.credit, savings.coming_credit) == (
        50_000,
        0,
        50_000,
        0,
    )
    changed = daybook(voucher("g-1", [("Gold loan A/c", "-700"), ("S.B. A/c", "700")]))
    scenario.import_file(changed)
    assert [row.debit + row.credit for row in board(scenario).rows] == [70_000, 70_000]


def test_the_same_file_again_asks_nothing(scenario: BooksScenario) -> None:
    scenario.import_file(LOANS)
    again = scenario.import_file(LOANS.replace(b"\r\x00\n\x00", b"\n\x00"), answers=ASK)
    assert (again.state, again.questions) == ("unchanged", ())


def test_choices_are_sealed_without_names_and_kept_with_who_and_when(
    scenario: BooksScenario,
) -> None:
    choose(scenario, Ward_box="20101")
    choose(scenario, "president", Ward_box="20102")
    assert choose(scenario, "clerk", ward__box="20102") == 0, "nothing new is nothing sealed"
    with scenario.rt.db.read() as conn:
        entries = log_queries.entries(conn, scenario.origin, 0, 100)
        sealed = [one for one in entries if one.kind == "ledger-map"]
        opening = log_queries.opening(conn, scenario.origin, sealed[0].index)
        made = ledgermap.choices(conn, SLUG)
    assert len(sealed) == 2 and opening is not None
    assert opening.record is not None and b"Ward" not in opening.record
    assert opening.detail is not None and b"Ward box" in opening.detail
    assert [(one.account, one.before, one.officer) for one in made] == [
        ("20101", None, "secretary"),
        ("20102", "20101", "president"),
    ]
    assert not [one for one in check(scenario.rt.db, Tally()) if "ledger_map" in one.column]
    assert rebuild(scenario.rt.db).rows == 0


def test_one_officer_moves_loans_to_furniture_and_the_preview_says_so(
    scenario: BooksScenario,
) -> None:
    choose(scenario, Own_loans="20506")
    choose(scenario, "president", Own_loans="20703")
    data = daybook(voucher("g-1", [("Own loans", "-5"), ("Cash", "5")]))
    report = scenario.import_file(data, dry_run=True)
    assert odd(report) == [("account-changed", "Own loans")]
    assert report.odd[0].places["before"] == "20506"


def test_a_master_in_another_group_is_named(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(ledger("Ward loans", "Loans &amp; Advances (Asset)")), "m1.xml")
    moved = daybook(
        ledger("Ward loans", "Fixed Assets"), voucher("g-1", [("Ward loans", "-5"), ("Cash", "5")])
    )
    report = scenario.import_file(moved, "m2.xml", dry_run=True)
    assert ("account-changed", "Ward loans") in odd(report)


def test_rows_from_before_choices_were_sealed_are_found(scenario: BooksScenario) -> None:
    with scenario.rt.db.write() as conn:
        row = {"society": SLUG, "kind": "own", "parent": "", "reserved": ""}
        for name, code in (("S.B. A/c", "10501"), ("SB Account", "10502")):
            key = " ".join(name.split()).casefold()
            conn.execute(
                insert(book_account_map).values(row | {"key": key, "name": name, "account": code})
            )
    data = daybook(voucher("g-1", [("S.B. A/c", "5"), ("SB Account", "4"), ("Cash", "-9")]))
    assert scenario.import_file(data, answers=ASK).state == "posted"
    assert posted(scenario)[:2] == ["10501", "10502"], "two decisions stay two"


def test_members_as_ledgers_stand_by_their_group(scenario: BooksScenario) -> None:
    masters = daybook(
        group("Ward loans", "Loans &amp; Advances (Asset)"), ledger("Member Seven", "Ward loans")
    )
    scenario.import_file(masters, "m.xml")
    data = daybook(voucher("g-1", [("Member Seven", "-5"), ("Cash", "5")]))
    assert scenario.import_file(data, answers=ASK).state == "posted"
    assert board(scenario).rows == ()


def test_others_are_counted_and_never_named(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(voucher("g-1", [("Ward box", "-5"), ("Cash", "5")])), answers=ASK)
    assert [row.proposals for row in board(scenario).rows] == [()]


@pytest.mark.parametrize(
    ("ledger", "account"), [("", "20101"), ("x" * 401, "20101"), ("Ward box", "99001")]
)
def test_a_wrong_choice_is_refused(scenario: BooksScenario, ledger: str, account: str) -> None:
    with pytest.raises(BooksError):
        choose(scenario, **{ledger: account})
    assert board(scenario).history == ()
