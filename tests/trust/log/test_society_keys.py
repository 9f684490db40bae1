"""A society that holds its own log key: it signs, the server only prepares, nobody can fork it."""

import dataclasses
from datetime import datetime
from pathlib import Path

import pytest

from audit import signhead
from tests.simulator.clock import ManualClock
from tests.trust.log.helpers import SLUG, fill, open_book, publish
from trust.formats import canon, merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.errors import FormatError, ProofError, SakshiError
from trust.formats.headrequest import HeadRequest, format_request, parse_request
from trust.formats.times import IST
from trust.log import proofs, shards
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import LogError
from trust.log.keys import society_keys
from trust.log.keys.signerclient import sign_one
from trust.log.model import Unsigned
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status

TURN = int(datetime(2027, 4, 1, tzinfo=IST).timestamp())


class Society:
    """The society's machine: its key, its guard, and the files it is handed."""

    def __init__(self, folder: Path) -> None:
        self.key, self.guard = folder / "society.key", folder / "society.guard"
        signhead.make_key(self.key)
        signhead._write_guard(self.guard, {})

    def vkey(self, origin: str) -> str:
        return notes.verifier_key(origin, signhead.seed_of(self.key, origin)).format()

    def sign(self, request: HeadRequest) -> bytes:
        read = parse_request(format_request(request))
        return signhead.sign_head(read, self.key, self.guard).encode()


@pytest.fixture
def society(tmp_path: Path) -> Society:
    (tmp_path / "society").mkdir()
    return Society(tmp_path / "society")


@pytest.fixture
def book(rt: Runtime, society: Society) -> str:
    origin = open_book(rt)
    with rt.db.write() as conn:
        society_keys.hold(conn, origin, society.vkey(origin), now=rt.clock())
    return origin


def request(rt: Runtime, origin: str, old: int | None = None) -> HeadRequest:
    with rt.db.read() as conn:
        found = society_keys.prepare(conn, origin, old)
    assert found is not None
    return found


def sign(rt: Runtime, society: Society, origin: str) -> None:
    """One round: the server prepares, the society signs, the server takes it and publishes."""
    society_keys.accept(rt, origin, society.sign(request(rt, origin)))
    publish(rt, origin)


def test_nothing_is_published_until_the_society_signs(
    rt: Runtime, society: Society, book: str
) -> None:
    fill(rt, book, 0, 12)
    assert publish(rt, book) == {}
    with rt.db.read() as conn:
        assert log_queries.head(conn, book) is None and log_queries.info(conn, book).size == 12
    sign(rt, society, book)
    with rt.db.read() as conn:
        head = witness_status.published(conn, book)
        assert head is not None and head.size == 12
        assert society_keys.prepare(conn, book) is None
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_the_state_log_says_who_holds_the_key(rt: Runtime, society: Society, book: str) -> None:
    fill(rt, book, 0, 12)
    publish(rt, book)
    sign(rt, society, book)
    with rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0].origin
        entry = log_queries.entry_by_key(conn, state, f"key {book}")
        assert entry is not None
        record = canon.parse(proofs.public_document(conn, state, entry.entry))
        proof = proofs.sakshi_proof(conn, book, 0)
        policy = proofs.policy_text(conn).encode()
    assert (record["vkey"], record["holder"]) == (society.vkey(book), "society")
    assert record["vkey"] != rt.signer.vkey(book)
    from audit.verify.proof import verify_proof
    from trust.formats.proofs import format_proof

    assert verify_proof(format_proof(proof), policy).exit_code == 0


