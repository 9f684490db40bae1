"""The demo's closed meetings: each is right, held against its society's packages."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from audit.verify.verify import Knowledge, Source, verify_bytes, verify_society
from tests.audit.helpers import said
from tests.e2e.machine import seeded_once
from trust.books import published
from trust.books.package import society_package
from trust.log import lineage, package, proofs
from trust.people import queries as people
from trust.settings import Settings
from voting import package as packages
from voting import queries as voting
from voting import rulebook
from web import wiring


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_every_closed_meeting_is_right(
    tmp_path_factory: pytest.TempPathFactory, tmp_path: Path
) -> None:
    home = Path(shutil.copytree(seeded_once(tmp_path_factory.getbasetemp()), tmp_path / "var"))
    rt = wiring.build(
        Settings.from_env({"SAKSHI_HOME": str(home), "SAKSHI_ARGON2_MEMORY_KIB": "64"})
    )
    checked = 0
    try:
        with rt.db.read() as conn:
            known = Knowledge(
                published.mapping_by_hash,
                rulebook.standard(),
                proofs.policy_text(conn).encode(),
                filings=published.filing_rules(),
            )
            for society in people.societies(conn):
                closed = [m for m in voting.meetings(conn, society.slug) if m.closed_at is not None]
                if not closed:
                    continue
                years = [
                    one.origin.rpartition("/")[2]
                    for one in lineage.shards(conn, "coop", society.slug)
                ]
                books = [
                    Source(year, society_package(conn, society.slug, package.everything, year=year))
                    for year in years
                ]
                history, officers = verify_society(books, known)
                assert officers is not None, [said(one) for one in history.reports]
                for meeting in closed:
                    data = packages.meeting_package(conn, meeting.id, package.everything)
                    report = verify_bytes(data, replace(known, officers=officers))
                    assert report.exit_code == 0, (meeting.id, said(report))
                    for check in ("books", "register", "since", "changes", "ballots", "results"):
                        assert report[check].state == "right", (check, said(report, "not-checked"))
                    checked += 1
    finally:
        rt.close()
    assert checked > 0
