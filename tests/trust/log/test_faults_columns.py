"""A flipped bit in every stored column: fsck names it, or it is said why no proof rests on it.

The columns come from the tables themselves and from the guard's own file, so a new column cannot
be forgotten: until somebody makes fsck look at it, or writes into `NO_PROOF` why nobody needs to,
this fails. A reason that has become untrue (fsck finds the flip in every row) fails as well.
"""

import dataclasses
import random
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Boolean, Column, LargeBinary, Table, insert, select, update

from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.test_fsck import found, unguarded
from tests.trust.log.test_society_keys import Society, sign
from tests.trust.log.test_timestamps import Authority
from tests.trust.log.witnesses import honest
from trust.formats.cosignatures import cosigner_key
from trust.formats.errors import SakshiError
from trust.log import annex, boot, clockwatch, shards, tables, timestamping
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.keys import society_keys
from trust.log.runtime import Runtime
from trust.log.witnesses import witnessfaults
from trust.log.witnesses.witnessclient import WitnessError

SEED, ROWS, SHARDS = 20261122, 3, 4
TYPES: dict[type, Callable[[Any], Any]] = {LargeBinary: bytes, Boolean: bool}

NO_PROOF = {
    "log.opened_at": "of the state log itself: no entry speaks of it; of others fsck compares it",
    "log_entry.key": "keeps a retry from being sealed twice; in the state log fsck compares it",
    "log_head.signed_at": "our own clock beside the signed head, for pages; nothing signs it",
    "log_witness_policy.since": "our own clock, for the operator; rules are told apart by id",
    "log_publication.published_at": "our own clock, for the alert that witnesses are silent",
    "log_timestamp.time": "our own clock, for when to ask again; the response has the signed time",
    "log_holder.since": "our own clock, for the operator",
    "log_leaf_run.id": "a name of a row; the runs themselves are compared with the entries",
} | dict.fromkeys(
    ["log_annex.log_id", "log_annex.idx", "log_annex.data"],
    "what no log seals; `fsck --rooms` holds it against the rows",
) | dict.fromkeys(
    [
        f"log_witness_fault.{name}"
        for name in ("id", "witness", "code", "size", "words", "note", "answer", "theirs",
                     "first_at", "last_at", "times", "acknowledged_at", "reason")
    ],
    "what a witness answered, kept for a person to look at; nothing is proven by it",
) | dict.fromkeys(
    [f"clock_move.{name}" for name in ("id", "noticed_at", "kind", "seconds", "seal")],
    "what was noticed of the server's clock, for operators; the sealed times are the evidence",
)  # fmt: skip
"""Columns in which fsck may pass over a flipped bit, at least in some rows, and why."""


def stored() -> list[Column[Any]]:
    """Every column of every table of the log room."""
    found_tables = {t.name: t for t in vars(tables).values() if isinstance(t, Table)}
    return [column for _, table in sorted(found_tables.items()) for column in table.columns]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed: no time-stamp can be made")
    return Authority(tmp_path_factory.mktemp("stamps") / "a")


