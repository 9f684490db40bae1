"""Closing lists, branches, revisions after filing and voids, as the verifier sees their package."""

import pytest

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_bytes
from tests.audit.helpers import said
from tests.trust.books.cases.taking import content, take
from tests.trust.books.cases.test_standing import assets, closing, findings, moving
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust.books import published
from trust.books import service as books_service
from trust.books.package import society_package
from trust.log import package, proofs
from trust.log.runtime import Runtime
from voting import rulebook


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """A society without books."""
    return build(rt)


def verify(society: BooksScenario) -> Report:
    """The society's package, opened whole."""
    society.publish()
    with society.rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        data = society_package(conn, SLUG, package.everything)
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
    )
    return verify_bytes(data, known)


def test_two_closing_lists_and_their_sheets_verify(scenario: BooksScenario) -> None:
    take(scenario, "03d")
    take(scenario, "03c")
    scenario.file("2023-24")
    scenario.file("2024-25")
    report = verify(scenario)
    assert report.exit_code == 0, said(report)
    assert (report["sheets"].state, report["corrections"].state) == ("right", "right")
    assert [one.colour for one in findings(scenario, "2024-25")].count("red") == 0


def test_a_year_revised_and_adjusted_after_filing_verifies(scenario: BooksScenario) -> None:
    data = moving("2024-25", ("20101", 0, 61_200, 0), ("10101", 0, 0, 61_200))
    scenario.import_file(data)
    scenario.file("2024-25")
    scenario.import_file(content("46b"), "x.xml", answers={"standing": "adjusts"})
    assert "late-named" in {one.code for one in findings(scenario, "2024-25")}
    scenario.file("2024-25")
    asked = take(scenario, "46a", {"standing": "revised"})
    assert [one.code for one in asked.questions] == ["closed-accounts"], "the expense is not in it"
    take(scenario, "46a", {"standing": "revised", "closed-accounts": "yes"})
    scenario.file("2024-25")
    report = verify(scenario)
    assert report.exit_code == 0, said(report)
    assert assets(scenario, "2024-25") == 60_000
    assert "replaces" in {one.code for one in findings(scenario, "2024-25")}


def test_branches_and_a_void_with_its_reason_verify(scenario: BooksScenario) -> None:
    wrong = scenario.import_file(closing("2024-25", ("20101", 7), ("10101", -7)))
    books_service.void_import(scenario.rt, wrong.import_id, reason="of another society")
    for name, rupees in (("Head office", 1_000), ("Kadavu branch", 400)):
        scenario.import_file(
            closing(f"2024-25 {name}", ("20101", rupees), ("10101", -rupees)),
            answers={"standing": "branch"},
        )
    scenario.file("2024-25")
    assert assets(scenario, "2024-25") == 1_400
    report = verify(scenario)
    assert report.exit_code == 0, said(report)
