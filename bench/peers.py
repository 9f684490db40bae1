"""Other Python logs in the same run, each in the environment that `deploy/interop.sh` makes.

A peer that is not there is left out and the reason printed. `SAKSHI_BENCH_INTEROP` names another
folder than `.venv/interop`. pymerkle stands in the developer's environment and runs here.
"""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import peer
from bench.table import Row

FOLDER = Path(os.environ.get("SAKSHI_BENCH_INTEROP", ".venv/interop"))
PLACES = {"tlog-scales": FOLDER, "aics-tlog": FOLDER.with_name(f"{FOLDER.name}-newer")}
ENTRY = 110
"""Bytes of a peer's entry: what ours have."""
SLOW = 20_000
"""Entries for pymerkle, which is asked one by one and in memory."""


def file_logs(count: int, batch: int) -> dict[str, dict[str, float]]:
    """tlog-scales and aics-tlog, as far as they are there."""
    found = {}
    for name, place in PLACES.items():
        python = place.absolute() / "bin" / "python"
        if not python.exists():
            print(f"{name} is not measured: there is no {place} (run deploy/interop.sh).")
            continue
        with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
            command = [
                str(python), str(Path(peer.__file__)), name, folder, str(count), str(batch),
                str(ENTRY),
            ]  # fmt: skip
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            print(f"{name} is not measured: {done.stderr.strip().splitlines()[-1]}")
            continue
        found[name] = {"rate": 0.0, **json.loads(done.stdout)}
        found[name]["rate"] = count / found[name]["seconds"]
    return found


def pymerkle(count: int = SLOW) -> list[Row]:
    """pymerkle in memory and in SQLite: hashing and storing, nothing signed or published."""
    from pymerkle import InmemoryTree, SqliteTree

    listed = peer.entries(count, ENTRY)
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


def best(found: dict[str, dict[str, float]]) -> float:
    """The faster file peer's entries a second; 0 if none was measured."""
    return max((each["rate"] for each in found.values()), default=0.0)


def rows(found: dict[str, dict[str, float]], batch: int) -> Sequence[Row]:
    """The file peers' rows."""
    return [
        Row(f"{name}, batches of {batch:,}", each["rate"], "entries/s", "files")
        for name, each in found.items()
    ]
