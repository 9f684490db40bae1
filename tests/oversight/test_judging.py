"""A judgement reads the books once, outside the write lock, and only if something is new."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import func, select

from oversight import engine
from oversight import queries as oversight
from oversight import service as oversight_service
from oversight import tables as t
from oversight.errors import KeepsChangingError
from oversight.pure.periods import day_of_instant
from oversight.pure.rules import Severity
from tests.oversight.conftest import Desk, profile
from tests.oversight.rows import NOON
from tests.oversight.statements import statements
from tests.oversight.test_alerts import act, gathered, only_alert
from tests.oversight.test_end_to_end import MASTERS, register, sales
from tests.trust.books.makers import daybook, trial_balance
from tests.trust.books.scenario import SLUG, BooksScenario, build
from trust import outbox
from trust.log.runtime import Runtime
from trust.people import service as people_service
from web import wiring

DAY = 86_400
YEAR = [
    ("10101", "Share capital", "0", "", "5,00,000", "5,00,000.00 Cr"),
    ("20101", "Cash on hand", "0", "5,00,000", "", "5,00,000.00 Dr"),
]
DATES = b"kind,date,book_year,note\naccounting_date,2025-03-31,2024-25,\n"
ENDED = b"kind,date,book_year,note\naccounting_date,2026-03-31,2025-26,\n"


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    made = build(rt)
    with rt.db.write() as conn:
        oversight_service.adopt_proposed(conn, now=rt.clock())
    return made


@pytest.fixture
def judged(scenario: BooksScenario) -> BooksScenario:
    """A society with books of two years, a filed sheet, loans, dates, and alerts raised."""
    scenario.import_file(trial_balance(YEAR), "a.csv", year="2023-24")
    scenario.file("2023-24")
    scenario.import_file(daybook(*MASTERS, sales("g1", "20260410", 1_000)), "2026.xml")
    scenario.import_file(register(40, 46), "loans.csv")
    scenario.import_file(DATES, "dates.csv")
    opened = oversight_service.evaluate(scenario.rt, SLUG)
    assert {(one.rule, one.severity) for one in opened} == {
        ("K2", Severity.act),
        ("G1", Severity.act),
    }
    return scenario


def test_nothing_new_costs_one_statement(judged: BooksScenario) -> None:
    with statements(judged.rt.db.engine) as said:
        assert oversight_service.evaluate(judged.rt, SLUG) == []
    assert len(said) == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (daybook(*MASTERS, sales("g2", "20260411", 2_000)), "more.xml"),
        (register(40, 47), "newer.csv"),
    ],
)
def test_new_books_are_judged_with_fourteen_statements(
    judged: BooksScenario, data: bytes, name: str
) -> None:
    assert judged.import_file(data, name).state == "posted"
    with statements(judged.rt.db.engine) as said:
        assert oversight_service.evaluate(judged.rt, SLUG) == []
    assert 6 <= len(said) <= 14, "\n".join(one for one, _ in said)


def test_a_day_that_fell_due_is_judged_with_fourteen_statements(judged: BooksScenario) -> None:
    judged.rt.clock.advance(40 * DAY)  # type: ignore[attr-defined]
    with statements(judged.rt.db.engine) as said:
        assert oversight_service.evaluate(judged.rt, SLUG) == []
    assert 6 <= len(said) <= 14, "\n".join(one for one, _ in said)


def steps(rt: Runtime) -> list[tuple[str, int, str]]:
    s = t.oversight_step.c
    with rt.db.read() as conn:
        query = select(s.alert, s.number, s.action).order_by(s.alert, s.number)
        return [tuple(row) for row in conn.execute(query)]


def test_two_judges_at_once_take_each_step_once(judged: BooksScenario) -> None:
    before = steps(judged.rt)
    judged.import_file(ENDED, "ended.csv")
    judged.rt.clock.advance(150 * DAY)  # type: ignore[attr-defined]
    together = Barrier(4)

    def judge(_: int) -> int:
        together.wait()
        return len(oversight_service.evaluate(judged.rt, SLUG))

    with ThreadPoolExecutor(4) as pool:
        taken = sum(pool.map(judge, range(4)))
    after = steps(judged.rt)
    assert taken == len(after) - len(before) == 1
    assert next(row for row in after if row not in before)[1:] == (1, "open")


def between(monkeypatch: pytest.MonkeyPatch, *happens: Any) -> list[int]:
    """Each of these happens once, after a judgement has read and before it writes."""
    waiting, read = list(happens), []
    real = engine.plan

    def plan(*arguments: Any) -> engine.Plan:
        found = real(*arguments)
        read.append(1)
        if waiting:
            waiting.pop(0)()
        return found

    monkeypatch.setattr(engine, "plan", plan)
    return read


def test_books_that_change_between_read_and_write_are_judged(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.import_file(DATES, "dates.csv")
    read = between(monkeypatch, lambda: scenario.import_file(register(40, 46), "loans.csv"))
    opened = oversight_service.evaluate(scenario.rt, SLUG)
    assert len(read) == 2 and {one.rule for one in opened} == {"G1", "K2"}
    assert oversight_service.evaluate(scenario.rt, SLUG) == [] and len(read) == 2


def test_another_judge_between_read_and_write_is_noticed(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.import_file(register(40, 46), "loans.csv")
    first: list[Any] = []
    between(monkeypatch, lambda: first.extend(oversight_service.evaluate(scenario.rt, SLUG)))
    assert oversight_service.evaluate(scenario.rt, SLUG) == []
    assert [one.rule for one in first] == ["K2"]
    assert [action for *_, action in steps(scenario.rt)] == ["open"]


def test_an_officer_between_read_and_write_is_noticed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.judge(gathered(12))
    between(monkeypatch, lambda: act(desk, "close", "officer-a", "explained"))
    (change,) = desk.judge(gathered(13, first=1000, at=NOON + 10))
    assert (change.action, change.state, change.version) == ("raise", "reopened", 3)


def test_books_that_never_rest_are_left_for_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.judge(gathered(12))
    said = [lambda: act(desk, "comment", "officer-a", "again")] * 9
    between(monkeypatch, *said)
    with pytest.raises(KeepsChangingError):
        desk.judge(gathered(13, first=1000, at=NOON + 10))
    assert only_alert(desk).severity is Severity.act


# --- the hourly sweep ----------------------------------------------------------------------------


def due(rt: Runtime) -> list[str]:
    with rt.db.read() as conn:
        return oversight_service.due(conn, now=rt.clock())


def test_a_society_is_due_when_a_date_falls_due_and_not_before(scenario: BooksScenario) -> None:
    """A meeting that has to be held by 30 September: worth watching the day after, to be acted on
    90 days later."""
    scenario.import_file(ENDED, "ended.csv")
    rt = scenario.rt
    assert SLUG in due(rt)
    assert oversight_service.evaluate(rt, SLUG) == []
    found: list[tuple[str, str]] = []
    while (today := day_of_instant(rt.clock())) < date(2027, 2, 1):
        if SLUG in due(rt):
            taken = oversight_service.evaluate(rt, SLUG)
            found += [(today.isoformat(), one.severity.name) for one in taken]
            assert SLUG not in due(rt)
        rt.clock.advance(DAY)  # type: ignore[attr-defined]
    assert found == [("2026-10-01", "watch"), ("2026-12-29", "act")]
    with rt.db.read() as conn:
        reading = oversight.reading(conn, SLUG, "G1", "2025-26", today=today)
    assert reading is not None
    days = (today - date(2026, 9, 30)).days
    assert reading.measures[0].value == reading.measures[0].figures["value"] == days


def test_no_judgement_holds_longer_than_a_month(desk: Desk) -> None:
    """A newer Sakshi may read the same books otherwise."""
    desk.judge(gathered(46))
    desk.rt.clock.advance(29 * DAY)  # type: ignore[attr-defined]
    assert due(desk.rt) == []
    desk.rt.clock.advance(DAY)  # type: ignore[attr-defined]
    assert due(desk.rt) == [desk.slug]


def test_an_officers_step_asks_for_another_judgement(desk: Desk) -> None:
    desk.judge(gathered(46))
    assert due(desk.rt) == []
    act(desk, "close", "officer-a", "done")
    assert due(desk.rt) == [desk.slug]
    assert desk.judge() == [] and due(desk.rt) == []


def sweep(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """How many statements a sweep makes, and how many societies it has judged."""
    monkeypatch.setattr("trust.jobs.runtime", lambda: rt)
    with statements(rt.db.engine) as said:
        wiring.sweep()
    o = outbox.outbox.c
    with rt.db.read() as conn:
        asked = conn.execute(select(func.count()).where(o.event == "society")).scalar_one()
    return len(said), asked


def test_a_sweep_over_many_societies_with_nothing_new_is_one_question(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rt = desk.rt
    wiring.load_packages()
    wiring.drain(rt)
    few = sweep(rt, monkeypatch)
    with rt.db.write() as conn:
        for number in range(2, 60):
            people_service.register_society(conn, profile(number), now=rt.clock())
    assert sweep(rt, monkeypatch)[1] == 58
    wiring.drain(rt)
    assert sweep(rt, monkeypatch) == (few[0], 0)
