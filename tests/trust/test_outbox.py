"""The outbox: nothing handed over is lost, nothing is removed before it was handed over."""

from trust import outbox
from trust.log.runtime import Runtime


def test_rows_of_one_key_are_one_piece_of_work_and_come_again_until_done(rt: Runtime) -> None:
    with rt.db.write() as conn:
        for _ in range(3):
            outbox.emit(conn, "log", "a")
        outbox.emit(conn, "society", "s1")
        first = outbox.claim(conn, 1000)
        assert [(item.event, item.key, item.upto) for item in first] == [
            ("log", "a", 3),
            ("society", "s1", 4),
        ]
        assert outbox.claim(conn, 1005) == []
        assert outbox.claim(conn, 1031) == first
        outbox.done(conn, first[0])
        assert outbox.backlog(conn) == 1


def test_a_row_that_becomes_visible_late_is_not_removed_unhandled(rt: Runtime) -> None:
    with rt.db.write() as conn:
        outbox.emit(conn, "log", "a")
        (item,) = outbox.claim(conn, 1000)
        outbox.emit(conn, "log", "a")
        outbox.done(conn, outbox.Pending("log", "a", item.upto + 1))
        assert outbox.backlog(conn) == 1


def test_live_events_are_followed_by_id_and_pruned(rt: Runtime) -> None:
    with rt.db.write() as conn:
        start = outbox.last_live_id(conn)
        for number in range(5):
            outbox.live(conn, "alerts", {"n": number})
        outbox.live(conn, "other", {})
        events = outbox.live_after(conn, start, ["alerts"])
        assert [event.payload["n"] for event in events] == [0, 1, 2, 3, 4]
        assert outbox.live_after(conn, events[2].id, ["alerts"]) == events[3:]
        outbox.prune_live(conn, keep=2)
        assert len(outbox.live_after(conn, 0, ["alerts", "other"])) == 2
