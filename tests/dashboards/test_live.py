"""The live stream: by id, filtered, in the text browsers read."""

import json
from collections.abc import Iterator

from dashboards import live
from tests.oversight.conftest import Desk
from trust import outbox
from trust.outbox import LiveEvent


def say(desk: Desk, society: str, alert: str) -> None:
    with desk.rt.db.write() as conn:
        outbox.live(conn, "alerts", {"society": society, "alert": alert})


def test_format() -> None:
    event = LiveEvent(7, "alerts", {"b": "ക", "a": 1})
    assert live.format_event(event) == (b'id: 7\nevent: alerts\ndata: {"a":1,"b":"\\u0d15"}\n\n')


def test_only_what_the_reader_oversees_and_never_twice(desk: Desk) -> None:
    for society, alert in (
        ("test-1", "a-1"),
        ("test-3", "a-2"),
        ("test-1", "a-3"),
        ("test-3", "a-4"),
    ):
        say(desk, society, alert)
    with desk.rt.db.read() as conn:
        first = live.batch(conn, 0, {"test-1"})
        again = live.batch(conn, first.after, {"test-1"})
    data = [json.loads(x[6:]) for x in first.data.decode().splitlines() if x.startswith("data: ")]
    assert [item["alert"] for item in data] == ["a-1", "a-3"]
    assert (again.data, again.after) == (b"", first.after)


def test_other_topics_are_not_sent(desk: Desk) -> None:
    with desk.rt.db.write() as conn:
        outbox.live(conn, "votes", {"society": "test-1"})
    with desk.rt.db.read() as conn:
        assert live.batch(conn, 0, {"test-1"}).data == b""


def test_where_a_stream_begins(desk: Desk) -> None:
    say(desk, "test-1", "a-1")
    say(desk, "test-1", "a-2")
    with desk.rt.db.read() as conn:
        newest = outbox.last_live_id(conn)
        given = [str(newest - 1), None, "", "x", "-1", "9" * 17, "9" * 40, "²"]
        begins = [live.start_after(conn, header) for header in given]
    assert begins == [newest - 1] + [newest] * 7


def test_follow(desk: Desk) -> None:
    rounds: Iterator[int] = iter(range(100))

    def stop() -> bool:
        number = next(rounds)
        if number == 2:
            say(desk, "test-1", "a-9")
        return number > 4

    parts = list(live.follow(desk.rt.db, 0, {"test-1"}, stop, every=0.001, heartbeat=0.0))
    assert live.HEARTBEAT in parts
    assert sum(b'"alert":"a-9"' in part for part in parts) == 1
