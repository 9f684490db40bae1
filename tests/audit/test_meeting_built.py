"""A meeting of version 2 as the server's own rooms make it, held against its society's package."""

from dataclasses import replace

import pytest

from audit.verify.report import Report
from audit.verify.verify import Knowledge, Source, verify_bytes, verify_society
from tests.audit.helpers import said
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, opened
from trust.books import published
from trust.books.package import society_package
from trust.log import package, proofs
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.package import meeting_package

SLUG = w.PROFILE.slug


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    """Two vote; a card is stopped and another given; officers help a third and a fourth."""
    found, now = opened(rt), rt.clock()
    for member, choice in (("1", "yes"), ("2", "no")):
        with rt.db.write() as conn:
            voting_service.cast(conn, found.id, found.ballot(conn, member, choice), now=now)
    with rt.db.write() as conn:
        key = people.member_key(conn, found.people_setting.members["1"])
        assert key is not None
        herself = w.member_of(conn, found.people_setting, "1")
        people_service.revoke_key(conn, herself, key.id, "lost", now=now)
        w.enrol(conn, found.people_setting, "1", now, "new card")
    with rt.db.write() as conn:
        clerk, helped = found.people_setting.actor(conn, "clerk"), found.people_setting.members["3"]
        voting_service.open_assisted(conn, clerk, found.id, helped, 1, now=now)
        ballot = found.assisted(conn, "3", "yes", "secretary", "president")
        voting_service.cast(conn, found.id, ballot, now=now)
    return found


def close(scenario: VotingScenario) -> None:
    """The close, and heads over both logs."""
    rt = scenario.rt
    with rt.db.read() as conn:
        closes = scenario.meeting(conn).closes
    rt.clock.advance(closes - rt.clock())  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock())
        logs = [scenario.meeting(conn).origin, people.book_origin(conn, SLUG, rt.clock())]
    rt.publish(logs)


def verify(scenario: VotingScenario) -> Report:
    """As an auditor: the society's package first, then the meeting's with it."""
    with scenario.rt.db.read() as conn:
        known = Knowledge(
            published.mapping_by_hash,
            rulebook.standard(),
            proofs.policy_text(conn).encode(),
            filings=published.filing_rules(),
        )
        society = society_package(conn, SLUG, package.everything)
        data = meeting_package(conn, scenario.id, package.everything)
    history, officers = verify_society([Source("book", society)], known)
    assert history.exit_code == 0, [said(one) for one in history.reports]
    return verify_bytes(data, replace(known, officers=officers))


def test_a_meeting_is_right_in_all_that_the_societys_package_can_tell(
    scenario: VotingScenario,
) -> None:
    close(scenario)
    report = verify(scenario)
    assert report.exit_code == 0, said(report)
    unseen = said(report, "not-checked").keys()
    assert unseen == {"witnesses", "other-heads", "openings"}, "what officers saw is in no package"
    counted = {name: report[name].right for name in ("ballots", "assisted", "changes", "since")}
    assert counted == {"ballots": 3, "assisted": 1, "changes": 2, "since": 2}
    with scenario.rt.db.read() as conn:
        first, _ = voting.results(conn, scenario.id)
    assert first.told is not None
    assert (first.told.opened, first.told.assisted) == (1, 1)
    assert (first.told.since.reissues, first.told.since.stops) == (1, 1)
