"""Importing: what is sealed, what a second import does, what a crash leaves, what is refused."""

from collections import Counter
from operator import attrgetter
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from tests.trust.books.makers import SMALL_BOOKS, daybook, group, ledger, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust import outbox
from trust.books import posting, staging
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import BooksError, ImportStateError, UnknownImportError
from trust.books.pure.mapping import SUSPENSE_CREDIT, SUSPENSE_DEBIT
from trust.books.tables import book_account_map, book_import, book_stage, book_voucher
from trust.formats import b64, canon
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log.tables import log_payload
from trust.people.errors import UnknownPersonError

CASH = [("Cash", "-100.00"), ("Member Seven", "100.00")]


def kinds(scenario: BooksScenario) -> Counter[str]:
    with scenario.rt.db.read() as conn:
        return Counter(item.kind for item in log_queries.entries(conn, scenario.origin, 0, 10_000))


def rows(scenario: BooksScenario, table: object) -> int:
    with scenario.rt.db.read() as conn:
        return int(conn.execute(select(func.count()).select_from(table)).scalar_one())  # type: ignore[arg-type]


def test_a_real_day_book_is_sealed_and_a_second_import_changes_nothing(
    scenario: BooksScenario, shared_dir: Path
) -> None:
    data = (shared_dir / "data/books/inputs/tally/daybook_utf16_2sales.xml").read_bytes()
    first = scenario.import_file(data, "daybook.xml")
    assert (first.state, first.posted, first.read["ledger lines"]) == ("posted", {"voucher": 2}, 8)
    assert first.ok
    before = kinds(scenario)
    assert (before["import-open"], before["voucher"], before["import-close"]) == (1, 2, 1)
    again = scenario.import_file(data, "another name.xml")
    assert (again.state, again.unchanged, again.posted) == ("unchanged", 2, {})
    assert again.ok
    assert kinds(scenario) == before


def test_the_records_are_of_their_kind_and_hold_no_names(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(voucher("g-1", CASH, narration="for Member Seven")))
    with scenario.rt.db.read() as conn:
        for stored in log_queries.entries(conn, scenario.origin, 0, 100):
            entry = parse_entry(stored.entry)
            assert isinstance(entry, Entry)
            document = log_queries.document(conn, entry.commitment.hex())
            assert document is None or b"Member Seven" not in document
            opening = log_queries.opening(conn, scenario.origin, stored.index)
            if stored.kind == "voucher":
                assert opening is not None
                assert opening.record is not None
                assert opening.detail is not None
                record = canon.parse(opening.record)
                assert record["id"] == "g-1"
                assert record["book_year"] == "2026-27"
                assert b"Member Seven" not in opening.record
                assert b"for Member Seven" in opening.detail


def test_unknown_ledgers_go_to_suspense_by_sign_and_are_named(scenario: BooksScenario) -> None:
    data = daybook(voucher("g-1", [("Mystery", "-70"), ("Riddle", "70")]))
    report = scenario.import_file(data, answers={"suspense": ""})
    assert (report.state, [one.code for one in report.questions]) == ("asked", ["suspense"])
    assert report.unmapped == ("Mystery", "Riddle")
    report = scenario.import_file(data, answers={"suspense": "yes"})
    assert report.state == "posted"
    assert report.unmapped == ("Mystery", "Riddle")
    with scenario.rt.db.read() as conn:
        trial = {row.account: row.closing for row in books.trial_balance(conn, SLUG, "2026-27")}
    assert trial == {SUSPENSE_DEBIT: 7_000, SUSPENSE_CREDIT: -7_000}


