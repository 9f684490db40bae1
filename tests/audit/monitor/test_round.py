"""Each lie a server can tell is named; an honest one passes; a round taken up again is whole."""

from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text

from audit.monitoring.ledger import Ledger
from audit.monitoring.store import Store
from tests.audit.monitor.conftest import Watcher, kinds
from tests.audit.monitor.liar import Liar, date
from trust.formats import canon, tiles
from trust.formats.cosignatures import cosigner_key
from trust.formats.entries import Entry, format_entry, parse_entry
from trust.formats.merkle import leaf_hash, root_of
from trust.formats.notes import ED25519, VerifierKey
from trust.formats.times import format_time
from trust.log import service as logs
from trust.log.publish import releasing


def test_an_honest_server_passes_and_stays_right_as_it_grows(liar: Liar, watcher: Watcher) -> None:
    first = watcher.look()
    assert first.exit_code == 0, first.as_json()
    assert first.counts["logs"] == 2 and first.counts["entries"] == 8
    assert first.first_use
    liar.grow_private(600)
    second = watcher.look()
    assert second.exit_code == 0, second.as_json()
    assert second.counts["entries"] == 601
    quiet = watcher.look()
    assert quiet.exit_code == 0 and quiet.counts["entries"] == 0 and quiet.counts["again"] > 0


def test_every_bundle_tile_and_document_is_asked_for(liar: Liar, watcher: Watcher) -> None:
    liar.grow_private(600)
    assert watcher.look().exit_code == 0
    asked = set(liar.asked)
    wanted = [ref.path for ref in tiles.bundles_at(605)]
    wanted += [ref.path for ref in tiles.tiles_at(605)]
    wanted += [f"doc/{digest}" for digest in liar.digests(liar.book)]
    assert {liar.path(liar.book, path) for path in wanted} <= asked


def test_a_fork_at_the_same_size_is_proven_by_two_signed_notes(
    liar: Liar, watcher: Watcher
) -> None:
    assert watcher.look().exit_code == 0
    kept = liar.head(liar.state)[2]
    entries = liar.entries(liar.state)
    liar.serve_log(liar.state, [*entries[:-1], entries[-2]])
    outcome = watcher.look()
    assert outcome.exit_code == 1
    assert kinds(outcome) == {"fork": (liar.state, None)}
    folder = Path(outcome.open[0].evidence)
    assert (folder / "kept.note").read_bytes() == kept
    assert (folder / "served.note").read_bytes() == liar.lies[liar.path(liar.state, "checkpoint")]
    assert "Whom to tell" in (folder / "README.txt").read_text()
    liar.lies.clear()
    assert watcher.look().exit_code == 1, "a fork does not go away when the server is honest again"


def test_a_longer_history_that_leaves_out_an_entry_is_a_fork(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    other = liar.entries(liar.book)
    other[1] = other[0]
    liar.grow(4)
    liar.serve_log(liar.book, [*other, *liar.entries(liar.book)[5:]])
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome)["fork"][0] == liar.book


def test_a_book_log_that_serves_another_history_than_the_state_log_took_is_a_fork(
    liar: Liar, watcher: Watcher
) -> None:
    other = liar.entries(liar.book)
    other[4] = other[3]
    liar.serve_log(liar.book, other)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome)["fork"][0] == liar.book


def test_a_rollback_is_named_and_ends_when_the_log_is_whole_again(
    liar: Liar, watcher: Watcher
) -> None:
    old = liar.head(liar.state)[2]
    liar.grow(2)
    assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.state, "checkpoint")] = old
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"rollback": (liar.state, None)}
    liar.lies.clear()
    assert watcher.look().exit_code == 0


def test_a_book_log_shorter_than_the_state_log_says_is_withheld(
    liar: Liar, watcher: Watcher
) -> None:
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.note_at(liar.book, 2)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"withheld": (liar.book, 2)}
    assert "size 5" in outcome.open[0].message


def test_a_missing_bundle_is_named_with_its_entries(liar: Liar, watcher: Watcher) -> None:
    liar.grow_private(300)
    liar.lies[liar.path(liar.book, "tile/entries/001.p/49")] = 404
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"missing": (liar.book, 256)}
    liar.lies.clear()
    assert watcher.look().exit_code == 0


