"""Other Python logs in the same run, each in the environment that `deploy/interop.sh` makes.

A peer that is not there is left out and the reason printed. `SAKSHI_BENCH_INTEROP` names another
folder than `.venv/interop`. pymerkle stands in the developer's environment and runs here.
"""

import json
import os
import resource
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import peer
from bench.table import Row

FOLDER = Path(os.environ.get("SAKSHI_BENCH_INTEROP", ".venv/interop"))
PLACES = {"tlog-scales": FOLDER, "aics-tlog": FOLDER.with_name(f"{FOLDER.name}-newer")}
SLOW = 20_000
"""Entries for pymerkle, which is asked one by one and in memory."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One peer once: seconds by the clock and on a processor, peak memory in MB, and its
    milliseconds a proof where it has a reader."""

    seconds: float
    cpu: float
    peak: float
    proof_ms: float | None = None


def file_logs(count: int, batch: int, size: int) -> dict[str, Measured]:
    """tlog-scales and aics-tlog, as far as they are there, with entries of that size."""
    found = {}
    for name, place in PLACES.items():
        python = place.absolute() / "bin" / "python"
        if not python.exists():
            print(f"{name} is not measured: there is no {place} (run deploy/interop.sh).")
            continue
        with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
            command = [
                str(python),
                str(Path(peer.__file__)),
                name,
                folder,
                str(count),
                str(batch),
                str(size),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} is not measured: {done.stderr.strip().splitlines()[-1]}")
            continue
        found[name] = Measured(**json.loads(done.stdout))
    return found


def peak() -> float:
    """Peak memory of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pymerkle(count: int = SLOW) -> list[Row]:
    """pymerkle in memory and in SQLite: hashing and storing, nothing signed or published."""
    from pymerkle import InmemoryTree, SqliteTree

    listed = peer.entries(count, 82)
    begun = time.perf_counter()
    tree = InmemoryTree(algorithm="sha256")
    for entry in listed:
        tree.append_entry(entry)
    memory = time.perf_counter() - begun
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        stored = SqliteTree(str(Path(folder) / "tree.db"), algorithm="sha256")
        begun = time.perf_counter()
        stored.append_entries(listed)
        bulk = time.perf_counter() - begun
        stored.close()
    return [
        Row("pymerkle in memory", count / memory, "entries/s", "no heads, no proofs to others"),
        Row("pymerkle in SQLite, one transaction", count / bulk, "entries/s", "no heads"),
    ]


def fastest(found: dict[str, Measured]) -> float:
    """Seconds of the faster file peer; there must be one."""
    return min(each.seconds for each in found.values())


def rows(rounds: Sequence[dict[str, Measured]], count: int, batch: int) -> list[Row]:
    """The file peers' rows: medians of the rounds."""
    out = []
    for name in PLACES:
        each = [found[name] for found in rounds if name in found]
        if not each:
            continue
        seconds = statistics.median(one.seconds for one in each)
        cpu = statistics.median(one.cpu for one in each) * 1e6 / count
        out.append(
            Row(
                f"{name}, batches of {batch:,}, each published",
                count / seconds,
                "entries/s",
                f"files; {cpu:.1f} µs of processor time each; peak {each[0].peak:.0f} MB",
            )
        )
    return out
