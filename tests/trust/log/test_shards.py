"""The turn of the year: nothing is lost, nothing waits, and a kill between any two steps heals."""

import threading
from datetime import datetime

import pytest

from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import SLUG, erased_before, fill, publish, voucher
from trust.formats import canon, merkle, notes
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.origins import coop_origin, financial_year, oversight_origin, state_origin
from trust.formats.times import IST
from trust.log import proofs, shards
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks import fsck
from trust.log.errors import LogClosedError, LogError, SignerError
from trust.log.keys.signerclient import sign_one
from trust.log.model import NewEntry, Unsigned
from trust.log.publish import admission, integration, releasing
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status

EVE = int(datetime(2027, 3, 31, 23, 59, 59, tzinfo=IST).timestamp())
OLD, NEW = "2026-27", "2027-28"


@pytest.fixture
def book(rt: Runtime) -> str:
    """A book with entries, published, in its first year."""
    origin = current(rt)
    fill(rt, origin, 0, 12)
    publish(rt, origin)
    return origin


def current(rt: Runtime, year: str | None = None) -> str:
    """The book log that takes entries now."""
    first = coop_origin(rt.host, SLUG, year or financial_year(rt.clock()))
    with rt.db.write() as conn:
        return shards.current(conn, first, now=rt.clock())


def append(rt: Runtime, number: int) -> tuple[str, int]:
    """What every writer of the application does: find the log, append."""
    now = rt.clock()
    first = coop_origin(rt.host, SLUG, financial_year(now))
    with rt.db.write() as conn:
        origin = shards.current(conn, first, now=now)
        done = logs.append(conn, origin, [voucher(number)], now=now)[0]
    return done.origin, done.index


def closing(rt: Runtime, origin: str) -> dict[str, canon.Json]:
    """The closing record of a log."""
    with rt.db.read() as conn:
        info = log_queries.info(conn, origin)
        entry = log_queries.entry(conn, origin, info.next_index - 1)
        assert entry.kind == "log-closed"
        return canon.parse(proofs.public_document(conn, origin, entry.entry))


def keys_of(rt: Runtime, state: str, origin: str) -> list[tuple[int, dict[str, canon.Json]]]:
    """Index and record of every log-key of an origin in a state log."""
    found = []
    with rt.db.read() as conn:
        for entry in log_queries.entries(conn, state, 0, log_queries.info(conn, state).next_index):
            if entry.kind == "log-key":
                record = canon.parse(proofs.public_document(conn, state, entry.entry))
                if record["origin"] == origin:
                    found.append((entry.index, record))
    return found


def test_the_last_second_and_the_first(rt: Runtime, clock: ManualClock, book: str) -> None:
    """An entry of 23:59:59 stands in the old log, one of midnight in the new one, none is lost."""
    clock.now = EVE
    assert append(rt, 100) == (book, 12)
    clock.advance(1)
    after, index = append(rt, 101)
    assert (after, index) == (coop_origin(rt.host, SLUG, NEW), 1)
    record = closing(rt, book)
    assert record == {
        "kind": "log-closed",
        "v": 1,
        "origin": book,
        "size": 14,
        "next": after,
        "next_key": None,
        "reason": "year-end",
        "note": "",
    }
    with rt.db.write() as conn, pytest.raises(LogClosedError, match=f"goes on in {after}"):
        logs.append(conn, book, [voucher(102)], now=clock())
    with rt.db.write() as conn:
        again = logs.append(conn, book, [voucher(100)], now=clock())
    assert again[0].repeated, "a retry of what was sequenced before still gets its entry"


def test_entry_0_is_the_last_head_of_the_year_before(
    rt: Runtime, clock: ManualClock, book: str
) -> None:
    clock.now = EVE + 1
    after, _ = append(rt, 101)
    publish(rt, after)
    with rt.db.read() as conn:
        first = log_queries.entry(conn, after, 0)
        size, root, note = log_queries.latest_head(conn, book) or (0, b"", b"")
        parsed = parse_entry(first.entry)
        leaves = [entry.leaf for entry in log_queries.entries(conn, book, 0, size)]
        old_state, new_state = state_origin(rt.host, OLD), state_origin(rt.host, NEW)
        state_head = log_queries.latest_head(conn, old_state)
        opening = log_queries.entry(conn, new_state, 0)
        pinned = proofs.policy_text(conn)
    assert first.entry == note and isinstance(parsed, NoteEntry)
    assert parsed.checkpoint.size == size == 13 == len(leaves)
    assert merkle.root_of(leaves) == root
    assert state_head is not None and opening.entry == state_head[2]
    record = closing(rt, old_state)
    assert record["next"] == new_state and record["next_key"] == rt.signer.vkey(new_state)
    assert all(f"log {rt.signer.vkey(origin)}" in pinned for origin in (old_state, new_state))


