"""Second lines, time-stamps, held keys and the guard's own list, each with something changed."""

import dataclasses
import random
from collections.abc import Callable, Sequence

import pytest
from sqlalchemy import delete, insert, select, update

from tests.trust.log.helpers import fill, open_book, publish
from tests.trust.log.test_fsck import corrupt, found, unguarded
from tests.trust.log.test_timestamps import Authority, authority
from trust.formats import storedstamps
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log import tables, timestamping
from trust.log.checks import fsck
from trust.log.errors import SignerError
from trust.log.runtime import Runtime

__all__ = ["authority"]


@pytest.fixture
def book(rt: Runtime) -> str:
    """A book published with both signatures on every head."""
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    origin = open_book(rt)
    fill(rt, origin, 0, 12)
    publish(rt, origin)
    return origin


@pytest.fixture
def stamped(rt: Runtime, book: str, authority: Authority) -> tuple[str, int]:
    """The newest state head, with a time-stamp in the form in which it is kept."""
    with rt.db.write() as conn:
        state = log_queries.logs(conn, "state")[0]
        (size, _, note) = log_queries.latest_head(conn, state.origin) or (0, b"", b"")
        kept = storedstamps.stored(authority.stamp(note))
        values = {"log_id": state.id, "size": size, "time": rt.clock(), "response": kept}
        conn.execute(insert(tables.log_timestamp).values(**values))
    return state.origin, size


@pytest.mark.parametrize("column", ["line", "size", "log_id"])
def test_a_flipped_bit_in_a_second_line_is_named(rt: Runtime, book: str, column: str) -> None:
    assert found(rt) == []
    with rt.db.read() as conn:
        info = log_queries.info(conn, book)
    corrupt(rt, tables.log_second_line, column, {"log_id": info.id, "size": 12})
    faults = found(rt)
    assert faults and f"log_second_line.{column}" in faults[0].column, faults
    if column == "line":
        assert (faults[0].log, faults[0].index) == (book, 12)


@pytest.mark.parametrize("column", ["origin", "vkey"])
def test_a_flipped_bit_in_a_pinned_second_key_is_named(rt: Runtime, book: str, column: str) -> None:
    with rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0].origin
    corrupt(rt, tables.log_second_key, column, {"origin": state})
    assert any(f"log_second_key.{column}" in fault.column for fault in found(rt))


def test_a_published_head_without_the_line_that_the_policy_asks_for_is_named(
    rt: Runtime, book: str
) -> None:
    with rt.db.write() as conn:
        state = log_queries.logs(conn, "state")[0]
        table = tables.log_second_line
        conn.execute(delete(table).where(table.c.log_id == state.id))
    (fault,) = found(rt)
    assert (fault.log, fault.column) == (state.origin, "log_second_line")


def test_a_second_line_of_another_log_is_named(rt: Runtime, book: str) -> None:
    with rt.db.write() as conn:
        state, own = log_queries.logs(conn, "state")[0], log_queries.info(conn, book)
        table = tables.log_second_line
        line = conn.execute(select(table.c.line).where(table.c.log_id == state.id)).scalar_one()
        conn.execute(update(table).where(table.c.log_id == own.id).values(line=line))
    (fault,) = found(rt)
    assert (fault.log, fault.index, fault.column) == (book, 12, "log_second_line.line")


def test_a_second_line_that_cannot_be_checked_is_said(rt: Runtime, book: str) -> None:
    """Its master key was destroyed: neither right nor wrong, and not silent."""

    class Refusing:
        def __init__(self, code: str) -> None:
            self.code = code

        def __getattr__(self, name: str) -> object:
            return getattr(rt.signer, name)

        def second_vkey(self, origin: str) -> str:
            raise SignerError(f"No key of {origin} is given.", code=self.code)

    said: list[str] = []
    retired = Refusing("retired")
    assert list(fsck.check(rt.db, retired, said.append)) == []  # type: ignore[arg-type]
    assert any(line.startswith(f"not checked: second lines of {book}") for line in said)
    with pytest.raises(SignerError, match="No key"):
        list(fsck.check(rt.db, Refusing("signer")))  # type: ignore[arg-type]


@pytest.mark.parametrize("column", ["response", "size"])
def test_a_flipped_bit_in_a_time_stamp_is_named(
    rt: Runtime, stamped: tuple[str, int], column: str
) -> None:
    origin, size = stamped
    assert found(rt) == []
    with rt.db.read() as conn:
        where: dict[str, object] = {"log_id": log_queries.info(conn, origin).id, "size": size}
    corrupt(rt, tables.log_timestamp, column, where)
    (fault,) = found(rt)
    assert fault.log == origin and fault.column == f"log_timestamp.{column}"


