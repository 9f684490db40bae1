"""A file on the page: looked at, asked about, looked at again, sealed by the one who looked."""

import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from tests.trust.books.makers import daybook, ledger, voucher
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.bringing import PAGE, digest_of, look
from tests.web.desks.conftest import SLUG, Person
from trust.books import posting, uploads
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.progress import Progress
from trust.books.tables import book_upload, book_upload_part
from trust.log.runtime import Runtime
from web.background import Work, Works

CANARY = "Kanarikkunju Paadunnaval"
CODINGS = ("utf-8", "utf-16-le")


@pytest.fixture
def officer(person: Any, scenario: VotingScenario) -> Person:
    """The secretary, signed in."""
    made: Person = person().sign_in("secretary")
    return made


def day_book(*, wrong: bool = False, amount: str = "100.00") -> bytes:
    """Two sales, one of them out of balance if `wrong`; a canary in the narration."""
    second = "90.00" if wrong else "100.00"
    return daybook(
        ledger("Sales", "Sales Accounts"),
        ledger("Cash", "Cash-in-hand"),
        voucher("g-1", [("Cash", f"-{amount}"), ("Sales", amount)], narration=CANARY),
        voucher("g-2", [("Cash", "-100.00"), ("Sales", second)]),
    )


def kept(rt: Runtime) -> tuple[int, int]:
    """Rows of waiting files and of their parts."""
    with rt.db.read() as conn:
        tables = (book_upload, book_upload_part)
        rows, parts = (
            conn.execute(select(func.count()).select_from(table)).scalar_one() for table in tables
        )
    return rows, parts


def sealed(rt: Runtime) -> list[str]:
    """Ids of the sealed vouchers of the society."""
    with rt.db.read() as conn:
        return sorted(item.voucher.id for item in books.vouchers(conn, SLUG))


def test_looked_at_asked_answered_looked_at_again_and_sealed(officer: Person, rt: Runtime) -> None:
    asked = look(officer, "day.xml", day_book(wrong=True))
    place = asked.request.url.path
    assert asked.status_code == 200 and 'name="answer.incomplete"' in asked.text
    assert "Please answer" in asked.text and 'value="seal"' not in asked.text
    seen = officer.post(place, place, act="look", **{"answer.incomplete": "yes"})
    assert seen.status_code == 303
    preview = officer.get(place)
    for shown in ("Tally XML", "2026-27", "₹ 100.00", "Would be sealed", "Your answers"):
        assert shown in preview, shown
    assert sealed(rt) == [] and kept(rt) == (1, 1)
    done = officer.post(place, place, act="seal", digest=digest_of(preview))
    assert done.status_code == 303
    report = officer.get(officer.client.get(done.headers["location"]).headers["location"])
    assert "Read and sealed" in report and sealed(rt) == ["g-1"]
    assert kept(rt) == (0, 0)
    with rt.db.read() as conn:
        assert books.imports(conn, SLUG)[0].actor == "secretary"


def test_an_order_to_seal_seals_what_was_shown_and_nothing_else(
    officer: Person, rt: Runtime
) -> None:
    preview = look(officer, "day.xml", day_book())
    place, shown = preview.request.url.path, digest_of(preview.text)
    books_service.import_file(rt, SLUG, "other.xml", day_book(amount="70.00"), actor="clerk")
    assert sealed(rt) == ["g-1", "g-2"]
    officer.post(place, place, act="seal", digest=shown)
    again = officer.get(place)
    assert "Nothing was sealed: the books changed since you looked" in again
    assert sealed(rt) == ["g-1", "g-2"]
    for wrong in ("", "0" * 64):
        officer.post(place, place, act="seal", digest=wrong)
        officer.get(place)
    assert sealed(rt) == ["g-1", "g-2"]
    officer.post(place, place, act="seal", digest=digest_of(again))
    assert len(sealed(rt)) == 4, "a reversal and a new version"


def test_a_ledger_moved_to_another_account_meanwhile_is_seen(officer: Person, rt: Runtime) -> None:
    """Another officer puts a ledger elsewhere between the look and the seal: sums stay the same."""
    preview = look(officer, "day.xml", day_book())
    place = preview.request.url.path
    assert "What it adds to each account" in preview.text
    with rt.db.write() as conn:
        books_service.map_ledgers(
            conn, SLUG, {"Sales": "30101"}, officer="president", now=rt.clock()
        )
    officer.post(place, place, act="seal", digest=digest_of(preview.text))
    assert "Nothing was sealed: the books changed" in officer.get(place) and sealed(rt) == []


def test_another_answer_is_looked_at_before_it_is_sealed(officer: Person, rt: Runtime) -> None:
    asked = look(officer, "day.xml", day_book(wrong=True), **{"answer.incomplete": "yes"})
    place, shown = asked.request.url.path, digest_of(asked.text)
    officer.post(place, place, act="seal", digest=shown, **{"answer.incomplete": "no"})
    assert "Please answer" in officer.get(place) and sealed(rt) == []


def test_a_wrong_year_is_told_beside_the_preview(officer: Person, rt: Runtime) -> None:
    place = look(officer, "day.xml", day_book()).request.url.path
    answer = officer.post(place, place, act="look", **{"answer.year": "2024-29"})
    assert answer.status_code == 422 and "not a book year" in answer.text
    assert kept(rt) == (1, 1)


