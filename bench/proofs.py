"""A growing log: cost per append, proofs from storage, bytes stored, memory, checking offline.

The log grows to 100,000 entries (`SAKSHI_BENCH_ENTRIES` asks for another size, up to 10^7), made
on the fly, published ten times a tenth. Most are bare pre-built entries; each tenth begins with
100 vouchers with payloads, for whole proofs. What payloads add to the database is measured in a
state of their own. Targets of the third issue: cost per append flat; a proof from storage under
3 ms at 10^6 leaves, under 10 ms at 10^7; at most 40 bytes an entry in the mirror beside the entry
itself; a `.tlog-proof` with three cosignatures checked in under 1 ms.
"""

import os
import tempfile
import time
from pathlib import Path

from bench import peers
from bench.log import BATCH, ENTRIES, Stopwatch, Took, bare, open_book, vouchers
from bench.state import fresh_state
from bench.table import Row
from trust.formats import cosignatures, merkle, notes
from trust.formats.policy import TrustPolicy, parse_policy
from trust.formats.tlogproof import TlogProof, format_tlog_proof, parse_tlog_proof
from trust.formats.witnessed import check_checkpoint
from trust.log import preparing, proofs, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.runtime import Runtime
from trust.log.upkeep import mirror

STEPS = 10
PARTS = 10
VOUCHERS = 100
PROOFS = 200
CHECKS = 500
WITNESSES = 3
WITH_PAYLOADS = 10_000


def grow(rt: Runtime, origin: str) -> list[Took]:
    """Append and publish a tenth after the other; what each took, making the entries left out."""
    took = []
    for step in range(STEPS):
        wall = cpu = 0.0
        for part in range(PARTS):
            first = step * ENTRIES // STEPS + part * ENTRIES // STEPS // PARTS
            stop = step * ENTRIES // STEPS + (part + 1) * ENTRIES // STEPS // PARTS
            private = VOUCHERS if part == 0 else 0
            prepared = [preparing.prepare(item) for item in vouchers(private, first)]
            built = bare(stop - first - private, rt.clock(), first + private)
            watch = Stopwatch()
            with rt.db.write() as conn:
                logs.append_prepared(conn, origin, prepared, now=rt.clock())
            for at in range(0, len(built), BATCH):
                with rt.db.write() as conn:
                    logs.append_built(conn, origin, built[at : at + BATCH], now=rt.clock())
            rt.publish([origin])
            one = watch.took()
            wall, cpu = wall + one.wall, cpu + one.cpu
        took.append(Took(wall, cpu))
        each = ENTRIES / STEPS / 1e6
        print(
            f"Tenth {step + 1}: {ENTRIES / STEPS / wall:,.0f} entries/s, "
            f"{cpu / each:.1f} µs of processor time each; load {os.getloadavg()[0]:.1f}",
            flush=True,
        )
    return took


def proving(rt: Runtime, origin: str, size: int) -> tuple[float, float]:
    """Milliseconds of an inclusion and of a consistency proof, each in a transaction of its own."""
    begun = time.perf_counter()
    for n in range(PROOFS):
        with rt.db.read() as conn:
            tree_queries.inclusion(conn, origin, n * 7919 % size, size)
    inclusion = (time.perf_counter() - begun) * 1000 / PROOFS
    begun = time.perf_counter()
    for n in range(PROOFS):
        with rt.db.read() as conn:
            tree_queries.consistency(conn, origin, 1 + n * 7919 % (size - 1), size)
    return inclusion, (time.perf_counter() - begun) * 1000 / PROOFS


