"""Filed sheets of version 2 as the verifier sees them: what is red is wrong, the rest is a note."""

import re
import tomllib
from importlib import resources
from typing import Any

import pytest

from audit.verify.report import Report
from tests.audit import books, sheets
from tests.audit.helpers import check
from tests.audit.scenario import START, AuditScenario, Record, seed
from tests.conftest import ROOT
from trust.formats import b64
from trust.formats.canon import Json


@pytest.fixture
def scenario() -> AuditScenario:
    return AuditScenario("sheets")


def texts(report: Report, state: Any) -> str:
    """All that a report says of a state."""
    return "\n".join(item.text for item in report.findings(state))


ORDER: Record = {"ground": "winding-up", "reference": "RCS 4/2026", "ordered_on": "2026-02-27"}


def test_a_sheet_in_order_is_right_and_has_no_note(scenario: AuditScenario) -> None:
    log, _ = sheets.filed(scenario)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 0 and not report.findings("note"), texts(report, "wrong")
    assert report["form"].state == report["later"].state == "right"


@pytest.mark.parametrize("role", ["secretary", "president"])
def test_one_signature_is_not_enough(scenario: AuditScenario, role: str) -> None:
    log = sheets.begin(scenario)
    other = "president" if role == "secretary" else "secretary"
    key = dict(sheets.BOTH)[role]
    sheets.file(scenario, log, sheets.draft(log, books.vouchers()), [(role, key)])
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1
    assert f"lacks the signature of the {other}" in texts(report, "wrong")


def test_an_unknown_mapping_hides_no_missing_signature(scenario: AuditScenario) -> None:
    """Who files alone names a mapping that no verifier has: day and signatures need none."""
    log = sheets.begin(scenario)
    record = sheets.draft(log, books.vouchers()) | {"mapping": "0" * 64, "as_of": "2026-02-28"}
    sheets.file(scenario, log, record, [("secretary", sheets.SECRETARY)])
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1
    assert "lacks the signature of the president" in texts(report, "wrong")
    assert "names no order as the reason" in texts(report, "wrong")
    assert "uses a statement mapping this version does not have" in texts(report, "not-checked")


def test_one_key_does_not_sign_for_two_offices(scenario: AuditScenario) -> None:
    log = sheets.begin(scenario)
    signers = [("secretary", sheets.PRESIDENT), ("president", sheets.SECRETARY)]
    sheets.file(scenario, log, sheets.draft(log, books.vouchers()), signers)
    assert "was not bound to a" in texts(sheets.verify(scenario, log), "wrong")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"as_of": "2026-02-28"}, "names no order as the reason"),
        ({"as_of": "2027-03-31"}, "a day outside that year"),
        ({"reason": ORDER}, "names a reason as if it were not"),
        (
            {"as_of": "2026-02-28", "reason": ORDER | {"ordered_on": "2026-12-01"}},
            "names an order of a later day",
        ),
    ],
)
def test_a_day_without_its_reason_is_wrong(
    scenario: AuditScenario, change: Any, words: str
) -> None:
    log, _ = sheets.filed(scenario, **change)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1 and words in texts(report, "wrong")


def test_a_running_year_filed_as_a_year_is_wrong(scenario: AuditScenario) -> None:
    """In May 2026 somebody seals the sheet of 2026-27 as of 31 March 2027."""
    log = sheets.begin(scenario)
    record = sheets.draft(log, books.vouchers())
    record |= {"book_year": "2026-27", "as_of": "2027-03-31"}
    sheets.file(scenario, log, record)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1 and "filed before that day" in texts(report, "wrong")


def test_a_day_with_an_order_is_told_and_right(scenario: AuditScenario) -> None:
    log = sheets.begin(scenario, books.vouchers()[:3])
    record = sheets.draft(log, books.vouchers()[:3]) | {"as_of": "2026-02-28", "reason": ORDER}
    sheets.file(scenario, log, record)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 0, texts(report, "wrong")
    assert "28/02/2026: winding up, order RCS 4/2026 of 27/02/2026" in texts(report, "note")


def test_an_open_fault_is_stated_and_red(scenario: AuditScenario) -> None:
    listed = sheets.on_suspense()
    log = sheets.begin(scenario, listed)
    record = sheets.draft(log, listed)
    assert record["open_checks"] == [{"number": 15, "code": "suspense"}]
    sheets.file(scenario, log, record)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1
    assert "(check 15): an amount stands on a suspense account" in texts(report, "wrong")
    assert "does not state" not in texts(report, "wrong")


