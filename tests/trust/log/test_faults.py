"""The fault matrix: killed at every step, disk full, two publishers, a clock that goes back."""

import json
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import START
from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log import crashes
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import merkle
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.runtime import Runtime

pytestmark = pytest.mark.slow

SEED, SHARDS = 20261122, 4
STAGES = {
    "append",
    "integrate",
    "sign",
    "sign/guard",
    "store",
    "admit",
    "admit/state append",
    "state integrate",
    "state sign",
    "state sign/guard",
    "state store",
}


@pytest.fixture
def template(rt: Runtime, tmp_path: Path) -> Path:
    """A log just before its tile is full and a log that is new, as a folder to copy."""
    if not rt.db.is_sqlite:
        pytest.skip("copies the database as a file")
    first, second = crashes.books(rt.host)
    open_book(rt, first.split("/")[2])
    fill(rt, first, 0, 250)
    publish(rt, first)
    open_book(rt, second.split("/")[2])
    folder = tmp_path / "template"
    folder.mkdir()
    rt.db.dispose()
    from trust.log.upkeep.backup import backup

    backup(rt.db, folder / "sakshi.db")
    rt.db.dispose()
    rt.settings.signer_home.rename(folder / "signer")
    return folder


def in_its_own_process(tmp_path: Path, **arguments: Any) -> dict[str, Any]:
    """The dying children are forked from a clean process: this one has threads."""
    answer = tmp_path / "answer"
    # SIGKILL takes no page from the kernel: memory will do, and costs no waiting for a disk.
    shared = Path("/dev/shm")
    work = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else tmp_path))
    spawned = multiprocessing.get_context("spawn").Process(
        target=crashes.run, args=(str(work / "state"), arguments, str(answer))
    )
    spawned.start()
    spawned.join(110)
    shutil.rmtree(work)
    assert spawned.exitcode == 0
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_step(rt: Runtime, template: Path, tmp_path: Path, shard: int) -> None:
    done = in_its_own_process(
        tmp_path,
        what="matrix",
        template=str(template),
        host=rt.host,
        now=START + 60,
        seed=SEED,
        shard=shard,
        shards=SHARDS,
    )
    assert not done["wrong"], "\n".join(done["wrong"])
    reached = {name.partition(":")[0] for name in done["names"]}
    assert reached >= STAGES, STAGES - reached
    assert len(done["names"]) > 60


def test_a_full_disk_is_said_and_loses_nothing(rt: Runtime, template: Path, tmp_path: Path) -> None:
    done = in_its_own_process(
        tmp_path, what="disk", template=str(template), host=rt.host, now=START + 60, seed=SEED
    )
    assert not done["wrong"], "\n".join(done["wrong"])


def test_two_publishers_and_two_writers_as_processes(rt: Runtime, tmp_path: Path) -> None:
    """On SQLite files, or as sessions of PostgreSQL when the run is given one."""
    for origin in crashes.books(rt.host):
        open_book(rt, origin.split("/")[2])
        fill(rt, origin, 0, 250)
    publish(rt, *crashes.books(rt.host))
    rt.db.dispose()
    spawn = multiprocessing.get_context("spawn")
    said = [tmp_path / f"said-{n}" for n in range(4)]
    jobs = [
        spawn.Process(target=crashes.publish_for, args=(rt.settings, START, 2.5, str(said[n])))
        for n in range(2)
    ] + [
        spawn.Process(
            target=crashes.write_for,
            args=(rt.settings, START, 2.0, str(said[2 + n]), 1000 + 100_000 * n),
        )
        for n in range(2)
    ]
    for job in jobs:
        job.start()
    for job in jobs:
        job.join(60)
    assert [job.exitcode for job in jobs] == [0, 0, 0, 0]
    publish(rt, *crashes.books(rt.host))
    total = 0
    for path in said:
        witness = crashes.Witness(path)
        total += len(witness.read())
        assert crashes.compare(rt, witness) == []
    assert total > 20 and all(crashes.Witness(path).read() for path in said)


def test_a_clock_that_goes_back_never_shows(rt: Runtime) -> None:
    """Also over the turn of the year: last year's logs are not taken up again."""
    origin = open_book(rt)
    clock = rt.clock
    assert isinstance(clock, ManualClock)
    fill(rt, origin, 0, 3)
    publish(rt, origin)
    clock.advance(-100 * 86_400)
    fill(rt, origin, 3, 6)
    head = publish(rt, origin)[origin]
    assert head.size == 6 and head.covered
    with rt.db.read() as conn:
        times = [item.time for item in log_queries.entries(conn, origin, 0, 6)]
        assert times == [START] * 6
        assert [info.origin for info in log_queries.logs(conn, "state")] == [
            f"{rt.host}/state/2026-27"
        ]
    assert list(fsck.check(rt.db, rt.signer)) == []


class Lossy(DirectSigner):
    """A signer whose answer to one request is lost after the work was done, as by a kill."""

    def __init__(self, home: Path, lose: int) -> None:
        super().__init__(home)
        self._left = lose

    def _exchange(self, line: bytes) -> bytes:
        reply = super()._exchange(line)
        if b'"sign"' in line:
            self._left -= 1
            if self._left == 0:
                return b""
        return reply

    def _reset(self) -> None:
        """The next request finds a new signer on the same guard."""


@pytest.mark.parametrize("lose", [1, 2])
def test_a_signer_that_dies_after_signing_costs_nothing(rt: Runtime, lose: int) -> None:
    origin = open_book(rt)
    fill(rt, origin, 0, 5)
    other = boot.open_state(
        rt.settings, rt.db, clock=rt.clock, signer=Lossy(rt.settings.signer_home, lose)
    )
    head = publish(other, origin)[origin]
    with rt.db.read() as conn:
        leaves = [item.leaf for item in log_queries.entries(conn, origin, 0, 5)]
    assert head.size == 5 and head.root == merkle.root_of(leaves)
    assert list(fsck.check(rt.db, rt.signer)) == []
