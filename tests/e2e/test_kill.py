"""SIGKILL at random moments: nothing acknowledged is missing, and what was begun is finished.

*Acknowledged* is what somebody was told: a head they fetched, a receipt they were given, a report
that was printed. The moments come from a seed, so that a failure can be tried again.
"""

import contextlib
import resource
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from random import Random

import httpx2
import pytest
from sqlalchemy import Connection

from tests.conftest import ROOT
from tests.e2e.machine import (
    Browser,
    Server,
    audit,
    checkpoint,
    environment,
    kill,
    package,
    sakshi,
    start,
)
from trust.books import queries as books
from trust.formats import merkle
from trust.log import queries as log_queries
from trust.log import tree_queries
from trust.settings import Settings
from web import wiring
from web.demo import logins
from web.demo.daybook import daybook
from web.demo.seeding import today_in_india

VOUCHERS = 4_400
DICE = Random(20_261_122)


def big(folder: Path, seed: int) -> Path:
    """A day book large enough to be sealed in several chunks."""
    path = folder / f"big-{seed}.xml"
    path.write_bytes(daybook(VOUCHERS, today_in_india(int(time.time())), seed))
    return path


def origin(home: Path, slug: str) -> str:
    """The society's book log, as `sakshi societies` prints it."""
    listed = sakshi(home, "societies", "--text", slug.upper())
    return next(word for word in listed.stdout.split() if f"/coop/{slug}/" in word)


def in_the_middle(home: Path) -> None:
    """Wait until an import is staged, then a random moment."""
    deadline = time.monotonic() + 30
    with contextlib.closing(sqlite3.connect(home / "sakshi.db", timeout=30)) as db:
        while time.monotonic() < deadline:
            if db.execute("SELECT 1 FROM book_import WHERE state = 'open'").fetchone():
                break
            time.sleep(0.01)
    time.sleep(DICE.uniform(0.0, 0.04))


@contextlib.contextmanager
def opened(home: Path) -> Iterator[Connection]:
    """The state's tables, read while no server runs or beside it."""
    rt = wiring.build(Settings.from_env({"SAKSHI_HOME": str(home)}))
    try:
        with rt.db.read() as conn:
            yield conn
    finally:
        rt.close()


def states(home: Path, slug: str) -> set[str]:
    """The states of a society's imports."""
    with opened(home) as conn:
        return {row.state for row in books.imports(conn, slug)}


def entries(home: Path, slug: str) -> list[bytes]:
    """The society's released entries, byte by byte."""
    with opened(home) as conn:
        name = next(info.origin for info in log_queries.logs(conn, "coop") if info.subject == slug)
        size = log_queries.released(conn, name).size
        return [entry.entry for entry in log_queries.entries(conn, name, 0, size)]


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_import_killed_and_begun_again(home: Path, tmp_path: Path) -> None:
    """`sakshi import` is killed three times; the same command brings the file in whole."""
    known, cut_short = entries(home, "s2"), 0
    for seed in range(1, 4):
        file = big(tmp_path, seed)
        victim = start(home, "import", "S2", str(file))
        in_the_middle(home)
        kill(victim)
        cut_short += "open" in states(home, "s2")
        again = sakshi(home, "import", "S2", str(file))
        assert again.returncode == 0, again.stdout + again.stderr
        assert states(home, "s2") == {"posted"}
        now = entries(home, "s2")
        assert now[: len(known)] == known, "an entry that was there before is gone or changed"
        assert len(now) == len(known) + VOUCHERS + 2, "not exactly this import's entries came in"
        known = now
    third = sakshi(home, "import", "S2", str(file))
    assert "changes nothing" in third.stdout and third.returncode == 0
    assert cut_short, "no kill fell into the middle of an import, so nothing was tried"
    package(home, "S2", tmp_path / "after.zip")


def watch(server: Server, name: str, seen: dict[int, bytes], stop: threading.Event) -> None:
    """Fetch the log's head again and again, as a monitor does."""
    while not stop.wait(0.05):
        try:
            size, root = checkpoint(server, name)
        except (httpx2.TransportError, AssertionError):
            continue
        seen[size] = root