@pytest.fixture
def scenario(rt: Runtime, tmp_path: Path, authority: Authority) -> Iterator[Runtime]:
    """Something in every column: two lines, cosignatures, a held key, a closed log, a stamp."""
    books = [open_book(rt), open_book(rt, "tvm-102"), open_book(rt, "tvm-103")]
    (tmp_path / "society").mkdir()
    society = Society(tmp_path / "society")
    with rt.db.write() as conn:
        society_keys.hold(conn, books[2], society.vkey(books[2]), now=rt.clock())
        state = log_queries.logs(conn, "state")[0].origin
    key = f"log {rt.signer.vkey(state)}\n"
    with honest(rt.clock, tmp_path / "w", "a", key, mldsa44=True) as witness:
        ours = cosigner_key("ours.example", bytes(32)).format()
        (tmp_path / "policy").write_text(f"{witness.line()}witness ours {ours}\nquorum a\n")
        settings = dataclasses.replace(
            rt.settings, mldsa=True, witness_policy=str(tmp_path / "policy"), witness_own="ours"
        )
        made = boot.open_state(
            settings, rt.db, clock=rt.clock, signer=DirectSigner(settings.signer_home)
        )
        fill(made, books[0], 0, 3)
        publish(made, *books[:2])
        fill(made, books[0], 3, 14)
        fill(made, books[1], 0, 11)
        fill(made, books[2], 0, 4)
        with rt.db.write() as conn:
            logs.erase(conn, books[0], 1, "detail", "asked for", now=rt.clock())
            book = log_queries.info(conn, books[0]).id
            annex.put(conn, book, {index: {"id": index} for index in range(3)})
        publish(made, *books)
        sign(made, society, books[2])
        after = shards.rotate(made, books[1], "a drill")
        fill(made, after, 20, 23)
        publish(made, after)
        with rt.db.write() as conn:
            newest = log_queries.latest_head(conn, state)
            assert newest is not None
            note = timestamping.note_of(conn, state, newest[0]) or b""
            conn.execute(
                insert(tables.log_timestamp).values(
                    log_id=log_queries.info(conn, state).id,
                    size=newest[0],
                    time=rt.clock(),
                    response=authority.stamp(note),
                )
            )
            fault = WitnessError("it says otherwise", code="conflict", answer=b"409")
            fault.theirs = note
            witnessfaults.keep(conn, (state, newest[0], note), "a", fault, now=rt.clock())
            ahead = clockwatch.Tick(rt.clock() + 7200, 1.0)
            assert clockwatch.note(conn, clockwatch.Tick(rt.clock(), 0.0), ahead)
        (kept,) = open_faults(made)
        with rt.db.write() as conn:
            witnessfaults.acknowledge(conn, kept, "looked at", now=rt.clock())
        yield made
        made.witnessing.close()


def open_faults(rt: Runtime) -> list[int]:
    """Numbers of the faults that are kept."""
    with rt.db.read() as conn:
        return list(conn.execute(select(tables.log_witness_fault.c.id)).scalars())


