"""What the server puts into packages so that they can be verified across years."""

from datetime import datetime
from pathlib import Path

import pytest

from audit.verify.verify import Knowledge, Source, verify_bytes, verify_history
from tests.audit.helpers import said
from tests.simulator.clock import ManualClock
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.trust.log.disasters import happened
from tests.trust.log.helpers import fill, publish
from trust.books import published
from trust.books.package import society_package
from trust.formats import archive
from trust.formats.origins import state_origin
from trust.formats.times import IST
from trust.log import proofs, shards
from trust.log.package import common_members, everything
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource
from voting import rulebook

SALE = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]


def known(rt: Runtime) -> Knowledge:
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    return Knowledge(
        published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
    )


def members(rt: Runtime, year: str) -> dict[str, bytes]:
    with rt.db.read() as conn:
        data = society_package(conn, SLUG, everything, year=year)
    manifest = data[38 : 38 + (archive.manifest_length(data[38:]) or 0)]
    regions = archive.regions(manifest, archive.parse_manifest(manifest))
    return {one.name: data[one.start : one.stop] for one in regions if one.part == "content"}


@pytest.fixture
def scenario(rt: Runtime, clock: ManualClock) -> BooksScenario:
    """Two log years and an emergency in the second, of the book log and of the state log."""
    made = build(rt)
    made.import_file(SMALL_BOOKS, year="2025-26")
    made.file("2025-26")
    made.import_file(daybook(voucher("c-1", SALE, date="20260601", number="3")), "may.xml")
    made.publish()
    clock.now = int(datetime(2027, 4, 1, tzinfo=IST).timestamp()) + 3600
    less = [("Cash", "-90.00"), ("Sales: consumer goods", "90.00")]
    corrected = voucher("c-1", less, date="20260601", number="3")
    made.import_file(daybook(voucher("g-1", SALE, date="20270330"), corrected))
    made.publish()
    shards.rotate(rt, made.origin, "drill")
    shards.rotate(rt, state_origin(rt.host, "2027-28"), "drill")
    made.import_file(daybook(voucher("g-2", SALE, date="20270331", number="2")))
    made.publish()
    return made


def test_a_package_holds_what_ties_the_years(scenario: BooksScenario) -> None:
    first, last = members(scenario.rt, "2026-27"), members(scenario.rt, "2027-28.2")
    for files in (first, last):
        handed_on = {name.split("/")[1] for name in files if name.startswith("states/")}
        assert handed_on == {"2026-27", "2027-28"}
        assert len([name for name in files if name.startswith("states/")]) == 8
    assert "state/key-end-record" in first and "previous/last-record" not in first
    assert "state/key-end-record" not in last and "previous/last-record" in last


def test_three_logs_are_one_history_and_a_sheet_counts_them_all(scenario: BooksScenario) -> None:
    scenario.file("2026-27")
    scenario.publish()
    with scenario.rt.db.read() as conn:
        sources = [
            Source(year, society_package(conn, SLUG, everything, year=year))
            for year in ("2027-28.2", "2027-28.1", "2026-27")
        ]
    history = verify_history(sources, known(scenario.rt))
    assert history.exit_code == 0, [said(report) for report in history.reports]
    assert history.seams is not None and history.seams["continued"].right == 2
    assert [part.report["sheets"].right for part in history.parts] == [1, 0, 1]
    assert history.parts[2].report["state-logs"].right == 2
    corrections = history.parts[1].report["corrections"]
    assert (corrections.right, corrections.state) == (2, "right"), "a voucher of the year before"
    gap = verify_history([sources[0], sources[2]], known(scenario.rt))
    assert gap.exit_code == 2 and gap.seams is not None
    assert f"{SLUG}/2027-28 is missing" in said(gap.seams, "missing")["unbroken"]


def test_a_log_after_one_that_was_given_up_shows_the_state_logs_word(
    rt: Runtime, tmp_path: Path
) -> None:
    disaster = happened(rt, tmp_path)
    fill(rt, disaster.later, 12, 20)
    publish(rt, disaster.later)
    mirror(rt.db, disaster.mirror.with_name("second"))
    for path in (disaster.mirror.with_name("second") / rt.host / "coop").iterdir():
        (path / "2026-27" / "checkpoint").unlink()
    again = disaster.restored()
    mirrors = [FolderSource(disaster.mirror), FolderSource(disaster.mirror.with_name("second"))]
    recovery.recover(again, mirrors)
    after = abandonment.abandon(again, disaster.later, "the disk burnt")
    assert after is not None
    fill(again, after, 20, 25)
    publish(again, after)
    with again.db.read() as conn:
        data = archive.pack(common_members(conn, after, everything))
    report = verify_bytes(data, known(again))
    assert report["years"].state == "not-checked"
    told = said(report, "not-checked")["years"]
    assert "was given up, not closed" in told and "the disk burnt" in told
    again.close()
    disaster.drop()
