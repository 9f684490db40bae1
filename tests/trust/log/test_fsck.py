"""A flipped bit in any stored column that a proof rests on is found, with log, index and column."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, LargeBinary, Table, func, select, update

from tests.conftest import HOST
from tests.trust.log.helpers import erased_before, fill, open_book, publish
from trust.formats import merkle, tiles
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log import tables
from trust.log.checks import fsck
from trust.log.checks.fsckrows import Finding
from trust.log.compact_range import Frontier
from trust.log.runtime import Runtime
from trust.outbox import outbox


@pytest.fixture
def book(rt: Runtime) -> str:
    """Two tiles and a bit, three released heads, one erased payload and one erased detail."""
    origin = open_book(rt)
    for start, stop in ((0, 5), (5, 256), (256, 300)):
        fill(rt, origin, start, stop)
        publish(rt, origin)
    with rt.db.write() as conn:
        logs.erase(conn, origin, 2, "detail", "asked for", now=rt.clock())
        erased_before(conn, origin, 3, now=rt.clock())
    publish(rt, origin)
    return origin


def found(rt: Runtime) -> list[Finding]:
    return list(fsck.check(rt.db, rt.signer))


def flip(value: object) -> object:
    """One bit of a value; the least one of its middle byte."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    data = bytearray(value.encode() if isinstance(value, str) else value)  # type: ignore[call-overload]
    data[len(data) // 2] ^= 1
    return data.decode() if isinstance(value, str) else bytes(data)


def test_a_right_database_agrees(rt: Runtime, book: str) -> None:
    assert found(rt) == []


def test_an_empty_state_and_an_unpublished_log_agree(rt: Runtime) -> None:
    assert found(rt) == []
    origin = open_book(rt)
    assert found(rt) == []
    fill(rt, origin, 0, 3)
    assert found(rt) == []


ROWS: dict[str, Callable[[Connection, str], dict[str, object]]] = {
    "log": lambda conn, origin: {"origin": origin},
    "log_entry": lambda conn, origin: {"log_id": log_queries.info(conn, origin).id, "idx": 7},
    "log_payload": lambda conn, origin: {"log_id": log_queries.info(conn, origin).id, "idx": 7},
    "log_document": lambda conn, origin: {
        "log_id": log_queries.info(conn, origin).id,
        "sha256": log_queries.entry(conn, origin, 9).entry and _digest(conn, origin, 9),
    },
    "log_tile": lambda conn, origin: {
        "log_id": log_queries.info(conn, origin).id,
        "level": 0,
        "n": 0,
    },
    "log_leaf_run": lambda conn, _: {
        "id": conn.execute(select(func.min(tables.log_leaf_run.c.id))).scalar_one()
    },
    "log_head": lambda conn, origin: {"log_id": log_queries.info(conn, origin).id, "size": 256},
    "log_admission": lambda conn, origin: {
        "log_id": log_queries.info(conn, origin).id,
        "size": 256,
    },
}


def _digest(conn: Connection, origin: str, index: int) -> str:
    from trust.formats.entries import Entry, parse_entry

    parsed = parse_entry(log_queries.entry(conn, origin, index).entry)
    assert isinstance(parsed, Entry)
    return parsed.commitment.hex()


FLIPS = [
    ("log", "origin"), ("log", "kind"), ("log", "subject"), ("log", "vkey"), ("log", "opened_at"),
    ("log", "next_index"), ("log", "last_time"), ("log", "size"), ("log", "root"),
    ("log_entry", "idx"), ("log_entry", "entry"), ("log_entry", "kind"),
    ("log_entry", "time"),
    ("log_payload", "idx"), ("log_payload", "kind"), ("log_payload", "record"),
    ("log_payload", "salt"), ("log_payload", "detail"), ("log_payload", "detail_salt"),
    ("log_payload", "erased"),
    ("log_document", "sha256"), ("log_document", "kind"), ("log_document", "document"),
    ("log_tile", "level"), ("log_tile", "n"), ("log_tile", "data"),
    ("log_leaf_run", "bucket"), ("log_leaf_run", "records"), ("log_leaf_run", "data"),
    ("log_head", "size"), ("log_head", "root"), ("log_head", "note"),
    ("log_admission", "size"), ("log_admission", "state_index"), ("log_admission", "state_log_id"),
]  # fmt: skip


def unguarded(conn: Connection) -> None:
    """No foreign keys: SQLite takes this only before the transaction begins."""
    if conn.dialect.name == "sqlite":
        driver = conn.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
    else:
        conn.exec_driver_sql("SET session_replication_role = replica")


def corrupt(rt: Runtime, table: Table, column: str, where: dict[str, object]) -> None:
    """Flip one bit of one stored value, past every key and check of the database."""
    conditions = [table.c[name] == value for name, value in where.items()]
    with rt.db.engine.connect() as conn:
        unguarded(conn)
        old = conn.execute(select(table.c[column]).where(*conditions)).scalar_one()
        taken = [
            row[0]
            for row in conn.execute(
                select(table.c[column]).where(
                    *[table.c[name] == value for name, value in where.items() if name != column]
                )
            )
        ]
        new = flip(bytes(old) if isinstance(table.c[column].type, LargeBinary) else old)
        while new in taken and isinstance(new, int) and not isinstance(new, bool):
            new += 1000  # The neighbour's place is taken: one bit further up.
        conn.execute(update(table).where(*conditions).values({column: new}))
        conn.commit()
    rt.db.dispose()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("size", [-5, 2**40, 2**62])
def test_a_size_that_cannot_be_is_named_and_not_counted_up(
    rt: Runtime, book: str, size: int
) -> None:
    """No loop over what the size promises: the check ends, and says so at once."""
    with rt.db.engine.connect() as conn:
        unguarded(conn)
        conn.execute(update(tables.log).where(tables.log.c.origin == book).values(size=size))
        conn.commit()
    rt.db.dispose()
    said = [fault for fault in found(rt) if fault.column == "log.size"]
    assert {fault.log for fault in said} == {book} and "only" in said[0].words, said


@pytest.mark.parametrize("name, column", FLIPS)
def test_a_flipped_bit_is_named(rt: Runtime, book: str, name: str, column: str) -> None:
    table: Table = getattr(tables, name)
    with rt.db.read() as conn:
        where = ROWS[name](conn, book)
    corrupt(rt, table, column, where)
    faults = found(rt)
    assert faults, f"{name}.{column} was changed and nobody noticed"
    assert any(column in fault.column or name in fault.column for fault in faults), faults
    assert all(str(fault).endswith(".") and HOST[:2] in fault.log for fault in faults)


@pytest.mark.parametrize("column", ["entry", "kind", "key", "time"])
@pytest.mark.parametrize("index", [0, 2])
def test_a_flipped_bit_in_the_state_log_is_named(
    rt: Runtime, book: str, column: str, index: int
) -> None:
    with rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0]
    corrupt(rt, tables.log_entry, column, {"log_id": state.id, "idx": index})
    faults = found(rt)
    assert faults and faults[0].log == state.origin
    if (column, index) != ("time", 2):
        assert faults[0].index == index and column in faults[0].column


