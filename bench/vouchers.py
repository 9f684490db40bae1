"""A day book's way into the log: read, planned, staged, sealed with its rows; durable, on one core.

"From values already read" is everything but reading the XML: ledgers are mapped, records checked,
put into canonical form, salted, staged and sealed, and the rows of the books written. Processor
time of this process is measured; the median of the rounds is told.

`SAKSHI_BENCH_VOUCHERS` asks for another size than 10,000, `SAKSHI_BENCH_ROUNDS` for other rounds
than 3; `SAKSHI_BENCH_DATABASE` names an empty PostgreSQL database in place of SQLite.
"""

import os
import statistics
import time
from datetime import date
from unittest.mock import patch

from bench.state import fresh_state
from bench.table import Row
from trust.books import service as books_service
from trust.books.model import ReadFile
from trust.books.readers import files, tally
from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people.model import SocietyProfile

VOUCHERS = int(os.environ.get("SAKSHI_BENCH_VOUCHERS", "10000"))
ROUNDS = int(os.environ.get("SAKSHI_BENCH_ROUNDS", "3"))
DATABASE = os.environ.get("SAKSHI_BENCH_DATABASE")
SLUG = "bench-1"
PROFILE = SocietyProfile(
    SLUG,
    "BENCH/1",
    "Measured Service Co-operative Bank",
    "അളന്ന സഹകരണ ബാങ്ക്",
    "thiruvananthapuram",
    "Nedumangad",
    "credit",
    "Class I",
    date(1961, 4, 1),
)
LEDGERS = ("Member savings", "Crop loans", "Interest on loans", "Salaries", "Stationery")
DAYS = 28


def day_book(number: int) -> bytes:
    """A native day book of vouchers of two lines with narration and party, as UTF-16."""
    messages = "".join(voucher(number, at) for at in range(VOUCHERS))
    text = (
        "<ENVELOPE><HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER><BODY><IMPORTDATA>"
        f"<REQUESTDATA>{messages}</REQUESTDATA></IMPORTDATA></BODY></ENVELOPE>"
    )
    return b"\xff\xfe" + text.replace("><", ">\r\n<").encode("utf-16-le")


def voucher(number: int, at: int) -> str:
    """One voucher of a book; no two are alike."""
    guid = f"8f14e45f-ceea-467f-a8e5-{number:04d}{at:08d}"
    ledger, amount = LEDGERS[at % len(LEDGERS)], f"{100 + at}.00"
    lines = "".join(
        f"<ALLLEDGERENTRIES.LIST><LEDGERNAME>{name}</LEDGERNAME>"
        f"<ISDEEMEDPOSITIVE>No</ISDEEMEDPOSITIVE><AMOUNT>{sign}{amount}</AMOUNT>"
        "</ALLLEDGERENTRIES.LIST>"
        for name, sign in (("Cash", "-"), (ledger, ""))
    )
    return (
        f'<TALLYMESSAGE xmlns:UDF="TallyUDF"><VOUCHER REMOTEID="{guid}" VCHTYPE="Receipt">'
        f"<DATE>202604{at % DAYS + 1:02d}</DATE><GUID>{guid}</GUID>"
        f"<NARRATION>Deposit over the counter, slip {at}</NARRATION>"
        "<VOUCHERTYPENAME>Receipt</VOUCHERTYPENAME>"
        f"<VOUCHERNUMBER>{at}</VOUCHERNUMBER><PARTYLEDGERNAME>{ledger}</PARTYLEDGERNAME>"
        f"{lines}</VOUCHER></TALLYMESSAGE>"
    )


def imported(rt: Runtime, number: int, data: bytes, read: ReadFile) -> float:
    """Seconds of processor time of importing a day book that was read before."""
    with patch.object(files, "read_tally", lambda _: read):
        began = time.process_time()
        report = books_service.import_file(rt, SLUG, f"{number}.xml", data, actor="bench")
        took = time.process_time() - began
    assert report.posted == {"voucher": VOUCHERS}, report
    return took


def round_of(rt: Runtime, number: int) -> tuple[float, float]:
    """Seconds of reading a day book, and of importing what was read."""
    data = day_book(number)
    began = time.process_time()
    read = tally.read_tally(data)
    took = time.process_time() - began
    return took, imported(rt, number, data, read)


def run() -> list[Row]:
    """Measure."""
    with fresh_state(DATABASE) as rt:
        with rt.db.write() as conn:
            people_service.register_society(conn, PROFILE, now=rt.clock())
        rounds = [round_of(rt, number) for number in range(ROUNDS)]
    each = 1e6 / VOUCHERS
    reading = statistics.median(read for read, _ in rounds) * each
    importing = statistics.median(took for _, took in rounds) * each
    unit = "µs of processor time a voucher"
    return [
        Row(f"{VOUCHERS:,} vouchers from values already read", importing, unit),
        Row("reading them from XML", reading, unit),
        Row("both", reading + importing, unit),
    ]
