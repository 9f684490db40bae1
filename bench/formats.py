"""Each format of a book file, read from disk in a process of its own: rows a second, peak memory.

A new format is a row of `FORMATS`: a name, the file's name, and what writes it. `SAKSHI_BENCH_ROWS`
asks for another size than 20,000 rows or vouchers.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import sheets
from bench.imports import write_day_book
from bench.table import Row

ROWS = int(os.environ.get("SAKSHI_BENCH_ROWS", "20000"))
_CHILD = """
import json, sys, time
from pathlib import Path
from trust.books.readers.files import Hints, detect, read_file
from trust.books.readers.sourcefile import SourceFile

began, file = time.process_time(), SourceFile(Path(sys.argv[1]))
read = read_file(file, detect(file), Hints("2025-26", "2026-03-31"))
took = time.process_time() - began
assert not read.unreadable, read.refused
peak = next(l for l in Path("/proc/self/status").read_text().splitlines() if l.startswith("VmHWM"))
print(json.dumps({"cpu": took, "peak": int(peak.split()[1]) / 1024, "kind": read.format}))
"""


@dataclass(frozen=True, slots=True)
class Format:
    """A format of book files, and what writes one of so many rows."""

    name: str
    filename: str
    write: Callable[[Path, int], None]


def loans(path: Path, rows: int) -> None:
    """Loans of members, none overdue."""
    head = "loan_id,member_ref,sanctioned_on,sanctioned,outstanding,purpose,in_area"
    lines = [
        f'L{at},M{at},01/05/2025,"{100_000 + at}","{90_000 + at}",agriculture,yes'
        for at in range(rows)
    ]
    title = "Loan register as on 31/03/2026"
    path.write_text("\n".join([title, head, *lines, ""]), encoding="utf-8")


def dates(path: Path, rows: int) -> None:
    """General meetings, one a row."""
    lines = [
        f"general_meeting,{at % 28 + 1:02d}/{at // 28 % 12 + 1:02d}/2025,2024-25,meeting {at}"
        for at in range(rows)
    ]
    path.write_text("\n".join(["kind,date,book_year,note", *lines, ""]), encoding="utf-8")


FORMATS = (
    Format("Tally XML, vouchers", "daybook.xml", write_day_book),
    Format("Tally day book, sheet", "daybook.csv", sheets.tally_day_book),
    Format("general ledger, CSV", "ledger.csv", sheets.general_ledger),
    Format("trial balance, CSV", "trial.csv", sheets.trial_csv),
    Format("trial balance, XLSX", "trial.xlsx", sheets.trial_xlsx),
    Format("trial balance, ODS", "trial.ods", sheets.trial_ods),
    Format("trial balance, HTML", "trial.xls", sheets.trial_html),
    Format("loan register, CSV", "loans.csv", loans),
    Format("dates, CSV", "dates.csv", dates),
)


def read(path: Path) -> dict[str, float]:
    """Read a file in a process of its own; seconds of processor time and MB."""
    command = [sys.executable, "-c", _CHILD, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    said: dict[str, float] = json.loads(done.stdout)
    return said


def run() -> list[Row]:
    """Measure."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        for one in FORMATS:
            path = Path(folder) / one.filename
            one.write(path, ROWS)
            said = read(path)
            size = f"{ROWS:,} rows, {path.stat().st_size / 1e6:,.1f} MB"
            rows.append(Row(one.name, ROWS / said["cpu"], "rows a second of processor time", size))
            rows.append(Row(f"{one.name}: peak memory", said["peak"], "MB"))
    return rows
