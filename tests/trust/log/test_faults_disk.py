"""Disks that are full: of PostgreSQL (tables, its log), of the guard, of a witness; restarts.

A small file system is mounted where the machine allows it; making room is mounting it larger.
"""

import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.audit import witness_scenario
from tests.conftest import DATABASE, START
from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log import crashes, crashes_postgres
from tests.trust.log.cluster import Cluster, cluster
from tests.trust.log.helpers import fill, open_book, publish
from trust.database import StorageError
from trust.formats.errors import SakshiError
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import SignerError
from trust.log.runtime import Runtime

SEED = 20261122
on_postgresql = pytest.mark.skipif(not DATABASE, reason="set SAKSHI_TEST_DATABASE=postgresql")


class Disk:
    """A file system of a few hundred KiB in memory."""

    def __init__(self, folder: Path, kib: int) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        if not _mount("-t", "tmpfs", "-o", f"size={kib}k,mode=0755", "tmpfs", str(folder)):
            pytest.skip("this machine lets nobody mount a small file system")

    def room(self, kib: int) -> None:
        """Make it as large as this."""
        assert _mount("-o", f"remount,size={kib}k", str(self.folder))

    def fill(self) -> None:
        """Take what is left."""
        with (self.folder / "filler").open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass

    def free(self) -> None:
        """Give it back."""
        (self.folder / "filler").unlink()

    def end(self) -> None:
        """Take it away."""
        subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


def _mount(*words: str) -> bool:
    try:
        done = subprocess.run(["mount", *words], check=False, capture_output=True)
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def disk(folder: Path, kib: int) -> Iterator[Disk]:
    """A small file system there, while inside."""
    made = Disk(folder, kib)
    try:
        yield made
    finally:
        made.end()


def until_full(rt: Runtime, book: str, said: crashes.Witness, most: int = 60) -> SakshiError:
    """Append and publish until the disk is full; gives what was said then."""
    number = 0
    for _ in range(most):
        try:
            for item in fill(rt, book, number, number + 500)[::50]:
                said.say(log=book, index=item.index, entry=item.entry.decode())
            number += 500
            publish(rt, book)
        except SakshiError as fault:
            return fault
    raise AssertionError("the disk was never full")


def goes_on(rt: Runtime, book: str, said: crashes.Witness) -> None:
    """Everything acknowledged is there, nothing else is wrong, and the work goes on."""
    with rt.db.read() as conn:
        start = log_queries.info(conn, book).next_index
    fill(rt, book, 100_000 + start, 100_005 + start)
    head = publish(rt, book)[book]
    assert head.covered and head.size == start + 5
    assert crashes.compare(rt, said) == []


@pytest.fixture
def small(tmp_path: Path) -> Iterator[tuple[Cluster, Disk]]:
    """A PostgreSQL with a second place for tables, of 7 MiB."""
    with (
        cluster("fsync = off", "autovacuum = off") as made,
        disk(made.folder / "small", 7 << 10) as little,
    ):
        if not os.geteuid():
            shutil.chown(little.folder, "postgres")
        with psycopg.connect(made.url(), autocommit=True) as admin:
            admin.execute(f"CREATE TABLESPACE small LOCATION '{little.folder}'")
            admin.execute("CREATE DATABASE tight TABLESPACE small")
        yield made, little


class TestTables:
    """PostgreSQL has no room for its tables."""

    @pytest.fixture
    def database_url(self, small: tuple[Cluster, Disk]) -> str:
        return small[0].url("tight")

    @on_postgresql
    @pytest.mark.slow
    def test_full(self, rt: Runtime, small: tuple[Cluster, Disk], tmp_path: Path) -> None:
        book, said = open_book(rt), crashes.Witness(tmp_path / "said")
        fault = until_full(rt, book, said)
        assert isinstance(fault, StorageError) and fault.code == "storage", repr(fault)
        assert "disk" in str(fault) and "CANARY" not in str(fault)
        # It stays full: readers go on, and every further attempt is told the same.
        with rt.db.read() as conn:
            assert log_queries.info(conn, book).next_index >= 500
        assert isinstance(until_full(rt, book, said), StorageError)
        small[1].room(64 << 10)
        goes_on(rt, book, said)


