"""The log in bulk with full fsync (append, integrate, sign, publish), beside peers and raw limits.

Three sorts of entries, appended in batches of 1,024, each batch its own durable transaction with
exact idempotency keys: bare pre-built entries, which is what the peers store and what the ratio
is taken of; prepared vouchers with two salted payloads each, as an importer makes them; the same
with checking, canonical form and salts. Everything is measured in rounds, ours and each peer after
the other, and the median of the rounds is told: load on the machine meets all of them.

The state is an SQLite file; `SAKSHI_BENCH_DATABASE` names an empty PostgreSQL database instead.
Targets: 20,000 entries a second (second issue); on SQLite 1.0x the faster Python peer that writes
files, on PostgreSQL 25,000 (third issue). `SAKSHI_BENCH_ENTRIES` asks for another size than
100,000, `SAKSHI_BENCH_BATCH` for larger batches, `SAKSHI_BENCH_ROUNDS` for more rounds than 3.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from bench import peers
from bench.state import fresh_state
from bench.table import Row
from trust.formats import merkle, origins, tiles
from trust.formats.canon import Json
from trust.formats.entries import Entry, format_entry
from trust.log import preparing, sequencing
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.sequencing import Built

ENTRIES = int(os.environ.get("SAKSHI_BENCH_ENTRIES", "100000"))
BATCH = int(os.environ.get("SAKSHI_BENCH_BATCH", "1024"))
ROUNDS = int(os.environ.get("SAKSHI_BENCH_ROUNDS", "3"))
DATABASE = os.environ.get("SAKSHI_BENCH_DATABASE")


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds of something: by the clock, and of this process on a processor."""

    wall: float
    cpu: float