def test_a_time_stamp_of_another_head_is_named(
    rt: Runtime, stamped: tuple[str, int], authority: Authority
) -> None:
    size = stamped[1]
    other = storedstamps.stored(authority.stamp(b"another note\n"))
    with rt.db.write() as conn:
        conn.execute(update(tables.log_timestamp).values(response=other))
    (fault,) = found(rt)
    assert fault.index == size and "another note" in fault.words


@pytest.mark.slow
def test_every_bit_of_a_kept_time_stamp_counts(authority: Authority) -> None:
    note = b"a note\n"
    kept, chance = storedstamps.stored(authority.stamp(note)), random.Random(3)
    assert storedstamps.check(kept, note) > 1_700_000_000
    for at in range(len(kept)):
        bad = bytearray(kept)
        bad[at] ^= 1 << chance.randrange(8)
        with pytest.raises(SakshiError):
            storedstamps.check(bytes(bad), note)
    with pytest.raises(SakshiError, match="form in which it is kept"):
        wordy = kept.replace(b"\x30\x03\x02\x01\x00", b"\x30\x05\x02\x01\x00\x30\x00", 1)
        wordy = wordy[:3] + bytes([wordy[3] + 2]) + wordy[4:]
        storedstamps.check(wordy, note)


HELD = "s0.test.example/coop/tvm-101/2026-27"


@pytest.mark.parametrize(
    "change, words",
    [
        ({"vkey": "none"}, "key"),
        ({"origin": "s0.test.example/coop/unknown/2026-27"}, "no society's book log"),
        ({"origin": "nothing"}, "not the name"),
    ],
)
def test_a_held_key_of_nothing_is_named(rt: Runtime, change: dict[str, str], words: str) -> None:
    origin = open_book(rt)
    assert origin == HELD
    values = {"origin": origin, "vkey": rt.signer.vkey(origin), "since": rt.clock()} | change
    with rt.db.write() as conn:
        conn.execute(insert(tables.log_holder).values(**values))
    assert any("log_holder" in fault.column and words in fault.words for fault in found(rt))


def test_a_log_that_only_the_guard_knows_is_named(rt: Runtime, book: str) -> None:
    """The rows of a log are gone, all of them: nothing but the guard remembers it."""
    origin = open_book(rt, "tvm-102")
    fill(rt, origin, 0, 3)
    publish(rt, origin)
    with rt.db.read() as conn:
        log_id = log_queries.info(conn, origin).id
    with rt.db.engine.connect() as conn:
        unguarded(conn)
        for table in (
            tables.log_entry,
            tables.log_payload,
            tables.log_document,
            tables.log_tile,
            tables.log_head,
            tables.log_admission,
            tables.log_second_line,
        ):
            conn.execute(delete(table).where(table.c.log_id == log_id))
        conn.execute(delete(tables.log).where(tables.log.c.id == log_id))
        conn.commit()
    rt.db.dispose()
    assert any(f.log == origin and f.column == "guard.origin" for f in found(rt))


def test_a_lost_host_label_is_named(rt: Runtime, book: str) -> None:
    with rt.db.write() as conn:
        conn.execute(update(tables.installation).values(name="hosts"))
    assert found(rt)[0].column == "installation.name"


def test_a_server_that_goes_on_publishing_is_no_disagreement(rt: Runtime, book: str) -> None:
    """The guard moves on while the snapshot is read; so does it before and after."""

    class Busy:
        """A signer whose guard is asked while the server publishes."""

        def __init__(self, turn: Callable[[], None]) -> None:
            self._turn = turn

        def __getattr__(self, name: str) -> object:
            return getattr(rt.signer, name)

        def heads(self) -> Sequence[tuple[str, int, bytes]]:
            known = rt.signer.heads()
            self._turn()
            return known

        def host(self) -> str:
            # Asked within the snapshot: what is released now is not in it.
            self._turn()
            return rt.signer.host()

    at = iter(range(20, 60, 5))

    def turn() -> None:
        start = next(at)
        fill(rt, book, start, start + 5)
        publish(rt, book)

    assert list(fsck.check(rt.db, Busy(turn))) == []  # type: ignore[arg-type]


def test_what_is_stored_of_an_authority_is_the_kept_form(
    rt: Runtime, book: str, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamping, "_exchange", lambda url, body: authority.answer(body))
    rt.settings = dataclasses.replace(rt.settings, tsa_url="http://tsa.example/")
    size = timestamping.stamp(rt)
    with rt.db.read() as conn:
        origin = log_queries.logs(conn, "state")[0].origin
        response = timestamping.response_of(conn, origin, size or 0)
        note = timestamping.note_of(conn, origin, size or 0)
    assert response is not None and note is not None
    assert storedstamps.check(response, note) and storedstamps.stored(response) == response