@pytest.mark.parametrize(
    "name, column, where",
    [("log_entry", "entry", 7), ("log_payload", "record", 7), ("log_payload", "salt", 280)],
)
def test_the_first_disagreement_is_the_right_one(
    rt: Runtime, book: str, name: str, column: str, where: int
) -> None:
    with rt.db.read() as conn:
        log_id = log_queries.info(conn, book).id
    corrupt(rt, getattr(tables, name), column, {"log_id": log_id, "idx": where})
    faults = found(rt)
    # One changed value is one sentence, or two where a flipped letter is no base64 any more.
    assert {(fault.log, fault.index) for fault in faults} == {(book, where)}
    assert len(faults) <= 2 and column in faults[0].column


@pytest.mark.parametrize("column", ["size", "root", "origin"])
def test_a_flipped_bit_in_the_guard_is_named(rt: Runtime, book: str, column: str) -> None:
    with sqlite3.connect(rt.settings.signer_home / "guard.db") as guard:
        (old,) = guard.execute(f"SELECT {column} FROM head WHERE origin = ?", (book,)).fetchone()
        guard.execute(f"UPDATE head SET {column} = ? WHERE origin = ?", (flip(old), book))
    faults = found(rt)
    assert faults and faults[0].log == book and faults[0].column.startswith("guard.")


def test_deleted_rows_are_named(rt: Runtime, book: str) -> None:
    with rt.db.read() as conn:
        log_id = log_queries.info(conn, book).id
    deletions = [
        (tables.log_tile, tables.log_tile.c.n == 0, "log_tile"),
        (tables.log_payload, tables.log_payload.c.idx == 8, "log_payload"),
        (tables.log_document, tables.log_document.c.kind == "import-open", "log_document"),
        (tables.log_admission, tables.log_admission.c.size == 5, "log_admission"),
        (tables.log_head, tables.log_head.c.size == 300, "log_head"),
        (tables.log_entry, tables.log_entry.c.idx == 4, "log_entry.idx"),
    ]
    for table, condition, column in deletions:
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            conn.execute(table.delete().where(table.c.log_id == log_id, condition))
            conn.commit()
        rt.db.dispose()
        assert any(fault.column.startswith(column) for fault in found(rt)), column


def test_payloads_that_should_be_gone_are_named(rt: Runtime, book: str) -> None:
    """A database put back brings erased payloads back: that must not go unseen."""
    with rt.db.write() as conn:
        payload = tables.log_payload
        mine = payload.c.log_id == log_queries.info(conn, book).id
        row = conn.execute(select(payload).where(mine, payload.c.idx == 4)).one()
        conn.execute(
            update(payload)
            .where(mine, payload.c.idx == 3)
            .values(erased=False, record=row.record, salt=row.salt)
        )
    (first, *_) = found(rt)
    assert first.index == 3 and "erased" in first.words


def test_a_frontier_builds_the_same_tiles_and_roots_as_tiles_do() -> None:
    leaves = [merkle.leaf_hash(n.to_bytes(4, "big")) for n in range(66_000)]
    tree, filled = Frontier(), {}
    for size, leaf in enumerate(leaves, 1):
        filled.update({(level, n): data for level, n, data in tree.add(leaf)})
        if size in (1, 2, 255, 256, 257, 511, 65_536, 65_537):
            assert tree.root() == merkle.root_of(leaves[:size])
    filled.update({(level, n): data for level, n, data in tree.partial()})
    grown = tiles.extend(0, {}, leaves)
    assert filled == grown.tiles and tree.root() == grown.root
    assert Frontier().root() == merkle.EMPTY_ROOT


def test_fsck_changes_nothing(rt: Runtime, book: str, tmp_path: Path) -> None:
    with rt.db.read() as conn:
        before = conn.execute(select(outbox)).all(), log_queries.logs(conn)
    found(rt)
    with rt.db.read() as conn:
        assert (conn.execute(select(outbox)).all(), log_queries.logs(conn)) == before
