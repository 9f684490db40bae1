"""A meeting of version 1, called the way revision 8d3a23a called it: no verb makes one any more.

What was called then ends under the rules of then, so the tests of version 1 go on.
"""

from datetime import UTC, datetime

from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, RESOLUTIONS, VotingScenario
from trust.formats import canon, times
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.model import Resolution

ID = "tvm-101-2026-9"
ORIGIN = f"s0.test.example/meeting/{ID}"


def call(conn: Connection, rt: Runtime) -> str:
    """The first entries of its log."""
    now, opens = rt.clock(), rt.clock() + 20 * DAY
    held_on = datetime.fromtimestamp(opens, UTC).astimezone(IST).date()
    (rules,) = rulebook.standard().sets
    common = {
        "society": "tvm-101",
        "origin": ORIGIN,
        "type": "annual-general-body",
        "title_en": "Annual general body",
        "title_ml": canon.normalise_text("വാർഷിക പൊതുയോഗം"),
        "rules": rules.pin,
    }
    notice: dict[str, Json] = {
        **common,
        "kind": "meeting",
        "v": 1,
        "notice_given": times.format_time(now),
        "held_on": held_on.isoformat(),
        "opens": times.format_time(opens),
        "closes": times.format_time(opens + DAY),
    }
    entries = [NewEntry("meeting", notice, "meeting")]
    for number, item in enumerate(RESOLUTIONS, start=1):
        texts = canon.normalise_text(item.text_en), canon.normalise_text(item.text_ml)
        made = Resolution(number, "", *texts, item.majority, item.quorum)
        record = made.record(ORIGIN)
        entries.append(NewEntry("resolution", record, f"resolution {number}"))
    logs.open_log(conn, ORIGIN, now=now)
    logs.append(conn, ORIGIN, entries, now=now)
    return ID


def opened(rt: Runtime, *, members: int = 6, with_key: int = 5) -> VotingScenario:
    """Everything until the opening, as `tests.voting.scenario.opened`; no sealed register."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members, with_key)
        w.bind_officer(conn, people_setting, "secretary", "secretary", rt.clock())
        w.bind_officer(conn, people_setting, "president", "president", rt.clock())
        made = call(conn, rt)
        voting_service.draw_roll(
            conn, people_setting.actor(conn, "secretary"), made, now=rt.clock() + 2 * DAY
        )
        opens = voting.meeting(conn, made).opens
    rt.clock.advance(opens - rt.clock())  # type: ignore[attr-defined]
    return VotingScenario(rt, people_setting, made)
