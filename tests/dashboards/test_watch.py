"""Silence tells somebody: workers, waiting work, the clock, societies; read from tables alone."""

import time
from typing import Any

import pytest
from sqlalchemy import update

from dashboards import metrics, watch
from dashboards.watch import Concern
from tests.dashboards.test_board import judge, loans
from tests.oversight.conftest import Desk
from trust import outbox, pulse
from trust.log import clockwatch
from trust.log.clockwatch import Tick
from trust.log.runtime import Runtime
from trust.people import service as people_service
from web import wiring
from web.watching import Watcher

wiring.load_packages()
DAY = 86_400


def told(rt: Runtime) -> dict[str, Concern]:
    """The newest concern of each code."""
    with rt.db.read() as conn:
        return {item.code: item for item in watch.everything(conn, now=rt.clock())}


def advance(rt: Runtime, seconds: int) -> None:
    clock: Any = rt.clock
    clock.advance(seconds)


@pytest.fixture
def living(desk: Desk) -> Runtime:
    """A state whose work is done and whose worker has just been heard."""
    wiring.drain(desk.rt)
    Watcher().look(desk.rt, 3600)
    return desk.rt


def test_a_worker_that_never_ran_that_lives_and_that_died(desk: Desk) -> None:
    rt = desk.rt
    wiring.drain(rt)
    assert "worker-never" in told(rt)
    watcher = Watcher()
    watcher.look(rt, 3600)
    heard = rt.clock()
    assert not {"worker-never", "worker-dead"} & told(rt).keys()
    advance(rt, pulse.DEAD_SECONDS)
    assert "worker-dead" not in told(rt)
    advance(rt, 1)
    assert told(rt)["worker-dead"].since == heard


def test_a_pulse_of_a_clock_that_ran_ahead_is_none(living: Runtime) -> None:
    """A worker that died while the clock was two days ahead is not alive for two days."""
    advance(living, 2 * DAY)
    Watcher().look(living, 3600)
    advance(living, -2 * DAY)
    assert "worker-dead" in told(living)


def test_work_that_waits_longer_than_a_minute(living: Runtime) -> None:
    with living.db.write() as conn:
        outbox.emit(conn, "society", "test-1")
    assert "outbox-old" not in told(living)
    for emitted in (int(time.time()) - 200, int(time.time()) + 200):  # the clock was set back since
        with living.db.write() as conn:
            conn.execute(update(outbox.outbox).values(emitted_at=emitted))
        concern = told(living)["outbox-old"]
        assert concern.figures["count"] == 1 and concern.grave


def test_work_handed_over_by_a_clock_that_ran_ahead_is_handed_over_again(living: Runtime) -> None:
    now = living.clock()
    with living.db.write() as conn:
        outbox.emit(conn, "society", "test-1")
        assert len(outbox.claim(conn, now + 2 * DAY)) == 1
        assert outbox.waiting(conn, now) and len(outbox.claim(conn, now)) == 1


def test_a_clock_two_days_ahead_is_told_for_thirty_days(living: Runtime) -> None:
    """It ran ahead, something was sealed, it was set right: one concern with one cause."""
    advance(living, 2 * DAY)
    with living.db.write() as conn:
        people_service.register_society(conn, _profile(9), now=living.clock())
    ahead = living.clock()
    advance(living, -2 * DAY)
    assert told(living)["clock-behind"].figures["minutes"] == 2 * DAY // 60
    watcher = Watcher()
    for _ in range(5):
        watcher.look(living, 3600)
        advance(living, 20)
    advance(living, 3 * DAY)  # the clock has passed the newest seal
    found = told(living)
    assert "clock-behind" not in found
    assert found["clock-moved"].figures["count"] == 1
    scrape = metrics.render(metrics.registry(living)).decode()
    assert "sakshi_clock_moves 1.0" in scrape and "sakshi_clock_behind_seconds 0.0" in scrape
    with living.db.read() as conn:
        (move,) = clockwatch.told(conn, living.clock())
    assert (move.kind, move.seconds, move.seal) == (clockwatch.BACK, 2 * DAY, ahead)
    advance(living, 30 * DAY)
    assert "clock-moved" not in told(living)


def test_a_jump_ahead_is_seen_by_the_clock_that_only_runs(living: Runtime) -> None:
    now = living.clock()
    with living.db.write() as conn:
        assert clockwatch.note(conn, Tick(now, 100.0), Tick(now + 30, 130.2)) is None
        jump = clockwatch.note(conn, Tick(now, 100.0), Tick(now + 2 * DAY, 130.0))
        # Another process of this machine sees the same jump.
        again = clockwatch.note(conn, Tick(now - 7, 93.0), Tick(now + 2 * DAY + 9, 139.0))
        back = clockwatch.note(conn, Tick(now + 2 * DAY, 200.0), Tick(now + 40, 240.0))
    assert jump is not None and (jump.kind, jump.seconds) == ("ahead", 2 * DAY - 30)
    assert again is None
    assert back is not None and (back.kind, back.seconds) == ("back", 2 * DAY)
    assert told(living)["clock-moved"].figures["count"] == 2


def test_a_machine_that_slept_has_not_moved_its_clock() -> None:
    assert clockwatch.moved(Tick(1000, 5.0), Tick(1000 + DAY, 5.0 + DAY)) == 0
    assert clockwatch.moved(None, Tick(1000, 5.0)) == 0


def test_a_sweep_is_made_up_for_when_beat_sends_none(living: Runtime) -> None:
    watcher = Watcher()
    assert watcher.look(living, 3600)  # never swept: the first start, or an upgrade
    with living.db.write() as conn:
        pulse.beat(conn, "sweep", now=living.clock())
    assert not watcher.look(living, 3600)
    advance(living, 2 * 3600 + 1)
    assert watcher.look(living, 3600)
    advance(living, -DAY)  # set back: beat would be silent for a day
    assert watcher.look(living, 3600)


def test_a_society_that_never_filed_is_told_from_the_first_day(desk: Desk) -> None:
    with desk.rt.db.read() as conn:
        found = watch.of_societies(conn, now=desk.rt.clock(), only=["test-1", "test-2"])
    assert {(item.code, item.society) for item in found} == {
        ("never-filed", "test-1"),
        ("never-filed", "test-2"),
    }


def test_nothing_judged_is_told_until_one_judgement_stands(desk: Desk) -> None:
    assert told(desk.rt)["nothing-judged"].figures["count"] == 3
    judge(desk, "test-1", loans(4))
    assert "nothing-judged" not in told(desk.rt)


def test_every_notice_has_words_in_both_languages(living: Runtime) -> None:
    advance(living, DAY)
    for concern in told(living).values():
        en, ml = watch.said(concern, "en"), watch.said(concern, "ml", lambda moment: "M")
        assert en and ml and en != ml and "{" not in en + ml


def _profile(number: int) -> Any:
    from tests.oversight.conftest import profile

    return profile(number)