def test_nobody_else_sees_or_seals_the_file_of_an_officer(
    person: Any, officer: Person, rt: Runtime
) -> None:
    preview = look(officer, "day.xml", day_book())
    place = preview.request.url.path
    clerk, stranger = person().sign_in("clerk"), person().sign_in("stranger")
    clerk.get(place, 404)
    answer = clerk.post(PAGE, place, act="seal", digest=digest_of(preview.text))
    assert answer.status_code == 404 and sealed(rt) == []
    stranger.get(place, 404)
    listed = clerk.get(PAGE)
    assert "day.xml" not in listed and "another officer brought in" in listed
    assert clerk.post(PAGE, f"{place}/discard").status_code == 303
    assert kept(rt) == (0, 0)
    officer.get(place, 404)


def test_no_more_files_wait_than_may(officer: Person, rt: Runtime) -> None:
    for number in range(uploads.MOST):
        look(officer, f"day-{number}.xml", day_book())
    full = look(officer, "one-more.xml", day_book())
    assert full.status_code == 409 and "no more are kept" in full.text
    assert kept(rt)[0] == uploads.MOST


def test_nothing_stays_of_a_file_that_was_sealed_discarded_refused_or_is_a_day_old(
    officer: Person, rt: Runtime
) -> None:
    def left() -> bool:
        """Whether a part of a waiting file holds the canary."""
        with rt.db.read() as conn:
            parts = [bytes(one) for one in conn.execute(select(book_upload_part.c.data)).scalars()]
        if rt.db.engine.dialect.name == "sqlite":
            with rt.db.engine.connect() as conn:
                conn.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            parts.append(Path(str(rt.db.engine.url.database)).read_bytes())
        return any(CANARY.encode(coding) in part for part in parts for coding in CODINGS)

    place = look(officer, "day.xml", day_book()).request.url.path
    assert left()
    officer.post(PAGE, f"{place}/discard")
    assert not left() and kept(rt) == (0, 0)
    look(officer, "bad.xml", b"<ENVELOPE><!-- " + CANARY.encode())
    assert kept(rt) == (0, 0)
    place = look(officer, "day.xml", day_book()).request.url.path
    with rt.db.write() as conn:
        conn.execute(book_upload.update().values(created_at=rt.clock() - uploads.KEPT_SECONDS))
    officer.get(place, 404)
    with rt.db.write() as conn:
        uploads.clear_expired(conn, now=rt.clock())
    assert not left() and kept(rt) == (0, 0)
    preview = look(officer, "day.xml", day_book())
    place = preview.request.url.path
    officer.post(place, place, act="seal", digest=digest_of(preview.text))
    assert kept(rt) == (0, 0) and sealed(rt) == ["g-1", "g-2"]


def test_a_file_of_many_parts_comes_back_whole(rt: Runtime, scenario: VotingScenario) -> None:
    data = bytes(range(256)) * 1024 * 10 + b"end"
    token = uploads.keep(rt, SLUG, 1, "x", io.BytesIO(data), kind="auto", answers={})
    with rt.db.read() as conn:
        assert uploads.content(conn, token) == data
        assert uploads.upload(conn, token, SLUG, 1, now=rt.clock()).size == len(data)


def test_what_takes_long_shows_how_far_it_is_and_goes_on_without_the_page(
    officer: Person, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.secretary.uploads.WAIT_SECONDS", 0.0)
    outcome = Work.outcome
    monkeypatch.setattr(Work, "outcome", lambda self, _: None)
    answer = look(officer, "day.xml", day_book())
    place = answer.request.url.path
    assert "being read" in answer.text and 'http-equiv="refresh"' in answer.text
    assert "You can leave this page" in answer.text
    part = {"HX-Request": "true", "HX-Request-Type": "partial"}
    monkeypatch.setattr(Work, "outcome", outcome)
    for _ in range(100):
        told = officer.client.get(place, headers=part)
        if "HX-Refresh" in told.headers:
            break
        assert "<progress" in told.text and "<html" not in told.text
    monkeypatch.setattr("web.secretary.uploads.WAIT_SECONDS", 20.0)
    assert 'value="seal"' in officer.get(place)


def test_an_import_that_is_open_shows_how_far_it_is(
    officer: Person, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal, calls = posting._seal, []

    def once(*args: Any) -> Any:
        calls.append(1)
        if len(calls) > 1:
            raise KeyboardInterrupt
        return seal(*args)

    with monkeypatch.context() as cut:
        cut.setattr(posting, "CHUNK", 1)
        cut.setattr(posting, "_seal", once)
        with pytest.raises(KeyboardInterrupt):
            books_service.import_file(rt, SLUG, "day.xml", day_book(), actor="secretary")
    with rt.db.read() as conn:
        (left,) = books.open_imports(conn)
    shown = officer.get(f"{PAGE}/{left.id}")
    assert "<progress" in shown and "1 of 2" in shown and "http-equiv" in shown
    books_service.resume_imports(rt)
    assert "<progress" not in officer.get(f"{PAGE}/{left.id}")


def test_background_work_ends_with_the_server(rt: Runtime) -> None:
    works = Works()

    def take(tell: Any) -> Any:
        while True:
            tell(Progress("sealing", 1, 2))

    work = works.begin("t", SLUG, 1, "look", take)
    assert works.begin("t", SLUG, 1, "seal", take) is work, "one at a time for a file"
    assert works.find("t", SLUG, 2) is None, "and for its account"
    works.close()
    assert type(work.future.exception(5)).__name__ == "StoppingError"


def test_an_upload_above_the_limit_keeps_nothing(officer: Person, rt: Runtime) -> None:
    answer = look(officer, "big.csv", bytes(65_000_000))
    assert answer.status_code == 413 and "`sakshi import`" in answer.text
    assert kept(rt) == (0, 0)


def test_a_trial_balance_is_shown_with_its_sums(officer: Person) -> None:
    preview = look(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25").text
    assert "Trial balance" in preview and "2024-25" in preview and "₹" in preview