def test_the_key_is_closed_after_the_last_head(rt: Runtime, clock: ManualClock, book: str) -> None:
    clock.now = EVE + 61
    after, _ = append(rt, 101)
    publish(rt, after)
    new_state = state_origin(rt.host, NEW)
    (_, opened), (end_index, ended) = keys_of(rt, new_state, book)
    with rt.db.read() as conn:
        last = log_queries.entry(conn, book, 12)
        admitted = log_queries.admission(conn, book, 13)
        first_of_next = log_queries.admission(conn, after, 2)
    entry = parse_entry(last.entry)
    assert isinstance(entry, Entry) and entry.time == EVE + 61
    assert opened["valid_to"] is None and ended["valid_to"] == "2027-03-31T18:31:00Z"
    assert admitted is not None and admitted[0] == new_state and admitted[1] < end_index
    assert first_of_next is not None and first_of_next[1] > end_index
    assert [record["valid_to"] for _, record in keys_of(rt, new_state, after)] == [None]


def test_the_signer_signs_nothing_more_for_a_closed_log(
    rt: Runtime, clock: ManualClock, book: str
) -> None:
    """Whoever has the database and asks for more gets the same head again, or a refusal."""
    clock.now = EVE + 1
    after, _ = append(rt, 101)
    publish(rt, after)
    with rt.db.read() as conn:
        size, root, note = log_queries.latest_head(conn, book) or (0, b"", b"")
        leaves = [entry.leaf for entry in log_queries.entries(conn, book, 0, size)] + [b"x" * 32]
    assert sign_one(rt.signer, Unsigned(book, size, size, root)) == note
    proof = merkle.build_consistency(
        size, size + 1, lambda level, i: merkle.root_of(leaves[i << level : (i + 1) << level])
    )
    with pytest.raises(SignerError, match="was closed at size 13"):
        sign_one(rt.signer, Unsigned(book, size, size + 1, merkle.root_of(leaves), tuple(proof)))


def test_the_sweep_turns_every_open_log_once(rt: Runtime, clock: ManualClock, book: str) -> None:
    other = coop_origin(rt.host, "k-2", OLD)
    with rt.db.write() as conn:
        logs.open_log(conn, other, now=clock())
        logs.open_log(conn, oversight_origin(rt.host, OLD), now=clock())
    fill(rt, other, 0, 2)
    clock.now = EVE
    assert shards.turn_year(rt) == []
    clock.advance(1)
    opened = shards.turn_year(rt)
    assert sorted(opened) == sorted(
        [coop_origin(rt.host, s, NEW) for s in (SLUG, "k-2")] + [oversight_origin(rt.host, NEW)]
    )
    assert shards.turn_year(rt) == []
    publish(rt, *opened)
    with rt.db.read() as conn:
        assert [log_queries.info(conn, origin).size for origin in opened] == [1, 1, 1]
        assert all(witness_status.published(conn, origin) for origin in opened)
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_two_writers_over_midnight_lose_nothing(rt: Runtime, clock: ManualClock, book: str) -> None:
    """Both write through the turn while the clock moves; every acknowledged entry is there once."""
    clock.now = EVE - 3
    done: list[tuple[str, int, int]] = []
    faults: list[BaseException] = []

    def write(start: int) -> None:
        try:
            for number in range(start, start + 40):
                origin, index = append(rt, number)
                done.append((origin, index, number))
                if number % 8 == 0:
                    clock.advance(1)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=write, args=(start,)) for start in (1000, 2000)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == [] and len(done) == 80
    after = coop_origin(rt.host, SLUG, NEW)
    publish(rt, book, after)
    with rt.db.read() as conn:
        for origin, index, number in done:
            found = log_queries.entry_by_key(conn, origin, f"voucher {number}")
            assert found is not None and found.index == index
        kinds = [e.kind for e in log_queries.entries(conn, book, 0, 200)]
    assert {origin for origin, _, _ in done} == {book, after}
    assert kinds.count("log-closed") == 1 and kinds[-1] == "log-closed"
    assert list(fsck.check(rt.db, rt.signer)) == []


class Killed(BaseException):
    """The process ended here."""


STEPS = (
    "shards.turn",
    "integration.integrate",
    "releasing._sign",
    "releasing._store",
    "shards.link",
    "admission.admit",
    "admission._state",
)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("before", [True, False])
def test_killed_at_any_step_of_the_turn(
    rt: Runtime,
    clock: ManualClock,
    book: str,
    monkeypatch: pytest.MonkeyPatch,
    step: str,
    before: bool,
) -> None:
    """Kill at each call of the step, one after another; the next run ends in the same logs."""
    clock.now = EVE + 1
    room_name, name = step.split(".")
    room = {
        "shards": shards,
        "integration": integration,
        "releasing": releasing,
        "admission": admission,
    }[room_name]
    real = getattr(room, name)
    count = 0
    while True:
        calls = 0

        def falling(*args: object, **kwargs: object) -> object:
            nonlocal calls
            calls += 1
            if calls > 1:
                return real(*args, **kwargs)
            if before:
                raise Killed
            real(*args, **kwargs)
            raise Killed

        try:
            with monkeypatch.context() as patch:
                patch.setattr(room, name, falling)
                after, index = append(rt, 101)
                publish(rt, after)
                break
        except Killed:
            count += 1
            assert count < 40
            if count >= 12:  # a step that is undone by its transaction never gets further
                break
    assert count
    after, index = append(rt, 101)
    assert (after, index) == (coop_origin(rt.host, SLUG, NEW), 1)
    publish(rt, book, after)
    assert list(fsck.check(rt.db, rt.signer)) == []
    with rt.db.read() as conn:
        assert log_queries.info(conn, after).size == 2
        note = log_queries.latest_head(conn, book)
        assert note is not None and log_queries.entry(conn, after, 0).entry == note[2]
        key = notes.VerifierKey.parse(rt.signer.vkey(book))
        assert open_checkpoint(note[2], key).size == 13