def flip(value: Any, taken: Sequence[Any], chance: random.Random) -> Any:
    """The value with one bit changed, so that it is none of those that others have."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        new = value ^ 1
        while new in taken:
            new += 1000
        return new
    while True:
        data = bytearray(value.encode() if isinstance(value, str) else value)
        at = chance.randrange(len(data))
        data[at] ^= 1 if isinstance(value, str) else 1 << chance.randrange(8)
        found_one = data.decode() if isinstance(value, str) else bytes(data)
        if found_one not in taken:
            return found_one


@contextmanager
def changed(rt: Runtime, column: Column[Any], where: dict[str, Any], new: Any) -> Iterator[None]:
    """One stored value replaced, past every key and check of the database, and put back."""
    table = column.table
    assert isinstance(table, Table)
    there = where | {column.name: new} if column.name in where else where

    def put(value: Any, at: dict[str, Any]) -> None:
        with rt.db.engine.connect() as conn:
            unguarded(conn)
            done = conn.execute(
                update(table)
                .where(*[table.c[name] == part for name, part in at.items()])
                .values({column.name: value})
            )
            assert done.rowcount == 1
            conn.commit()
        rt.db.dispose()

    with rt.db.read() as conn:
        old = conn.execute(
            select(column).where(*[table.c[name] == part for name, part in where.items()])
        ).scalar_one()
    put(new, where)
    try:
        yield
    finally:
        put(old, there)


def said(rt: Runtime) -> str | None:
    """None when fsck names a disagreement or refuses in words; else what it does instead."""
    try:
        return None if found(rt) else "changed, and fsck says nothing"
    except SakshiError:
        return None  # Without its host a state is none: a refusal, in words.
    except Exception as fault:
        return f"changed, and fsck ends with {fault!r}"


def unnoticed(rt: Runtime, column: Column[Any]) -> tuple[int, list[str]]:
    """How many rows were tried, and in which of them nobody noticed the flip."""
    chance = random.Random(f"{SEED} {column.table.name}.{column.name}")
    table = column.table
    assert isinstance(table, Table)
    with rt.db.read() as conn:
        rows = [row._asdict() for row in conn.execute(select(table))]
    filled = [row for row in rows if row[column.name] not in (None, "", b"")]
    passed = []
    chosen = filled if len(filled) <= 2 * ROWS else chance.sample(filled, ROWS)
    for row in chosen:
        value = (
            bytes(row[column.name]) if isinstance(column.type, LargeBinary) else row[column.name]
        )
        if isinstance(column.type, Boolean):
            value = bool(value)
        where = {key.name: row[key.name] for key in table.primary_key}
        new = flip(value, [other[column.name] for other in rows], chance)
        with changed(rt, column, where, new):
            words = said(rt)
        if words is not None:
            passed.append(f"{table.name}.{column.name} of {where}: {words}")
    return len(chosen), passed


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_flipped_bit_in_every_stored_column(scenario: Runtime, shard: int) -> None:
    assert found(scenario) == []
    seen = [f"{column.table.name}.{column.name}" for column in stored()]
    wrong = [f"there is no column {name} any more" for name in NO_PROOF if name not in seen]
    for column in stored()[shard::SHARDS]:
        name = f"{column.table.name}.{column.name}"
        tried, passed = unnoticed(scenario, column)
        if not tried:
            wrong.append(f"{name}: the scenario of this test has no value there")
        elif name in NO_PROOF and not passed:
            wrong.append(f"{name}: fsck finds every flip; it needs no reason any more")
        elif name not in NO_PROOF:
            wrong += passed
    assert found(scenario) == [], "the rows were put back"
    assert not wrong, "\n".join(wrong)


NO_HEAD = {
    "closed.origin": "a log without it can only be signed further, and the guard's head stays",
    "closed.size": "the state log says when a key ended; the guard only refuses more",
    "key.origin": "without it the key is the newest master's; with two, fsck sees another",
    "key.master": "the verifier key beside it is compared with what the signer derives",
}
"""Columns of the guard in which fsck may pass over a flipped bit, and why."""


def test_a_flipped_bit_in_every_column_of_the_guard(scenario: Runtime, tmp_path: Path) -> None:
    home, work, wrong = scenario.settings.signer_home, tmp_path / "signer", list[str]()
    chance = random.Random(SEED)
    with closing(sqlite3.connect(home / "guard.db")) as guard:
        names = [name for (name,) in guard.execute("SELECT name FROM sqlite_master WHERE sql > ''")]
        every = [
            (table, str(row[1]))
            for table in sorted(names)
            for row in guard.execute(f"PRAGMA table_info({table})")
        ]
        assert {table for table, _ in every} >= {"head", "closed", "key"}
        for table, column in every:
            rows = guard.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid").fetchall()
            passed = 0
            for rowid, old in chance.sample(rows, min(ROWS, len(rows))):
                shutil.rmtree(work, ignore_errors=True)
                shutil.copytree(home, work, ignore=shutil.ignore_patterns("guard.db*"))
                with closing(sqlite3.connect(work / "guard.db")) as copy:
                    guard.backup(copy)
                    new = flip(old, [row[1] for row in rows], chance)
                    put = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"
                    copy.execute(put, (new, rowid))
                    copy.commit()
                scenario.signer = DirectSigner(work)
                passed += said(scenario) is not None
            if bool(passed) != (f"{table}.{column}" in NO_HEAD):
                wrong.append(f"{table}.{column}: fsck passes over {passed} of {len(rows)} flips")
    assert not wrong, "\n".join(wrong)
