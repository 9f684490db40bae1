"""What breaks around us: the broker away, the clock put back. In one process."""

from typing import Any

import pytest

from tests.simulator.clock import ManualClock
from tests.trust.people import scenario as w
from trust import outbox
from trust.formats.entries import Entry, parse_entry
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from web import wiring


class BrokenBroker:
    """A Celery app whose broker is away."""

    def send_task(self, name: str, args: list[Any]) -> None:
        """Nothing gets through."""
        raise ConnectionError("the broker is away")


def origin(rt: Runtime) -> str:
    with rt.db.read() as conn:
        return people.book_origin(conn, w.PROFILE.slug, rt.clock())


def backlog(rt: Runtime) -> int:
    with rt.db.read() as conn:
        return outbox.backlog(conn)


def test_a_broker_that_is_away_loses_no_work(rt: Runtime, clock: ManualClock) -> None:
    wiring.load_packages()
    with rt.db.write() as conn:
        w.build(conn, rt.clock())
    waiting = backlog(rt)
    assert waiting > 0
    dispatcher = wiring.Dispatcher(rt, BrokenBroker())  # type: ignore[arg-type]
    with pytest.raises(ConnectionError):
        dispatcher.hand_over()
    assert backlog(rt) == waiting, "a row left the outbox without having been worked on"
    # Rows that were handed over and not worked on come again after a while; the dispatcher's
    # clock is the machine's, the drain's is the test's.
    clock.advance(2 * 365 * 86_400)
    assert wiring.drain(rt) > 0 and backlog(rt) == 0
    with rt.db.read() as conn:
        name = next(
            info.origin for info in log_queries.logs(conn, "coop") if w.PROFILE.slug in info.origin
        )
        assert log_queries.released(conn, name).size == log_queries.info(conn, name).next_index


def test_a_clock_put_back_changes_no_order(rt: Runtime, clock: ManualClock) -> None:
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=3, with_key=2)
    name = origin(rt)
    rt.publish([name])
    clock.advance(-7 * 86_400)
    with rt.db.write() as conn:
        w.enrol(conn, scenario, "3", clock() + 8 * 86_400)
    clock.advance(-86_400)
    with rt.db.write() as conn:
        w.bind_officer(conn, scenario, "secretary", "secretary", clock())
    rt.publish([name])
    with rt.db.read() as conn:
        size = log_queries.released(conn, name).size
        parsed = [parse_entry(item.entry) for item in log_queries.entries(conn, name, 0, size)]
    times = [item.time for item in parsed if isinstance(item, Entry)]
    assert len(times) == size
    assert times == sorted(times)