def whole(rt: Runtime, origin: str, size: int) -> float:
    """Milliseconds of a whole Sakshi proof: entry, opening, both hops, the log's key."""
    begun = time.perf_counter()
    for n in range(PROOFS):
        index = n % STEPS * (size // STEPS) + n * 7919 % VOUCHERS
        with rt.db.read() as conn:
            proofs.sakshi_proof(conn, origin, index)
    return (time.perf_counter() - begun) * 1000 / PROOFS


def finding(rt: Runtime, origin: str, size: int) -> float:
    """Milliseconds from a receipt code to its entry."""
    with rt.db.read() as conn:
        leaves = [log_queries.entry(conn, origin, n * 7919 % size).leaf for n in range(PROOFS)]
    begun = time.perf_counter()
    for leaf in leaves:
        with rt.db.read() as conn:
            if len(tree_queries.find_leaf(conn, leaf[:10], limit=2)) != 1:
                raise RuntimeError("a receipt code does not lead to its entry")
    return (time.perf_counter() - begun) * 1000 / PROOFS


def cosigned(rt: Runtime, origin: str) -> tuple[str, bytes, TrustPolicy]:
    """A `.tlog-proof` under a head with three cosignatures, its leaf, and the policy for it."""
    with rt.db.read() as conn:
        head = log_queries.released(conn, origin)
        index = head.size // 3
        path = tuple(tree_queries.inclusion(conn, origin, index, head.size))
        leaf = log_queries.entry(conn, origin, index).leaf
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
        length = sum(len(item.entry) for item in log_queries.entries(conn, origin, 0, 1000)) / 1000
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        mirror.mirror(rt.db, Path(folder))
        files = (Path(folder) / origin).rglob("*")
        mirrored = sum(path.stat().st_size for path in files if path.is_file()) / size
    return in_database(rt) / size, mirrored - length, length


def in_database(rt: Runtime) -> int:
    """Bytes of the database's pages in use."""
    with rt.db.read() as conn:
        pages, free, each = (
            int(conn.exec_driver_sql(f"PRAGMA {name}").scalar_one())
            for name in ("page_count", "freelist_count", "page_size")
        )
    return (pages - free) * each


def with_payloads() -> float:
    """Bytes an entry in the database, where each has two payloads and their salts."""
    with fresh_state() as rt:
        before, origin = in_database(rt), open_book(rt, "s1")
        for at in range(0, WITH_PAYLOADS, BATCH):
            prepared = [preparing.prepare(item) for item in vouchers(BATCH, at)]
            with rt.db.write() as conn:
                logs.append_prepared(conn, origin, prepared, now=rt.clock())
        rt.publish([origin])
        return (in_database(rt) - before) / (at + BATCH)


def run() -> list[Row]:
    """Measure."""
    with fresh_state() as rt:
        origin = open_book(rt, "s1")
        took = grow(rt, origin)
        growing = peers.peak()
        inclusion, consistency = proving(rt, origin, ENTRIES)
        code, sakshi = finding(rt, origin, ENTRIES), whole(rt, origin, ENTRIES)
        check = checking(*cosigned(rt, origin))
        held, overhead, length = stored(rt, origin, ENTRIES)
    leaf = os.urandom(32)
    begun = time.perf_counter()
    for _ in range(100_000):
        merkle.node_hash(leaf, leaf)
    node = (time.perf_counter() - begun) * 10
    share = ENTRIES / STEPS
    first, last = took[0], took[-1]
    return [
        Row(f"append + publish, first tenth of {ENTRIES:,}", share / first.wall, "entries/s",
            f"{first.cpu * 1e6 / share:.1f} µs of processor time each"),
        Row(f"append + publish, last tenth of {ENTRIES:,}", share / last.wall, "entries/s",
            f"{first.wall / last.wall:.2f}x the first; flat is 1; "
            f"{last.cpu * 1e6 / share:.1f} µs of processor time each"),
        Row("processor time an entry by tenth", last.cpu / first.cpu, "last/first",
            ", ".join(f"{each.cpu * 1e6 / share:.1f}" for each in took) + " µs"),
        Row("peak memory of this process while growing", growing, "MB",
            f"with {share / PARTS:,.0f} entries at once made beforehand"),
        Row("inclusion proof from storage", inclusion, "ms",
            f"target 3 at 10^6, 10 at 10^7; here {ENTRIES:,}"),
        Row("consistency proof from storage", consistency, "ms"),
        Row("receipt code to entry", code, "ms"),
        Row("whole Sakshi proof from storage", sakshi, "ms", "three proofs, opening, key"),
        Row(".tlog-proof with 3 cosignatures, read and checked", check, "ms",
            f"target 1; one tree node costs {node:.1f} µs"),
        Row("database, bare entries with their indexes", held, "bytes/entry"),
        Row("database, two payloads each, indexes included", with_payloads(), "bytes/entry"),
        Row("mirror, beside the entry itself", overhead, "bytes/entry",
            f"target 40; an entry has {length:.0f}"),
    ]  # fmt: skip
