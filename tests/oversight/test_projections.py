"""Rows of alerts are what their sealed steps amount to, with payloads gone as well as there."""

import pytest
from sqlalchemy import select, tuple_, update

from oversight import queries as oversight
from oversight import tables as t
from oversight.model import Step
from tests.oversight.conftest import Desk
from tests.oversight.rows import NOON
from tests.oversight.test_alerts import act, gathered, only_alert
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.tables import log_payload


def whole_life(desk: Desk) -> None:
    """Opened, taken over, cleared, brought back, closed, brought back, commented."""
    desk.judge(gathered(46))
    act(desk, "acknowledge", "officer-a", "")
    desk.judge(gathered(0, first=1000, at=NOON + 10))
    desk.judge(gathered(5, first=2000, at=NOON + 20))
    act(desk, "close", "officer-b", "repaid")
    desk.judge(gathered(47, first=3000, at=NOON + 30))
    act(desk, "comment", "officer-a", "looked at again")


def findings(desk: Desk) -> list[str]:
    return [one.column for one in check(desk.rt.db, Tally()) if "oversight" in one.column]


def rows(desk: Desk) -> list[object]:
    with desk.rt.db.read() as conn:
        return [
            dict(row._mapping)
            for table in (t.oversight_alert, t.oversight_step)
            for row in conn.execute(select(table).order_by(*table.primary_key))
        ]


def lose(desk: Desk, *numbers: int) -> None:
    """The payloads of these steps are gone."""
    s, p = t.oversight_step.c, log_payload.c
    with desk.rt.db.write() as conn:
        places = conn.execute(select(s.log_id, s.idx).where(s.number.in_(numbers))).all()
        gone = tuple_(p.log_id, p.idx).in_([tuple(place) for place in places])
        conn.execute(update(log_payload).where(gone).values(record=None, salt=None))


def test_a_whole_life_is_made_again_of_its_steps(desk: Desk) -> None:
    whole_life(desk)
    before = rows(desk)
    assert [one.action for one in steps(desk)] == [
        "open", "acknowledge", "clear", "raise", "close", "raise", "comment",
    ]  # fmt: skip
    assert findings(desk) == []
    with desk.rt.db.write() as conn:
        conn.execute(t.oversight_step.delete())
        conn.execute(t.oversight_alert.delete())
    assert rebuild(desk.rt.db).findings == []
    assert rows(desk) == before


def steps(desk: Desk) -> list[Step]:
    with desk.rt.db.read() as conn:
        return oversight.timeline(conn, only_alert(desk).id)


@pytest.mark.parametrize("numbers", [(1,), (2,), (5,), (4, 6), (7,), (1, 2, 3, 4, 5, 6, 7)])
def test_steps_without_payload_stand_with_their_alert(desk: Desk, numbers: tuple[int, ...]) -> None:
    whole_life(desk)
    before = rows(desk)
    lose(desk, *numbers)
    tally = Tally()
    assert [str(one) for one in check(desk.rt.db, tally) if "oversight" in one.column] == []
    assert tally.unchecked == len(numbers)
    assert rebuild(desk.rt.db).rows == 0
    assert rows(desk) == before


def test_a_step_beside_a_lost_one_is_still_checked(desk: Desk) -> None:
    whole_life(desk)
    lose(desk, 4)
    with desk.rt.db.write() as conn:
        alert = t.oversight_alert
        conn.execute(update(alert).values(state="closed"))
        step = t.oversight_step
        conn.execute(update(step).where(step.c.number == 5).values(reason="another"))
    assert findings(desk) == ["oversight_alert.state", "oversight_step.reason"]
