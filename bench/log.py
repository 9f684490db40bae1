"""The log in bulk with full fsync (append, integrate, sign, publish), beside peers and raw limits.

Entries are prepared vouchers with two salted payloads each, as an importer makes them, appended in
batches of 1,024, each batch its own durable transaction. The state is an SQLite file;
`SAKSHI_BENCH_DATABASE` names a PostgreSQL database instead. Targets: 20,000 entries a second
(second issue); on SQLite 1.0x the faster Python peer that writes files, on PostgreSQL 25,000 (third
issue). `SAKSHI_BENCH_ENTRIES` asks for another size than 100,000.
"""

import os
import time

from bench import peers
from bench.state import fresh_state
from bench.table import Row
from trust.formats import merkle, origins, tiles
from trust.formats.canon import Json
from trust.log import publication, queries, sequencing, service
from trust.log.model import NewEntry
from trust.log.runtime import Runtime

ENTRIES = int(os.environ.get("SAKSHI_BENCH_ENTRIES", "100000"))
BATCH = 1_024
DATABASE = os.environ.get("SAKSHI_BENCH_DATABASE")


def vouchers(count: int, first: int = 0) -> list[NewEntry]:
    """Vouchers of two lines with a second payload, as an importer makes them."""
    out = []
    for number in range(first, first + count):
        record: dict[str, Json] = {
            "kind": "voucher", "v": 1, "society": "s1", "book_year": "2026-27", "import": "i-1",
            "id": f"8f14e45f-ceea-467f-a8e5-{number:012d}", "source": "tally-xml",
            "date": "2026-06-01", "type": "Receipt", "corrects": None,
            "lines": [
                {"account": "28101", "paise": 12_345_600},
                {"account": "14101", "paise": -12_345_600},
            ],
        }  # fmt: skip
        detail: dict[str, Json] = {
            "kind": "voucher-detail", "v": 1, "number": str(number), "party": "Savings",
            "narration": "Deposit over the counter", "ledgers": ["Cash", "Savings"],
            "instruments": [],
        }  # fmt: skip
        out.append(NewEntry("voucher", record, f"voucher {number}", detail))
    return out


def open_book(rt: Runtime, name: str) -> str:
    """A society's empty log."""
    origin = origins.coop_origin(rt.host, name, origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        service.open_log(conn, origin, now=rt.clock())
    return origin


def appended(rt: Runtime, origin: str, items: list[service.Prepared]) -> float:
    """Append prepared entries in batches, each its own durable transaction, and publish once."""
    start = time.perf_counter()
    for at in range(0, len(items), BATCH):
        with rt.db.write() as conn:
            service.append_prepared(conn, origin, items[at : at + BATCH], now=rt.clock())
    publication.publish(rt, [origin])
    return time.perf_counter() - start


def inserted(rt: Runtime, items: list[service.Prepared]) -> float:
    """The raw limit: entry rows through the driver alone, nothing hashed, nothing looked up."""
    origin = open_book(rt, "raw")
    with rt.db.read() as conn:
        log_id = queries.info(conn, origin).id
    start = time.perf_counter()
    for at in range(0, len(items), BATCH):
        rows = [
            (log_id, at + offset, item.record[:90], item.kind, item.key, 0)
            for offset, item in enumerate(items[at : at + BATCH])
        ]
        with rt.db.write() as conn:
            sequencing.insert_rows(conn, rows)
    return time.perf_counter() - start


def run() -> list[Row]:
    """Measure."""
    items = vouchers(ENTRIES)
    with fresh_state(DATABASE) as rt:
        start = time.perf_counter()
        prepared = [service.prepare(item) for item in items]
        preparing = time.perf_counter() - start
        publishing = appended(rt, open_book(rt, "s1"), prepared)
        raw = inserted(rt, prepared)
    leaves = [merkle.leaf_hash(item.record[:90]) for item in prepared]
    start = time.perf_counter()
    tiles.extend(0, {}, leaves)
    hashing = time.perf_counter() - start
    found = peers.file_logs(ENTRIES, BATCH)
    rate, best = ENTRIES / publishing, peers.best(found)
    target = "target 25,000" if DATABASE else "target 20,000"
    ratio = f"; {rate / best:.2f}x the faster file peer" if best else ""
    return [
        Row(f"{ENTRIES:,} entries appended, integrated, published", rate, "entries/s",
            target + ratio),
        Row("the same with checking, canonical form, salts", ENTRIES / (publishing + preparing),
            "entries/s"),
        Row("raw insert of the entry rows, no payloads", ENTRIES / raw, "entries/s",
            f"ours reaches {raw / publishing:.2f}x"),
        Row("tree hashing alone", ENTRIES / hashing, "leaves/s"),
        *peers.rows(found, BATCH),
        *peers.pymerkle(),
    ]  # fmt: skip
