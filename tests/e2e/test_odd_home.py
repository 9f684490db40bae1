"""A home whose path holds %, ?, # and a space: every command works in it, nothing lands beside it.

A URL glued together from such a path names another file since SQLAlchemy 2.1.
"""

import json
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.machine import Server, environment, free_port, sakshi
from trust.database import Database
from trust.settings import Settings

ROOT = Path(__file__).parents[2]
ODD = "50% of?a=1#b %41/the home"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("odd") / ODD
    done = sakshi(made, "demo", "--no-serve")
    assert done.returncode == 0, done.stderr
    return made


def test_every_command_works_in_a_home_with_odd_characters(home: Path, tmp_path: Path) -> None:
    beside = sorted(path.name for path in home.parents[1].rglob("*.db"))
    assert beside == ["guard.db", "sakshi.db"]
    backup, mirror = tmp_path / "b %?#.bak", tmp_path / "m %?#"
    for command in (
        ("status",),
        ("societies",),
        ("package", "s1", str(tmp_path / "p %?#.zip")),
        ("fsck",),
        ("rebuild",),
        ("keys", "list"),
        ("mirror", str(mirror)),
        ("backup", str(backup)),
        ("demo", "--no-serve"),
    ):
        done = sakshi(home, *command)
        assert done.returncode == 0, (command, done.stdout, done.stderr)
    assert sorted(path.name for path in home.parents[1].rglob("*.db")) == beside


def test_restoring_serving_and_migrating_in_such_a_home(home: Path, tmp_path: Path) -> None:
    backup, new = tmp_path / "b.bak", tmp_path / ODD
    assert sakshi(home, "backup", str(backup)).returncode == 0
    sakshi(new, "restore", str(backup))  # what it misses is the signer, which no backup holds
    assert (new / "sakshi.db").is_file()
    checked = subprocess.run(
        [sys.executable, "-m", "alembic", "check"], cwd=ROOT, env=environment(new), check=False
    )
    assert checked.returncode == 0
    server = Server(home).start()
    assert server.get("/s/s1").status_code == 200
    again = sakshi(home, "demo")
    assert again.returncode == 0 and f"A server is running on this state already: {server.url}" in (
        again.stdout
    )
    server.stop()


@pytest.mark.parametrize("name", ["plain", "a b", "50%", "%41", "q?a=b", "x#y", "ക:@/;+", "file:x"])
def test_the_address_of_the_database_names_this_very_file(name: str, tmp_path: Path) -> None:
    settings = Settings.from_env({"SAKSHI_HOME": str(tmp_path / name)})
    db = Database(settings.database)
    assert db.url.database == str(tmp_path / name / "sakshi.db")
    with db.write() as conn:
        conn.exec_driver_sql("create table here (a)")
    db.dispose()
    assert list(tmp_path.rglob("sakshi.db")) == [tmp_path / name / "sakshi.db"]


def test_the_terminal_of_the_demo_holds_our_words_only(home: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", free_port()))
        other.listen()
        host, port = other.getsockname()
        process = subprocess.Popen(
            [sys.executable, "-m", "web.cli", "demo"],
            cwd=ROOT,
            env=environment(home) | {"SAKSHI_BIND": f"{host}:{port}"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 60
        while not (home / "server.url").is_file() or time.monotonic() < deadline - 56:
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
        refused = sakshi(home, "serve", "--port", str(port))
        process.send_signal(signal.SIGINT)
        told, lines = process.communicate(timeout=60)
    assert process.returncode == 0
    assert f"Another program listens on {host}:{port}: the demo takes {host}:" in told
    kept, *log = lines.splitlines()
    assert kept.startswith("The demo state in "), lines
    assert [json.loads(line)["event"] for line in log][:1] == ["serving"], lines
    assert all(json.loads(line)["level"] == "info" for line in log), lines
    assert refused.returncode == 1
    assert f"Another program listens on {host}:{port}. Stop it" in refused.stderr


def test_a_bad_address_and_a_database_of_ones_own_are_refused_in_words(tmp_path: Path) -> None:
    for setting, command, code, words in (
        ({"SAKSHI_BIND": "8000"}, "serve", 2, "SAKSHI_BIND must be host:port"),
        ({"SAKSHI_BIND": "8000"}, "demo", 2, "SAKSHI_BIND must be host:port"),
        ({"SAKSHI_DATABASE": "postgresql://a/b"}, "demo", 1, "Unset SAKSHI_DATABASE"),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "web.cli", command],
            cwd=ROOT,
            env=environment(tmp_path / "home") | setting,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code and words in done.stderr, done.stderr
        assert "Traceback" not in done.stderr