def test_masters_map_later_day_books_and_own_mapping_comes_first(scenario: BooksScenario) -> None:
    masters = daybook(
        group("Ward loans", "Loans &amp; Advances (Asset)"),
        ledger("Member Seven", "Ward loans"),
        ledger("Counter", "Cash-in-Hand"),
    )
    report = scenario.import_file(masters, "master.xml")
    assert (report.state, report.posted) == ("posted", {})
    with scenario.rt.db.write() as conn:
        now = scenario.rt.clock()
        books_service.map_ledgers(conn, SLUG, {"Counter": "20102"}, officer="s", now=now)
        with pytest.raises(BooksError):
            books_service.map_ledgers(conn, SLUG, {"Counter": "99999"}, officer="s", now=now)
    lines = [("Counter", "-5"), ("member  SEVEN", "4"), ("Cash", "1")]
    report = scenario.import_file(daybook(voucher("g-1", lines)))
    assert report.unmapped == ()
    with scenario.rt.db.read() as conn:
        posted = books.vouchers(conn, SLUG)[0].voucher.lines
    assert [line.account for line in posted] == ["20102", "20520", "20101"]


def test_a_trial_balance_makes_openings_and_movements(scenario: BooksScenario) -> None:
    asked = scenario.import_file(SMALL_BOOKS, "tb.csv")
    assert [(one.code, one.answers) for one in asked.questions] == [("year", ())]
    assert (asked.state, asked.book_years, asked.vouchers) == ("asked", (), 2)
    report = scenario.import_file(SMALL_BOOKS, "tb.csv", answers={"year": "2025-26"})
    assert report.posted == {"voucher": 2}
    assert report.unmapped == (), "the codes are those of the published chart"
    with scenario.rt.db.read() as conn:
        trial = {row.account: row for row in books.trial_balance(conn, SLUG, "2025-26")}
        carried = {row.account: row for row in books.trial_balance(conn, SLUG, "2026-27")}
    assert trial["20101"].opening == 10_000_000
    assert trial["20101"].closing == 16_000_000
    assert trial["20101"].debit == 91_000_000
    assert carried == {}, "nothing is sealed for the year after"


def test_a_year_is_not_counted_twice(scenario: BooksScenario) -> None:
    scenario.import_file(SMALL_BOOKS, "tb.csv", year="2025-26")
    before = kinds(scenario)
    single = scenario.import_file(daybook(voucher("g-1", CASH, date="20250501")))
    assert (single.state, single.questions[0].code) == ("asked", "standing")
    changed = SMALL_BOOKS.replace(b'"10,000"', b'"20,000"').replace(b"5,10,000", b"5,20,000")
    changed = changed.replace(b'"9,10,000"', b'"9,20,000"').replace(b"1,60,000", b"1,70,000")
    other = scenario.import_file(changed, "tb2.csv", year="2025-26")
    assert [question.code for question in other.questions] == ["standing"]
    assert not other.ok
    assert kinds(scenario) == before, "nothing half-written"
    later = scenario.import_file(daybook(voucher("g-1", CASH, date="20260501")))
    assert later.state == "posted"


def test_openings_of_masters_are_taken_once(scenario: BooksScenario) -> None:
    def masters(amount: str) -> bytes:
        return daybook(
            ledger("Cash", "Cash-in-Hand", f"-{amount}"), ledger("Own", "Capital Account", "500")
        )

    assert scenario.import_file(masters("500"), "m1.xml", year="2026-27").posted == {"voucher": 1}
    assert scenario.import_file(masters("500") + b" \x00", "m1b.xml").unchanged == 1
    other = scenario.import_file(masters("700"), "m2.xml")
    assert [question.code for question in other.questions] == ["openings"]
    assert [note.code for note in other.notes] == ["openings-differ"]
    assert other.unmapped == (), "the difference belongs on suspense and is noted, not unknown"


def test_a_file_that_posts_nothing_changes_nothing_and_says_why(scenario: BooksScenario) -> None:
    before = kinds(scenario)
    report = scenario.import_file(daybook(voucher("g-1", CASH, kind="Reversing Journal")))
    assert (report.state, report.refused, len(report.skipped)) == ("unchanged", (), 1)
    assert kinds(scenario) == before