def test_an_open_fault_left_out_or_invented_is_found(scenario: AuditScenario) -> None:
    listed = sheets.on_suspense()
    log = sheets.begin(scenario, listed)
    sheets.file(scenario, log, sheets.draft(log, listed) | {"open_checks": []})
    assert "does not state that check 15 was open" in texts(sheets.verify(scenario, log), "wrong")
    other = AuditScenario("invented")
    invented: list[Json] = [{"number": 15, "code": "suspense"}]
    made, _ = sheets.filed(other, open_checks=invented)
    assert "states a fault that is not there (check 15)" in texts(
        sheets.verify(other, made), "wrong"
    )


def test_a_later_entry_without_its_cause_is_wrong_and_its_movement_told(
    scenario: AuditScenario,
) -> None:
    log, _ = sheets.filed(scenario)
    sheets.post(log, [sheets.late()], "imp-2", START + 40)
    scenario.publish(log)
    report = sheets.verify(scenario, log)
    said = texts(report, "wrong")
    assert report.exit_code == 1
    assert "sheet were taken: 1, from" in said and "Of these, 1 without a word" in said
    assert "25,500.00 was filed for 2025-26; with the entries sealed since it is 25,600.00" in said


def test_a_later_entry_that_names_what_it_corrects_is_a_note(scenario: AuditScenario) -> None:
    log, _ = sheets.filed(scenario)
    sheets.post(log, [sheets.late("g-3")], "imp-2", START + 40)
    scenario.publish(log)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 0 and "Each names what it corrects" in texts(report, "note")


def test_a_sheet_filed_again_explains_later_entries(scenario: AuditScenario) -> None:
    log, first = sheets.filed(scenario)
    sheets.post(log, [sheets.late()], "imp-2", START + 40)
    record = sheets.draft(log, [*books.vouchers(), sheets.late()])
    late: Json = {"number": 17, "code": "late-entry"}
    record |= {"supersedes": books.digest(first), "open_checks": [late]}
    sheets.file(scenario, log, record, at=START + 50)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 0, texts(report, "wrong")
    said = texts(report, "note")
    assert (
        "no longer stands: another was filed" in said and "The sheet was filed again since" in said
    )
    assert "stands in place of that of" in said


def test_a_withdrawn_import_is_wrong(scenario: AuditScenario) -> None:
    log, _ = sheets.filed(scenario)
    log.append(books.import_close("imp-1", 4, "void"), START + 40)
    scenario.publish(log)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1
    assert "that were withdrawn after its figures were taken: 4" in texts(report, "wrong")


def reason_for(log: Any, statement: str) -> Record:
    """What the society says of later entries."""
    return {
        "kind": "late-entries",
        "v": 1,
        "society": books.SLUG,
        "book_year": "2025-26",
        "statement": statement,
        "book_origin": log.origin,
        "book_size": len(log.entries),
        "book_root": b64.encode(log.root()),
        "reason": "A bill was found in an old file.",
    }


def test_the_societys_reason_is_told_and_changes_nothing(scenario: AuditScenario) -> None:
    log, record = sheets.filed(scenario)
    sheets.post(log, [sheets.late()], "imp-2", START + 40)
    log.append(reason_for(log, books.digest(record)), START + 45)
    scenario.publish(log)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1
    assert "“A bill was found in an old file.”" in texts(report, "note")


@pytest.mark.parametrize(
    "change",
    [{"statement": seed("none").hex()}, {"book_root": b64.encode(seed("x"))}, {"book_size": 99}],
)
def test_a_reason_that_names_no_sheet_or_head_is_wrong(
    scenario: AuditScenario, change: Any
) -> None:
    log, record = sheets.filed(scenario)
    log.append(reason_for(log, books.digest(record)) | change, START + 45)
    scenario.publish(log)
    report = sheets.verify(scenario, log)
    assert report.exit_code == 1 and report["later"].state == "wrong"


def test_closed_vouchers_after_the_filing_are_not_silent(scenario: AuditScenario) -> None:
    log, _ = sheets.filed(scenario)
    sheets.post(log, [sheets.late()], "imp-2", START + 40)
    scenario.publish(log)
    hidden = len(log.entries) - 2
    report = check(scenario, scenario.members(log, shown=lambda index: index != hidden))
    assert report.exit_code == 0
    assert "cannot be opened here: 1." in texts(report, "not-checked")


def test_the_rule_files_of_filings_stand_in_the_document() -> None:
    """A stranger's verifier knows from the page alone who signs, and as of which day."""
    page = (ROOT / "docs" / "formats" / "verifying.md").read_text("utf-8")
    shown = [tomllib.loads(block) for block in re.findall(r"```toml\n(.*?)```", page, re.DOTALL)]
    files = [
        tomllib.loads(one.read_text("utf-8"))
        for one in (resources.files("trust.books") / "rules").iterdir()
        if one.name.endswith(".toml")
    ]
    for data in files:
        for table in data.values():
            for name in ("title", "source", "confirm"):
                table.pop(name, None)
    assert shown == files
