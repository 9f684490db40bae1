"""The publisher's rounds: none where nothing is left to do, one for everybody who waits."""

import time
from collections.abc import Collection

import pytest
from sqlalchemy import update

from trust.formats import origins
from trust.log import service as logs
from trust.log import tasks
from trust.log.context import Context
from trust.log.model import Head, NewEntry
from trust.log.publish import publication, publisher
from trust.log.runtime import Runtime
from trust.log.tables import log
from trust.log.witnesses import witness_status
from trust.log.witnesses.witnessing import Witnessing


@pytest.fixture
def origin(rt: Runtime) -> str:
    made = origins.coop_origin(rt.host, "s1", origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        logs.open_log(conn, made, now=rt.clock())
    return made


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What each round publishes, as it is asked for."""
    asked: list[list[str]] = []
    real = publication.publish

    def counting(ctx: Context, wanted: Collection[str], witnessing: Witnessing) -> dict[str, Head]:
        asked.append(list(wanted))
        return real(ctx, wanted, witnessing)

    monkeypatch.setattr(publication, "publish", counting)
    return asked


def append(rt: Runtime, origin: str, number: int) -> int:
    """One entry; gives its index."""
    entry = NewEntry(
        "erasure",
        {"kind": "erasure", "v": 1, "index": number, "part": "record", "reason": "test"},
        f"e {number}",
    )
    with rt.db.write() as conn:
        return logs.append(conn, origin, [entry], now=rt.clock())[0].index


def test_what_is_published_is_not_published_again(
    rt: Runtime, origin: str, rounds: list[list[str]]
) -> None:
    index = append(rt, origin, 1)
    head = rt.publisher.wait(origin, index, timeout=30)
    assert head is not None and head.covered
    assert rounds == [[origin]]
    assert rt.publisher.wait(origin, index, timeout=30) == head
    assert rt.publisher.flush(origin)
    assert rounds == [[origin]], "neither a second waiter nor the outbox costs a round"


def test_a_new_entry_is_published_by_the_next_flush(
    rt: Runtime, origin: str, rounds: list[list[str]]
) -> None:
    append(rt, origin, 1)
    assert rt.publisher.flush(origin)
    index = append(rt, origin, 2)
    assert rt.publisher.flush(origin)
    assert len(rounds) == 2
    with rt.db.read() as conn:
        assert witness_status.published(conn, origin, index) is not None


def test_one_round_serves_all_who_wait(rt: Runtime, origin: str, rounds: list[list[str]]) -> None:
    indices = [append(rt, origin, number) for number in range(5)]
    head = rt.publisher.wait(origin, indices[-1], timeout=30)
    assert head is not None and head.size > indices[-1]
    assert all(rt.publisher.wait(origin, index, timeout=30) == head for index in indices)
    assert len(rounds) == 1


def test_a_round_for_many_logs_is_cut_so_that_others_can_write(
    rt: Runtime, rounds: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "AT_ONCE", 3)
    year = origins.financial_year(rt.clock())
    made = [origins.coop_origin(rt.host, f"s{n}", year) for n in range(7)]
    with rt.db.write() as conn:
        for origin in made:
            logs.open_log(conn, origin, now=rt.clock())
    for origin in made:
        append(rt, origin, 1)
    ticket = rt.publisher.request(made)
    assert all(rt.publisher._await(origin, ticket, time.monotonic() + 30) for origin in made)
    assert [len(each) for each in rounds] == [3, 3, 1]
    with rt.db.read() as conn:
        assert all(witness_status.published(conn, origin, 0) is not None for origin in made)


def test_what_somebody_waits_for_goes_first(
    rt: Runtime, rounds: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "AT_ONCE", 2)
    year = origins.financial_year(rt.clock())
    made = [origins.coop_origin(rt.host, f"s{n}", year) for n in range(6)]
    with rt.db.write() as conn:
        for origin in made:
            logs.open_log(conn, origin, now=rt.clock())
    for origin in made:
        append(rt, origin, 1)
    # Hold the thread back until everybody has asked.
    with rt.publisher._change:
        rt.publisher.request(made[:5])
        rt.publisher.request([made[5]], urgent=True)
        ticket = rt.publisher.request([made[3]], urgent=True)
        rt.publisher.request([made[3]])
    assert rt.publisher._await(made[3], ticket, time.monotonic() + 30)
    assert set(rounds[0]) == {made[5], made[3]}


def test_a_log_that_fails_is_told_and_keeps_nobody_waiting(
    rt: Runtime, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    append(rt, origin, 1)
    with rt.publisher._change:
        lost = rt.publisher.request(["no.example/coop/x/2026-27", origin])
    assert rt.publisher._await(origin, lost, time.monotonic() + 30)
    with rt.db.read() as conn:
        assert witness_status.published(conn, origin, 0) is not None
    assert not rt.publisher.flush("no.example/coop/x/2026-27")
    assert "publication failed" in caplog.text


def test_one_task_of_the_outbox_brings_the_other_logs_along(
    rt: Runtime, rounds: list[list[str]]
) -> None:
    year = origins.financial_year(rt.clock())
    made = [origins.coop_origin(rt.host, f"s{n}", year) for n in range(5)]
    with rt.db.write() as conn:
        for origin in made:
            logs.open_log(conn, origin, now=rt.clock())
    for origin in made:
        append(rt, origin, 1)
    for origin in made:
        tasks.publish_log(rt, origin)
    assert len(rounds) == 1 and set(rounds[0]) >= set(made)


def test_a_log_whose_last_entry_is_lost_is_refused_and_holds_nobody_up(
    rt: Runtime, origin: str, caplog: pytest.LogCaptureFixture
) -> None:
    other = origins.coop_origin(rt.host, "s2", origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        logs.open_log(conn, other, now=rt.clock())
    append(rt, origin, 0)
    with rt.db.write() as conn:
        conn.execute(update(log).where(log.c.origin == origin).values(next_index=3))
    index = append(rt, other, 1)
    with rt.publisher._change:
        rt.publisher.request([origin, other])
    head = rt.publisher.wait(other, index, timeout=30)
    assert head is not None and head.covered
    assert not rt.publisher.flush(origin) and "hole" in caplog.text
