"""A key is bound while both logs are published: rows of logs are locked in one order.

On SQLite one writer waits for the other; the order matters on PostgreSQL.
"""

import threading
import time

from tests.trust.people import scenario as w
from tests.trust.people.test_rolls import MEETING, told
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.publish.integration import integrate
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import rolls
from trust.people import service as people_service

YEAR = 366 * 86_400


def test_whoever_binds_and_whoever_publishes_do_not_wait_for_each_other(rt: Runtime) -> None:
    """The book log of the new year is younger than the meeting's log: in the order of their rows
    the publisher would take the meeting first, and each would wait for the other."""
    with rt.db.write() as conn:
        scenario = w.build(conn, rt.clock(), members=2, with_key=0)
        logs.open_log(conn, MEETING, now=rt.clock())
        first = people.book_origin(conn, "tvm-101", rt.clock())
        people_service.roll_drawn(conn, "tvm-101", MEETING)
    rt.clock.advance(YEAR)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        book = people_service.open_book(conn, "tvm-101", now=rt.clock())
    rt.publisher.flush(first)
    rt.publisher.flush(book)
    with rt.db.write() as conn:
        w.enrol(conn, scenario, "1", rt.clock())
        assert log_queries.info(conn, MEETING).id < log_queries.info(conn, book).id
    failed: list[BaseException] = []

    def publish() -> None:
        try:
            with rt.db.write() as conn:
                integrate(conn, [MEETING, book])
        except BaseException as error:
            failed.append(error)

    beside = threading.Thread(target=publish)
    with rt.db.write() as conn:
        rolls.lock_book(conn, "tvm-101", now=rt.clock())
        beside.start()
        time.sleep(0.5)  # The publisher reaches the rows of the logs.
        w.enrol(conn, scenario, "2", rt.clock())
    beside.join(30)
    assert failed == []
    with rt.db.read() as conn:
        assert len(told(conn)) == 2 and log_queries.info(conn, MEETING).size >= 1
