"""A rehearsed disaster: the database is put back to a backup, and what was released comes back."""

import functools
import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.signer import DirectSigner
from tests.trust.log.disasters import Disaster, found, happened
from tests.trust.log.helpers import fill, publish, voucher
from trust.formats import checkpoints, notes
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.log import boot, lineage, proofs
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError, PutBackError
from trust.log.keys.guard import Guard
from trust.log.model import Head
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource, source


@pytest.fixture
def disaster(rt: Runtime, tmp_path: Path) -> Iterator[Disaster]:
    made = happened(rt, tmp_path)
    yield made
    made.drop()


def test_a_database_put_back_refuses_to_open_and_says_what_to_do(disaster: Disaster) -> None:
    again = disaster.restored()
    with pytest.raises(PutBackError, match="sakshi recover"):
        boot.open_state(again.settings, again.db, signer=DirectSigner(again.settings.signer_home))
    assert any("put back" in words for words in found(again))
    fill(again, disaster.book, 900, 901)
    with pytest.raises(LogError, match="put back"):
        publish(again, disaster.book)
    again.close()


def test_released_entries_come_back_and_the_log_goes_on(disaster: Disaster) -> None:
    again = disaster.restored()
    done = disaster.recover(again)
    assert done.missing == [] and done.troubles == []
    assert {origin: count for origin, count in done.refilled if "/coop/" in origin} == {
        disaster.book: 272,
        disaster.later: 12,
    }
    lost = {(item.origin, item.index) for item in done.lost}
    assert (disaster.book, 60) in lost and (disaster.later, 3) in lost
    assert not any(index < 40 for origin, index in lost if origin == disaster.book)
    assert {item.kind for item in done.lost} == {"voucher"} and len(done.lost) == 254
    assert found(again) == []
    with again.db.read() as conn:
        for origin, head in disaster.heads.items():
            assert log_queries.released(conn, origin).note == head.note, "the same head, again"
        proofs.sakshi_proof(conn, disaster.book, 7)
        with pytest.raises(LogError):
            proofs.sakshi_proof(conn, disaster.book, 60)
    fill(again, disaster.book, 400, 420)
    heads = publish(again, disaster.book, disaster.later)
    assert heads[disaster.book].size == disaster.heads[disaster.book].size + 20
    assert mirror(again.db, disaster.mirror, whole=True).written > 0
    assert found(again) == []
    boot.open_state(again.settings, again.db, signer=DirectSigner(again.settings.signer_home))
    again.close()


def test_what_was_erased_after_the_backup_is_erased_again(disaster: Disaster) -> None:
    again = disaster.restored()
    with again.db.read() as conn:
        back = log_queries.opening(conn, disaster.book, 5)
    assert back is not None and back.record is not None, "the backup still had it"
    disaster.recover(again)
    with again.db.read() as conn:
        gone = log_queries.opening(conn, disaster.book, 5)
    assert gone is not None and gone.erased and (gone.record, gone.salt) == (None, None)
    again.close()


def test_recovering_twice_changes_nothing(disaster: Disaster) -> None:
    again = disaster.restored()
    disaster.recover(again)
    second = disaster.recover(again)
    assert (second.refilled, second.lost, second.missing) == ([], [], [])
    assert found(again) == []
    again.close()


def test_over_http_from_a_static_server(disaster: Disaster, served: str) -> None:
    again = disaster.restored()
    done = recovery.recover(again, [source("http://127.0.0.1:9/none"), source(served)])
    assert done.missing == [] and found(again) == []
    assert done.troubles and "could not be reached" in done.troubles[0]
    again.close()


