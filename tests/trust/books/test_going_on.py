"""Progress of an import, signals in the middle of it, and who goes on with what was left open."""

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import posting, spool
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.claims import claimed
from trust.books.model import ImportReport
from trust.books.progress import Progress
from trust.books.tables import book_stage
from trust.formats.errors import SakshiError
from web.wiring import Resumer

COUNT = 30


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "CHUNK", 7)
    monkeypatch.setattr(spool, "CHUNK", 7)


def book(stem: str = "g") -> bytes:
    amount = f"{1 + int.from_bytes(stem.encode()) % 90_000}.00"
    pair = [("Cash", f"-{amount}"), ("Member Seven", amount)]
    return daybook(*(voucher(f"{stem}-{n}", pair, number=f"{stem}{n}") for n in range(COUNT)))


def taken(
    scenario: BooksScenario, data: bytes, progress: Callable[[Progress], None]
) -> ImportReport:
    return books_service.import_file(
        scenario.rt,
        SLUG,
        "book.xml",
        data,
        actor="secretary",
        answers={"suspense": "yes"},
        progress=progress,
    )


def left_open(scenario: BooksScenario, data: bytes, sealed: int = 14) -> None:
    """An import that somebody ended with Ctrl-C."""

    def ends(at: Progress) -> None:
        if (at.stage, at.done) == ("sealing", sealed):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        taken(scenario, data, ends)


def staged(scenario: BooksScenario) -> int:
    with scenario.rt.db.read() as conn:
        return conn.execute(select(func.count()).select_from(book_stage)).scalar_one()


def test_progress_is_told_stage_by_stage(scenario: BooksScenario) -> None:
    told: list[Progress] = []
    report = taken(scenario, book(), told.append)
    assert report.posted == {"voucher": COUNT}
    stages = list(dict.fromkeys(at.stage for at in told))
    assert stages == ["reading", "comparing", "staging", "sealing"]
    for stage in stages:
        done = [at.done for at in told if at.stage == stage]
        last = [at for at in told if at.stage == stage][-1]
        assert done == sorted(done) and last.done == last.total > 0


def test_a_signal_at_any_moment_leaves_nothing_or_what_goes_on(scenario: BooksScenario) -> None:
    told: list[Progress] = []
    taken(scenario, book("x"), told.append)
    for moment in range(len(told)):
        data, calls = book(f"m{moment}"), iter(range(1000))

        def ends(_: Progress, calls: object = calls, moment: int = moment) -> None:
            if next(calls) == moment:  # type: ignore[call-overload]
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            taken(scenario, data, ends)
        with scenario.rt.db.read() as conn:
            begun = books.open_imports(conn)
        if begun:
            assert told[moment].stage == "sealing"
            assert begun[0].sealed == told[moment].done
            assert [r.state for r in books_service.resume_imports(scenario.rt)] == ["posted"]
        else:
            assert told[moment].stage != "sealing"
            assert scenario.import_file(data).posted == {"voucher": COUNT}
        assert staged(scenario) == 0
    with scenario.rt.db.read() as conn:
        assert len(books.vouchers(conn, SLUG)) == COUNT * (len(told) + 1)


def test_the_same_file_again_tells_what_was_sealed_of_it(scenario: BooksScenario) -> None:
    left_open(scenario, book())
    report = scenario.import_file(book())
    assert (report.state, report.posted) == ("posted", {"voucher": COUNT})
    assert [(n.code, n.places["count"], n.places["total"]) for n in report.notes] == [
        ("import-finished", 16, COUNT)
    ]
    assert scenario.import_file(book()).state == "unchanged"


def test_another_file_finishes_what_was_left_open_and_says_so(scenario: BooksScenario) -> None:
    left_open(scenario, book())
    told: list[Progress] = []
    report = taken(scenario, book("other"), told.append)
    assert report.posted == {"voucher": COUNT}
    assert [note.code for note in report.notes] == ["import-finished"]
    assert told[0].stage == "sealing" and told[0].total == COUNT


def test_nobody_takes_an_import_that_another_process_is_at(scenario: BooksScenario) -> None:
    left_open(scenario, book())
    with scenario.rt.db.read() as conn:
        (open_one,) = books.open_imports(conn)
    waited = threading.Event()
    reports: list[ImportReport] = []

    def hear(at: Progress) -> None:
        if at.stage == "waiting":
            assert (at.done, at.total) == (14, COUNT)
            waited.set()

    other = threading.Thread(target=lambda: reports.append(taken(scenario, book(), hear)))
    with claimed(scenario.rt, open_one.id, None) as mine:
        assert mine
        assert books_service.resume_imports(scenario.rt) == []
        other.start()
        assert waited.wait(20), "it tells that it waits"
    other.join(30)
    assert [report.state for report in reports] == ["posted"]


def test_what_was_staged_by_a_crash_is_cleared_but_not_under_way(scenario: BooksScenario) -> None:
    row = {"import_id": "imp-lost-1", "seq": 0, "kind": "voucher", "version": 1, "record": b"{}"}
    with scenario.rt.db.write() as conn:
        conn.execute(book_stage.insert().values(row))
    with claimed(scenario.rt, "imp-lost-1", None):
        books_service.resume_imports(scenario.rt)
        assert staged(scenario) == 1, "somebody is at it"
    books_service.resume_imports(scenario.rt)
    assert staged(scenario) == 0


def test_the_background_finishes_what_is_open(scenario: BooksScenario) -> None:
    left_open(scenario, book())
    resumer = Resumer(scenario.rt)
    resumer.start()
    resumer._thread.join(30)
    with scenario.rt.db.read() as conn:
        assert books.open_imports(conn) == [] and len(books.vouchers(conn, SLUG)) == COUNT


def test_the_background_ends_after_a_chunk(scenario: BooksScenario) -> None:
    left_open(scenario, book())
    resumer = Resumer(scenario.rt)
    resumer._stop.set()
    resumer.start()
    resumer.stop()
    with scenario.rt.db.read() as conn:
        assert [one.sealed for one in books.open_imports(conn)] == [21]


def test_an_altered_stage_ends_the_background_quietly(
    scenario: BooksScenario, caplog: pytest.LogCaptureFixture
) -> None:
    left_open(scenario, book())
    with scenario.rt.db.write() as conn:
        conn.execute(update(book_stage).values(detail=None, detail_salt=None))
    with pytest.raises(SakshiError):
        books_service.resume_imports(scenario.rt)
    resumer = Resumer(scenario.rt)
    resumer.start()
    resumer._thread.join(30)
    assert "cannot be finished" in caplog.text
