"""Officers who file what is not so: what a sheet hides, a public page and the verifier tell.

Each story is tried by somebody with an officer's own rights, who signs with an officer's own key
and may write a record by hand. Nothing here needs the database's password.
"""

from typing import Any, cast

import pytest
from starlette.testclient import TestClient

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_bytes
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.trust.people.scenario import LATER
from trust.books import published
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import LateReasonPersonalError, StatementRefusedError
from trust.books.package import society_package
from trust.formats.canon import Json
from trust.log import package
from trust.log.runtime import Runtime
from trust.people import queries as people
from voting import rulebook
from web.app import create_app

YEAR, NEXT = "2024-25", "2025-26"


def sale(guid: str, day: str, rupees: str = "100.00") -> str:
    """A cash sale; the numbers of the series follow the guid."""
    lines = [("Cash", f"-{rupees}"), ("Sales: consumer goods", rupees)]
    return voucher(guid, lines, date=day, number=guid.removeprefix("g-"))


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """A society that filed 2024-25 rightly and has books of 2025-26."""
    made = build(rt)
    made.import_file(daybook(sale("g-1", "20240601", "5000.00")), "one.xml")
    made.file(YEAR)
    made.import_file(daybook(sale("g-2", "20250601")), "two.xml")
    return made


def page(scenario: BooksScenario, year: str) -> str:
    """What a stranger is shown of a year, in English."""
    scenario.publish()
    with TestClient(create_app(scenario.rt), headers={"accept-language": "en"}) as client:
        client.cookies.set("lang", "en")
        return client.get(f"/s/{SLUG}/{year}").text


def verdict(scenario: BooksScenario) -> Report:
    """What `sakshi-audit` says of the auditor's package."""
    scenario.publish()
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), filings=published.filing_rules()
    )
    with scenario.rt.db.read() as conn:
        return verify_bytes(society_package(conn, SLUG, package.everything), known)


def refused(scenario: BooksScenario, record: Any, *who: str) -> str:
    """The slug of the refusal; nothing was sealed."""
    with scenario.rt.db.read() as conn:
        before = len(books.statements(conn, SLUG))
    with pytest.raises(StatementRefusedError) as caught:
        books_service.file_statement(scenario.rt, SLUG, scenario.sign(record, *who))
    with scenario.rt.db.read() as conn:
        assert len(books.statements(conn, SLUG)) == before
    return caught.value.code


def test_the_secretary_alone_files_nothing(scenario: BooksScenario) -> None:
    """One officer with one key published the sheet of a whole society."""
    assert refused(scenario, scenario.draft(NEXT).record, "secretary") == "signature-missing"


def test_a_running_year_is_not_passed_off_as_a_year(scenario: BooksScenario) -> None:
    """In June 2026 the officers file two months of 2026-27 as the sheet of the year."""
    scenario.import_file(daybook(sale("g-3", "20260415")), "three.xml")
    scenario.file(NEXT)
    record = scenario.draft("2026-27").record
    assert refused(scenario, record) == "running-year"
    assert refused(scenario, scenario.restated({**record, "as_of": "2027-03-31"})) == "running-year"


def test_a_forged_day_is_refused(scenario: BooksScenario) -> None:
    """The officers choose the day on which the cash was there."""
    forged = scenario.restated({**scenario.draft(NEXT).record, "as_of": "2026-03-20"})
    assert refused(scenario, forged) == "as-of-reason"


def test_last_years_figures_made_over_are_told_line_by_line(scenario: BooksScenario) -> None:
    """Last year's column is lowered, so that this year looks like growth."""
    record = dict(scenario.draft(NEXT).record)
    lines = cast(list[dict[str, Any]], record["lines"])
    record["lines"] = [{**line, "prior": line["prior"] // 2} for line in lines]
    books_service.file_statement(scenario.rt, SLUG, scenario.sign(scenario.restated(record)))
    shown = page(scenario, NEXT)
    assert "5,000.00 was filed for 2024-25; the sheet of 2025-26 shows 2,500.00" in shown
    assert "(as filed)" not in shown
    report = verdict(scenario)
    assert report.exit_code == 1
    assert any("5,000.00 was filed for 2024-25" in one.text for one in report.findings("wrong"))


def test_a_fault_known_at_filing_cannot_be_kept_out_of_the_sheet(scenario: BooksScenario) -> None:
    """The checks found vouchers missing; the record that is signed says they found nothing."""
    scenario.import_file(daybook(sale("g-7", "20250701")), "gap.xml")
    record = dict(scenario.draft(NEXT).record)
    assert record["open_checks"] == [{"number": 19, "code": "number-missing"}]
    assert refused(scenario, record | {"open_checks": cast(Json, [])}) == "open-checks"
    books_service.file_statement(scenario.rt, SLUG, scenario.sign(record))
    assert "voucher numbers are missing" in page(scenario, NEXT)


def test_an_entry_slipped_into_a_filed_year_is_told_to_everybody(scenario: BooksScenario) -> None:
    """A bill is booked into the filed year after the general body had adopted its sheet; the
    society's reason is heard and settles nothing."""
    scenario.import_file(daybook(sale("g-3", "20250301", "700.00")), "late.xml")
    told = "Entries sealed into 2024-25 after the figures of its sheet were taken: 1"
    moved = "5,000.00 was filed for 2024-25; with the entries sealed since it is 5,700.00"
    assert told in page(scenario, YEAR) and moved in page(scenario, YEAR)
    with scenario.rt.db.write() as conn:
        account = people.account(conn, "secretary")
        assert account is not None
        actor = people.actor(conn, account.id, LATER)
        reason = "A bill was found in an old file."
        books_service.explain_late(conn, actor, SLUG, YEAR, reason, now=scenario.rt.clock())
    report = verdict(scenario)
    assert report.exit_code == 1
    assert any(told in one.text for one in report.findings("wrong"))
    assert any(reason in one.text for one in report.findings("note"))
    assert reason in page(scenario, YEAR)


def test_a_sheet_that_was_replaced_is_not_forgotten(scenario: BooksScenario) -> None:
    """A sheet with better figures takes the place of the first; both are told, neither is gone."""
    scenario.import_file(daybook(sale("g-3", "20250301", "700.00")), "late.xml")
    with scenario.rt.db.read() as conn:
        first = books.statement(conn, SLUG, YEAR)
    assert first is not None
    scenario.file(YEAR)
    assert "was filed again" in page(scenario, YEAR)
    with TestClient(create_app(scenario.rt)) as client:
        client.cookies.set("lang", "en")
        old = client.get(f"/s/{SLUG}/{YEAR}/filings/{first.sha256}").text
    assert "no longer stands" in old
    assert any("no longer stands" in one.text for one in verdict(scenario).findings("note"))


def test_nobody_explains_late_entries_in_a_members_name(scenario: BooksScenario) -> None:
    """The reason becomes public: a number that looks like a person's is refused."""
    scenario.import_file(daybook(sale("g-3", "20250301")), "late.xml")
    with scenario.rt.db.write() as conn, pytest.raises(LateReasonPersonalError) as caught:
        account = people.account(conn, "president")
        assert account is not None
        actor = people.actor(conn, account.id, LATER)
        text = "Paid to account number 123456789012 of a member."
        books_service.explain_late(conn, actor, SLUG, YEAR, text, now=scenario.rt.clock())
    assert caught.value.status == 422