def test_an_old_bundle_that_vanishes_later_is_missed(liar: Liar, watcher: Watcher) -> None:
    liar.grow_private(300)
    assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.book, "tile/entries/000")] = 404
    assert kinds(watcher.look()) == {"missing": (liar.book, 0)}


@pytest.mark.parametrize("looked_before", [False, True])
def test_an_altered_entry_is_named_by_its_index(
    liar: Liar, watcher: Watcher, looked_before: bool
) -> None:
    if looked_before:
        assert watcher.look().exit_code == 0
    entries = liar.entries(liar.book)
    entries[3] = entries[2]
    liar.lies[liar.path(liar.book, "tile/entries/000.p/5")] = tiles.encode_bundle(entries)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"altered-entry": (liar.book, 3)}
    liar.lies.clear()
    assert watcher.look().exit_code == 0


@pytest.mark.parametrize("looked_before", [False, True])
def test_an_altered_tile_is_named_by_its_index(
    liar: Liar, watcher: Watcher, looked_before: bool
) -> None:
    if looked_before:
        assert watcher.look().exit_code == 0
    path = liar.path(liar.book, "tile/0/000.p/5")
    liar.lies[path] = lambda real: real[:64] + bytes([real[64] ^ 1]) + real[65:]
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"altered-tile": (liar.book, 2)}
    liar.lies.clear()
    assert watcher.look().exit_code == 0


@pytest.mark.parametrize("looked_before", [False, True])
def test_an_altered_upper_tile_is_found(liar: Liar, watcher: Watcher, looked_before: bool) -> None:
    liar.grow_private(600)
    if looked_before:
        assert watcher.look().exit_code == 0
    liar.lies[liar.path(liar.book, "tile/1/000.p/2")] = lambda real: real[:32] + real[:32]
    assert kinds(watcher.look()) == {"altered-tile": (liar.book, 256)}


def test_a_hash_changed_by_hand_in_the_database_is_named(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    with liar.conn() as conn:
        where = "log_id = (SELECT id FROM log WHERE origin = :origin) AND level = 0"
        row = conn.execute(
            text(f"SELECT data FROM log_tile WHERE {where}"), {"origin": liar.book}
        ).one()
        data = bytes(row.data)
        changed = data[:33] + bytes([data[33] ^ 1]) + data[34:]
        conn.execute(
            text(f"UPDATE log_tile SET data = :data WHERE {where}"),
            {"data": changed, "origin": liar.book},
        )
        conn.commit()
    assert kinds(watcher.look()) == {"altered-tile": (liar.book, 1)}


def test_documents_missing_altered_and_restored(liar: Liar, watcher: Watcher) -> None:
    first, second = (f"doc/{parsed}" for parsed in _documents(liar)[:2])
    liar.lies[liar.path(liar.book, first)] = 404
    liar.lies[liar.path(liar.book, second)] = lambda real: real.replace(b"2026", b"2025", 1)
    outcome = watcher.look()
    assert outcome.exit_code == 1
    assert kinds(outcome) == {
        "missing-document": (liar.book, 0),
        "altered-document": (liar.book, 1),
    }
    liar.lies.clear()
    assert watcher.look().exit_code == 0


def _documents(liar: Liar) -> list[str]:

    parsed = [parse_entry(entry) for entry in liar.entries(liar.book)]
    return [entry.commitment.hex() for entry in parsed if isinstance(entry, Entry)]


def test_a_key_that_cannot_be_read_leaves_its_log_unchecked_until_it_is_back(
    liar: Liar, watcher: Watcher
) -> None:
    (digest,) = liar.digests(liar.state)
    liar.lies[liar.path(liar.state, f"doc/{digest}")] = 404
    outcome = watcher.look()
    assert kinds(outcome) == {"missing-document": (liar.state, 0)} and outcome.unchecked
    liar.lies.clear()
    assert watcher.look().exit_code == 0
    done = watcher.look()
    assert done.exit_code == 0
    store = Store(watcher.file)
    log = store.log(liar.book)
    store.close()
    assert log is not None and log.size == log.head_size == 5


def test_a_head_signed_by_another_key_is_refused(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    size, root, _ = liar.head(liar.book)
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.sign(
        liar.book, size, root, key_of=liar.state
    )
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"wrong-key": (liar.book, None)}


def test_a_head_in_the_state_log_signed_by_another_key_is_refused(
    liar: Liar, watcher: Watcher
) -> None:
    entries = liar.entries(liar.state)
    size, root, _ = liar.head(liar.book)
    entries[-1] = liar.sign(liar.book, size, root, key_of=liar.state)
    liar.serve_log(liar.state, entries)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"wrong-key": (liar.book, None)}


