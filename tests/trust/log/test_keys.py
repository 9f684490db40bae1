"""Idempotency keys: each is looked up in the unique index, however long the log and the list."""

import pytest
from sqlalchemy import Connection, event, text

from trust import bulk
from trust.bulk import insert_many
from trust.formats import origins
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.tables import log_document

ODD = ["plain", 'with "quotes"', "സംഘം 7", "back\\slash", "emoji 🧾", "%s :name ?"]


def entries(keys: list[str]) -> list[NewEntry]:
    return [
        NewEntry(
            "erasure",
            {"kind": "erasure", "v": 1, "index": number, "part": "record", "reason": "test"},
            key,
        )
        for number, key in enumerate(keys)
    ]


@pytest.fixture
def origin(rt: Runtime) -> str:
    made = origins.coop_origin(rt.host, "s1", origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        logs.open_log(conn, made, now=rt.clock())
    return made


def test_every_key_comes_back_as_stored(rt: Runtime, origin: str) -> None:
    keys = ODD + [f"key {n}" for n in range(1_200)]
    with rt.db.write() as conn:
        first = logs.append(conn, origin, entries(keys), now=rt.clock())
    with rt.db.write() as conn:
        again = logs.append(conn, origin, entries([*keys, "fresh"]), now=rt.clock())
        assert log_queries.info(conn, origin).next_index == len(keys) + 1
    assert [item.index for item in again] == [*range(len(keys)), len(keys)]
    assert [item.repeated for item in again] == [True] * len(keys) + [False]
    assert [item.entry for item in again[:-1]] == [item.entry for item in first]


def test_the_same_key_in_another_log_is_another_key(rt: Runtime, origin: str) -> None:
    other = origins.coop_origin(rt.host, "s2", origins.financial_year(rt.clock()))
    with rt.db.write() as conn:
        logs.open_log(conn, other, now=rt.clock())
        logs.append(conn, origin, entries(ODD), now=rt.clock())
        found = logs.append(conn, other, entries(ODD), now=rt.clock())
    assert not any(item.repeated for item in found)


def test_no_lookup_reads_the_log_from_its_beginning(
    rt: Runtime, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not rt.db.is_sqlite:
        pytest.skip("plans of SQLite; PostgreSQL chooses by its statistics")
    seen: list[tuple[str, object]] = []

    @event.listens_for(rt.db.engine, "before_cursor_execute")
    def note(_c: object, _cursor: object, sql: str, values: object, *_: object) -> None:
        if "log_entry" in sql and sql.startswith("SELECT"):
            seen.append((sql, values))

    real = bulk.send

    def send(conn: Connection, sql: str, values: object) -> object:
        note(None, None, sql, values)
        return real(conn, sql, values)

    monkeypatch.setattr(bulk, "send", send)
    with rt.db.write() as conn:
        logs.append(conn, origin, entries(ODD), now=rt.clock())
    event.remove(rt.db.engine, "before_cursor_execute", note)
    asked = list(seen)
    assert asked
    with rt.db.read() as conn:
        for sql, values in asked:
            plan = [row.detail for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values)]  # type: ignore[arg-type]
            on_log = [line for line in plan if "log_entry" in line or " e " in line]
            assert all("=?" in line.partition("log_id=?")[2] for line in on_log), plan
        assert conn.execute(text("SELECT count(*) FROM log_entry")).scalar_one() == len(ODD)


def test_a_key_twice_in_one_batch_is_one_entry(rt: Runtime, origin: str) -> None:
    keys = ["a", "b", "a", "c", "b"]
    with rt.db.write() as conn:
        sealed = logs.append(conn, origin, entries(keys), now=rt.clock())
        assert log_queries.info(conn, origin).next_index == 3
        assert [item.index for item in log_queries.entries(conn, origin, 0, 9)] == [0, 1, 2]
    assert [item.index for item in sealed] == [0, 1, 0, 2, 1]
    assert [item.repeated for item in sealed] == [False, False, True, False, True]


def test_built_entries_take_a_place_once(rt: Runtime, origin: str) -> None:
    built = [(b"{%d}" % n, "event", f"key {n}") for n in range(700)]
    with rt.db.write() as conn:
        first = logs.append_built(conn, origin, built[:400], now=rt.clock())
    with rt.db.write() as conn:
        again = logs.append_built(conn, origin, built[300:], now=rt.clock())
        whole = logs.append_built(conn, origin, built, now=rt.clock())
        stored = log_queries.entries(conn, origin, 0, 1_000)
    assert list(first) == list(range(400)) and list(again) == list(range(300, 700))
    assert list(whole) == list(range(700))
    assert [item.entry for item in stored] == [entry for entry, _, _ in built]


def test_rows_that_are_there_are_left_out(rt: Runtime) -> None:
    columns = ("log_id", "sha256", "kind", "document")
    rows = [(1, f"{n:064x}", "x", b"%d" % n) for n in range(1_000)]
    with rt.db.write() as conn:
        unless = ("log_id", "sha256")
        before = conn.execute(text("SELECT count(*) FROM log_document")).scalar_one()
        assert insert_many(conn, log_document, columns, rows[:600], unless=unless) == 600
        assert insert_many(conn, log_document, columns, rows, unless=unless) == 400
        assert insert_many(conn, log_document, columns, [], unless=unless) == 0
        after = conn.execute(text("SELECT count(*) FROM log_document")).scalar_one()
    assert after - before == 1_000
