"""The server killed at every step of a round with live witnesses (see `crashes_witness`)."""

import json
import multiprocessing
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import DATABASE, HOST, START
from tests.trust.log import crashes_witness

SEED, SHARDS = 20261122, 4
pytestmark = pytest.mark.skipif(bool(DATABASE), reason="copies the database as a file")


def run(tmp_path: Path, **arguments: Any) -> dict[str, Any]:
    """The dying children are forked from a clean process: this one may have threads."""
    answer, shared = tmp_path / "answer", Path("/dev/shm")
    work = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else tmp_path))
    arguments = {"host": HOST, "now": START, "seed": SEED, "loose": 0} | arguments
    spawned = multiprocessing.get_context("spawn").Process(
        target=crashes_witness.run, args=(str(work), arguments, str(answer))
    )
    spawned.start()
    spawned.join(110)
    spawned.kill()
    shutil.rmtree(work, ignore_errors=True)
    assert spawned.exitcode == 0
    found: dict[str, Any] = json.loads(answer.read_text())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_killed_at_every_step_of_a_round(tmp_path: Path, shard: int, record_property: Any) -> None:
    done = run(tmp_path, shard=shard, shards=SHARDS)
    record_property("slowest restart (s)", done["slowest"])
    assert not done["wrong"], "\n".join(done["wrong"])
    reached = {name.partition(":")[0] for name in done["names"]}
    assert reached >= {"round", *(f"round/ask {name}" for name in crashes_witness.NAMES)}
    # Both rounds: the one that keeps asking, and the one in which all answer.
    assert sum("before asking" in name for name in done["names"]) == 6
    assert sum("INSERT INTO log_cosignature" in name for name in done["names"]) == 5
    assert any("UPDATE log_publication" in name for name in done["names"])


@pytest.mark.slow
def test_killed_while_witnesses_answer_all_at_once(tmp_path: Path) -> None:
    """Moments by chance, threads as they come: whatever was reached, nothing may be lost."""
    done = run(tmp_path, loose=8)
    assert not done["wrong"], "\n".join(done["wrong"])
