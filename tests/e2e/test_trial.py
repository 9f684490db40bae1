"""A trial: a state with a clock that is moved ahead, and that nobody takes for another."""

import json
import sqlite3
import time
from pathlib import Path

import pytest

from tests.e2e.machine import Server, audit, environment, sakshi
from tests.trust.people import scenario
from trust.database import Database
from trust.log import boot
from trust.log.errors import ClockAheadError, NotTrialError
from trust.log.trial import MOST_AHEAD, TRIAL, TrialClock, ahead, move
from trust.settings import Settings
from web import wiring
from web.cli_trial import seconds

DAY = 86_400


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trial") / "home"
    made = sakshi(folder, "init", "demo.example", "--trial")
    assert made.returncode == 0, made.stderr
    assert "trial-demo.example" in made.stdout and TRIAL in made.stdout
    return folder


def _clock(home: Path) -> TrialClock:
    return TrialClock(Database(Settings.from_env(environment(home)).database))


def test_all_processes_follow_the_moved_clock(home: Path) -> None:
    server = Server(home).start()
    try:
        page = server.get("/")
        assert page.headers["sakshi-trial"] == TRIAL
        assert 'class="trial"' in page.text
        assert server.get("/no-such-page").headers["sakshi-trial"] == TRIAL
        clock, before = _clock(home), int(time.time())
        moved = sakshi(home, "trial-clock", "+16d")
        assert moved.returncode == 0 and TRIAL in moved.stderr, moved.stderr
        assert str(16 * DAY) in moved.stdout
        time.sleep(0.7)
        assert clock() >= before + 16 * DAY
        # A second step adds to the first.
        assert str(16 * DAY + 3600) in sakshi(home, "trial-clock", "+1h").stdout
    finally:
        server.kill()


@pytest.mark.rotated(3)
@pytest.mark.parametrize("step", ["16d", "+0d", "+99999d"])
def test_the_clock_goes_ahead_only(home: Path, step: str) -> None:
    before = sakshi(home, "trial-clock").stdout.split(",")[-1]
    refused = sakshi(home, "trial-clock", step)
    assert refused.returncode == 1 and "moves ahead only" in refused.stderr
    assert sakshi(home, "trial-clock").stdout.split(",")[-1] == before


@pytest.mark.parametrize("step", ["-1d", "+1w", "+١d", "", "+1d\n", "+1.5d", "+-1d"])
def test_what_is_no_step(step: str) -> None:
    with pytest.raises(ClockAheadError):
        seconds(step)


def test_a_row_that_is_set_back_does_not_set_the_clock_back(home: Path) -> None:
    db = Database(Settings.from_env(environment(home)).database)
    with db.write() as conn:
        move(conn, "trial-demo.example", 5 * DAY)
    clock = TrialClock(db)
    now = clock()
    with db.write() as conn:
        conn.exec_driver_sql("DELETE FROM installation WHERE name = 'trial-ahead'")
    time.sleep(0.7)
    assert clock() >= now


def test_an_open_state_that_is_no_trial_takes_no_clock(tmp_path: Path) -> None:
    home = tmp_path / "real"
    assert sakshi(home, "init", "real.example").returncode == 0
    refused = sakshi(home, "trial-clock", "+16d")
    assert refused.returncode == 1 and "is not a trial" in refused.stderr
    # Its operator writes the row himself: no process reads it.
    with sqlite3.connect(home / "sakshi.db") as conn:
        conn.execute("INSERT INTO installation (name, value) VALUES ('trial-ahead', '999999')")
    settings = Settings.from_env(environment(home))
    db = Database(settings.database)
    rt = boot.open_state(settings, db)
    assert abs(rt.clock() - time.time()) < 5
    rt.close()
    # He renames the state in the database: the signer is of another label.
    with sqlite3.connect(home / "sakshi.db") as conn:
        conn.execute("UPDATE installation SET value = 'trial-real.example' WHERE name = 'host'")
    refused = sakshi(home, "trial-clock", "+16d")
    assert refused.returncode == 1 and "The signer signs for real.example" in refused.stderr
    db.dispose()


def test_a_trial_is_not_turned_into_another_state(home: Path, tmp_path: Path) -> None:
    refused = sakshi(tmp_path / "other", "init", "trial-x.example")
    assert refused.returncode == 1 and "sakshi init --trial" in refused.stderr
    assert not (tmp_path / "other" / "signer" / "master.key").exists()
    again = sakshi(home, "init", "real.example")
    assert again.returncode == 1 and "There is a state here already" in again.stderr


def test_the_auditors_tool_names_a_trial(home: Path, tmp_path: Path) -> None:
    rt = wiring.build(Settings.from_env(environment(home)))
    with rt.db.write() as conn:
        scenario.build(conn, rt.clock(), 2, 1)
    wiring.drain(rt)
    rt.close()
    package = tmp_path / "pkg.zip"
    assert sakshi(home, "package", scenario.PROFILE.slug, str(package)).returncode == 0
    said = audit("verify", str(package))
    assert said.returncode == 0, said.stdout
    assert "TRIAL installation" in said.stdout
    assert json.loads(audit("verify", str(package), "--json").stdout)["trial"] is True
    # Passed off as real: the label in the package is changed.
    data = package.read_bytes()
    assert b"trial-demo.example" in data
    package.write_bytes(data.replace(b"trial-demo.example", b"coop1-demo.example"))
    assert audit("verify", str(package)).returncode == 1


def test_moving_and_steps_by_themselves(home: Path) -> None:
    assert (seconds("+16d"), seconds("+3h"), seconds("+20m")) == (16 * DAY, 10_800, 1200)
    db = Database(Settings.from_env(environment(home)).database)
    with db.write() as conn:
        before = ahead(conn)
        with pytest.raises(NotTrialError):
            move(conn, "real.example", 1)
        with pytest.raises(ClockAheadError):
            move(conn, "trial-demo.example", MOST_AHEAD + 1)
        assert ahead(conn) == before
    db.dispose()
