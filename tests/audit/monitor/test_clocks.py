"""A clock that was wrong once is one finding with one cause, whoever's clock it was."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit.monitoring import clocks
from audit.monitoring.monitor import Outcome
from audit.monitoring.store import Store
from tests.audit import witness_scenario
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar
from tests.audit.monitor.test_witnesses import Outside
from tests.simulator.clock import ManualClock
from trust.log import service as logs

DAY = 86_400


@pytest.fixture
def outside(liar: Liar, tmp_path: Path, clock: ManualClock) -> Iterator[Outside]:
    """A witness with a right clock."""
    folder = tmp_path / "witness"
    folder.mkdir()
    keys = witness_scenario.make(folder)
    (folder / "logs").write_bytes(liar.policy())
    with witness_scenario.serving(folder, clock, "/w") as server:
        yield Outside(liar, keys, server)


@pytest.fixture
def slow(liar: Liar, tmp_path: Path, clock: ManualClock) -> Watcher:
    """A monitor whose clock is an hour behind."""
    return Watcher(liar, tmp_path, ManualClock(clock() - 3600), "slow")


def acknowledge(watcher: Watcher, number: int) -> None:
    store = Store(watcher.file)
    with store.change():
        store.db.execute("UPDATE finding SET acknowledged = 1 WHERE id = ?", (number,))
    store.close()


def only(outcome: Outcome) -> str:
    """What the one open finding says, a time in the future."""
    assert [found.kind for found in outcome.open] == ["future"], outcome.as_json()
    return outcome.open[0].message


def ahead(liar: Liar, clock: ManualClock, seconds: int, entries: int) -> None:
    """The server's clock runs ahead while so many entries are sealed, and is put right."""
    clock.advance(seconds)
    liar.grow(entries)
    clock.advance(-seconds)


def test_a_server_clock_two_days_ahead_once_is_one_finding(
    liar: Liar, watcher: Watcher, clock: ManualClock
) -> None:
    assert watcher.look().exit_code == 0
    ahead(liar, clock, 2 * DAY, 120)
    said = only(watcher.look())
    assert "by up to 2 days" in said and "120, positions 5 to 124" in said
    assert "the server's clock ran ahead" in said
    # What is sealed until then states the same time, for times never go back: the same cause.
    liar.grow(7)
    outcome = watcher.look()
    assert "127, positions 5 to 131" in only(outcome) and outcome.news == []
    folder = Path(outcome.open[0].evidence)
    assert (folder / "README.txt").read_text() == outcome.open[0].paragraph + "\n"
    assert {"entry.txt", "entry.tlog-proof"} <= {path.name for path in folder.iterdir()}
    assert sorted(watcher.evidence.iterdir()) == [folder], "the evidence of one finding"
    clock.advance(3 * DAY)
    assert watcher.look().exit_code == 1, "what a log signed stays until somebody has looked"


def test_an_acknowledged_cause_hides_no_other(
    liar: Liar, watcher: Watcher, clock: ManualClock
) -> None:
    ahead(liar, clock, 2 * DAY, 3)
    acknowledge(watcher, watcher.look().open[0].id)
    liar.grow(2)
    assert watcher.look().exit_code == 0, "its consequences belong to it"
    ahead(liar, clock, 2 * DAY + 60, 1)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and len(outcome.open) == 2 and len(outcome.news) == 1


def test_a_monitor_an_hour_slow_says_so_once_and_ends_it(
    liar: Liar, slow: Watcher, clock: ManualClock
) -> None:
    """Several logs, many entries: one thing to look at, and nothing to acknowledge."""
    with liar.rt.db.write() as conn:
        for number in range(20):
            origin = f"{liar.rt.host}/coop/ekm-{number}/2026-27"
            logs.open_log(conn, origin, now=clock())
    liar.grow(533)
    first = slow.look()
    assert "this monitor's disagree" in only(first) and "The server says" in only(first)
    slow.clock.advance(600)
    clock.advance(600)
    liar.grow(20)
    again = slow.look()
    assert only(again) and again.news == [] and again.open[0].id == first.open[0].id
    slow.clock.advance(3600)
    ended = slow.look()
    assert ended.exit_code == 0 and ended.open == []


def test_a_witness_says_that_it_is_ones_own_clock(
    liar: Liar, slow: Watcher, clock: ManualClock, outside: Outside
) -> None:
    liar.grow(60)
    outside.show(liar.head(liar.state)[2])
    said = only(slow.look(policy=outside.policy()))
    assert "this monitor's own clock is slow. The witness one says" in said
    slow.clock.advance(3600)
    clock.advance(3600)
    assert slow.look().exit_code == 1, "as long as the witness says that this clock is slow"
    slow.clock.advance(3600)
    assert slow.look().exit_code == 0


def test_an_operator_whose_answers_lie_about_the_day_is_found_out_by_a_witness(
    liar: Liar, watcher: Watcher, clock: ManualClock, outside: Outside
) -> None:
    liar.skew = 2 * DAY
    ahead(liar, clock, 2 * DAY, 10)
    outside.show(liar.head(liar.state)[2])
    said = only(watcher.look(policy=outside.policy()))
    assert "the server's clock ran ahead" in said
    clock.advance(3 * DAY)
    assert watcher.look().exit_code == 1, "it does not end by itself"


def test_two_clocks_that_agree_again_too_early_show_whose_was_wrong(
    liar: Liar, watcher: Watcher, clock: ManualClock
) -> None:
    liar.skew = 2 * DAY
    ahead(liar, clock, 2 * DAY, 10)
    assert "disagree" in only(watcher.look())
    liar.skew = 0
    assert "the server's clock ran ahead" in only(watcher.look())
    clock.advance(3 * DAY)
    assert watcher.look().exit_code == 1


def test_a_round_that_is_killed_counts_no_entry_twice(
    liar: Liar, watcher: Watcher, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    ahead(liar, clock, DAY, 30)
    real: Callable[..., None] = clocks.Clocks.settle
    monkeypatch.setattr(clocks.Clocks, "settle", killed)
    with pytest.raises(KeyboardInterrupt):
        watcher.look()
    monkeypatch.setattr(clocks.Clocks, "settle", real)
    assert "in the future: 30, by up to 24 hours" in only(watcher.look())


def test_a_site_without_a_date_is_judged_by_ones_own_clock(
    liar: Liar, watcher: Watcher, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("audit.monitoring.wire.HttpSite.clock", lambda self: None)
    ahead(liar, clock, DAY, 3)
    assert "the server's clock ran ahead" in only(watcher.look())
