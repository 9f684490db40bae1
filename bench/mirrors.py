"""The mirror of many small logs: the first run, one with nothing new, one with a few changed.

1,000 society logs of one entry each (`SAKSHI_BENCH_LOGS` asks for another number), mirrored into a
folder with full synchronisation. Target: 15,000 unchanged logs in a few seconds.
"""

import tempfile
import time
from pathlib import Path

from bench.log import vouchers
from bench.many import LOGS, opened
from bench.state import fresh_state
from bench.table import Row
from trust.log import service as logs
from trust.log.upkeep.mirror import Mirrored, mirror

CHANGED = max(1, LOGS // 100)


def run() -> list[Row]:
    """Measure."""
    items = vouchers(2)
    with fresh_state() as rt, tempfile.TemporaryDirectory(prefix="sakshi-bench-") as name:
        folder = Path(name)

        def timed() -> tuple[Mirrored, float]:
            begun = time.perf_counter()
            done = mirror(rt.db, folder)
            return done, time.perf_counter() - begun

        made = opened(rt, items)
        rt.publish(made)
        first, whole = timed()
        again, nothing = timed()
        with rt.db.write() as conn:
            for origin in made[:CHANGED]:
                logs.append(conn, origin, items[1:], now=rt.clock())
        rt.publish(made[:CHANGED])
        third, few = timed()
    if (first.logs, again.changed, third.changed) != (LOGS + 1, 0, CHANGED + 1):
        raise RuntimeError(f"The runs did something else: {first}, {again}, {third}")
    return [
        Row(f"{LOGS:,} logs, first run", whole, "s", f"{first.written / whole:,.0f} files/s"),
        Row(f"{LOGS:,} logs, nothing new", nothing, "s", "target: a few seconds for 15,000"),
        Row(f"{LOGS:,} logs, {CHANGED:,} with one new entry", few, "s", f"{third.written} files"),
    ]