def test_the_state_logs_key_is_pinned_at_the_first_visit(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    vkey = VerifierKey.make(liar.state, ED25519, b"\7" * 32).format()
    liar.lies["/policy"] = f"log {vkey}\nquorum none\n".encode()
    assert kinds(watcher.look()) == {"policy": ("policy", None)}


def test_a_policy_that_asks_for_witnesses_is_not_met_without_them(
    liar: Liar, watcher: Watcher
) -> None:

    witness = cosigner_key("w.example", b"\5" * 32).format()
    strict = liar.policy().replace(b"quorum none", f"witness w {witness}\nquorum w".encode())
    outcome = watcher.look(policy=strict)
    assert {"unwitnessed", "policy"} == set(kinds(outcome)) and not outcome.first_use


def test_times_in_the_future_and_going_back_are_named(liar: Liar, watcher: Watcher) -> None:
    watcher.clock.advance(-7200)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and "future" in kinds(outcome)
    assert watcher.look(tolerance=8000).exit_code == 1, "what a log signed stays"


def test_time_going_back_wrong_kinds_and_bad_grammar(liar: Liar, watcher: Watcher) -> None:
    entries = liar.entries(liar.book)
    now = watcher.clock()
    entries[2] = format_entry(Entry("voucher", now - 50, b"\1" * 32))
    entries[3] = format_entry(Entry("ballot", now, b"\2" * 32))
    entries[4] = b"sakshi/1 voucher yesterday"
    state = liar.entries(liar.state)
    liar.serve_log(liar.book, entries)
    liar.serve_log(liar.state, [state[0], liar.sign(liar.book, 5, _root(entries))])
    found = kinds(watcher.look())
    assert found == {
        "time-back": (liar.book, 2),
        "outside-validity": (liar.book, 2),
        "wrong-kind": (liar.book, 3),
        "bad-entry": (liar.book, 4),
    }


def _root(entries: list[bytes]) -> bytes:

    return root_of([leaf_hash(entry) for entry in entries])


def test_a_new_entry_that_says_it_is_old_is_named(liar: Liar, watcher: Watcher) -> None:
    stamp = format_time(watcher.clock() + 10)
    watcher.clock.advance(10)
    liar.grow(1)
    old = liar.entries(liar.book)[-1]
    assert stamp.encode() in old
    watcher.clock.advance(5 * 86_400)
    assert watcher.look().exit_code == 0
    entries = [*liar.entries(liar.book), old.replace(b"governance-date", b"voucher")]
    liar.serve_log(liar.book, entries)
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [*state, liar.sign(liar.book, len(entries), _root(entries))])
    watcher.clock.advance(60)
    assert kinds(watcher.look()) == {"backdated": (liar.book, 6)}


def test_announced_entries_that_never_come_are_a_stall(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    liar.grow(3, publish_it=False)
    assert watcher.look().exit_code == 0, "they may still come"
    watcher.clock.advance(3601)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"stalled": (liar.book, 5)}
    liar.rt.publish([liar.book])
    assert watcher.look().exit_code == 0


def test_a_head_that_never_comes_into_the_state_log_is_a_stall(
    liar: Liar, watcher: Watcher
) -> None:
    old = {
        liar.path(liar.state, name): liar.answer(liar.path(liar.state, name))[1]
        for name in ("checkpoint",)
    }
    liar.grow(2)
    liar.lies.update(old)
    assert watcher.look().exit_code == 0
    watcher.clock.advance(4000)
    found = kinds(watcher.look())
    assert found["stalled"][0] in (liar.book, liar.state) and set(found) == {"stalled"}


