"""The demo's folder: whole or not there, kept the second time, new after a reset."""

import json
import shutil
import sqlite3
import time
from pathlib import Path

import pytest
from rich.console import Console

from oversight import queries as oversight
from tests.e2e.machine import environment, kill, seeded_once, start
from trust.books import queries as books
from trust.people import queries as people
from trust.settings import Settings
from voting import queries as voting
from web import wiring
from web.demo import generator
from web.demo import prepare as module
from web.demo.logins import LOGINS, DemoError, read_logins
from web.presence import address, announced

PLANTED = {
    ("s7", "K2"), ("s7", "R1"), ("s7", "C1"), ("s8", "S1"), ("s9", "G1"), ("s10", "J1"),
    ("s11", "B1"),
}  # fmt: skip
QUIET = Console(quiet=True)


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Cheap password hashes, and no setting of the caller's."""
    for name in ("SAKSHI_DATABASE", "SAKSHI_SIGNER_HOME", "SAKSHI_BROKER", "SAKSHI_SIGNER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SAKSHI_ARGON2_MEMORY_KIB", "64")
    monkeypatch.setenv("SAKSHI_HOME", str(tmp_path / "elsewhere"))


def settings(home: Path) -> Settings:
    return Settings.from_env({"SAKSHI_HOME": str(home), "SAKSHI_ARGON2_MEMORY_KIB": "64"})


@pytest.fixture
def one_society(monkeypatch: pytest.MonkeyPatch) -> None:
    """A demo of the first society alone: what the folder goes through is the same."""
    whole = generator.plan
    monkeypatch.setattr(generator, "plan", lambda today: whole(today)[:1])


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_the_demo_is_as_promised(tmp_path_factory: pytest.TempPathFactory, tmp_path: Path) -> None:
    home = Path(shutil.copytree(seeded_once(tmp_path_factory.getbasetemp()), tmp_path / "var"))
    assert (home / LOGINS).stat().st_mode & 0o777 == 0o600
    _as_promised(home)
    _no_secret_on_the_server(home, read_logins(home))


@pytest.mark.slow
@pytest.mark.usefixtures("one_society")
def test_killed_then_made_then_kept_then_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "var"
    victim = start(home, "demo", "--no-serve")
    deadline = time.monotonic() + 60
    while not (tmp_path / ".var.seeding" / "sakshi.db").exists():
        assert time.monotonic() < deadline and victim.poll() is None
        time.sleep(0.02)
    kill(victim)
    assert not module.is_demo(home) and not (home / "sakshi.db").exists()

    module.prepare(home, reset=False, console=QUIET)
    assert not list(tmp_path.glob(".var.seeding*"))
    first = read_logins(home)
    master = (home / "signer" / "master.key").read_bytes()

    module.prepare(home, reset=False, console=QUIET)
    assert read_logins(home) == first, "a second `make demo` keeps the data"
    with announced(home, "http://127.0.0.1:1"), pytest.raises(DemoError, match="Stop it first"):
        module.prepare(home, reset=True, console=QUIET)

    module.prepare(home, reset=True, console=QUIET)
    assert read_logins(home)["host"] != first["host"]
    assert (home / "signer" / "master.key").read_bytes() != master
    assert not list(tmp_path.glob(".var.old*"))


def _as_promised(home: Path) -> None:
    """Two filed years with comparative columns, the meetings, and exactly the planted alerts."""
    rt = wiring.build(settings(home))
    try:
        with rt.db.read() as conn:
            assert {(a.society, a.rule) for a in oversight.alerts(conn)} == PLANTED
            for society in people.societies(conn):
                filed = books.statements(conn, society.slug)
                assert len(filed) == 2
                lines = filed[0].record["lines"]
                assert isinstance(lines, list) and any(line["prior"] for line in lines)
                wrong = [c.number for s in filed for c in s.checks if c.state == "wrong"]
                assert wrong == ([9] if society.slug == "s11" else []), society.slug
            states = [m.state(rt.clock()) for m in voting.meetings(conn, "s1")]
            assert sorted(states) == ["closed", "open"]
            closed = next(m for m in voting.meetings(conn, "s1") if m.closed_at)
            assert [r.carried for r in voting.results(conn, closed.id)] == [True, False]
    finally:
        rt.close()


def _no_secret_on_the_server(home: Path, found: dict[str, object]) -> None:
    """No password and no seed in the database, in any form it could be read from."""
    from trust.formats import signing

    data = (home / "sakshi.db").read_bytes()
    listed = found["people"]
    assert isinstance(listed, list) and len(listed) > 100
    for person in listed:
        assert not person["password"] or person["password"].encode() not in data
        if person["card"]:
            assert signing.parse_card(person["card"]) not in data


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_the_year_turns_inside_the_history(tmp_path: Path) -> None:
    """Made in May, the demo's history begins in the log year before; the same troubles show."""
    home = tmp_path / "var"
    may = 1_810_000_000
    assert time.strftime("%Y-%m", time.gmtime(may)) == "2027-05"
    module.prepare(home, reset=False, console=QUIET, now=may)
    rt = wiring.build(settings(home), clock=lambda: may)
    try:
        with rt.db.read() as conn:
            assert {(a.society, a.rule) for a in oversight.alerts(conn)} == PLANTED
    finally:
        rt.close()


def test_a_folder_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    home = tmp_path / "var"
    home.mkdir()
    (home / "letters.txt").write_text("mine")
    for reset in (False, True):
        with pytest.raises(DemoError, match="not a demo state"):
            module.prepare(home, reset=reset, console=QUIET)
    real = tmp_path / "real"
    real.mkdir()
    sqlite3.connect(real / "sakshi.db").close()
    with pytest.raises(DemoError, match="not a demo state"):
        module.prepare(real, reset=True, console=QUIET)
    assert (home / "letters.txt").read_text() == "mine" and (real / "sakshi.db").exists()


def test_another_database_is_not_the_demos(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SAKSHI_DATABASE", "postgresql://host/name")
    with pytest.raises(DemoError, match="SAKSHI_DATABASE"):
        module.prepare(tmp_path / "var", reset=False, console=QUIET)


def test_a_whole_seeding_whose_place_is_free_moves_in(tmp_path: Path) -> None:
    """Killed between the two renames: the next run finishes what was begun."""
    fresh = tmp_path / ".var.seeding"
    fresh.mkdir()
    (fresh / "sakshi.db").write_bytes(b"")
    (fresh / LOGINS).write_text(json.dumps({"format": "sakshi-demo/1", "people": []}))
    module.prepare(tmp_path / "var", reset=False, console=QUIET)
    assert module.is_demo(tmp_path / "var") and not fresh.exists()
    assert environment(tmp_path / "var")["SAKSHI_HOME"].endswith("var")


def test_a_running_server_is_named_instead_of_started_twice(tmp_path: Path) -> None:
    assert address(tmp_path) is None
    with announced(tmp_path, "http://127.0.0.1:8123"):
        assert address(tmp_path) == "http://127.0.0.1:8123"
    assert address(tmp_path) is None