@pytest.fixture
def served(disaster: Disaster) -> Iterator[str]:
    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Nothing on the terminal."""

    handler = functools.partial(Quiet, directory=str(disaster.mirror))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["tile/entries/000", "tile/entries/001.p/56", "checkpoint", "doc"])
def test_a_damaged_mirror_is_refused_and_leaves_the_log_alone(
    disaster: Disaster, name: str
) -> None:
    path = disaster.mirror / disaster.book / name
    if name == "doc":
        path = max(path.iterdir(), key=lambda item: item.stat().st_mtime_ns)
    damaged = bytearray(path.read_bytes())
    damaged[-40] ^= 1
    path.write_bytes(damaged)
    again = disaster.restored()
    with again.db.read() as conn:
        before = log_queries.info(conn, disaster.book)
    done = disaster.recover(again)
    assert disaster.book in {item.origin for item in done.missing} and len(done.troubles) == 1
    with again.db.read() as conn:
        assert log_queries.info(conn, disaster.book) == before
    again.close()


def test_a_mirror_that_is_ahead_of_the_guard_stops_everything(disaster: Disaster) -> None:
    """The guard itself was put back: with it the signer could fork, so nothing goes on."""
    import sqlite3

    with sqlite3.connect(disaster.rt.settings.signer_home / "guard.db") as guard:
        guard.execute("UPDATE head SET size = size - 1 WHERE origin = ?", (disaster.book,))
    again = disaster.restored()
    with pytest.raises(PutBackError, match="guard itself"):
        disaster.recover(again)
    again.close()


def test_entries_written_after_the_restore_are_not_mixed_in(disaster: Disaster) -> None:
    again = disaster.restored()
    with again.db.write() as conn:
        logs.append(conn, disaster.book, [voucher(9999)], now=again.clock())
    done = disaster.recover(again)
    assert [item.origin for item in done.missing] == [disaster.book]
    assert "restore the backup again" in done.troubles[0]
    again.close()


def test_a_log_no_mirror_holds_is_given_up_by_rule(disaster: Disaster) -> None:
    fill(disaster.rt, disaster.later, 12, 20)
    last = publish(disaster.rt, disaster.later)[disaster.later]
    # The state log went on as well; a second mirror, of that log alone, was in time.
    mirror(disaster.rt.db, disaster.mirror.with_name("second"))
    for path in (disaster.mirror.with_name("second") / disaster.rt.host / "coop").iterdir():
        (path / "2026-27" / "checkpoint").unlink()
    again = disaster.restored()
    done = recovery.recover(
        again, [FolderSource(disaster.mirror), source(str(disaster.mirror.with_name("second")))]
    )
    (short,) = done.missing
    assert (short.origin, short.stored, short.released) == (disaster.later, 12, 20)
    with pytest.raises(LogError, match="not given up"):
        abandonment.abandon(again, disaster.book, "no reason")
    after = abandonment.abandon(again, disaster.later, "the disk burnt")
    assert after == f"{disaster.later}.2"
    check_successor(again, disaster.later, after, last)
    with again.db.read() as conn:
        assert recovery.missing(conn, again.signer) == []
    with again.db.write() as conn, pytest.raises(LogError, match="given up"):
        logs.append(conn, disaster.later, [voucher(1)], now=again.clock())
    fill(again, after, 20, 25)
    publish(again, after)
    assert found(again) == []
    mirror(again.db, disaster.mirror.with_name("third"))
    boot.open_state(again.settings, again.db, signer=DirectSigner(again.settings.signer_home))
    again.close()


def test_a_kill_while_a_log_is_given_up_closes_nothing(
    disaster: Disaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed before the abandonment is durable, a mirror that turns up brings everything back."""
    again = disaster.restored()
    with again.db.read() as conn:
        state = lineage.current_state(conn, again.host, again.clock())
    for origin in (state, disaster.book):
        with monkeypatch.context() as patched:
            patched.setattr(abandonment, "_check_order", lambda *_: None)
            patched.setattr(logs, "append", killed)
            with pytest.raises(KeyboardInterrupt):
                abandonment.abandon(again, origin, "the disk burnt")
    assert disaster.recover(again).missing == []
    fill(again, disaster.book, 500, 505)
    assert publish(again, disaster.book)[disaster.book].covered
    assert found(again) == []
    again.close()


def killed(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def test_a_kill_after_a_log_was_given_up_is_made_good_at_the_start(
    disaster: Disaster, monkeypatch: pytest.MonkeyPatch
) -> None:
    again = disaster.restored()
    with again.db.read() as conn:
        state = lineage.current_state(conn, again.host, again.clock())
    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(abandonment, "close_given_up", killed)
        abandonment.abandon(again, state, "the disk burnt")
    size, _ = again.signer.last(state)
    guard = Guard(again.settings.signer_home / "guard.db")
    assert guard.closed(state) is None
    reopened = boot.open_state(
        again.settings,
        again.db,
        signer=DirectSigner(again.settings.signer_home),
        clock=again.clock,
        refuse_put_back=False,
    )
    assert guard.closed(state) == size
    guard.close()
    for origin in (disaster.book, disaster.later):
        abandonment.abandon(reopened, origin, "lost")
    assert found(reopened) == []
    again.close()


def check_successor(rt: Runtime, origin: str, after: str, last: Head) -> None:
    """Entry 0 is the last released head; the state log says what happened."""
    with rt.db.read() as conn:
        opening_bytes = log_queries.entry(conn, after, 0).entry
        opening = parse_entry(opening_bytes)
        assert isinstance(opening, NoteEntry)
        key = notes.VerifierKey.parse(rt.signer.vkey(origin))
        assert (
            checkpoints.open_checkpoint(log_queries.entry(conn, after, 0).entry, key).size
            == last.size
        )
        assert opening_bytes == last.note
        state = lineage.current_state(conn, rt.host, rt.clock())
        said = log_queries.entry_by_key(conn, state, f"abandon {origin}")
        assert said is not None and isinstance(parse_entry(said.entry), Entry)
        record = proofs.public_document(conn, state, said.entry)
        assert f'"successor":"{after}"'.encode() in record and b"the disk burnt" in record


def test_the_state_log_itself_is_given_up(disaster: Disaster) -> None:
    """No mirror at all: the state log goes on in a new one that names the last head of the old."""
    with disaster.rt.db.read() as conn:
        state = lineage.current_state(conn, disaster.rt.host, disaster.rt.clock())
        last = log_queries.released(conn, state)
    again = disaster.restored()
    with pytest.raises(LogError, match="state log has to say it"):
        abandonment.abandon(again, disaster.book, "lost")
    after = abandonment.abandon(again, state, "the disk burnt")
    assert after == f"{state}.2"
    check_successor(again, state, after, last)
    for origin in (disaster.book, disaster.later):
        assert abandonment.abandon(again, origin, "lost") == f"{origin}.2"
    fill(again, f"{disaster.book}.2", 500, 510)
    head = publish(again, f"{disaster.book}.2")[f"{disaster.book}.2"]
    assert head.covered and head.size == 11
    assert found(again) == []
    with again.db.read() as conn:
        proofs.sakshi_proof(conn, f"{disaster.book}.2", 3)
        proofs.sakshi_proof(conn, disaster.book, 3)
        listed = proofs.policy_text(conn)
    assert listed.count("log ") >= 2
    again.close()
