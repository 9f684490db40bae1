"""Cosignatures and standings that a page or proof would show, with one bit changed."""

import pytest
from sqlalchemy import insert, select, update

from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.test_fsck import corrupt, found
from trust.formats import notes
from trust.formats.cosignatures import cosign, cosigner_key
from trust.formats.errors import NotCheckedError
from trust.log import queries as log_queries
from trust.log import tables
from trust.log.checks import fsck, fsckwitness
from trust.log.runtime import Runtime

SEED = bytes(range(32))
NAME = "outside.example"


@pytest.fixture
def state(rt: Runtime) -> tuple[int, int]:
    """A published state head that one outside witness has cosigned: log id and size."""
    book = open_book(rt)
    fill(rt, book, 0, 3)
    publish(rt, book)
    key = cosigner_key(NAME, SEED)
    with rt.db.write() as conn:
        info = log_queries.logs(conn, "state")[0]
        size, _, note = log_queries.latest_head(conn, info.origin) or (0, b"", b"")
        line = cosign(notes.parse_note(note).text, NAME, SEED, rt.clock())
        rule = conn.execute(
            insert(tables.log_witness_policy).values(
                text=f"witness w {key.format()}\nquorum w\n", own="", since=rt.clock()
            )
        )
        conn.execute(
            insert(tables.log_cosignature).values(
                log_id=info.id,
                size=size,
                key_name=NAME,
                key_id=key.key_id.hex(),
                witness="w",
                time=rt.clock(),
                line=line.line().encode(),
            )
        )
        table = tables.log_publication
        conn.execute(
            update(table)
            .where(table.c.log_id == info.id, table.c.size == size)
            .values(standing="met", policy_id=(rule.inserted_primary_key or [0])[0])
        )
    return info.id, size


@pytest.mark.parametrize(
    "name, column",
    [
        ("log_cosignature", "line"),
        ("log_cosignature", "time"),
        ("log_cosignature", "key_name"),
        ("log_cosignature", "key_id"),
        ("log_cosignature", "size"),
        ("log_publication", "size"),
        ("log_publication", "standing"),
        ("log_publication", "policy_id"),
    ],
)
def test_a_flipped_bit_is_named(
    rt: Runtime, state: tuple[int, int], name: str, column: str
) -> None:
    assert found(rt) == []
    log_id, size = state
    corrupt(rt, getattr(tables, name), column, {"log_id": log_id, "size": size})
    faults = found(rt)
    assert any(name in fault.column and column in fault.column for fault in faults), faults


def test_a_cosignature_that_cannot_be_checked_is_said(
    rt: Runtime, state: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(*_: object) -> int:
        raise NotCheckedError("a library is missing")

    monkeypatch.setattr(fsckwitness, "verify_cosignature", lacking)
    said: list[str] = []
    assert list(fsck.check(rt.db, rt.signer, said.append)) == []
    assert any(line.startswith("not checked: ") and "library" in line for line in said)


def test_no_cosignature_between_two_pieces_is_passed_over(
    rt: Runtime, state: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the database sorts names as people do, and not as bytes."""
    monkeypatch.setattr(fsckwitness, "_PIECE", 2)
    log_id, size = state
    table = tables.log_cosignature
    if not rt.db.is_sqlite:
        with rt.db.write() as conn:
            kind = 'ALTER TABLE log_cosignature ALTER COLUMN key_name TYPE text COLLATE "und-x-icu"'
            conn.exec_driver_sql(kind)
    names = ["a.example", "B.example", "b.example", "C.example", "d.example", "Z.example"]
    with rt.db.write() as conn:
        for name in names:
            conn.execute(
                insert(table).values(
                    log_id=log_id,
                    size=size,
                    key_name=name,
                    key_id="00000000",
                    witness="w",
                    time=rt.clock(),
                    line=b"",
                )
            )
    said = " ".join(str(fault) for fault in found(rt))
    assert [name for name in names if f"key {name}+" not in said] == []


def test_a_standing_nobody_bears_out_and_a_rule_that_is_none_are_named(
    rt: Runtime, state: tuple[int, int]
) -> None:
    with rt.db.write() as conn:
        conn.execute(tables.log_cosignature.delete())
    assert ["standing" in fault.column for fault in found(rt)] == [True]
    with rt.db.write() as conn:
        rule = conn.execute(select(tables.log_witness_policy)).one()
        conn.execute(update(tables.log_witness_policy).values(text=rule.text[1:]))
    assert any(fault.column.startswith("log_witness_policy.text") for fault in found(rt))
