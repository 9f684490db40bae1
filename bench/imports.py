"""A large Tally day book from disk into the log, in a process of its own, with pages and ballots.

The server serves pages and takes ballots over the same state meanwhile, as a society's officers
import while members vote. `SAKSHI_BENCH_VOUCHERS` asks for another size than 100,000.
"""

import asyncio
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, BinaryIO

from bench.ballots import Posted, prepared
from bench.client import Connection
from bench.server import Server, serving
from bench.state import fresh_state
from bench.table import Row, quantile

VOUCHERS = int(os.environ.get("SAKSHI_BENCH_VOUCHERS", "100000"))
MEMBERS = 150
PAUSE = 0.1
PART = 1000
PAGES = ("/", "/s/bench-1")
LEDGERS = (
    ("Member savings", "Capital Account"),
    ("Crop loans", "Loans & Advances (Asset)"),
    ("Interest on loans", "Indirect Incomes"),
    ("Salaries", "Indirect Expenses"),
    ("Stationery", "Indirect Expenses"),
)
_CHILD = """
import inspect, json, sys, time
from pathlib import Path
from trust.books import service
from trust.settings import Settings
from web import wiring

rt = wiring.build(Settings.from_env())
path = Path(sys.argv[1])
takes = inspect.signature(service.import_file).parameters["data"].annotation
data = path if "Path" in str(takes) else path.read_bytes()
began, cpu = time.perf_counter(), time.process_time()
report = service.import_file(rt, "bench-1", path.name, data, actor="bench")
took = {"wall": time.perf_counter() - began, "cpu": time.process_time() - cpu}
rt.close()
peak = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith("VmHWM"))
print(json.dumps(took | {"peak": int(peak.split()[1]) / 1024, "posted": dict(report.posted)}))
"""


def write_day_book(path: Path, vouchers: int) -> None:
    """Write a day book of so many vouchers of 2025-26; no two are alike."""
    with path.open("wb") as file:
        file.write(b"\xff\xfe")
        head = "<ENVELOPE><HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER><BODY>"
        _put(file, f"{head}<IMPORTDATA><REQUESTDATA>{masters()}")
        for at in range(0, vouchers, PART):
            _put(file, "".join(voucher(n) for n in range(at, min(at + PART, vouchers))))
        _put(file, "</REQUESTDATA></IMPORTDATA></BODY></ENVELOPE>")


def _put(file: BinaryIO, text: str) -> None:
    file.write(text.replace("><", ">\r\n<").encode("utf-16-le"))


def masters() -> str:
    """The ledgers of the day book."""
    return "".join(
        f'<TALLYMESSAGE xmlns:UDF="TallyUDF"><LEDGER NAME="{name}" RESERVEDNAME="">'
        f"<PARENT>{parent.replace('&', '&amp;')}</PARENT></LEDGER></TALLYMESSAGE>"
        for name, parent in (*LEDGERS, ("Cash", "Cash-in-Hand"))
    )


def voucher(number: int) -> str:
    """One voucher in the product's form."""
    guid = f"8f14e45f-ceea-467f-a8e5-{number:012d}"
    ledger, amount = LEDGERS[number % len(LEDGERS)][0], f"{100 + number}.00"
    lines = "".join(
        f"<ALLLEDGERENTRIES.LIST><LEDGERNAME>{name}</LEDGERNAME>"
        f"<ISDEEMEDPOSITIVE>{'Yes' if sign else 'No'}</ISDEEMEDPOSITIVE>"
        f"<AMOUNT>{sign}{amount}</AMOUNT></ALLLEDGERENTRIES.LIST>"
        for name, sign in (("Cash", "-"), (ledger, ""))
    )
    month, day = (3 + number // 28 % 9) % 12 + 1, number % 28 + 1
    return (
        f'<TALLYMESSAGE xmlns:UDF="TallyUDF"><VOUCHER REMOTEID="{guid}" VCHTYPE="Receipt"'
        f' ACTION="Create"><DATE>2025{month:02d}{day:02d}</DATE><GUID>{guid}</GUID>'
        f"<NARRATION>Deposit over the counter of the head office, slip {number}</NARRATION>"
        "<VOUCHERTYPENAME>Receipt</VOUCHERTYPENAME>"
        f"<VOUCHERNUMBER>{number + 1}</VOUCHERNUMBER><PARTYLEDGERNAME>{ledger}</PARTYLEDGERNAME>"
        "<CSTFORMISSUETYPE>&#4; Not Applicable</CSTFORMISSUETYPE><ISCANCELLED>No</ISCANCELLED>"
        f"<ISOPTIONAL>No</ISOPTIONAL>{lines}</VOUCHER></TALLYMESSAGE>"
    )


def importing(home: Path, file: Path) -> "subprocess.Popen[str]":
    """Begin an import in a process of its own."""
    env = os.environ | {"SAKSHI_HOME": str(home), "SAKSHI_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-c", _CHILD, str(file)]
    return subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)