def test_a_changed_voucher_is_reversed_and_posted_anew(scenario: BooksScenario) -> None:
    scenario.import_file(daybook(voucher("g-1", CASH), voucher("g-2", CASH, number="2")))
    changed = [("Cash", "-150.00"), ("Member Seven", "150.00")]
    report = scenario.import_file(
        daybook(voucher("g-1", changed), voucher("g-2", CASH, number="2"))
    )
    assert (report.posted, report.unchanged) == ({"voucher": 2}, 1)
    third = [("Cash", "-160.00"), ("Member Seven", "160.00")]
    scenario.import_file(daybook(voucher("g-1", third)))
    with scenario.rt.db.read() as conn:
        found = [item.voucher for item in books.vouchers(conn, SLUG)]
        trial = {row.account: row.closing for row in books.trial_balance(conn, SLUG, "2026-27")}
    assert [item.id for item in found] == ["g-1", "g-2", "g-1~1r", "g-1~1", "g-1~2r", "g-1~2"]
    assert [item.corrects for item in found] == [None, None, "g-1", "g-1", "g-1~1", "g-1~1"]
    assert trial["20101"] == 26_000
    assert scenario.import_file(daybook(voucher("g-1", third), company="Other")).unchanged == 1


def test_registers_are_sealed_with_tags_and_dates_in_public(scenario: BooksScenario) -> None:
    loans = (
        "loan_id,member_ref,sanctioned_on,sanctioned,outstanding,overdue,overdue_days,purpose,"
        "payee_ref,collateral_ref,in_area\n"
        'L1,M1,01/05/2025,"5,00,000","4,00,000",0,0,business,PAYEE A,Deed 12/1,yes\n'
        'L2,M2,02/05/2025,"5,00,000","4,50,000","1,000",40,business,payee a,deed12/1,no\n'
        'L3,M3,02/05/2025,"5,00,00","4,50,000",0,0,business,,,yes\n'
        'L1,M9,02/05/2025,"1","1",0,0,x,,,yes\n'
    )
    report = scenario.import_file(loans.encode(), "loans.csv")
    asked = {one.code for one in report.questions}
    assert (report.state, report.posted) == ("asked", {})
    assert asked == {"date-order", "as-of", "incomplete"}
    said = {"incomplete": "yes", "date-order": "day-first", "as-of": "2026-06-01"}
    report = scenario.import_file(loans.encode(), "loans.csv", answers=said)
    assert (report.format, report.posted) == ("loan-register", {"loan": 2})
    assert {(fault.code, fault.row) for fault in report.refused} == {
        ("amount-grouping", 4),
        ("loan-twice", 5),
    }
    with scenario.rt.db.read() as conn:
        one, two = books.loans(conn, SLUG)
    assert one.as_of == "2026-06-01"
    assert one.disbursed_to == two.disbursed_to, "case and spaces do not make another payee"
    assert one.collateral == two.collateral
    assert one.id.startswith("t-")
    assert (two.in_area, two.overdue_days, two.outstanding) == (False, 40, 45_000_000)
    dates = b"kind,date,book_year,note\ngeneral_meeting,30/09/2025,2024-25,\naudit,x,,\n"
    report = scenario.import_file(dates, "dates.csv", answers={"incomplete": "yes"})
    assert (report.posted, report.refused[0].code) == ({"governance-date": 1}, "date")
    more = b"kind,date,book_year\nAGM,30-09-2025,2024-25\nelection,01/01/2024,\n"
    assert scenario.import_file(more, "more.csv").unchanged == 1
    with scenario.rt.db.read() as conn:
        events = [
            (row.event, row.date, row.book_year) for row in books.governance_dates(conn, SLUG)
        ]
    assert events == [
        ("election", "2024-01-01", "2023-24"),
        ("general-meeting", "2025-09-30", "2024-25"),
    ]