class Stopwatch:
    """Both clocks from its making on."""

    def __init__(self) -> None:
        self._wall, self._cpu = time.perf_counter(), time.process_time()

    def took(self) -> Took:
        """The time since it was made."""
        return Took(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def vouchers(count: int, first: int = 0) -> list[NewEntry]:
    """Vouchers of two lines with a second payload, as an importer makes them."""
    out = []
    for number in range(first, first + count):
        record: dict[str, Json] = {
            "kind": "voucher",
            "v": 1,
            "society": "s1",
            "book_year": "2026-27",
            "import": "i-1",
            "id": f"8f14e45f-ceea-467f-a8e5-{number:012d}",
            "source": "tally-xml",
            "date": "2026-06-01",
            "type": "Receipt",
            "corrects": None,
            "lines": [
                {"account": "28101", "paise": 12_345_600},
                {"account": "14101", "paise": -12_345_600},
            ],
        }
        detail: dict[str, Json] = {
            "kind": "voucher-detail",
            "v": 1,
            "number": str(number),
            "party": "Savings",
            "narration": "Deposit over the counter",
            "ledgers": ["Cash", "Savings"],
            "instruments": [],
        }
        out.append(NewEntry("voucher", record, f"voucher {number}", detail))
    return out


def open_book(rt: Runtime, name: str) -> str:
    """A society's empty log."""
    origin = origins.coop_origin(rt.host, name, origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    return origin


def bare(count: int, at: int, first: int = 0) -> list[Built]:
    """Pre-built entries with their keys and no payload, such as a mirror holds."""
    return [
        (format_entry(Entry("voucher", at, sha256(b"%d" % n).digest())), "voucher", f"voucher {n}")
        for n in range(first, first + count)
    ]


def appended(
    rt: Runtime,
    name: str,
    verb: Callable[..., object],
    items: Sequence[object],
    *,
    each: bool = False,
) -> Took:
    """Append to a new log in batches, each its own durable transaction, and publish at the end, or
    `each` batch for itself as the peers do."""
    origin = open_book(rt, name)
    watch = Stopwatch()
    for at in range(0, len(items), BATCH):
        with rt.db.write() as conn:
            verb(conn, origin, items[at : at + BATCH], now=rt.clock())
        if each:
            rt.publish([origin])
    rt.publish([origin])
    return watch.took()


def inserted(rt: Runtime, name: str, items: Sequence[Built]) -> Took:
    """The raw limit: entry rows through the driver alone, nothing hashed, nothing published."""
    origin = open_book(rt, name)
    with rt.db.read() as conn:
        log_id = log_queries.info(conn, origin).id
    watch = Stopwatch()
    for at in range(0, len(items), BATCH):
        rows: list[sequencing.Row] = [
            (log_id, index, entry, kind, key, 0)
            for index, (entry, kind, key) in enumerate(items[at : at + BATCH], at)
        ]
        with rt.db.write() as conn:
            sequencing.insert_rows(conn, rows)
    return watch.took()


def hashed(items: Sequence[Built]) -> Took:
    """Leaves and tree alone, nothing stored."""
    watch = Stopwatch()
    tiles.extend(0, {}, [merkle.leaf_hash(entry) for entry, _, _ in items])
    return watch.took()


SORTS = ("bare", "each", "vouchers", "raw", "hashing")


Round = tuple[dict[str, Took], Took, dict[str, peers.Measured]]
"""Ours by sort, preparing the vouchers, the peers."""


def round_of(rt: Runtime, number: int) -> Round:
    """Everything once, each in a new log."""
    built = bare(ENTRIES, rt.clock())
    ours = {"bare": appended(rt, f"bare-{number}", logs.append_built, built)}
    found = peers.file_logs(ENTRIES, BATCH, len(built[0][0]))
    ours["each"] = appended(rt, f"each-{number}", logs.append_built, built, each=True)
    ours["raw"] = inserted(rt, f"raw-{number}", built)
    ours["hashing"] = hashed(built)
    items = vouchers(ENTRIES, number * ENTRIES)
    watch = Stopwatch()
    prepared = [preparing.prepare(item) for item in items]
    ready = watch.took()
    ours["vouchers"] = appended(rt, f"vouchers-{number}", logs.append_prepared, prepared)
    print(f"Round {number + 1} of {ROUNDS} done.", flush=True)
    return ours, ready, found


def run() -> list[Row]:
    """Measure."""
    with fresh_state(DATABASE) as rt:
        rounds = [round_of(rt, number) for number in range(ROUNDS)]
    ours = {sort: [each[sort] for each, _, _ in rounds] for sort in SORTS}
    rate = {sort: ENTRIES / statistics.median(t.wall for t in ours[sort]) for sort in SORTS}
    cpu = {sort: statistics.median(t.cpu for t in ours[sort]) * 1e6 / ENTRIES for sort in SORTS}
    whole = statistics.median(ours.wall + more.wall for ours, more in _preparing(rounds))
    found = [each for _, _, each in rounds]

    def beside(sort: str) -> str:
        """Ratio to the faster peer, round by round."""
        ratios = [
            peers.fastest(each) / took.wall
            for each, took in zip(found, ours[sort], strict=True)
            if each
        ]
        words = f"{cpu[sort]:.1f} µs of processor time each"
        if not ratios:
            return words
        low, high = min(ratios), max(ratios)
        middle = statistics.median(ratios)
        return f"{middle:.2f}x the faster file peer ({low:.2f} to {high:.2f}); {words}"

    target = "target 25,000" if DATABASE else "target 1.0x"
    return [
        Row(f"{ENTRIES:,} bare entries, batches of {BATCH:,}, published at the end", rate["bare"],
            "entries/s", f"{target}; {beside('bare')}"),
        Row("the same, each batch published", rate["each"], "entries/s", beside("each")),
        Row("vouchers with two salted payloads each", rate["vouchers"], "entries/s",
            ("target 25,000; " if DATABASE else "target 20,000; ") + beside("vouchers")),
        Row("the same with checking, canonical form, salts", ENTRIES / whole, "entries/s"),
        Row("raw insert of bare entry rows", rate["raw"], "entries/s",
            f"ours reaches {rate['bare'] / rate['raw']:.2f}x; {cpu['raw']:.1f} µs"),
        Row("leaves and tree alone", rate["hashing"], "entries/s", f"{cpu['hashing']:.1f} µs"),
        Row("peak memory of this process", peers.peak(), "MB", "entries and vouchers included"),
        *peers.rows(found, ENTRIES, BATCH),
        *peers.pymerkle(),
    ]  # fmt: skip


def _preparing(rounds: list[Round]) -> list[tuple[Took, Took]]:
    return [(ours["vouchers"], preparing) for ours, preparing, _ in rounds]
