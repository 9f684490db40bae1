"""What a stranger finds: a meeting's package with its society's, through the offline verifier."""

import dataclasses

from audit.verify.report import Report
from audit.verify.verify import Knowledge, Source, verify_bytes, verify_society
from tests.voting.scenario import VotingScenario
from trust.books import published
from trust.books.package import society_package
from trust.log import proofs
from trust.log import queries as log_queries
from trust.log.package import everything
from voting import rulebook
from voting.package import meeting_package


def verified(scenario: VotingScenario) -> Report:
    """Publish everything and verify the meeting with the society's package."""
    with scenario.rt.db.read() as conn:
        waiting = [info.origin for info in log_queries.logs(conn) if info.next_index != info.size]
    scenario.rt.publish(waiting)
    with scenario.rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        society = society_package(conn, "tvm-101", everything)
        meeting = meeting_package(conn, scenario.id, everything)
    known = Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    history, officers = verify_society([Source("society", society)], known)
    assert history.exit_code == 0, history.reports
    return verify_bytes(meeting, dataclasses.replace(known, officers=officers))


def said(report: Report) -> list[str]:
    """Everything that is not right, but for what a package without outside witnesses lacks."""
    return [
        f"{check.id} {finding.state}: {finding.text}"
        for check in report.checks.values()
        for finding in check.findings
        if finding.state != "note" and check.id not in ("witnesses", "other-heads", "openings")
    ]