def test_a_crash_in_the_middle_is_finished_later(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 4)
    data = daybook(*(voucher(f"g-{n}", CASH, number=str(n)) for n in range(10)))
    real, calls = staging.take, iter(range(100))

    def dies(*arguments: object) -> None:
        if next(calls) == 1:
            raise KeyboardInterrupt
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(staging, "take", dies)
    with pytest.raises(KeyboardInterrupt):
        scenario.import_file(data)
    assert kinds(scenario)["voucher"] == 4
    with scenario.rt.db.read() as conn:
        staged = conn.execute(select(book_stage).order_by(book_stage.c.seq)).all()
    with scenario.rt.db.read() as conn:
        assert books.trial_balance(conn, SLUG, "2026-27") == (), "not counted before its close"
        assert [(row.state, row.posted) for row in books.imports(conn, SLUG)] == [("open", 4)]
    reports = books_service.resume_imports(scenario.rt)
    assert [(report.state, report.posted) for report in reports] == [("posted", {"voucher": 10})]
    assert kinds(scenario)["voucher"] == 10
    assert kinds(scenario)["import-close"] == 1
    assert rows(scenario, book_stage) == 0
    with scenario.rt.db.read() as conn:
        vouchers = select(log_payload).where(log_payload.c.kind == "voucher")
        sealed = conn.execute(vouchers.order_by(log_payload.c.idx)).all()
    parts = attrgetter("record", "salt", "detail", "detail_salt")
    assert list(map(parts, sealed[4:])) == list(map(parts, staged)), "nothing is salted again"
    assert books_service.resume_imports(scenario.rt) == []
    assert scenario.import_file(data).state == "unchanged"


def test_the_stage_is_read_only_after_a_crash(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 4)
    monkeypatch.setattr(staging, "_prepared", None)
    data = daybook(*(voucher(f"g-{n}", CASH, number=str(n)) for n in range(10)))
    assert scenario.import_file(data).posted == {"voucher": 10}
    assert rows(scenario, book_stage) == 0


@pytest.mark.parametrize(
    "how", ["another import", "another society", "another kind", "a detail", "no detail"]
)
def test_what_was_written_into_the_stage_is_not_sealed(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    """Somebody with the database alters the stage of a crashed import, and restarts the server."""

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(posting, "_seal_all", dies)
        with pytest.raises(KeyboardInterrupt):
            scenario.import_file(daybook(voucher("g-1", CASH)))
    before = kinds(scenario)
    with scenario.rt.db.write() as conn:
        row = conn.execute(select(book_stage)).one()
        record = canon.parse(bytes(row.record))
        cases: dict[str, dict[str, Any]] = {
            "another import": {"record": canon.canonical(record | {"import": "imp-0"})},
            "another society": {"record": canon.canonical(record | {"society": "another"})},
            "another kind": {
                "kind": "officer-holder",
                "record": canon.canonical(
                    {"account": "x", "key": b64.encode(bytes(32)), "kind": "officer-holder",
                     "society": SLUG, "v": 1}
                ),
                "detail": None,
            },
            "no detail": {"detail": None, "detail_salt": None},
            "a detail": {"detail": canon.canonical({"kind": "voucher-detail", "v": 1})},
        }  # fmt: skip
        conn.execute(update(book_stage).values(**cases[how]))
    with pytest.raises(SakshiError):
        books_service.resume_imports(scenario.rt)
    assert kinds(scenario) == before


def test_a_crashed_import_can_be_voided_and_imported_again(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = daybook(voucher("g-1", CASH), voucher("g-2", CASH, number="2"))

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(staging, "take", dies)
        with pytest.raises(KeyboardInterrupt):
            scenario.import_file(data)
    with scenario.rt.db.read() as conn:
        stuck = books.imports(conn, SLUG)[0]
    assert stuck.state == "open"
    assert books_service.void_import(scenario.rt, stuck.id).state == "void"
    assert books_service.void_import(scenario.rt, stuck.id).state == "void"
    report = scenario.import_file(data)
    assert report.posted == {"voucher": 2}
    assert report.import_id != stuck.id


def test_a_posted_import_can_be_voided_until_a_statement_rests_on_it(
    scenario: BooksScenario,
) -> None:
    report = scenario.import_file(SMALL_BOOKS, year="2025-26")
    books_service.void_import(scenario.rt, report.import_id, reason="wrong file")
    with scenario.rt.db.read() as conn:
        assert books.trial_balance(conn, SLUG, "2025-26") == ()
    report = scenario.import_file(SMALL_BOOKS, year="2025-26")
    assert report.state == "posted"
    scenario.file("2025-26")
    with pytest.raises(ImportStateError):
        books_service.void_import(scenario.rt, report.import_id, reason="wrong file")
    with pytest.raises(UnknownImportError):
        books_service.void_import(scenario.rt, "imp-0")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00" * 64,
        b"PK\x03\x04 anything",
        b"a,b\n1,2\n",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/hosts">]><ENVELOPE>&b;</ENVELOPE>',
        b"<ENVELOPE><VOUCHER>",
        SMALL_BOOKS.replace(b"1,60,000.00 Dr", b"1,70,000.00 Dr"),
        daybook(voucher("g-1", [("Cash", "-1"), ("X", "2")])),
    ],
)
def test_what_is_refused_leaves_nothing_behind(scenario: BooksScenario, data: bytes) -> None:
    before = kinds(scenario)
    report = scenario.import_file(data)
    assert report.state == "refused"
    assert not report.ok
    assert report.refused
    assert all(fault.message for fault in report.refused)
    assert kinds(scenario) == before
    tables = (book_import, book_stage, book_voucher, book_account_map)
    assert [rows(scenario, table) for table in tables] == [0, 0, 0, 0]


