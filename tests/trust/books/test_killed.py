"""Kill the process inside an import: nothing acknowledged is lost, the rest is finished."""

import multiprocessing
import os
import signal
from collections import Counter

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import posting
from trust.books import queries as books
from trust.books import service as books_service
from trust.database import Database
from trust.log import boot
from trust.log import queries as log_queries
from trust.settings import Settings
from web import wiring

VOUCHERS = 30


def book() -> bytes:
    pair = [("Cash", "-100.00"), ("Member Seven", "100.00")]
    return daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(VOUCHERS)))


def die_after(settings: Settings, now: int, fills: int) -> None:
    """A process of its own: import in chunks of seven and die by SIGKILL inside one of them."""
    wiring.load_rooms()
    posting.CHUNK = 7
    real, done = posting._seal, iter(range(100))

    def seal(*arguments: object, **more: object) -> None:
        real(*arguments, **more)  # type: ignore[arg-type]
        if next(done) == fills:
            os.kill(os.getpid(), signal.SIGKILL)

    posting._seal = seal
    rt = boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )
    books_service.import_file(rt, SLUG, "daybook.xml", book(), actor="secretary")


def test_killed_inside_a_chunk_and_resumed(scenario: BooksScenario) -> None:
    scenario.publish()
    scenario.rt.db.dispose()
    spawn = multiprocessing.get_context("spawn")
    child = spawn.Process(target=die_after, args=(scenario.rt.settings, scenario.rt.clock(), 2))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    with scenario.rt.db.read() as conn:
        sealed = [item.entry for item in log_queries.entries(conn, scenario.origin, 0, 1000)]
        kinds = Counter(item.kind for item in log_queries.entries(conn, scenario.origin, 0, 1000))
        assert books.vouchers(conn, SLUG) == [], "not counted before its closing entry"
    assert kinds["voucher"] == 14, "two chunks were committed, the third was not"
    assert [report.state for report in books_service.resume_imports(scenario.rt)] == ["posted"]
    with scenario.rt.db.read() as conn:
        after = log_queries.entries(conn, scenario.origin, 0, 1000)
        assert [item.entry for item in after[: len(sealed)]] == sealed
        assert Counter(item.kind for item in after)["voucher"] == VOUCHERS
        ids = [item.voucher.id for item in books.vouchers(conn, SLUG)]
    assert sorted(ids) == sorted(f"g-{n}" for n in range(VOUCHERS))
    assert scenario.import_file(book(), "again.xml").state == "unchanged"