class TestLog:
    """PostgreSQL has no room for its own log: it ends itself, and comes back with room."""

    @pytest.fixture
    def server(self) -> Iterator[tuple[Cluster, Disk]]:
        place = Path(tempfile.mkdtemp(dir="/dev/shm"))
        options = ("max_wal_size = 1GB", "checkpoint_timeout = 1h", "autovacuum = off")
        try:
            with disk(place, 12 << 10) as little, cluster(*options, wal=place) as made:
                yield made, little
        finally:
            shutil.rmtree(place, ignore_errors=True)

    @pytest.fixture
    def database_url(self, server: tuple[Cluster, Disk]) -> str:
        with psycopg.connect(server[0].url(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE tight")
        return server[0].url("tight")

    @on_postgresql
    @pytest.mark.slow
    def test_full(self, rt: Runtime, server: tuple[Cluster, Disk], tmp_path: Path) -> None:
        book, said = open_book(rt), crashes.Witness(tmp_path / "said")
        fault = until_full(rt, book, said)
        assert isinstance(fault, StorageError), repr(fault)
        assert fault.code in ("storage", "database-lost") and "CANARY" not in str(fault)
        server[1].room(256 << 10)
        server[0].restart()
        rt.db.dispose()
        goes_on(rt, book, said)


def test_the_guard_has_no_room(rt: Runtime, tmp_path: Path) -> None:
    """Nothing is signed, it is said why, and with room the same head is signed."""
    book, said = open_book(rt), crashes.Witness(tmp_path / "said")
    home = rt.settings.signer_home
    aside = home.with_name("aside")
    home.rename(aside)
    with disk(home, 512) as little:
        for path in aside.iterdir():
            shutil.copy(path, home)
        made = boot.open_state(rt.settings, rt.db, clock=rt.clock, signer=DirectSigner(home))
        fill(made, book, 0, 3)
        publish(made, book)
        little.fill()
        refused: list[SignerError] = []
        for turn in range(40):  # The guard's own journal has some room left at first.
            for item in fill(made, book, 3 + turn, 4 + turn):
                said.say(log=book, index=item.index, entry=item.entry.decode())
            try:
                publish(made, book)
            except SignerError as fault:
                refused.append(fault)
        assert refused, "the guard always found room"
        assert all("disk" in str(fault) for fault in refused)
        before = made.signer.last(book)
        with made.db.read() as conn:
            latest = log_queries.latest_head(conn, book)
        assert latest is not None and latest[:2] == before, "released, and never stored"
        little.free()
        goes_on(made, book, said)
        made.signer.core._guard.close()  # type: ignore[attr-defined]


def test_the_witness_has_no_room(tmp_path: Path, clock: ManualClock) -> None:
    """It cosigns nothing that it cannot store, says so, and goes on with room."""
    folder = tmp_path / "small"
    with disk(folder, 512) as little:
        witness_scenario.make(folder)
        with witness_scenario.serving(folder, clock) as running:
            port, held, refused = running.server_port, 3, 0
            assert witness_scenario.ask(port, witness_scenario.request(0, 3)).status == 200
            little.fill()
            for _ in range(20):
                clock.advance(1)  # The same at the same time is stored already.
                answer = witness_scenario.ask(port, witness_scenario.request(held, held))
                refused += answer.status == 500
                assert answer.status in (200, 500) and ("—" in answer.body) == (
                    answer.status == 200
                )
            assert refused, "the witness always found room"
            assert witness_scenario.ask(port, witness_scenario.request(held, 9)).status == 500
            little.free()
            assert witness_scenario.ask(port, witness_scenario.request(held, 9)).status == 200
        with witness_scenario.serving(folder, clock) as again:
            answer = witness_scenario.ask(again.server_port, witness_scenario.request(60, 61))
            assert (answer.status, answer.body) == (409, "9\n")


@on_postgresql
@pytest.mark.slow
class TestRestart:
    """The database server is restarted in the middle, as after a fault of its machine."""

    @pytest.fixture
    def server(self) -> Iterator[Cluster]:
        with cluster("fsync = off", "autovacuum = off") as made:
            yield made

    @pytest.fixture
    def database_url(self, server: Cluster) -> str:
        with psycopg.connect(server.url(), autocommit=True) as admin:
            admin.execute("CREATE DATABASE middle")
        return server.url("middle")

    def test_in_the_middle_of_steps(self, rt: Runtime, server: Cluster, tmp_path: Path) -> None:
        first, second = crashes.books(rt.host)
        for book in (first, second):
            open_book(rt, book.split("/")[2])
        fill(rt, first, 0, 20)
        publish(rt, first)
        rt.db.dispose()
        work = Path(tempfile.mkdtemp(dir=server.folder))
        arguments = {
            "what": "restart",
            "template": rt.db.url.render_as_string(hide_password=False),
            "host": rt.host,
            "home": str(rt.settings.home),
            "now": START + 60,
            "seed": SEED,
            "shard": 5,
            "shards": 16,
            "cluster": [str(server.folder), str(server.programs)],
        }
        spawned = multiprocessing.get_context("spawn").Process(
            target=crashes_postgres.run,
            args=(str(work / "state"), arguments, str(tmp_path / "answer")),
        )
        spawned.start()
        spawned.join(110)
        spawned.kill()
        assert spawned.exitcode == 0
        done: dict[str, Any] = json.loads((tmp_path / "answer").read_text())
        assert not done["wrong"], "\n".join(done["wrong"])
        assert {line.partition(":")[0] for line in done["faults"]} == {"database-lost"}


def test_fsck_of_a_right_state_finds_nothing(rt: Runtime) -> None:
    """What the others compare with is itself able to find nothing."""
    book = open_book(rt)
    fill(rt, book, 0, 3)
    publish(rt, book)
    assert list(fsck.check(rt.db, rt.signer)) == []
