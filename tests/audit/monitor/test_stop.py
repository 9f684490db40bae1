"""A monitor is asked to stop, or killed, in the middle of a round, and misses nothing by it."""

import json
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from audit.monitoring.ledger import Ledger
from audit.monitoring.store import Store
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar
from tests.conftest import ROOT
from trust.formats.entries import Entry, format_entry
from trust.formats.merkle import leaf_hash, root_of

pytestmark = pytest.mark.slow

PROGRAM = "from audit.cli import main; main()"
NEVER = "import audit.monitoring.monitor; audit.monitoring.monitor._GRACE = 600.0; "
"""Wait for a round that hangs for ever, so that a test can look at the waiting."""


@contextmanager
def started(
    liar: Liar, state: Path, *options: str, program: str = PROGRAM
) -> Iterator[subprocess.Popen[str]]:
    """A monitor in a process of its own, killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "-c", program, "monitor", liar.url, "--state", str(state), "--rate", "0",
         "--json", *options],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def hangs(liar: Liar, path: str) -> tuple[threading.Event, threading.Event]:
    """Events: the path was asked for; answer it."""
    reached, go_on = threading.Event(), threading.Event()

    def note(real: bytes) -> bytes:
        reached.set()
        return real

    liar.lies[path], liar.delays[path] = note, go_on
    return reached, go_on


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("once", [True, False])
def test_a_signal_ends_a_round_at_a_safe_point(
    liar: Liar, watcher: Watcher, number: signal.Signals, once: bool
) -> None:
    liar.grow_private(256 * 5)
    reached, go_on = hangs(liar, liar.path(liar.book, "tile/entries/004"))
    with started(liar, watcher.file, *(["--once"] if once else [])) as process:
        assert reached.wait(60)
        process.send_signal(number)
        assert process.stdout is not None
        report = json.loads(process.stdout.readline())
        assert process.wait(30) == 2, "in spite of the answer that never came"
    go_on.set()
    assert report["exit"] == 2 and "stopped before its end" in report["not_checked"][-1]
    store = Store(watcher.file)
    log = store.log(liar.book)
    store.close()
    assert log is not None and (log.size, log.read) == (0, 4 * 256)
    liar.lies.clear()
    liar.delays.clear()
    liar.asked.clear()
    assert watcher.look().exit_code == 0
    assert liar.path(liar.book, "tile/entries/001") not in liar.asked


def test_a_finding_that_is_known_decides_the_exit_code_of_a_stopped_round(
    liar: Liar, watcher: Watcher
) -> None:
    liar.lies[liar.path(liar.book, "tile/entries/000.p/5")] = 404
    assert watcher.look().exit_code == 1
    reached, go_on = hangs(liar, "/policy")
    with started(liar, watcher.file, "--once") as process:
        assert reached.wait(60)
        process.terminate()
        assert process.wait(30) == 1
    go_on.set()


def test_a_second_signal_kills(liar: Liar, watcher: Watcher, tmp_path: Path) -> None:
    liar.lies[liar.path(liar.book, "checkpoint")] = 404
    ready = tmp_path / "ready"
    hook = tmp_path / "hook.sh"
    hook.write_text(f"touch {ready}\nexec sleep 600\n")
    options = ("--once", "--hook", f"sh {hook}")
    with started(liar, watcher.file, *options, program=NEVER + PROGRAM) as process:
        until(ready.exists)
        process.terminate()
        until(lambda: not caught(process.pid, signal.SIGTERM))
        assert process.poll() is None, "it waits for the hook"
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
    store = Store(watcher.file)
    untold = Ledger(store, watcher.evidence, 0).untold()
    store.close()
    assert [found.kind for found in untold] == ["missing"], "to be told again in the next round"


def until(happened: object, seconds: float = 60.0) -> None:
    """Wait for something outside."""
    assert callable(happened)
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def caught(pid: int, number: int) -> bool:
    """Whether a process has a handler for a signal (Linux)."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        pytest.skip("needs /proc")
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("SigCgt:"))
    return bool(int(line.split()[1], 16) >> (number - 1) & 1)


def test_a_tile_seen_before_a_kill_is_compared_after_it(liar: Liar, watcher: Watcher) -> None:
    liar.grow_private(256 * 5)
    path = liar.path(liar.book, "tile/0/001")
    liar.lies[path] = lambda real: real[: 32 * 9] + bytes(32) + real[32 * 10 :]
    reached, go_on = hangs(liar, liar.path(liar.book, "tile/entries/004"))
    with started(liar, watcher.file, "--once") as process:
        assert reached.wait(60)
        process.kill()
        process.wait()
    go_on.set()
    outcome = watcher.look(recheck=0)
    assert [(found.kind, found.index) for found in outcome.open] == [("altered-tile", 256 + 9)]
    del liar.lies[path]
    assert watcher.look(recheck=0).exit_code == 0


@pytest.mark.slow
def test_killed_at_any_moment_it_goes_on_and_misses_nothing(liar: Liar, watcher: Watcher) -> None:
    rng = random.Random(3)
    wrong = planted(liar, watcher, rng)
    for _ in range(7):
        at, later = rng.randrange(1, 16), rng.random() / 20
        with started(liar, watcher.file, "--once") as process:
            due = len(liar.asked) + at
            while process.poll() is None and len(liar.asked) < due:
                time.sleep(0.001)
            time.sleep(later)
            process.kill()
    outcome = watcher.look(backdate=1 << 40)
    kinds = {kind: [f.index or 0 for f in outcome.open if f.kind == kind] for kind in WRONG}
    assert sorted(kinds["wrong-kind"]) == wrong and kinds["altered-tile"] == [256 + 9]
    assert {found.kind for found in outcome.open} == set(WRONG)
    for found in outcome.open:
        assert (Path(found.evidence) / "README.txt").is_file()
    assert not outcome.unchecked
    store = Store(watcher.file)
    log = store.log(liar.book)
    store.close()
    assert log is not None and log.size == log.read == log.head_size == 256 * 7


WRONG = ("wrong-kind", "altered-tile")


def planted(liar: Liar, watcher: Watcher, rng: random.Random) -> list[int]:
    """A book log of seven bundles, one entry of a wrong kind in each, and an altered tile.

    Gives the indices of the entries.
    """
    liar.grow_private(256 * 7 - 5)
    entries = liar.entries(liar.book)
    wrong = [256 * n + rng.randrange(5, 256) for n in range(7)]
    for index in wrong:
        entries[index] = format_entry(Entry("ballot", watcher.clock(), bytes([index % 256]) * 32))
    liar.serve_log(liar.book, entries)
    tile = liar.lies[liar.path(liar.book, "tile/0/001")]
    assert isinstance(tile, bytes)
    altered = tile[: 32 * 9] + bytes(32) + tile[32 * 10 :]
    liar.lies[liar.path(liar.book, "tile/0/001")] = altered
    root = root_of([leaf_hash(entry) for entry in entries])
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [state[0], liar.sign(liar.book, len(entries), root)])
    return wrong