async def watched(
    server: Server, path: str, ballots: list[Posted], child: "subprocess.Popen[str]"
) -> tuple[list[float], list[float]]:
    """Seconds that pages and ballots took while the import ran."""
    pages: list[float] = []
    casts: list[float] = []
    waiting, reading, casting = iter(ballots), Connection(server.port), Connection(server.port)

    async def page() -> None:
        for name in PAGES:
            begun = time.perf_counter()
            answer = await reading.send("GET", name)
            pages.append(time.perf_counter() - begun)
            if answer.status != 200:
                raise RuntimeError(f"{name}: {answer.status}")

    async def ballot() -> None:
        one = next(waiting, None)
        if one is None:
            return
        begun = time.perf_counter()
        answer = await casting.send("POST", path, one.headers, one.body)
        casts.append(time.perf_counter() - begun)
        if answer.status != 201:
            raise RuntimeError(f"{answer.status}: {answer.body.decode()[:300]}")

    async def again(step: Callable[[], Awaitable[None]]) -> None:
        while child.poll() is None:
            await step()
            await asyncio.sleep(PAUSE)

    await asyncio.gather(again(page), again(ballot))
    return pages, casts


def measured() -> tuple[dict[str, Any], list[float], list[float], float]:
    """What the import said of itself, the waits of pages and of ballots, and the file's MB."""
    # Its name in older revisions, to which this bench is lent.
    known = (Path(__file__).parent / "scenario.py").exists()
    scenario = importlib.import_module("bench.scenario" if known else "bench.hall")
    with fresh_state() as rt, tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        found = scenario.build(rt, MEMBERS)
        ballots, _ = prepared(rt, found)
        file = Path(folder) / "daybook.xml"
        write_day_book(file, VOUCHERS)
        with serving(rt.settings.home) as server:
            child = importing(rt.settings.home, file)
            path = f"/member/meetings/{found.meeting}/ballots"
            pages, casts = asyncio.run(watched(server, path, ballots, child))
            said = json.loads((child.communicate()[0] or "{}").strip() or "{}")
        size = file.stat().st_size / 1e6
    if said.get("posted") != {"voucher": VOUCHERS}:
        raise RuntimeError(f"The import did not seal {VOUCHERS} vouchers: {said}")
    return said, pages, casts, size


def run() -> list[Row]:
    """Measure."""
    said, pages, casts, size = measured()
    each = 1e6 / VOUCHERS
    what = f"{VOUCHERS:,} vouchers"
    return [
        Row(f"{what}, clock", said["wall"] * each, "µs a voucher", f"{size:,.0f} MB"),
        Row(f"{what}, processor time", said["cpu"] * each, "µs a voucher"),
        Row("peak memory of the import", said["peak"], "MB", "target 300"),
        Row("a page meanwhile, p95", quantile(pages, 0.95), "s", f"target 0.3; {len(pages)} read"),
        Row("a ballot meanwhile, p50", quantile(casts, 0.5), "s"),
        Row("a ballot meanwhile, p95", quantile(casts, 0.95), "s"),
        Row("ballots cast meanwhile", len(casts), "with receipts"),
    ]
