"""A growing log: cost per append, proofs from storage, bytes stored, and checking offline.

The log grows to 100,000 entries (`SAKSHI_BENCH_ENTRIES` asks for another size), published after
each tenth. Targets of the third issue: cost per append flat; a proof from storage under 3 ms at
10^6 leaves; at most 40 bytes an entry in the mirror beside the entry itself; a `.tlog-proof` with
three cosignatures checked in under 1 ms.
"""

import os
import tempfile
import time
from pathlib import Path

from bench.log import BATCH, ENTRIES, open_book, vouchers
from bench.state import fresh_state
from bench.table import Row
from trust.formats import cosignatures, merkle, notes
from trust.formats.policy import TrustPolicy, parse_policy
from trust.formats.tlogproof import TlogProof, format_tlog_proof, parse_tlog_proof
from trust.formats.witnessed import check_checkpoint
from trust.log import mirror, proofs, publication, queries, service
from trust.log.runtime import Runtime

STEPS = 10
PROOFS = 200
CHECKS = 500
WITNESSES = 3


def grow(rt: Runtime, origin: str) -> list[float]:
    """Append and publish a tenth after the other; entries a second of each."""
    share, rates = ENTRIES // STEPS, []
    for step in range(STEPS):
        items = [service.prepare(item) for item in vouchers(share, step * share)]
        begun = time.perf_counter()
        for at in range(0, share, BATCH):
            with rt.db.write() as conn:
                service.append_prepared(conn, origin, items[at : at + BATCH], now=rt.clock())
        publication.publish(rt, [origin])
        rates.append(share / (time.perf_counter() - begun))
    return rates


def proving(rt: Runtime, origin: str, size: int) -> tuple[float, float]:
    """Milliseconds of an inclusion and of a consistency proof, each in a transaction of its own."""
    begun = time.perf_counter()
    for n in range(PROOFS):
        with rt.db.read() as conn:
            queries.inclusion(conn, origin, n * 7919 % size, size)
    inclusion = (time.perf_counter() - begun) * 1000 / PROOFS
    begun = time.perf_counter()
    for n in range(PROOFS):
        with rt.db.read() as conn:
            queries.consistency(conn, origin, 1 + n * 7919 % (size - 1), size)
    return inclusion, (time.perf_counter() - begun) * 1000 / PROOFS


def whole(rt: Runtime, origin: str, size: int) -> float:
    """Milliseconds of a whole Sakshi proof: entry, opening, both hops, the log's key."""
    begun = time.perf_counter()
    for n in range(PROOFS):
        with rt.db.read() as conn:
            proofs.sakshi_proof(conn, origin, n * 7919 % size)
    return (time.perf_counter() - begun) * 1000 / PROOFS


def cosigned(rt: Runtime, origin: str) -> tuple[str, bytes, TrustPolicy]:
    """A `.tlog-proof` under a head with three cosignatures, its leaf, and the policy for it."""
    with rt.db.read() as conn:
        head = queries.released(conn, origin)
        index = head.size // 3
        path = tuple(queries.inclusion(conn, origin, index, head.size))
        leaf = queries.entry(conn, origin, index).leaf
    seeds = {f"witness-{n}.example": os.urandom(32) for n in range(WITNESSES)}
    note = notes.parse_note(head.note)
    lines = [cosignatures.cosign(note.text, name, seed, rt.clock()) for name, seed in seeds.items()]
    signed = notes.format_note(notes.SignedNote(note.text, (*note.signatures, *lines)))
    text = [f"log {rt.signer.vkey(origin)}"]
    for at, (name, seed) in enumerate(seeds.items()):
        text.append(f"witness w{at} {cosignatures.cosigner_key(name, seed).format()}")
    text += [f"group all all {' '.join(f'w{at}' for at in range(WITNESSES))}", "quorum all", ""]
    proof = format_tlog_proof(TlogProof(index=index, path=path, checkpoint=signed, extra=None))
    return proof, leaf, parse_policy("\n".join(text))


def checking(proof: str, leaf: bytes, policy: TrustPolicy) -> float:
    """Milliseconds to read the file and check path, log signature and three cosignatures."""
    begun = time.perf_counter()
    for _ in range(CHECKS):
        parsed = parse_tlog_proof(proof)
        parsed.check_path(leaf)
        if len(check_checkpoint(policy, parsed.checkpoint).witnesses) != WITNESSES:
            raise RuntimeError("a cosignature is missing")
    return (time.perf_counter() - begun) * 1000 / CHECKS


def stored(rt: Runtime, origin: str, size: int) -> tuple[float, float, float]:
    """Bytes an entry: in the database; in the mirror beside the entry; and the entry itself."""
    with rt.db.read() as conn:
        length = sum(len(item.entry) for item in queries.entries(conn, origin, 0, 1000)) / 1000
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        mirror.mirror(rt.db, Path(folder))
        files = (Path(folder) / origin).rglob("*")
        mirrored = sum(path.stat().st_size for path in files if path.is_file()) / size
    database = Path(str(rt.db.url.database))
    whole_file = sum(path.stat().st_size for path in database.parent.glob(f"{database.name}*"))
    return whole_file / size, mirrored - length, length


def run() -> list[Row]:
    """Measure."""
    with fresh_state() as rt:
        origin = open_book(rt, "s1")
        rates = grow(rt, origin)
        size = ENTRIES // STEPS * STEPS
        inclusion, consistency = proving(rt, origin, size)
        sakshi = whole(rt, origin, size)
        check = checking(*cosigned(rt, origin))
        held, overhead, length = stored(rt, origin, size)
    leaf = os.urandom(32)
    begun = time.perf_counter()
    for _ in range(100_000):
        merkle.node_hash(leaf, leaf)
    node = (time.perf_counter() - begun) * 10
    return [
        Row(f"append + publish, first tenth of {size:,}", rates[0], "entries/s"),
        Row(f"append + publish, last tenth of {size:,}", rates[-1], "entries/s",
            f"{rates[-1] / rates[0]:.2f}x the first; flat is 1"),
        Row("inclusion proof from storage", inclusion, "ms", f"target 3 at 10^6; here {size:,}"),
        Row("consistency proof from storage", consistency, "ms"),
        Row("whole Sakshi proof from storage", sakshi, "ms", "three proofs, opening, key"),
        Row(".tlog-proof with 3 cosignatures, read and checked", check, "ms",
            f"target 1; one tree node costs {node:.1f} µs"),
        Row("database, payloads and indexes included", held, "bytes/entry"),
        Row("mirror, beside the entry itself", overhead, "bytes/entry",
            f"target 40; an entry has {length:.0f}"),
    ]  # fmt: skip
