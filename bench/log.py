"""The log in bulk on SQLite with full fsync: append, integrate, sign, publish.

Target of the first issue: 20,000 entries a second appended, integrated and published. Beside it:
the same with the records checked, canonicalised and salted in the run, hashing alone, and
inserting the same rows through the database alone.
"""

import time

from sqlalchemy import insert

from bench.state import fresh_state
from bench.table import Row
from trust.formats import merkle, origins, tiles
from trust.formats.canon import Json
from trust.log import publication, service
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.tables import log_entry

ENTRIES = 50_000
BATCH = 1_000


def vouchers(count: int) -> list[NewEntry]:
    """Vouchers of two lines with a second payload, as an importer makes them."""
    out = []
    for number in range(count):
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


def seconds(start: float) -> float:
    """Time since a start."""
    return time.perf_counter() - start


def appended(rt: Runtime, origin: str, items: list[service.Prepared]) -> float:
    """Append prepared entries in batches, each its own durable transaction, and publish once."""
    start = time.perf_counter()
    for at in range(0, len(items), BATCH):
        with rt.db.write() as conn:
            service.append_prepared(conn, origin, items[at : at + BATCH], now=rt.clock())
    publication.publish(rt, [origin])
    return seconds(start)


def inserted(rt: Runtime, items: list[service.Prepared]) -> float:
    """The raw limit: the same rows through executemany, nothing hashed, nothing looked up."""
    origin = open_book(rt, "raw")
    with rt.db.read() as conn:
        from trust.log import queries

        log_id = queries.info(conn, origin).id
    start = time.perf_counter()
    for at in range(0, len(items), BATCH):
        rows = [
            {
                "log_id": log_id, "idx": at + offset, "entry": item.record[:90],
                "leaf": item.commitment, "kind": item.kind, "key": item.key, "time": 0,
            }
            for offset, item in enumerate(items[at : at + BATCH])
        ]  # fmt: skip
        with rt.db.write() as conn:
            conn.execute(insert(log_entry), rows)
    return seconds(start)


def run() -> list[Row]:
    """Measure."""
    items = vouchers(ENTRIES)
    with fresh_state() as rt:
        start = time.perf_counter()
        prepared = [service.prepare(item) for item in items]
        preparing = seconds(start)
        publishing = appended(rt, open_book(rt, "s1"), prepared)
        raw = inserted(rt, prepared)
        leaves = [merkle.leaf_hash(item.record[:90]) for item in prepared]
        start = time.perf_counter()
        tiles.extend(0, {}, leaves)
        hashing = seconds(start)
        latency = one_by_one(rt)
    rate = ENTRIES / publishing
    return [
        Row("append + integrate + publish, prepared", rate, "entries/s", "target 20,000"),
        Row(
            "the same with checking, canonical form, salts",
            ENTRIES / (publishing + preparing),
            "entries/s",
            "",
        ),
        Row(
            "raw insert of the same rows (no payloads)",
            ENTRIES / raw,
            "entries/s",
            f"ours reaches {rate / (ENTRIES / raw):.2f}x",
        ),
        Row("tree hashing alone", ENTRIES / hashing, "leaves/s", ""),
        Row("one entry, until a published head covers it, median", latency, "ms", "one caller"),
    ]


def one_by_one(rt: Runtime, count: int = 200) -> float:
    """Median time from append to a published head, one entry at a time."""
    origin = open_book(rt, "s2")
    times = []
    for item in vouchers(count):
        start = time.perf_counter()
        with rt.db.write() as conn:
            (done,) = service.append(conn, origin, [item], now=rt.clock())
        rt.publisher.wait(origin, done.index, timeout=10)
        times.append(seconds(start) * 1000)
    return sorted(times)[len(times) // 2]
