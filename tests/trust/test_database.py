"""Writers of one process take turns, in the order in which they asked."""

import threading
import time

import pytest

from trust.database import Database, StorageError, _Turn
from trust.log.runtime import Runtime


def test_a_turn_is_handed_over_in_the_order_of_asking() -> None:
    turn, order = _Turn(), list[int]()

    def ask(number: int) -> None:
        assert turn.acquire(30)
        order.append(number)
        turn.release()

    assert turn.acquire(1)
    threads = []
    for number in range(8):
        threads.append(threading.Thread(target=ask, args=(number,)))
        threads[-1].start()
        while len(turn._waiting) <= number:
            time.sleep(0.001)
    turn.release()
    # Asking again at once must not overtake those who wait.
    assert turn.acquire(30)
    order.append(-1)
    turn.release()
    for thread in threads:
        thread.join()
    assert order == [*range(8), -1]


def test_who_gave_up_waiting_is_passed_over() -> None:
    turn = _Turn()
    assert turn.acquire(1)
    assert not turn.acquire(0.01)
    turn.release()
    assert turn.acquire(0)
    turn.release()


def test_writers_at_once_lose_nothing(rt: Runtime) -> None:
    db: Database = rt.db
    with db.write() as conn:
        conn.exec_driver_sql("CREATE TABLE counted (n INTEGER)")
        conn.exec_driver_sql("INSERT INTO counted VALUES (0)")

    def add() -> None:
        for _ in range(25):
            with db.write() as conn:
                if not db.is_sqlite:
                    conn.exec_driver_sql("SELECT n FROM counted FOR UPDATE")
                held = conn.exec_driver_sql("SELECT n FROM counted").scalar_one()
                conn.exec_driver_sql(f"UPDATE counted SET n = {held + 1}")

    threads = [threading.Thread(target=add) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.read() as conn:
        assert conn.exec_driver_sql("SELECT n FROM counted").scalar_one() == 150


def test_a_failed_write_gives_its_turn_back(rt: Runtime) -> None:
    with pytest.raises(ZeroDivisionError), rt.db.write():
        raise ZeroDivisionError
    with rt.db.write() as conn:
        assert conn.exec_driver_sql("SELECT 1").scalar_one() == 1


def test_a_database_that_does_not_answer_is_told_in_words() -> None:
    db = Database("postgresql://nobody@127.0.0.1:1/none")
    for opened in (db.read, db.write):
        with pytest.raises(StorageError, match="does not answer") as told, opened():
            raise AssertionError("there is nothing to open")
        assert told.value.code == "database-lost" and "nobody" not in str(told.value)
    db.dispose()
