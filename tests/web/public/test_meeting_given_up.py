"""A meeting whose log was given up after a disaster: its page says so, and it is called again."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.testclient import TestClient

from tests.voting.hall import DAY, RESOLUTIONS, Hall, opened
from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import lineage, queries, service
from trust.log.errors import LogError
from trust.log.model import NewEntry
from trust.log.publish.publication import publish
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import service as votes
from voting.errors import MeetingTermsError
from web.app import create_app


@pytest.fixture
def hall(rt: Runtime) -> Hall:
    """A meeting of which the state log says that it was given up."""
    made = opened(rt)
    with rt.db.read() as conn:
        origin = made.meeting(conn).origin
    head = publish(rt, [origin])[origin]
    record: dict[str, Json] = {
        "kind": "abandonment", "v": 1, "origin": origin, "size": head.size + 3,
        "root": b64.encode(b"\1" * 32), "kept": head.size, "successor": f"{origin}-r2",
        "reason": "the <disk> burnt",
    }  # fmt: skip
    with rt.db.write() as conn:
        state = lineage.current_state(conn, rt.host, rt.clock())
        entry = NewEntry("abandonment", record, f"abandon {origin}")
        service.append(conn, state, [entry], now=rt.clock())
    return made


def call(hall: Hall, again: str | None) -> str:
    """Call a meeting, in place of another if one is named."""
    rt = hall.rt
    opens = rt.clock() + 30 * DAY
    with rt.db.write() as conn:
        return votes.call_meeting(
            conn, hall.world.actor(conn, "secretary"), "tvm-101", "Again", "വീണ്ടും",
            "annual-general-body", datetime.fromtimestamp(opens, UTC).astimezone(IST).date(),
            opens, opens + DAY, RESOLUTIONS, now=rt.clock(), again=again,
        )  # fmt: skip


def test_nothing_is_cast_in_it_and_it_is_called_again_under_the_name_stated(hall: Hall) -> None:
    rt = hall.rt
    with rt.db.write() as conn, pytest.raises(LogError, match="given up"):
        votes.cast(conn, hall.id, hall.ballot(conn, "1", "yes"), now=rt.clock())
    with rt.db.read() as conn:
        assert voting.to_call_again(conn, "tvm-101") == [hall.id]
        assert voting.to_call_again(conn, "tsr-7") == []
    for wrong in ("none", f"{hall.id}-r2"):
        with pytest.raises(MeetingTermsError, match="waits to be called"):
            call(hall, wrong)
    assert call(hall, hall.id) == f"{hall.id}-r2"
    with rt.db.read() as conn:
        lost = voting.given_up(conn, hall.id)
        assert lost is not None and lost.called and lost.again == f"{hall.id}-r2"
        assert voting.to_call_again(conn, "tvm-101") == []
        assert voting.given_up(conn, lost.again) is None
        assert queries.info(conn, f"{rt.host}/meeting/{lost.again}").next_index == 3
    with pytest.raises(MeetingTermsError):
        call(hall, hall.id)


def test_its_page_says_what_happened_and_links_on(hall: Hall) -> None:
    path = f"/s/tvm-101/meetings/{hall.id}"
    with TestClient(create_app(hall.rt)) as client:
        said = client.get(f"{path}?lang=en").text
        assert "given up" in said and "the &lt;disk&gt; burnt" in said
        assert "has not been called again" in said
        again = call(hall, hall.id)
        said = client.get(f"{path}?lang=en").text
        assert f'href="/s/tvm-101/meetings/{again}"' in said
        assert "ഉപേക്ഷിച്ചു" in client.get(f"{path}?lang=ml").text
        assert (
            "The log of this meeting was given up"
            not in client.get(f"/s/tvm-101/meetings/{again}?lang=en").text
        )
