"""Run by a peer's own Python (`bench/peers.py`): append, publish and prove with that peer.

`python peer.py NAME FOLDER ENTRIES BATCH ENTRY_BYTES` prints one JSON object. It imports the
standard library and the peer only, so that no peer ever enters the product.
"""

import hashlib
import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROOFS = 200


def entries(count: int, size: int) -> list[bytes]:
    """Entries of that size, made before the clock starts."""
    return [hashlib.sha512(str(n).encode()).hexdigest().encode()[:size] for n in range(count)]


def scales(folder: Path, listed: list[bytes], batch: int) -> dict[str, float]:
    """tlog-scales: tiles and a signed checkpoint in files, each batch published."""
    from tlog_scales import backend, reader, signing, writer

    signer = signing.PlainEd25519Signer("bench.example/log", os.urandom(32))
    made = writer.TilesWriter.create(folder / "log", "bench.example/log")
    begun = time.perf_counter(), time.process_time()
    for at in range(0, len(listed), batch):
        for entry in listed[at : at + batch]:
            made.add_leaf(entry)
        made.commit([signer])
    took = measured(begun)

    def prove(index: int) -> None:
        found = reader.TilesReader(backend.LocalBackend(folder / "log"))
        found.set_size(len(listed))
        found.get_inclusion_proof(index, len(listed))

    return took | {"proof_ms": timed(prove, len(listed))}


def aics(folder: Path, listed: list[bytes], batch: int) -> dict[str, float]:
    """aics-tlog: tiles in files with fsync, each batch under a signed checkpoint."""
    from aics_tlog import checkpoint, writer
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key, origin = Ed25519PrivateKey.generate(), "bench.example/log"
    store = writer.DirectoryTileStore(folder / "log")
    made = writer.IncrementalTileWriter(store)
    begun = time.perf_counter(), time.process_time()
    for at in range(0, len(listed), batch):
        made.append(listed[at : at + batch])
        head = checkpoint.Checkpoint(origin, made.size, made.root())
        store.write_checkpoint(str(checkpoint.sign_checkpoint(head, key, origin)).encode())
    return measured(begun)


def measured(begun: tuple[float, float]) -> dict[str, float]:
    """Seconds since then by the clock and on a processor, and the peak of memory in MB."""
    return {
        "seconds": time.perf_counter() - begun[0],
        "cpu": time.process_time() - begun[1],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def timed(prove: Callable[[int], Any], size: int) -> float:
    """Milliseconds of one proof with nothing kept from the one before."""
    begun = time.perf_counter()
    for n in range(PROOFS):
        prove(n * 7919 % size)
    return (time.perf_counter() - begun) * 1000 / PROOFS


def main(name: str, folder: str, count: int, batch: int, size: int) -> None:
    """Measure one peer."""
    run = {"tlog-scales": scales, "aics-tlog": aics}[name]
    print(json.dumps(run(Path(folder), entries(count, size), batch)))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
