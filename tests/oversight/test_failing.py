"""A judgement that fails is kept, told, tried again with pauses, and harms no other society."""

import logging
from typing import Any

import pytest

from oversight import failing, gather, unread
from oversight import queries as oversight
from oversight import service as oversight_service
from oversight.failing import FIRST_PAUSE, LONGEST_PAUSE
from oversight.pure.facts import UNREADABLE, Gap
from tests.oversight.conftest import Desk, profile
from tests.oversight.rows import book, loan, seal
from trust import outbox
from trust.formats.errors import FormatError
from trust.log.runtime import Runtime
from trust.people import service as people_service
from web import wiring

SECRET = "member 4711 of ward 9"


@pytest.fixture
def failing_state(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """Society test-1 cannot be judged; test-2 can, and has 46 loans to one payee."""
    with desk.rt.db.write() as conn:
        people_service.register_society(conn, profile(2), now=desk.rt.clock())

    def read(conn: Any, society: Any, today: Any) -> Any:
        if society.slug == "test-1":
            raise KeyError(SECRET)
        return book(loans=[loan(n) for n in range(46)])

    monkeypatch.setattr(gather, "fact_book", read)
    return desk


wiring.load_packages()


def ask(rt: Runtime, *societies: str) -> None:
    with rt.db.write() as conn:
        for society in societies:
            outbox.emit(conn, "society", society)
    wiring.drain(rt)


def failures(rt: Runtime) -> list[failing.Failure]:
    with rt.db.read() as conn:
        return failing.listed(conn)


def test_the_others_are_judged_meanwhile(
    failing_state: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    rt = failing_state.rt
    with caplog.at_level(logging.INFO):
        ask(rt, "test-1", "test-2")
    with rt.db.read() as conn:
        assert [one.rule for one in oversight.alerts(conn, society="test-2")] == ["K2"]
        assert outbox.backlog(conn) == 0
    (failure,) = failures(rt)
    assert (failure.society, failure.tries, failure.error) == ("test-1", 1, "key-error")
    assert failure.since == failure.last_at == rt.clock()
    assert "test-1" in caplog.text and "key-error" in caplog.text and SECRET not in caplog.text


def test_pauses_grow_and_the_first_failure_is_remembered(failing_state: Desk) -> None:
    rt = failing_state.rt
    clock: Any = rt.clock
    begun = rt.clock()
    ask(rt, "test-1")
    pauses = []
    for _ in range(12):
        (failure,) = failures(rt)
        pauses.append(failure.next_at - failure.last_at)
        clock.advance(pauses[-1] - 1)
        with rt.db.write() as conn:
            assert failing.ask_again(conn, now=rt.clock()) == []
        clock.advance(1)
        with rt.db.write() as conn:
            assert failing.ask_again(conn, now=rt.clock()) == ["test-1"]
            assert failing.ask_again(conn, now=rt.clock()) == []
        wiring.drain(rt)
    (failure,) = failures(rt)
    assert (failure.since, failure.tries) == (begun, 13)
    assert pauses[:3] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE]
    assert max(pauses) == LONGEST_PAUSE


def test_a_success_clears_it(failing_state: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    rt = failing_state.rt
    ask(rt, "test-1")
    assert len(failures(rt)) == 1
    monkeypatch.setattr(gather, "fact_book", lambda *_: book())
    ask(rt, "test-1")
    assert failures(rt) == []


def test_a_refusal_keeps_its_slug() -> None:
    assert failing.slug(FormatError("x", code="sheet-altered")) == "sheet-altered"
    assert failing.slug(ZeroDivisionError()) == "zero-division-error"


def test_what_cannot_be_read_is_kept_until_it_can(desk: Desk) -> None:
    gap = Gap("loans", "-", UNREADABLE, (seal(7),))
    facts = book()
    facts.gaps = (*facts.gaps, gap)
    desk.judge(facts)
    with desk.rt.db.read() as conn:
        (found,) = unread.listed(conn, "test-1")
    assert (found.name, found.why, found.places) == ("loans", UNREADABLE, ((seal(7).origin, 7),))
    begun = found.since
    clock: Any = desk.rt.clock
    clock.advance(500)
    desk.judge()
    with desk.rt.db.read() as conn:
        assert [one.since for one in unread.listed(conn)] == [begun]
        assert unread.count(conn) == 1
    desk.judge(book())
    with desk.rt.db.read() as conn:
        assert unread.listed(conn) == [] and unread.count(conn) == 0


def test_evaluating_by_hand_still_raises(failing_state: Desk) -> None:
    with pytest.raises(KeyError):
        oversight_service.evaluate(failing_state.rt, "test-1")
