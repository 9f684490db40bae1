"""Rounds of a monitor over many society logs: the first, a quiet one, one with 1 % news.

300 society logs (`SAKSHI_BENCH_LOGS` asks for another number; a State has 15,000), each with five
entries of which one has a public document, behind a server process of its own. Each round is a
`sakshi-audit monitor --once` process without a limit of speed; its memory is its peak. The quiet
round reads the state log and a sweep of 100 logs.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bench.log import vouchers
from bench.server import serving
from bench.state import fresh_state
from bench.table import Row
from trust.formats import origins
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime

LOGS = int(os.environ.get("SAKSHI_BENCH_LOGS", "300"))
ENTRIES = 4
AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Round:
    """One round: seconds, megabytes at the peak, what was read."""

    seconds: float
    megabytes: float
    logs: int
    entries: int


def grow(rt: Runtime, numbers: range, turn: int) -> None:
    """New entries in these logs, published."""
    now = rt.clock()
    year = origins.financial_year(now)
    items = vouchers(ENTRIES)
    for at in range(numbers.start, numbers.stop, AT_ONCE):
        some = range(at, min(at + AT_ONCE, numbers.stop))
        made = [origins.coop_origin(rt.host, f"s{n}", year) for n in some]
        with rt.db.write() as conn:
            for n, origin in zip(some, made, strict=True):
                if turn == 0:
                    logs.open_log(conn, origin, now=now)
                logs.append(conn, origin, [_date(n, turn), *(items if not turn else [])], now=now)
        rt.publish(made)


def _date(number: int, turn: int) -> NewEntry:
    record: dict[str, Json] = {
        "kind": "governance-date",
        "v": 1,
        "society": f"s{number}",
        "book_year": "2026-27",
        "import": f"i-{turn}",
        "event": "accounting-date",
        "date": "2026-05-31",
    }
    return NewEntry("governance-date", record, f"date {turn}")


def watch(home: Path, port: int, connections: int, state: str) -> Round:
    """One round in a process of its own."""
    command = [
        sys.executable, "-m", "audit.cli", "monitor", f"http://127.0.0.1:{port}", "--once",
        "--json", "--rate", "0", "--connections", str(connections), "--state", str(home / state),
    ]  # fmt: skip
    begun = time.perf_counter()
    with (
        (home / f"{state}.log").open("wb") as errors,
        (home / f"{state}.json").open("wb") as answer,
    ):
        child = subprocess.Popen(command, stdout=answer, stderr=errors)
        peak = 0.0
        # Not what wait4 tells: that begins with the memory of this process, before the exec.
        while child.poll() is None:
            peak = max(peak, _peak(child.pid))
            time.sleep(0.02)
    report = json.loads((home / f"{state}.json").read_text())
    taken = time.perf_counter() - begun
    if child.returncode:
        raise RuntimeError(f"The monitor ended with {child.returncode}: {report}")
    counts = report["counts"]
    return Round(taken, peak, counts["logs"], counts["entries"])


def _peak(pid: int) -> float:
    """The most memory a process has held so far, in megabytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return max((int(x.split()[1]) / 1024 for x in lines if x.startswith("VmHWM:")), default=0.0)


def run() -> list[Row]:
    """Measure."""
    with fresh_state() as rt:
        home = rt.settings.home
        grow(rt, range(LOGS), 0)
        with serving(home) as server:
            one = watch(home, server.port, 1, "one.db")
            first = watch(home, server.port, 4, "many.db")
            quiet = watch(home, server.port, 4, "many.db")
            news = max(1, LOGS // 100)
            grow(rt, range(news), 1)
            busy = watch(home, server.port, 4, "many.db")
    if first.logs != LOGS + 1 or first.entries != LOGS * (ENTRIES + 3):
        raise RuntimeError(f"The first round read {first}, not {LOGS} logs")
    if busy.entries != 2 * news:
        raise RuntimeError(f"The round with news read {busy.entries} entries, not {2 * news}")
    return [
        Row(f"first round, {LOGS:,} logs, one connection", one.seconds, "s", _rate(one)),
        Row(f"first round, {LOGS:,} logs, four connections", first.seconds, "s", _rate(first)),
        Row("quiet round", quiet.seconds, "s", f"{quiet.logs} logs visited"),
        Row("round with news in 1 %", busy.seconds, "s", f"{busy.entries} new entries"),
        Row("memory, first round", first.megabytes, "MB", "peak, interpreter included"),
        Row("memory, quiet round", quiet.megabytes, "MB"),
    ]


def _rate(found: Round) -> str:
    return f"{found.logs / found.seconds:,.0f} logs/s"