def test_wrong_arguments_are_said_plainly(scenario: BooksScenario) -> None:
    with pytest.raises(BooksError, match="not a book year"):
        scenario.import_file(SMALL_BOOKS, year="2025-27")
    with pytest.raises(BooksError, match="not one of"):
        scenario.import_file(SMALL_BOOKS, kind="spreadsheet")
    with pytest.raises(UnknownPersonError):
        books_service.import_file(scenario.rt, "nowhere-1", "f", SMALL_BOOKS, actor="x")
    assert issubclass(BooksError, SakshiError)


def test_whoever_follows_is_told(scenario: BooksScenario) -> None:
    with scenario.rt.db.read() as conn:
        start = outbox.last_live_id(conn)
    scenario.import_file(daybook(voucher("g-1", CASH)))
    with scenario.rt.db.read() as conn:
        live = outbox.live_after(conn, start, ["books"])
    assert [event.payload["state"] for event in live] == ["posted"]
    with scenario.rt.db.write() as conn:
        work = {(item.event, item.key) for item in outbox.claim(conn, scenario.rt.clock() + 1)}
    assert ("society", SLUG) in work
    assert ("log", scenario.origin) in work


def test_late_entries_and_sales_by_quarter(scenario: BooksScenario) -> None:
    sale = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]
    scenario.import_file(
        daybook(
            voucher("g-1", sale, date="20260410"),
            voucher("g-2", sale, date="20260520", number="2"),
            voucher("g-3", sale, date="20260401", number="3"),
        )
    )
    with scenario.rt.db.read() as conn:
        found = books.turnover(conn, SLUG, [])
    assert found.late == [], "the order inside one file says nothing"
    scenario.import_file(
        daybook(
            voucher("g-4", sale, date="20260421", number="4"),
            voucher("g-5", sale, date="20260525", number="5"),
        )
    )
    with scenario.rt.db.read() as conn:
        found = books.turnover(conn, SLUG, [])
    assert (found.through, found.sealed_at) == ("2026-05-25", scenario.rt.clock())
    late = [(row.value_date, row.days, row.filed) for row in found.late]
    assert late == [("2026-04-21", 29, False)]
    sales = [(row.quarter, row.paise, len(row.at)) for row in found.sales]
    assert sales == [("2026-27 Q1", 50_000, 5)]
    assert len(found.closings) == 2 and found.summed == frozenset()
