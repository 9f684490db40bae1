"""Group commit: one transaction, each piece its own outcome."""

from collections.abc import Callable, Iterator
from concurrent.futures import wait

import pytest
from sqlalchemy import Connection, event, insert, select

from trust.database import Database
from trust.formats.errors import SakshiError
from trust.groupcommit import GroupCommit
from trust.log.runtime import Runtime
from trust.log.tables import installation, log_payload


class RefusedError(SakshiError):
    """For these tests."""


def note(name: str, *, refused: bool = False, broken: bool = False) -> Callable[[Connection], str]:
    """A piece that writes a row, and may then be refused or fail."""

    def piece(conn: Connection) -> str:
        conn.execute(insert(installation).values(name=name, value="x"))
        if refused:
            raise RefusedError(f"{name} is refused")
        if broken:
            raise ZeroDivisionError
        return name

    return piece


@pytest.fixture
def commits(rt: Runtime) -> Iterator[GroupCommit]:
    made = GroupCommit(rt.db)
    yield made
    made.close()


def names(db: Database) -> set[str]:
    with db.read() as conn:
        return set(conn.execute(select(installation.c.name)).scalars()) - {"host"}


def counting(db: Database) -> list[str]:
    """Grows by one with every commit."""
    seen: list[str] = []
    event.listen(db.engine, "commit", lambda conn: seen.append("commit"))
    return seen


def test_what_comes_together_shares_one_transaction(rt: Runtime, commits: GroupCommit) -> None:
    seen = counting(rt.db)
    with commits._change:  # held back until all are in
        futures = [commits.submit(note(f"n{n}"), order="a") for n in range(50)]
    assert [future.result(30) for future in futures] == [f"n{n}" for n in range(50)]
    assert len(seen) == 1 and names(rt.db) == {f"n{n}" for n in range(50)}


def test_a_refused_piece_takes_back_itself_alone(rt: Runtime, commits: GroupCommit) -> None:
    with commits._change:
        good = [commits.submit(note(f"g{n}"), order="a") for n in range(3)]
        bad = commits.submit(note("bad", refused=True), order="a")
        broken = commits.submit(note("broken", broken=True), order="a")
        twice = commits.submit(note("g1"), order="b")
    wait([*good, bad, broken, twice], 30)
    assert [future.result() for future in good] == ["g0", "g1", "g2"]
    assert isinstance(bad.exception(), RefusedError)
    assert isinstance(broken.exception(), ZeroDivisionError)
    assert twice.exception() is not None, "the key is taken; the database says so"
    assert names(rt.db) == {"g0", "g1", "g2"}


def test_pieces_are_written_in_the_order_of_what_they_lock(
    rt: Runtime, commits: GroupCommit
) -> None:
    written: list[str] = []
    with commits._change:
        futures = [
            commits.submit(lambda conn, name=name: written.append(name), order=name)  # type: ignore[misc]
            for name in ("c", "a", "b")
        ]
    wait(futures, 30)
    assert written == ["a", "b", "c"]


def test_a_failing_database_fails_all_and_the_next_go_on(
    rt: Runtime, commits: GroupCommit, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(rt.db, "write", broken)
    with pytest.raises(OSError, match="disk is full"):
        commits.submit(note("lost"), order="a").result(30)
    monkeypatch.undo()
    assert commits.submit(note("kept"), order="a").result(30) == "kept"
    assert names(rt.db) == {"kept"}


def test_closing_writes_what_was_handed_in(rt: Runtime) -> None:
    made = GroupCommit(rt.db)
    future = made.submit(note("last"), order="a")
    assert not future.cancel()
    made.close()
    assert future.result(0) == "last" and names(rt.db) == {"last"}
    with pytest.raises(RuntimeError):
        made.submit(note("late"), order="a")


def test_a_disk_that_fails_in_the_middle_acknowledges_nothing(
    rt: Runtime, commits: GroupCommit
) -> None:
    """SQLite then ends the whole transaction, and what comes after it would commit by itself."""
    if not rt.db.is_sqlite:
        pytest.skip("of SQLite alone")

    def huge(conn: Connection) -> None:
        (pages,) = conn.exec_driver_sql("PRAGMA page_count").one()
        conn.exec_driver_sql(f"PRAGMA max_page_count = {pages + 4}")
        try:
            conn.execute(
                insert(log_payload).values(
                    log_id=1, idx=1, kind="x", record=b"x" * 9_000_000, erased=False
                )
            )
        finally:
            conn.exec_driver_sql("PRAGMA max_page_count = 1073741823")

    with commits._change:
        before = commits.submit(note("before"), order="a")
        failing = commits.submit(huge, order="b")
        after = commits.submit(note("after"), order="c")
    told = {f.result() for f in (before, after) if f.exception(30) is None}
    assert failing.exception(30) is not None
    assert names(rt.db) == told, "what was told to be stored is stored, and nothing else"
    assert commits.submit(note("later"), order="a").result(30) == "later"