def test_the_server_cannot_sign_for_the_society(rt: Runtime, society: Society, book: str) -> None:
    """Neither the signer's own key for that origin nor an added line is accepted."""
    fill(rt, book, 0, 12)
    publish(rt, book)
    asked = request(rt, book)
    own = sign_one(rt.signer, Unsigned(book, 0, asked.size, asked.root))
    with pytest.raises(SakshiError, match="not signed by"):
        society_keys.accept(rt, book, own)
    both = notes.parse_note(society.sign(asked))
    lines = (*both.signatures, *notes.parse_note(own).signatures)
    mixed = notes.format_note(both._replace(signatures=lines)).encode()
    with pytest.raises(FormatError, match="nothing else"):
        society_keys.accept(rt, book, mixed)
    seed = signhead.seed_of(society.key, book)
    secret = society.key.read_text().split()[1]
    for path in [*rt.settings.home.rglob("*"), *Path(rt.settings.home).parent.glob("*.db*")]:
        if path.is_file():
            held = path.read_bytes()
            assert seed not in held and seed.hex().encode() not in held, path
            assert secret.encode() not in held and bytes.fromhex(secret) not in held, path


def test_the_society_refuses_a_fork_and_a_step_back(
    rt: Runtime, society: Society, book: str
) -> None:
    fill(rt, book, 0, 12)
    publish(rt, book)
    sign(rt, society, book)
    fill(rt, book, 20, 25)
    publish(rt, book)
    honest = request(rt, book)
    other = dataclasses.replace(honest, root=merkle.root_of([bytes(32)] * honest.size))
    before = society.guard.read_bytes()
    for forged in (
        other,
        dataclasses.replace(other, old=0, proof=()),
        dataclasses.replace(honest, old=11),
        dataclasses.replace(honest, proof=honest.proof[:-1]),
        dataclasses.replace(honest, old=0, size=3, proof=()),
    ):
        with pytest.raises(ProofError):
            society.sign(forged)
    assert society.guard.read_bytes() == before
    society_keys.accept(rt, book, society.sign(honest))
    again = society.sign(dataclasses.replace(honest, old=honest.size, proof=()))
    assert society_keys.accept(rt, book, again) == honest.size, "a lost answer is signed again"


def test_a_head_of_other_entries_is_not_taken(rt: Runtime, society: Society, book: str) -> None:
    fill(rt, book, 0, 12)
    publish(rt, book)
    text = format_checkpoint(Checkpoint(book, 12, bytes(32)))
    line = notes.sign_ed25519(text, book, signhead.seed_of(society.key, book))
    note = notes.format_note(notes.SignedNote(text, (line,))).encode()
    with pytest.raises(LogError, match="not of the entries"):
        society_keys.accept(rt, book, note)


def test_a_lost_guard_signs_nothing(society: Society, rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 3)
    publish(rt, book)
    asked = request(rt, book)
    society.guard.unlink()
    with pytest.raises(SakshiError, match="is not the guard"):
        society.sign(asked)


def test_a_log_that_was_signed_here_is_closed_first(rt: Runtime, society: Society) -> None:
    book = open_book(rt)
    fill(rt, book, 0, 12)
    publish(rt, book)
    with rt.db.write() as conn, pytest.raises(LogError, match="closes it"):
        society_keys.hold(conn, book, society.vkey(book), now=rt.clock())
    after = shards.rotate(rt, book, "the society takes its key", society.vkey(f"{book}.2"))
    fill(rt, after, 20, 23)
    publish(rt, book, after)
    sign(rt, society, after)
    with rt.db.read() as conn:
        head = witness_status.published(conn, after)
    assert head is not None and head.size == 4
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_over_the_year_the_society_signs_last_and_first_head(
    rt: Runtime, clock: ManualClock, society: Society, book: str
) -> None:
    fill(rt, book, 0, 12)
    publish(rt, book)
    sign(rt, society, book)
    clock.now = TURN
    (after,) = shards.turn_year(rt)
    fill(rt, after, 30, 33)
    assert publish(rt, after) == {}, "the last head of the year before is still to be signed"
    sign(rt, society, book)
    assert publish(rt, after) == {}
    with rt.db.read() as conn, pytest.raises(LogError, match="No society's key"):
        society_keys.prepare(conn, after)
    with rt.db.write() as conn:
        society_keys.hold(conn, after, society.vkey(after), now=rt.clock())
    publish(rt, after)
    sign(rt, society, after)
    with rt.db.read() as conn:
        head = witness_status.published(conn, after)
        last = log_queries.latest_head(conn, book)
        assert head is not None and head.size == 4 and last is not None
        assert log_queries.entry(conn, after, 0).entry == last[2]
    assert list(fsck.check(rt.db, rt.signer)) == []
    assert SLUG in after