def test_a_log_that_answers_but_is_not_in_the_state_log_is_unseen(
    liar: Liar, watcher: Watcher
) -> None:
    hidden = f"{liar.rt.host}/coop/tvm-102/2026-27"
    with liar.rt.db.write() as conn:
        logs.open_log(conn, hidden, now=watcher.clock())
        logs.append(conn, hidden, [date(1, "tvm-102")], now=watcher.clock())
    releasing.release(liar.rt, [hidden])
    watcher.look()
    watcher.clock.advance(3601)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"unseen": (hidden, None)}
    note = Path(outcome.open[0].evidence) / "served.note"
    assert note.read_text().startswith(hidden)
    liar.rt.publish([hidden])
    assert watcher.look().exit_code == 0


def test_two_heads_of_one_size_in_the_state_log_are_a_fork(liar: Liar, watcher: Watcher) -> None:
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [*state, liar.sign(liar.book, 5, b"\3" * 32)])
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"fork": (liar.book, None)}


def test_heads_out_of_order_in_the_state_log_are_named(liar: Liar, watcher: Watcher) -> None:
    state = liar.entries(liar.state)
    liar.serve_log(liar.state, [*state, state[1]])
    outcome = watcher.look()
    assert kinds(outcome) == {"heads-back": (liar.state, 3)}


def test_a_head_of_the_state_log_that_does_not_fit_the_entries_is_a_fork(
    liar: Liar, watcher: Watcher
) -> None:
    state = liar.entries(liar.state)
    state[1] = liar.sign(liar.book, 2, b"\4" * 32)
    liar.serve_log(liar.state, state)
    assert kinds(watcher.look()) == {"fork": (liar.book, None)}


def test_a_second_key_for_a_log_is_named(liar: Liar, watcher: Watcher) -> None:

    (digest,) = liar.digests(liar.state)
    document = liar.answer(liar.path(liar.state, f"doc/{digest}"))[1]

    record = canon.parse(document)
    record["vkey"] = VerifierKey.make(liar.book, ED25519, b"\6" * 32).format()
    second = canon.canonical(record)
    entry = format_entry(Entry("log-key", watcher.clock(), sha256(second).digest()))
    liar.lies[liar.path(liar.state, f"doc/{sha256(second).hexdigest()}")] = second
    liar.serve_log(liar.state, [*liar.entries(liar.state), entry])
    assert kinds(watcher.look()) == {"key-changed": (liar.state, 3)}


def test_a_server_that_does_not_answer_is_not_called_a_liar(liar: Liar, watcher: Watcher) -> None:
    liar.lies[liar.path(liar.book, "checkpoint")] = 500
    outcome = watcher.look()
    assert outcome.exit_code == 2 and not outcome.open
    assert "500" in outcome.unchecked[0]
    liar.lies.clear()
    assert watcher.look().exit_code == 0


def test_an_acknowledged_finding_is_listed_but_not_counted(liar: Liar, watcher: Watcher) -> None:

    watcher.clock.advance(-7200)
    outcome = watcher.look()
    store = Store(watcher.file)
    ledger = Ledger(store, watcher.evidence, 0)
    assert not ledger.acknowledge(99)
    for found in outcome.open:
        assert ledger.acknowledge(found.id)
    store.close()
    again = watcher.look()
    assert again.exit_code == 0 and len(again.open) == len(outcome.open)


def test_one_log_alone_can_be_followed(liar: Liar, watcher: Watcher) -> None:
    outcome = watcher.look(only=(liar.book,))
    assert outcome.exit_code == 0 and outcome.counts["logs"] == 2
    assert watcher.look(only=(f"{liar.rt.host}/coop/none/2026-27",)).exit_code == 2


def test_a_flood_of_findings_is_listed_up_to_a_limit(liar: Liar, watcher: Watcher) -> None:
    liar.grow(60)
    for digest in liar.digests(liar.book):
        liar.lies[liar.path(liar.book, f"doc/{digest}")] = 404
    outcome = watcher.look()
    assert len(outcome.open) == 51 and "And more" in outcome.open[-1].message
    liar.lies.clear()
    assert watcher.look().exit_code == 0
