"""Many logs at once: several connections, one pace, only what has news, and no waiting for ever."""

import json
import threading

import pytest

from audit.monitoring import overdue
from audit.monitoring.scheduler import PATIENCE, Halted, Scheduler
from audit.monitoring.store import Store
from audit.monitoring.wire import HttpSite, Pace, Unreachable
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar, date
from trust.log import service as logs

pytestmark = pytest.mark.slow


def societies(liar: Liar, count: int) -> list[str]:
    """That many further society logs of two entries, published."""
    made = [f"{liar.rt.host}/coop/many-{n}/2026-27" for n in range(count)]
    with liar.rt.db.write() as conn:
        for n, origin in enumerate(made):
            logs.open_log(conn, origin, now=liar.rt.clock())
            items = [date(number, f"many-{n}") for number in range(2)]
            logs.append(conn, origin, items, now=liar.rt.clock())
    liar.rt.publish(made)
    return made


def test_four_logs_are_read_at_once(liar: Liar, watcher: Watcher) -> None:
    made = societies(liar, 4)
    together = threading.Barrier(4)
    for origin in made:
        liar.delays[liar.path(origin, "checkpoint")] = together  # type: ignore[assignment]
    outcome = watcher.look()
    assert outcome.exit_code == 0, outcome.as_json()
    assert outcome.counts["logs"] == 6


def test_documents_of_one_log_are_read_together(liar: Liar, watcher: Watcher) -> None:
    liar.grow(3)
    together = threading.Barrier(4)
    for digest in liar.digests(liar.book)[:4]:
        liar.delays[liar.path(liar.book, f"doc/{digest}")] = together  # type: ignore[assignment]
    assert watcher.look().exit_code == 0


def test_a_quiet_round_reads_the_state_log_and_the_sweep_only(liar: Liar, watcher: Watcher) -> None:
    made = societies(liar, 12)
    assert watcher.look().exit_code == 0
    liar.asked.clear()
    quiet = watcher.look(sweep=2)
    assert quiet.exit_code == 0 and quiet.counts["logs"] == 3
    liar.grow(1)
    liar.asked.clear()
    news = watcher.look(sweep=0)
    assert news.counts["logs"] == 2 and news.counts["entries"] == 2
    assert not [path for path in liar.asked if "many-" in path]
    seen = {path.split("/")[4] for _ in range(7) for path in asked_in(liar, watcher)}
    assert seen >= {origin.split("/")[2] for origin in made}, "in the end each is visited again"


def asked_in(liar: Liar, watcher: Watcher) -> list[str]:
    """Checkpoints of society logs asked for in a quiet round."""
    liar.asked.clear()
    watcher.clock.advance(1)
    watcher.look(sweep=2)
    return [path for path in liar.asked if path.endswith("/checkpoint") and "/coop/" in path]


def test_the_list_of_logs_is_read_page_by_page_to_its_end(
    liar: Liar, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = societies(liar, 5)
    monkeypatch.setattr(overdue, "_PAGE", 2)
    assert watcher.look().exit_code == 0
    assert liar.asked.count("/api/v1/logs") == 4, "seven logs, two by two"
    with liar.rt.db.write() as conn:
        logs.append(conn, made[-1], [date(7, "many-4")], now=liar.rt.clock())
    watcher.look()
    watcher.clock.advance(3601)
    assert [found.kind for found in watcher.look().open] == ["stalled"], "on the last page but one"
    page = json.dumps({"items": [], "next": "a"}).encode()
    liar.lies["/api/v1/logs"] = page
    outcome = watcher.look()
    assert any("does not come to an end" in text for text in outcome.unchecked)


def test_the_pace_is_that_of_all_connections_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("audit.monitoring.wire.time.monotonic", lambda: 100.0)
    waits: list[float] = []
    pace = Pace(10.0, waits.append)
    threads = [threading.Thread(target=pace.wait) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [round(wait, 3) for wait in sorted(waits)] == [0.1, 0.2, 0.3, 0.4, 0.5]
    pace.hold(30.0)
    pace.wait()
    assert waits[-1] == 30.0, "the server asked to be left alone"


def test_a_server_that_is_gone_is_not_asked_for_each_log(liar: Liar, watcher: Watcher) -> None:
    societies(liar, 30)
    assert watcher.look().exit_code == 0
    liar.close()
    outcome = watcher.look()
    assert outcome.exit_code == 2 and not outcome.open
    assert len(outcome.unchecked) <= PATIENCE + 8, outcome.unchecked


def test_the_turn_comes_back_after_a_fault_and_a_stopped_round_asks_nothing(liar: Liar) -> None:
    site = HttpSite(liar.url, rate=0, sleep=lambda seconds: None)
    reading = Scheduler(site, 2)
    reading.take()

    def fails() -> None:
        raise ValueError("in a job")

    with pytest.raises(ValueError, match="in a job"):
        reading.each([fails] * 3)
    reading.give()
    again = Scheduler(site, 2)
    again.take()
    assert again.get("policy").startswith(b"log ")
    again.interrupt()
    with pytest.raises(Halted):
        again.get("policy")
    with pytest.raises(Unreachable, match="stopped"):
        site.get("policy")
    assert not again.take(0), "whoever is stopped still has the turn, to put things away"
    again.give()


def test_an_old_state_file_gets_what_came_later(watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    store = Store(watcher.file)
    store.db.execute("DROP TABLE witness_head")
    store.db.execute("DROP INDEX finding_origin")
    store.close()
    assert watcher.look().exit_code == 0