def test_the_next_years_key_is_handed_in_before_the_year_turns(
    rt: Runtime, clock: ManualClock, society: Society, book: str
) -> None:
    """Handed in before 1 April, so the new log waits for nothing but signatures."""
    fill(rt, book, 0, 12)
    publish(rt, book)
    sign(rt, society, book)
    after = society_keys.next_year(book)
    clock.now = TURN - 30 * 86_400
    with rt.db.write() as conn:
        (now,) = society_keys.overview(conn)
        assert (now.origin, now.unsigned, now.next, now.next_vkey) == (book, 0, after, None)
        wrong = notes.verifier_key(after, bytes(32)).format()
        society_keys.hold(conn, after, wrong, now=rt.clock())
        society_keys.hold(conn, after, society.vkey(after), now=rt.clock())
        assert society_keys.overview(conn)[0].next_vkey == society.vkey(after)
    publish(rt)
    assert list(fsck.check(rt.db, rt.signer)) == []
    clock.now = TURN
    assert shards.turn_year(rt) == [after]
    fill(rt, after, 30, 33)
    publish(rt, after)
    with rt.db.read() as conn:
        assert [(one.origin, one.unsigned) for one in society_keys.overview(conn)] == [
            (book, 1),
            (after, 4),
        ]
    sign(rt, society, book)
    publish(rt, after)
    sign(rt, society, after)
    with rt.db.read() as conn:
        head = witness_status.published(conn, after)
        assert head is not None and head.size == 4
        (now,) = society_keys.overview(conn)
        assert (now.origin, now.unsigned, now.vkey) == (after, 0, society.vkey(after))
    with rt.db.write() as conn, pytest.raises(LogError, match="released already"):
        society_keys.hold(
            conn, after, notes.verifier_key(after, bytes(32)).format(), now=rt.clock()
        )
    assert list(fsck.check(rt.db, rt.signer)) == []


def test_a_log_that_the_state_signs_is_held_from_next_year_on(
    rt: Runtime, clock: ManualClock, society: Society
) -> None:
    book = open_book(rt)
    fill(rt, book, 0, 5)
    publish(rt, book)
    after = society_keys.next_year(book)
    with rt.db.write() as conn:
        society_keys.hold(conn, after, society.vkey(after), now=rt.clock())
        assert not society_keys.is_held(conn, book) and society_keys.overview(conn) == []
    clock.now = TURN
    shards.turn_year(rt)
    fill(rt, after, 30, 33)
    assert publish(rt, after) == {}
    sign(rt, society, after)
    with rt.db.read() as conn:
        head = witness_status.published(conn, after)
    assert head is not None and head.size == 4
    assert list(fsck.check(rt.db, rt.signer)) == []


@pytest.mark.parametrize(
    "origin",
    [
        "s0.test.example/coop/tvm-101/2028-29",
        "s0.test.example/coop/tvm-101/2025-26",
        "s0.test.example/coop/unknown/2027-28",
        "s0.test.example/coop/tvm-101/2026-27.3",
    ],
)
def test_a_key_of_no_coming_log_is_refused(
    rt: Runtime, society: Society, book: str, origin: str
) -> None:
    with rt.db.write() as conn, pytest.raises(LogError, match="none that it would follow"):
        society_keys.hold(conn, origin, society.vkey(origin), now=rt.clock())


def test_the_page_says_what_waits_for_the_society(rt: Runtime, society: Society, book: str) -> None:
    fill(rt, book, 0, 12)
    publish(rt, book)
    with rt.db.read() as conn:
        assert society_keys.unsigned(conn, book) == 12
        assert society_keys.unsigned(conn, log_queries.logs(conn, "state")[0].origin) is None
    sign(rt, society, book)
    with rt.db.read() as conn:
        assert society_keys.unsigned(conn, book) == 0
