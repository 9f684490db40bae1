"""The log room end to end: append, publish, prove, and what it refuses."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import update

from trust.formats import b64, checkpoints, commitments, merkle, notes, policy, tiles
from trust.formats.canon import Json
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import preparing, proofs, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError, NotErasableError, SignerError
from trust.log.keys.guard import Guard
from trust.log.keys.signerclient import sign_one
from trust.log.model import NewEntry, Sequenced, Unsigned
from trust.log.publish import integration
from trust.log.runtime import Runtime
from trust.log.tables import log
from trust.log.witnesses import witness_status
from trust.outbox import backlog

SLUG = "tvm-101"


@pytest.fixture
def book(rt: Runtime) -> str:
    origin = f"{rt.host}/coop/{SLUG}/2026-27"
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=rt.clock())
    return origin


def change(number: int) -> NewEntry:
    """A private entry of a kind of which everything may be erased."""
    record: dict[str, Json] = {
        "kind": "admission-change",
        "v": 1,
        "society": SLUG,
        "officers": ["clerk"],
    }
    detail: dict[str, Json] = {
        "kind": "admission-change-detail",
        "v": 1,
        "member": str(number),
        "name": "CANARY name",
        "class": "full",
        "joined": "2015-01-01",
        "share_paid_on": None,
        "reason": "",
    }
    return NewEntry("admission-change", record, f"change {number}", detail)


def voucher(number: int) -> NewEntry:
    record: dict[str, Json] = {
        "kind": "voucher",
        "v": 1,
        "society": SLUG,
        "book_year": "2026-27",
        "import": "i-1",
        "id": f"guid-{number}",
        "source": "test",
        "date": "2026-06-01",
        "type": "Receipt",
        "corrects": None,
        "lines": [{"account": "28101", "paise": 500}, {"account": "14101", "paise": -500}],
    }
    detail: dict[str, Json] = {
        "kind": "voucher-detail",
        "v": 1,
        "number": str(number),
        "narration": "CANARY narration",
        "party": "CANARY party",
        "ledgers": ["Cash", "Savings"],
        "instruments": [],
    }
    return NewEntry("voucher", record, f"voucher {number}", detail)


def fill(rt: Runtime, origin: str, start: int, stop: int) -> list[Sequenced]:
    with rt.db.write() as conn:
        return logs.append(conn, origin, [voucher(n) for n in range(start, stop)], now=rt.clock())


def test_append_gives_consecutive_indices_and_a_retry_the_stored_bytes(
    rt: Runtime, book: str
) -> None:
    first = fill(rt, book, 0, 3)
    again = fill(rt, book, 1, 4)
    assert [item.index for item in first] == [0, 1, 2]
    assert [item.index for item in again] == [1, 2, 3]
    assert [item.repeated for item in again] == [True, True, False]
    assert again[0].entry == first[1].entry
    with rt.db.read() as conn:
        assert log_queries.info(conn, book).next_index == 4
        assert backlog(conn) == 2


def test_a_failed_transaction_leaves_nothing(rt: Runtime, book: str) -> None:
    with pytest.raises(RuntimeError), rt.db.write() as conn:
        logs.append(conn, book, [voucher(1)], now=rt.clock())
        raise RuntimeError
    with rt.db.read() as conn:
        assert log_queries.entries(conn, book, 0, 10) == []
        assert backlog(conn) == 0


@pytest.mark.parametrize("count", [1, 5, 256, 257, 700])
def test_published_heads_cover_entries_and_prove_them(rt: Runtime, book: str, count: int) -> None:
    done = fill(rt, book, 0, count)
    head = rt.publish([book])[book]
    assert head.covered and head.size == count
    with rt.db.read() as conn:
        key = notes.VerifierKey.parse(log_queries.info(conn, book).vkey or "")
        opened = checkpoints.open_checkpoint(head.note, key)
        assert opened.root == merkle.root_of([item.leaf for item in done])
        for index in {0, count // 2, count - 1}:
            path = tree_queries.inclusion(conn, book, index, count)
            merkle.verify_inclusion(done[index].leaf, index, count, path, opened.root)


def test_consistency_between_every_released_pair(rt: Runtime, book: str) -> None:
    for stop in (1, 3, 255, 258):
        with rt.db.read() as conn:
            start = log_queries.info(conn, book).next_index
        fill(rt, book, start, stop)
        rt.publish([book])
    with rt.db.read() as conn:
        released = log_queries.released_notes(conn, book)
        assert [size for size, _ in released] == [1, 3, 255, 258]
        roots = {size: log_queries.head_root(conn, book, size) for size, _ in released}
        for (old, _), (new, _) in pairwise(released):
            proof = tree_queries.consistency(conn, book, old, new)
            merkle.verify_consistency(old, new, roots[old], roots[new], proof)


def test_state_log_holds_the_key_before_the_first_head_and_each_head_once(
    rt: Runtime, book: str
) -> None:
    fill(rt, book, 0, 2)
    rt.publish([book])
    rt.publish([book])
    fill(rt, book, 2, 3)
    rt.publish([book])
    with rt.db.read() as conn:
        state = log_queries.logs(conn, "state")[0]
        entries = [parse_entry(e.entry) for e in log_queries.entries(conn, state.origin, 0, 99)]
    assert [type(entry) for entry in entries] == [Entry, NoteEntry, NoteEntry]
    sizes = [entry.checkpoint.size for entry in entries if isinstance(entry, NoteEntry)]
    assert sizes == [2, 3]


def test_sakshi_proof_of_a_private_and_a_public_entry(rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 2)
    with rt.db.write() as conn:
        record: dict[str, Json] = {
            "kind": "erasure",
            "v": 1,
            "index": 0,
            "part": "detail",
            "reason": "test",
        }
        logs.append(conn, book, [NewEntry("erasure", record, "e")], now=rt.clock())
    with rt.db.read() as conn, pytest.raises(LogError, match="not published yet"):
        proofs.sakshi_proof(conn, book, 0)
    rt.publish([book])
    with rt.db.read() as conn:
        trusted = policy.parse_policy(proofs.policy_text(conn))
        assert len(trusted.logs) == 1
        for index in (0, 2):
            proof = proofs.sakshi_proof(conn, book, index)
            entry = parse_entry(proof.entry)
            assert isinstance(entry, Entry)
            commitments.open_commitment(entry.kind, entry.commitment, proof.opening)
            head = proof.inclusion.check_path(merkle.leaf_hash(proof.entry))
            assert head.origin == book
            state = proof.head.check_path(merkle.leaf_hash(proof.inclusion.checkpoint.encode()))
            assert state.origin == log_queries.logs(conn, "state")[0].origin
            proof.key.check_path(merkle.leaf_hash(proof.key_entry))


def test_tiles_and_bundles_are_prefixes_at_every_width(rt: Runtime, book: str) -> None:
    done = fill(rt, book, 0, 300)
    rt.publish([book])
    with rt.db.read() as conn:
        assert tree_queries.read_tile(conn, book, tiles.TileRef(0, 1, 45)) is None
        assert tree_queries.read_tile(conn, book, tiles.TileRef(0, 2, 1)) is None
        part = tree_queries.read_tile(conn, book, tiles.TileRef(0, 1, 7))
        assert part == b"".join(item.leaf for item in done[256:263])
        bundle = tree_queries.read_bundle(conn, book, tiles.BundleRef(1, 44))
        assert tiles.decode_bundle(bundle or b"", 44) == [item.entry for item in done[256:]]


def test_erasing_a_payload_leaves_every_proof_valid(rt: Runtime, book: str) -> None:
    with rt.db.write() as conn:
        logs.append(conn, book, [change(0), voucher(1)], now=rt.clock())
    rt.publish([book])
    with rt.db.write() as conn:
        logs.erase(conn, book, 0, "record", "request of the member", now=rt.clock())
    rt.publish([book])
    with rt.db.read() as conn:
        opening = log_queries.opening(conn, book, 0)
        assert opening and opening.erased and opening.record is None and opening.salt is None
        assert opening.detail is None
        with pytest.raises(LogError, match="erased"):
            proofs.sakshi_proof(conn, book, 0)
        proofs.sakshi_proof(conn, book, 1)


@pytest.mark.parametrize("part", ["record", "detail"])
def test_of_what_counts_the_detail_alone_is_erased(rt: Runtime, book: str, part: str) -> None:
    """Rows that decide something are made of the record; a refusal leaves no trace in the log."""
    with rt.db.write() as conn:
        logs.append(conn, book, [voucher(0)], now=rt.clock())
        if part == "detail":
            logs.erase(conn, book, 0, part, "asked for", now=rt.clock())
        else:
            with pytest.raises(NotErasableError):
                logs.erase(conn, book, 0, part, "asked for", now=rt.clock())
        opening = log_queries.opening(conn, book, 0)
        assert opening is not None and opening.record is not None and not opening.erased
        assert (opening.detail is None) == (part == "detail")
        assert log_queries.count_kind(conn, book, "erasure") == (part == "detail")


def test_time_never_goes_back(rt: Runtime, book: str) -> None:
    with rt.db.write() as conn:
        (one,) = logs.append(conn, book, [voucher(1)], now=rt.clock() + 50)
        (two,) = logs.append(conn, book, [voucher(2)], now=rt.clock() - 5000)
    assert two.time == one.time


def test_kinds_stand_only_in_their_logs_and_records_have_their_members(
    rt: Runtime, book: str
) -> None:
    bad = NewEntry("roll", {"kind": "roll", "v": 1}, "x")
    with pytest.raises(SakshiError, match="lacks its member"):
        preparing.prepare(bad)
    record: dict[str, Json] = {
        "kind": "log-key",
        "v": 1,
        "origin": book,
        "vkey": "x",
        "valid_from": "2026-01-01T00:00:00Z",
        "valid_to": None,
    }
    with rt.db.write() as conn, pytest.raises(LogError, match="does not belong"):
        logs.append(conn, book, [NewEntry("log-key", record, "k")], now=rt.clock())


def test_the_signer_refuses_a_fork_and_a_rollback(rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 4)
    rt.publish([book])
    with pytest.raises(SignerError, match="fork"):
        sign_one(rt.signer, Unsigned(book, 4, 6, b"\1" * 32, (b"\2" * 32,)))
    with pytest.raises(SignerError, match="smaller"):
        sign_one(rt.signer, Unsigned(book, 4, 3, b"\1" * 32))
    with pytest.raises(SignerError, match="fork"):
        sign_one(rt.signer, Unsigned(book, 4, 4, b"\1" * 32))
    with pytest.raises(SignerError, match="not for"):
        rt.signer.vkey("elsewhere.example/coop/x/2026-27")
    assert rt.signer.last(book)[0] == 4


def test_a_database_put_back_is_refused_with_a_way_out(rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 3)
    rt.publish([book])
    snapshot = rt.db
    with snapshot.write() as conn:
        from trust.log.tables import log_admission, log_entry, log_head

        log_id = log_queries.info(conn, book).id
        conn.execute(log_admission.delete().where(log_admission.c.log_id == log_id))
        conn.execute(log_head.delete().where(log_head.c.log_id == log_id))
        conn.execute(log_entry.delete().where(log_entry.c.log_id == log_id, log_entry.c.idx > 0))
        leaf = bytes(log_queries.entries(conn, book, 0, 1)[0].leaf)
        conn.execute(update(log).where(log.c.id == log_id).values(next_index=1, size=1, root=leaf))
    with pytest.raises(LogError, match="put back"):
        rt.publish([book])


def test_a_note_lost_after_signing_is_signed_again(rt: Runtime, book: str) -> None:
    """Killed between the guard and the store: the next run finds the same head and releases it."""
    fill(rt, book, 0, 3)
    with rt.db.write() as conn:
        integration.integrate(conn, [book])
        info = log_queries.info(conn, book)
    lost = sign_one(rt.signer, Unsigned(book, 0, info.size, info.root))
    fill(rt, book, 3, 5)
    head = rt.publish([book])[book]
    assert head.size == 5 and b"\n3\n" in lost


def test_two_publishers_release_one_history(rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 50)
    stop = threading.Event()

    def writer(base: int) -> None:
        for step in range(10):
            fill(rt, book, base + step, base + step + 1)

    def publisher() -> int:
        rounds = 0
        while not stop.is_set():
            rt.publish([book])
            rounds += 1
        return rounds

    with ThreadPoolExecutor(4) as pool:
        publishers = [pool.submit(publisher) for _ in range(2)]
        writers = [pool.submit(writer, base) for base in (100, 200)]
        for done in writers:
            done.result()
        stop.set()
        assert all(future.result() > 0 for future in publishers)
    rt.publish([book])
    with rt.db.read() as conn:
        head = witness_status.published(conn, book)
        leaves = [entry.leaf for entry in log_queries.entries(conn, book, 0, 1000)]
        assert head is not None and head.size == 70 and head.root == merkle.root_of(leaves)
        released = log_queries.released_notes(conn, book)
        for (old, _), (new, _) in pairwise(released):
            tree_queries.consistency(conn, book, old, new)


def test_publisher_waits_for_the_covering_head(rt: Runtime, book: str) -> None:
    (last,) = fill(rt, book, 0, 1)
    head = rt.publisher.wait(book, last.index, timeout=10)
    assert head is not None and head.covered and head.size > last.index


def test_receipt_codes_find_their_entry(rt: Runtime, book: str) -> None:
    done = fill(rt, book, 0, 20)
    with rt.db.read() as conn:
        (found,) = tree_queries.find_leaf(conn, done[7].leaf[:10])
        assert (found.origin, found.index) == (book, 7)
        assert tree_queries.find_leaf(conn, b"\xff" * 10) == []


def test_guard_survives_a_restart(tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard.db")
    leaf = merkle.leaf_hash(b"x")
    assert guard.advance([Unsigned("o", 0, 1, leaf)]) == [None]
    guard.close()
    again = Guard(tmp_path / "guard.db")
    assert again.last("o") == (1, leaf)
    again.close()


def test_nothing_personal_in_what_is_public(rt: Runtime, book: str) -> None:
    fill(rt, book, 0, 3)
    rt.publish([book])
    with rt.db.read() as conn:
        public = [entry.entry for entry in log_queries.entries(conn, book, 0, 9)]
        public += [document for _, document in log_queries.documents(conn, book)]
    assert not any(b"CANARY" in data for data in public)
    assert all(b64.encode(b"CANARY")[:6].encode() not in data for data in public)