def test_a_clock_that_goes_back_never_reopens_a_year(
    rt: Runtime, clock: ManualClock, book: str
) -> None:
    clock.now = EVE + 1
    after, _ = append(rt, 101)
    clock.now = EVE - 100
    assert append(rt, 102) == (after, 2)
    publish(rt, after)
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_an_entry_of_a_closed_year_is_refused_even_before_the_turn(
    rt: Runtime, clock: ManualClock, book: str
) -> None:
    clock.now = EVE + 1
    with rt.db.write() as conn, pytest.raises(LogClosedError, match=r"year of .* is over"):
        logs.append(conn, book, [voucher(100)], now=clock())


def test_emergency_closes_at_once_and_the_old_proof_still_stands(
    rt: Runtime, clock: ManualClock, book: str
) -> None:
    with rt.db.read() as conn:
        before = proofs.sakshi_proof(conn, book, 0)
    clock.advance(60)
    after = shards.rotate(rt, book, "key copied from a stolen disk")
    assert after == f"{coop_origin(rt.host, SLUG, OLD)}.2"
    assert rt.signer.vkey(after) != rt.signer.vkey(book)
    assert append(rt, 200) == (after, 1)
    publish(rt, after)
    record = closing(rt, book)
    assert (record["reason"], record["note"]) == ("emergency", "key copied from a stolen disk")
    with pytest.raises(LogError, match="closed already"):
        shards.rotate(rt, book, "again")
    from audit.verify.proof import verify_proof
    from trust.formats.proofs import format_proof

    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        later = proofs.sakshi_proof(conn, after, 1)
    for proof in (before, later):
        report = verify_proof(format_proof(proof), policy)
        assert report.exit_code == 0, report
    clock.now = EVE + 1
    assert append(rt, 201)[0] == coop_origin(rt.host, SLUG, NEW)
    publish(rt, coop_origin(rt.host, SLUG, NEW))
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_the_state_log_rotates_too(rt: Runtime, book: str) -> None:
    state = state_origin(rt.host, OLD)
    after = shards.rotate(rt, state, "drill")
    assert closing(rt, state)["next_key"] == rt.signer.vkey(after)
    fill(rt, book, 20, 22)
    publish(rt, book)
    with rt.db.read() as conn:
        assert log_queries.admission(conn, book, 14) is not None
        assert (log_queries.admission(conn, book, 14) or ("", 0))[0] == after
        assert f"log {rt.signer.vkey(after)}" in proofs.policy_text(conn)
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_a_meeting_has_no_shards(rt: Runtime) -> None:
    origin = f"{rt.host}/meeting/m-1"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    with pytest.raises(LogError, match="has no shards"):
        shards.rotate(rt, origin, "drill")


def test_nobody_else_writes_a_closing_entry_unseen(rt: Runtime, book: str) -> None:
    """`log-closed` is of the registry, so a meeting's log refuses it like any stranger."""
    origin = f"{rt.host}/meeting/m-2"
    record: dict[str, canon.Json] = {
        "kind": "log-closed",
        "v": 1,
        "origin": origin,
        "size": 1,
        "next": book,
        "next_key": None,
        "reason": "year-end",
        "note": "",
    }
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
        with pytest.raises(LogError, match="does not belong"):
            logs.append(conn, origin, [NewEntry("log-closed", record, "x")], now=rt.clock())


def test_last_years_payload_can_still_be_erased(rt: Runtime, clock: ManualClock, book: str) -> None:
    """The right to erasure does not end with the year: the open log says it, the entry stays."""
    clock.now = EVE + 1
    with rt.db.write() as conn:
        done = erased_before(conn, book, 0, now=clock())
    after = coop_origin(rt.host, SLUG, NEW)
    assert done.origin == after
    publish(rt, book, after)
    with rt.db.read() as conn:
        opening = log_queries.opening(conn, book, 0)
        assert opening is not None and opening.erased and opening.record is None
        record = canon.parse(proofs.public_document(conn, after, done.entry))
    assert (record["origin"], record["index"], record["part"]) == (book, 0, "record")
    assert list(fsck.check(rt.db, rt.signer)) == []
