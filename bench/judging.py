"""One society judged by its books: statements and processor time of a judgement.

The society has a day book, a loan register, dates, and alerts that were raised. It is judged with
nothing new, after an import that changes no finding, and when a register raises an alert. The
median of the rounds is told.

`SAKSHI_BENCH_VOUCHERS` asks for another size than 2,000, `SAKSHI_BENCH_ROUNDS` for other rounds
than 10; `SAKSHI_BENCH_DATABASE` names an empty PostgreSQL database in place of SQLite.
"""

import os
import random
import statistics
import time
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import event

from bench.state import fresh_state
from bench.table import Row
from oversight import service as oversight_service
from trust.books import service as books_service
from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people.model import SocietyProfile
from web.demo import registers

VOUCHERS = int(os.environ.get("SAKSHI_BENCH_VOUCHERS", "2000"))
ROUNDS = int(os.environ.get("SAKSHI_BENCH_ROUNDS", "10"))
DATABASE = os.environ.get("SAKSHI_BENCH_DATABASE")
WHAT = ("a step is sealed", "nothing is new", "new books, the same finding")
Measured = tuple[int, float]
"""Statements and milliseconds of processor time."""


def profile(number: int) -> SocietyProfile:
    """A fictitious society."""
    return SocietyProfile(
        f"measured-{number}",
        f"MEASURED/{number}",
        f"Measured Society {number}",
        f"അളന്ന സംഘം {number}",
        "thrissur",
        "mukundapuram",
        "credit",
        "class-1",
        date(1960, 1, 1),
    )


def day_book(first: int, count: int, today: date) -> bytes:
    """Vouchers of two lines, dated in the days before today."""
    vouchers = "".join(_voucher(number, today) for number in range(first, first + count))
    return (
        "<ENVELOPE><HEADER><TALLYREQUEST>Import Data</TALLYREQUEST></HEADER><BODY><IMPORTDATA>"
        f"<REQUESTDATA>{vouchers}</REQUESTDATA></IMPORTDATA></BODY></ENVELOPE>"
    ).encode("utf-16")


def _voucher(number: int, today: date) -> str:
    lines = "".join(
        f"<ALLLEDGERENTRIES.LIST><LEDGERNAME>{name}</LEDGERNAME>"
        f"<ISDEEMEDPOSITIVE>No</ISDEEMEDPOSITIVE><AMOUNT>{sign}{100 + number}.00</AMOUNT>"
        "</ALLLEDGERENTRIES.LIST>"
        for name, sign in (("Cash on hand: head office", "-"), ("Sales: consumer goods", ""))
    )
    on = today - timedelta(days=number % 20)
    return (
        f'<TALLYMESSAGE><VOUCHER REMOTEID="g-{number}" VCHTYPE="Receipt"><DATE>{on:%Y%m%d}</DATE>'
        f"<GUID>g-{number}</GUID><VOUCHERTYPENAME>Receipt</VOUCHERTYPENAME>"
        f"<VOUCHERNUMBER>{number}</VOUCHERNUMBER>{lines}</VOUCHER></TALLYMESSAGE>"
    )


def bring(rt: Runtime, slug: str, name: str, data: bytes) -> None:
    """Import a file that must not be refused."""
    report = books_service.import_file(rt, slug, name, data, actor="bench")
    if not report.ok:
        raise RuntimeError(f"{name} was refused: {report.refused[:2]}")


def judge(rt: Runtime, slug: str, steps: int | None = None) -> Measured:
    """Judge a society; `steps` is how many steps must follow."""
    said = 0

    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        nonlocal said
        said += not statement.startswith("BEGIN")

    event.listen(rt.db.engine, "before_cursor_execute", note)
    began = time.process_time()
    taken = oversight_service.evaluate(rt, slug)
    took = time.process_time() - began
    event.remove(rt.db.engine, "before_cursor_execute", note)
    if steps is not None and len(taken) != steps:
        raise RuntimeError(f"{len(taken)} steps were taken instead of {steps}.")
    return said, took * 1000


def story(rt: Runtime, number: int, today: date) -> tuple[Measured, Measured, Measured]:
    """An alert raised, nothing new, and an import that changes no finding."""
    slug = profile(number).slug
    first = number * (VOUCHERS + 1)
    bring(rt, slug, "day.xml", day_book(first, VOUCHERS, today))
    dates = b"kind,date,book_year,note\naccounting_date,2024-03-31,2023-24,\n"
    bring(rt, slug, "dates.csv", dates)
    judge(rt, slug)
    loans = registers.loans_csv(random.Random(number), today, "agriculture", concentrated=True)
    bring(rt, slug, "loans.csv", loans)
    raised = judge(rt, slug)
    same = judge(rt, slug, 0)
    bring(rt, slug, "more.xml", day_book(first + VOUCHERS, 1, today))
    return raised, same, judge(rt, slug, 0)


def run() -> list[Row]:
    """Measure."""
    with fresh_state(DATABASE) as rt:
        now = rt.clock()
        with rt.db.write() as conn:
            oversight_service.adopt_proposed(conn, now=now)
            for number in range(ROUNDS):
                people_service.register_society(conn, profile(number), now=now)
        today = datetime.fromtimestamp(now, UTC).date()
        rounds = [story(rt, number, today) for number in range(ROUNDS)]
    found = []
    for at, what in enumerate(
        ("a step is sealed", "nothing is new", "new books, the same finding")
    ):
        said, took = zip(*(one[at] for one in rounds), strict=True)
        found += [
            Row(f"{what}: statements", statistics.median(said), "a judgement"),
            Row(f"{what}: processor time", statistics.median(took), "ms a judgement"),
        ]
    return found
