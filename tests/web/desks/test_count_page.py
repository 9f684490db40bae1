"""A member takes her meeting's package and checks the count: after the close, her own society's."""

import io
import zipfile
from typing import Any

import pytest

from audit.verify.verify import Knowledge, verify_bytes
from tests.voting.scenario import VotingScenario
from trust.books import published
from trust.log import proofs, sealed
from trust.log.runtime import Runtime
from voting import rulebook
from voting import service as voting_service


@pytest.fixture
def closed(rt: Runtime, scenario: VotingScenario) -> VotingScenario:
    """Two have voted, the meeting is closed and published."""
    for member, choice in (("1", "yes"), ("2", "no")):
        with rt.db.write() as conn:
            voting_service.cast(
                conn, scenario.id, scenario.ballot(conn, member, choice), now=rt.clock()
            )
    with rt.db.write() as conn:
        closes = scenario.meeting(conn).closes
    rt.clock.advance(closes - rt.clock())  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock())
        origin = scenario.meeting(conn).origin
    rt.publish([origin])
    return scenario


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_a_member_finds_the_count_and_the_package(
    person: Any, closed: VotingScenario, lang: str
) -> None:
    member = person(lang).sign_in_with_card("member 1")
    here = f"/member/meetings/{closed.id}"
    assert f'href="{here}/count"' in member.get(here)
    page = member.get(f"{here}/count")
    assert f'<html lang="{lang}">' in page and f'href="{here}/package.zip"' in page
    with closed.rt.db.read() as conn:
        notice = sealed.record(conn, closed.meeting(conn).origin, 0, "meeting")
        number = closed.number(conn, "1")
    assert ("js/count.js" in page) == (notice["v"] == 2)
    assert (f'data-number="{number}"' in page) == (notice["v"] == 2)


def test_the_package_is_right_and_names_nobody(person: Any, closed: VotingScenario) -> None:
    member = person().sign_in_with_card("member 1")
    answer = member.client.get(f"/member/meetings/{closed.id}/package.zip")
    assert answer.headers["content-type"] == "application/zip"
    with closed.rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    known = Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    report = verify_bytes(answer.content, known)
    assert report.exit_code == 0, report.findings("wrong")
    assert report["ballots"].right == 2 and report["roll"].state == "right"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert b"Member 1" not in whole and b'"member 1"' not in whole.lower()
    with closed.rt.db.read() as conn:
        entries = [name for name in archive.namelist() if name.startswith("openings/")]
        assert len(entries) >= 2 and closed.meeting(conn).closed_at is not None


def test_not_before_the_close_and_not_of_another_society(
    person: Any, scenario: VotingScenario
) -> None:
    member = person().sign_in_with_card("member 1")
    for path in ("count", "package.zip"):
        member.get(f"/member/meetings/{scenario.id}/{path}", 404)
        member.get(f"/member/meetings/other-2026-1/{path}", 404)
    officer = person().sign_in("secretary")
    officer.get(f"/member/meetings/{scenario.id}/package.zip", 403)
    stranger = person()
    assert stranger.client.get(f"/member/meetings/{scenario.id}/package.zip").status_code in (
        303,
        401,
    )
