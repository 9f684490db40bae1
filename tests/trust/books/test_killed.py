"""Kill the process inside an import: nothing acknowledged is lost, the rest is finished."""

import importlib
import multiprocessing
import os
import signal
from collections import Counter
from types import ModuleType

import pytest
from sqlalchemy import func, select

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import posting, sealing, staging
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.tables import book_stage
from trust.database import Database
from trust.log import boot
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.settings import Settings
from web import wiring

VOUCHERS = 30


def book() -> bytes:
    pair = [("Cash", "-100.00"), ("Member Seven", "100.00")]
    return daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(VOUCHERS)))


def die_at(settings: Settings, now: int, where: str, name: str, times: int) -> None:
    """A process of its own: import in chunks of seven and die by SIGKILL after so many calls."""
    wiring.load_packages()
    posting.CHUNK = 7
    module = importlib.import_module(where)
    real, done = getattr(module, name), iter(range(100))

    def dies(*arguments: object, **more: object) -> object:
        found = real(*arguments, **more)
        if next(done) == times:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    setattr(module, name, dies)
    rt = boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )
    books_service.import_file(
        rt, SLUG, "daybook.xml", book(), actor="secretary", answers={"suspense": "yes"}
    )


@pytest.mark.parametrize(
    ("module", "name", "times", "sealed"),
    [
        (sealing, "_plan", 0, None),
        (staging, "put", 0, None),
        (staging, "put", 3, None),
        (posting, "stage", 0, None),
        (posting, "begin", 0, None),
        (sealing, "_open", 0, 0),
        (staging, "take", 0, 0),
        (staging, "take", 2, 14),
        (posting, "_seal", 4, 30),
        (posting, "close", 0, 30),
    ],
    ids=str,
)
def test_killed_at_any_step_and_resumed(
    scenario: BooksScenario, module: ModuleType, name: str, times: int, sealed: int | None
) -> None:
    """`sealed`: how many vouchers were committed then; None if not even the opening was."""
    scenario.publish()
    scenario.rt.db.dispose()
    spawn = multiprocessing.get_context("spawn")
    now = scenario.rt.clock()
    child = spawn.Process(
        target=die_at, args=(scenario.rt.settings, now, module.__name__, name, times)
    )
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    with scenario.rt.db.read() as conn:
        before = [item.entry for item in log_queries.entries(conn, scenario.origin, 0, 1000)]
        kinds = Counter(item.kind for item in log_queries.entries(conn, scenario.origin, 0, 1000))
        assert books.vouchers(conn, SLUG) == [], "not counted before its closing entry"
    assert (kinds["import-open"], kinds["voucher"]) == ((0, 0) if sealed is None else (1, sealed))
    with scenario.rt.db.read() as conn:
        waiting = [(one.sealed, one.expected) for one in books.open_imports(conn)]
    assert waiting == ([] if sealed is None else [(sealed, VOUCHERS)])
    resumed = [report.state for report in books_service.resume_imports(scenario.rt)]
    assert resumed == ([] if sealed is None else ["posted"])
    with scenario.rt.db.read() as conn:
        staged = conn.execute(select(func.count()).select_from(book_stage)).scalar_one()
    assert staged == 0, "an import that never began leaves nothing"
    again = scenario.import_file(book(), "again.xml")
    assert again.state == ("posted" if sealed is None else "unchanged")
    # Files on SQLite; on PostgreSQL a claim ends with its session.
    assert not list(scenario.rt.settings.home.glob("claims/*")), "no claim is left"
    with scenario.rt.db.read() as conn:
        after = log_queries.entries(conn, scenario.origin, 0, 1000)
        assert [item.entry for item in after[: len(before)]] == before
        assert Counter(item.kind for item in after)["voucher"] == VOUCHERS
        ids = [item.voucher.id for item in books.vouchers(conn, SLUG)]
        details = [books.voucher_detail(conn, item.at) for item in books.vouchers(conn, SLUG)]
        assert conn.execute(select(func.count()).select_from(book_stage)).scalar_one() == 0
    assert sorted(ids) == sorted(f"g-{n}" for n in range(VOUCHERS))
    assert {detail["number"] for detail in details if detail} == {str(n) for n in range(VOUCHERS)}
    scenario.publish()
    assert list(fsck.check(scenario.rt.db, scenario.rt.signer)) == []
