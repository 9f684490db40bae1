"""The public page of a meeting, from notice to result."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from tests.voting import hall as halls
from tests.voting.hall import Hall
from trust.log.publish.publication import publish
from trust.log.runtime import Runtime
from voting import queries, service


@pytest.fixture
def hall(rt: Runtime) -> Hall:
    """A meeting at the opening of its vote, with six members, five of them with a card."""
    return halls.opened(rt)


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_votes_are_counted_on_the_page_only_after_the_close(hall: Hall, client: TestClient) -> None:
    rt, path = hall.rt, f"/s/tvm-101/meetings/{hall.id}"
    open_page = _text(client.get(path).text)
    assert "Voting is open" in open_page and "Members on the roll 6" in open_page
    with rt.db.write() as conn:
        for member, choice in (("1", "yes"), ("2", "yes"), ("3", "no")):
            ballot = hall.ballot(conn, member, choice)
            service.cast(conn, hall.id, ballot, now=rt.clock())
        closes = queries.meeting(conn, hall.id).closes
    page = _text(client.get(path).text)
    assert "Voted so far 3" in page and "told after the close" in page
    assert "Abstained" not in page and "Against" not in page
    rt.clock.advance(closes - rt.clock() + 1)  # type: ignore[attr-defined]
    assert "Voting is over, not counted yet" in client.get(path).text
    with rt.db.write() as conn:
        actor = hall.world.actor(conn, "secretary")
        service.close_meeting(conn, actor, hall.id, now=rt.clock())
        origin = queries.meeting(conn, hall.id).origin
    publish(rt, [origin])
    closed = _text(client.get(path).text)
    assert "Closed and counted" in closed and "For 2 Against 1 Abstained 0" in closed
    assert f"/l/{origin}/doc/" in client.get(path).text
    assert "Closed and counted" in client.get("/s/tvm-101").text


def test_a_meeting_stands_under_its_own_society_only(hall: Hall, client: TestClient) -> None:
    assert client.get(f"/s/tsr-7/meetings/{hall.id}").status_code == 404
    missing = client.get("/s/tvm-101/meetings/none")
    assert missing.status_code == 404 and "There is no meeting" in missing.text
