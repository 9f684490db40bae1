"""The index of leaf hashes: everything added is found, however rows were joined and dealt out."""

import dataclasses
import random
from collections.abc import Callable

import pytest
from sqlalchemy import func, select, update

from tests.trust.log.helpers import fill, notice, open_book, publish
from trust.log import leafindex, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks import fsckleaves
from trust.log.keys import signerclient
from trust.log.leafindex import Item
from trust.log.runtime import Runtime
from trust.log.tables import log_leaf_run
from trust.settings import Settings
from web import cli_logs


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Units of 512 records, so that a few thousand reach the buckets of twelve bits."""
    monkeypatch.setattr(leafindex, "_ROW", 2)
    monkeypatch.setattr(leafindex, "_UNIT", 512)


def leaves(count: int, seed: int = 7) -> list[Item]:
    """Items of three logs with hashes from a seed."""
    chance = random.Random(seed)
    return [(1 + n % 3, n // 3, chance.randbytes(32)) for n in range(count)]


def add(rt: Runtime, items: list[Item], share: Callable[[int], int]) -> None:
    at = 0
    while at < len(items):
        step = share(at)
        with rt.db.write() as conn:
            leafindex.add(conn, items[at : at + step])
        at += step


@pytest.mark.parametrize("most", [1, 40, 700])
def test_everything_added_is_found(rt: Runtime, small: None, most: int) -> None:
    items, chance = leaves(700 if most == 1 else 12_000), random.Random(most)
    add(rt, items, lambda _: chance.randint(1, most))
    with rt.db.read() as conn:
        assert conn.execute(select(func.sum(log_leaf_run.c.records))).scalar_one() == len(items)
        for log_id, idx, leaf in items[:: 1 + len(items) // 300]:
            assert (log_id, idx) in leafindex.find(conn, leaf[:10])
            assert (log_id, idx) in leafindex.find(conn, leaf)
            assert (log_id, idx) not in leafindex.find(conn, bytes(b ^ 1 for b in leaf))
        if most > 1:
            buckets = set(conn.execute(select(log_leaf_run.c.bucket).distinct()).scalars())
            assert min(buckets) == 1 and len(buckets) > 3_000 and max(buckets) >= 0x1000


def test_a_short_beginning_finds_all_that_begin_so(rt: Runtime, small: None) -> None:
    items = leaves(9_000)
    add(rt, items, lambda _: 333)
    with rt.db.read() as conn:
        for prefix in (b"\x00", b"\xff", b"\x7f\x3a", b"\x10\x0f"):
            wanted = {(a, b) for a, b, leaf in items if leaf.startswith(prefix)}
            assert set(leafindex.find(conn, prefix)) == wanted


def test_one_hash_at_many_places(rt: Runtime, small: None) -> None:
    items = [(1, n, b"\x55" * 32) for n in range(3_000)]
    add(rt, items, lambda _: 97)
    with rt.db.read() as conn:
        assert leafindex.find(conn, b"\x55" * 10) == [(1, n) for n in range(3_000)]


def test_the_tail_stays_short(rt: Runtime) -> None:
    items = leaves(600)
    add(rt, items, lambda at: 1 + at % 4)
    with rt.db.read() as conn:
        rows = conn.execute(select(func.count()).select_from(log_leaf_run)).scalar_one()
    assert rows <= 3 * 15


def test_what_is_rolled_back_is_not_there(rt: Runtime) -> None:
    items = leaves(20)
    with pytest.raises(RuntimeError), rt.db.write() as conn:
        leafindex.add(conn, items)
        raise RuntimeError
    with rt.db.read() as conn:
        assert leafindex.find(conn, items[0][2]) == []


def test_a_receipt_is_found_before_and_after_publication(rt: Runtime) -> None:
    book, other = open_book(rt), open_book(rt, "tvm-102")
    first = fill(rt, book, 0, 40)
    publish(rt, book)
    waiting = [*fill(rt, book, 40, 60), *fill(rt, other, 0, 3)]
    with rt.db.read() as conn:
        for item in [*first, *waiting]:
            found = tree_queries.find_leaf(conn, item.leaf[:10], limit=2)
            assert [(one.origin, one.index) for one in found] == [(item.origin, item.index)]
            assert found[0].leaf == item.leaf
    publish(rt, book, other)
    with rt.db.read() as conn:
        for item in [*first, *waiting]:
            assert len(tree_queries.find_leaf(conn, item.leaf[:10])) == 1
        assert tree_queries.find_leaf(conn, b"\x01" * 10) == []


def test_two_entries_of_one_code_are_both_found(rt: Runtime) -> None:
    book = open_book(rt)
    # Without a salt, the same public document in the same second is the same entry.
    items = [dataclasses.replace(notice(1), key=f"key {n}") for n in range(3)]
    with rt.db.write() as conn:
        sealed = logs.append(conn, book, items, now=rt.clock())
    assert len({item.leaf for item in sealed}) == 1
    with rt.db.read() as conn:
        assert len(tree_queries.find_leaf(conn, sealed[0].leaf[:10], limit=2)) == 2
    publish(rt, book)
    with rt.db.read() as conn:
        assert [one.index for one in tree_queries.find_leaf(conn, sealed[0].leaf[:10])] == [0, 1, 2]


def test_an_index_made_anew_finds_the_same(rt: Runtime) -> None:
    book = open_book(rt)
    sealed = fill(rt, book, 0, 30)
    publish(rt, book)
    with rt.db.write() as conn:
        leafindex.rebuild(conn)
    with rt.db.read() as conn:
        for item in sealed:
            assert len(tree_queries.find_leaf(conn, item.leaf[:10])) == 1
        assert conn.execute(select(func.count()).select_from(log_leaf_run)).scalar_one() == 1


def broken(rt: Runtime, change: Callable[[bytes], bytes], bucket: int = 1) -> list[str]:
    """What fsck says of the index once the first row of a bucket was changed."""
    with rt.db.write() as conn:
        where = log_leaf_run.c.bucket == bucket
        row = conn.execute(select(log_leaf_run).where(where).limit(1)).one()
        data = change(bytes(row.data))
        values = {"data": data, "records": len(data) // leafindex.RECORD}
        conn.execute(update(log_leaf_run).where(log_leaf_run.c.id == row.id).values(**values))
    with rt.db.read() as conn:
        return [str(fault) for fault in fsckleaves.disagreements(conn)]


def test_what_is_wrong_in_the_index_is_named(rt: Runtime) -> None:
    book, size = open_book(rt), leafindex.RECORD
    fill(rt, book, 0, 30)
    publish(rt, book)
    with rt.db.read() as conn:
        assert list(fsckleaves.disagreements(conn)) == []
        data = bytes(conn.execute(select(log_leaf_run.c.data)).scalars().first() or b"")
        mine = log_queries.info(conn, book).id
    at = next(n for n, one in enumerate(leafindex.each(data)) if leafindex.place(one) == (mine, 7))
    at *= size

    def lacking(data: bytes) -> bytes:
        return data[:at] + data[at + size :]

    assert broken(rt, lambda data: data) == []
    flipped = broken(rt, lambda data: data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    assert len(flipped) == 1 and f"{book}, index 7" in flipped[0] and "another" in flipped[0]
    lacks = broken(rt, lacking)
    assert len(lacks) == 1 and f"{book}, index 7" in lacks[0] and "lacks it" in lacks[0]
    strange = data[at : at + leafindex.CODE] + (999 << 48 | 7).to_bytes(10, "big")
    said = broken(rt, lambda data: data + strange)
    assert len(said) == 2 and "1 records of receipt codes belong to no log" in said[1]
    beyond = data[at : at + leafindex.CODE] + (mine << 48 | 500).to_bytes(10, "big")
    assert any("index 500" in words for words in broken(rt, lambda data: data + beyond))
    again = data[at : at + size] * 2
    assert any("holds it twice" in words for words in broken(rt, lambda data: data + again))


def test_the_command_mends_a_damaged_index(
    rt: Runtime, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    book = open_book(rt)
    sealed = fill(rt, book, 0, 30)
    publish(rt, book)
    settings = rt.settings
    monkeypatch.setattr(Settings, "from_env", lambda: settings)
    monkeypatch.setattr(signerclient, "connect", lambda _: rt.signer)
    assert broken(rt, lambda data: data[leafindex.RECORD :])
    with pytest.raises(SystemExit) as ended:
        cli_logs.fsck()
    assert ended.value.code == 1 and "--rebuild-codes" in capsys.readouterr().out
    cli_logs.fsck(rebuild_codes=True)
    out = capsys.readouterr().out
    assert "rebuilt" in out and "Everything stored agrees" in out
    with rt.db.read() as conn:
        assert all(tree_queries.find_leaf(conn, item.leaf[:10]) for item in sealed)


def test_a_record_in_the_wrong_bucket_is_named(rt: Runtime, small: None) -> None:
    items = leaves(1_100)
    add(rt, items, lambda _: 200)
    with rt.db.write() as conn:
        conn.execute(
            update(log_leaf_run).where(log_leaf_run.c.bucket == 0x140).values(bucket=0x141)
        )
    with rt.db.read() as conn:
        said = [str(fault) for fault in fsckleaves.disagreements(conn)]
    assert "belong to no log or stand in a wrong bucket" in said[-1]


def test_two_transactions_at_once_lose_nothing(rt: Runtime, small: None) -> None:
    if rt.db.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    items = leaves(3_000)
    for at in range(0, len(items), 300):
        with rt.db.write() as one, rt.db.write() as two:
            leafindex.add(one, items[at : at + 150])
            # Rows are moved by the other one now; this one only adds its own.
            leafindex.add(two, items[at + 150 : at + 300])
    with rt.db.read() as conn:
        for log_id, idx, leaf in items[::17]:
            assert leafindex.find(conn, leaf[:10]) == [(log_id, idx)]