def alongside(work: Callable[[], None]) -> threading.Thread:
    """Work that may fail because the server dies under it."""

    def run() -> None:
        try:
            work()
        except (httpx2.TransportError, AssertionError):
            return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_server_killed_in_the_middle_of_an_import(home: Path, tmp_path: Path) -> None:
    """The secretary uploads through the page, the server dies, a new one finishes the import."""
    name = origin(home, "s1")
    seen: dict[int, bytes] = {}
    cut_short = 0
    for seed in range(11, 14):
        server = Server(home).start()
        secretary = Browser(server).sign_in("s1.secretary")
        data = big(tmp_path, seed).read_bytes()
        stop = threading.Event()
        watcher = alongside(lambda s=server, e=stop: watch(s, name, seen, e))  # type: ignore[misc]
        upload = alongside(lambda b=secretary, d=data, n=seed: _upload(b, n, d))  # type: ignore[misc]
        in_the_middle(home)
        server.kill()
        cut_short += "open" in states(home, "s1")
        stop.set()
        watcher.join(10)
        upload.join(10)
        secretary.close()

        again = Server(home).start()
        try:
            assert states(home, "s1") == {"posted"}
            _shows_all(again, name, seen)
        finally:
            again.kill()
    package(home, "S1", tmp_path / "after.zip")
    assert len(seen) >= 2, "no head was ever seen, so nothing was tried"
    assert cut_short, "no kill fell into the middle of an import, so nothing was tried"


def _upload(browser: Browser, seed: int, data: bytes) -> None:
    browser.upload(f"big-{seed}.xml", data, suspense="yes")


def _shows_all(server: Server, name: str, seen: dict[int, bytes]) -> None:
    """Every head somebody saw is a prefix of the log as it is served now."""
    size, root = checkpoint(server, name)
    assert size >= max(seen, default=0)
    with opened(server.home) as conn:
        for old, old_root in seen.items():
            proof = tree_queries.consistency(conn, name, old, size)
            merkle.verify_consistency(old, size, old_root, root, proof)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_server_killed_while_members_vote(home: Path, tmp_path: Path) -> None:
    """Each receipt that was given still leads to its ballot after the server was killed."""
    meeting = logins.read_logins(home)["meeting"]
    receipts: dict[str, bytes] = {}
    for first in (13, 17, 21):
        server = Server(home).start()
        voters = [f"s1.m{number}" for number in range(first, first + 4)]
        thread = alongside(lambda s=server, v=voters: _vote(s, v, meeting, receipts))  # type: ignore[misc]
        time.sleep(DICE.uniform(0.4, 1.5))
        server.kill()
        thread.join(20)
    server = Server(home).start()
    try:
        _vote(server, ["s1.m1"], meeting, receipts)
        assert receipts
        policy = tmp_path / "policy"
        policy.write_text(server.get("/policy").text)
        for at, (code, proof) in enumerate(receipts.items()):
            assert server.get(f"/r/{code}").status_code == 200
            path = tmp_path / f"{at}.sakshi-proof"
            path.write_bytes(proof)
            done = audit("verify", str(path), "--policy", str(policy))
            assert done.returncode == 0, done.stdout
    finally:
        server.kill()


def _vote(server: Server, voters: list[str], meeting: str, receipts: dict[str, bytes]) -> None:
    """Members vote one after the other; a receipt is noted only when it was given."""
    for login in voters:
        browser = Browser(server).sign_in_by_card(login)
        answer = browser.cast(login, meeting, 2, "yes")
        assert answer.status_code in (201, 202), answer.text
        if answer.status_code == 201:
            proof = browser.http.get(f"{answer.headers['location']}.sakshi-proof")
            assert proof.status_code == 200
            name = proof.headers["content-disposition"].split('"')[1]
            receipts[name.removesuffix(".sakshi-proof")] = proof.content
        browser.close()


@pytest.mark.slow
def test_disk_full_loses_nothing(home: Path, tmp_path: Path) -> None:
    """No file may grow beyond what the import needs: it fails with a sentence or an exit code, and
    the state still verifies and takes the file once there is room."""
    before = entries(home, "s2")
    file = big(tmp_path, 31)
    room = 1_000_000  # less than the import writes ahead of the database

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    done = subprocess.run(
        [sys.executable, "-m", "web.cli", "import", "S2", str(file)],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=100,
        preexec_fn=little_room,
        check=False,
    )
    assert done.returncode != 0, "the limit was not reached, so nothing was tried"
    assert entries(home, "s2")[: len(before)] == before
    package(home, "S2", tmp_path / "between.zip")
    again = sakshi(home, "import", "S2", str(file))
    assert again.returncode == 0, again.stdout + again.stderr
    assert states(home, "s2") == {"posted"}
    package(home, "S2", tmp_path / "after.zip")


def test_yesterday_is_before_today() -> None:
    """The day book never holds a date ahead, or a check would refuse it."""
    today = today_in_india(int(time.time()))
    text = daybook(10, today).decode("utf-16")
    assert f"{today - timedelta(days=1):%Y%m%d}" in text and f"{today:%Y%m%d}" not in text
