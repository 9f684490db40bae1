"""Several mirrors at once, mirrors that contradict each other, and logs that are given up."""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.trust.log.disasters import Disaster, found, happened
from tests.trust.log.helpers import erased_before, fill, publish
from trust.formats import b64, notes
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.errors import LogError, MirrorError, PutBackError
from trust.log.keys import masterkeys
from trust.log.keys.signer import derive_seed
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource


@pytest.fixture
def disaster(rt: Runtime, tmp_path: Path) -> Iterator[Disaster]:
    made = happened(rt, tmp_path)
    yield made
    made.drop()


def another(disaster: Disaster, name: str) -> FolderSource:
    """A copy of the mirror, to be changed."""
    folder = disaster.mirror.with_name(name)
    shutil.copytree(disaster.mirror, folder)
    return FolderSource(folder)


def test_the_mirror_that_covers_most_is_read(disaster: Disaster) -> None:
    older = another(disaster, "older")
    fill(disaster.rt, disaster.book, 310, 320)
    publish(disaster.rt, disaster.book)
    mirror(disaster.rt.db, str(disaster.mirror))
    again = disaster.restored()
    asked: list[str] = []
    done = recovery.recover(again, [older, FolderSource(disaster.mirror)], asked.append)
    assert done.missing == [] and done.troubles == [] and found(again) == []
    assert not any(
        "taking from" in words and "older" in words and "tvm-101" in words for words in asked
    )
    again.close()


def test_where_the_larger_mirror_is_damaged_the_other_helps(disaster: Disaster) -> None:
    older = another(disaster, "older")
    with disaster.rt.db.read() as conn:
        before = log_queries.info(conn, disaster.book).size
    fill(disaster.rt, disaster.book, 310, 320)
    publish(disaster.rt, disaster.book)
    mirror(disaster.rt.db, str(disaster.mirror))
    bundle = disaster.mirror / disaster.book / "tile/entries/000"
    data = bytearray(bundle.read_bytes())
    data[-40] ^= 1
    bundle.write_bytes(data)
    again = disaster.restored()
    done = recovery.recover(again, [older, FolderSource(disaster.mirror)])
    assert len(done.troubles) == 1 and str(disaster.mirror) in done.troubles[0]
    (short,) = done.missing
    assert (short.origin, short.stored) == (disaster.book, before)
    again.close()


def forge(disaster: Disaster, folder: Path, size: int) -> None:
    """A head of a smaller size and another history, signed with the true key: a fork."""
    origin = disaster.book
    master = masterkeys.read(disaster.rt.settings.signer_home, 1, None)
    text = format_checkpoint(Checkpoint(origin, size, b"\1" * 32))
    line = notes.sign_ed25519(text, origin, derive_seed(master, origin))
    note = notes.format_note(notes.SignedNote(text, (line,)))
    (folder / origin / "checkpoint").write_text(note)


@pytest.mark.parametrize("tiles", [True, False])
def test_mirrors_that_contradict_each_other_are_named_and_nothing_is_taken(
    disaster: Disaster, tiles: bool
) -> None:
    """Two signed heads of different sizes; without tiles the entries themselves tell."""
    other = another(disaster, "other")
    forge(disaster, Path(other.name), 100)
    if not tiles:
        shutil.rmtree(disaster.mirror / disaster.book / "tile" / "0")
    again = disaster.restored()
    with again.db.read() as conn:
        before = {info.origin: info.next_index for info in log_queries.logs(conn)}
    with pytest.raises(LogError, match="forked") as fork:
        recovery.recover(again, [FolderSource(disaster.mirror), other])
    assert fork.value.code == "fork"
    assert str(disaster.mirror) in str(fork.value) and other.name in str(fork.value)
    with again.db.read() as conn:
        after = {info.origin: info.next_index for info in log_queries.logs(conn)}
    assert after[disaster.book] == before[disaster.book]
    if tiles:
        assert after == before, "the survey stops before anything is taken"
    again.close()


def test_a_head_of_the_released_size_with_another_root_is_a_fork(disaster: Disaster) -> None:
    other = another(disaster, "other")
    forge(disaster, Path(other.name), disaster.heads[disaster.book].size)
    again = disaster.restored()
    with pytest.raises(LogError, match="both are signed"):
        recovery.recover(again, [FolderSource(disaster.mirror), other])
    with again.db.read() as conn:
        assert log_queries.info(conn, disaster.book).next_index == 40
    again.close()


def test_a_guard_and_a_database_put_back_together_are_found_by_any_mirror(
    disaster: Disaster,
) -> None:
    """Nothing is missing by that guard; the mirror's list says what it has forgotten."""
    again = disaster.restored()
    with again.db.read() as conn:
        sizes = {info.origin: (info.size, info.root) for info in log_queries.logs(conn)}
    with sqlite3.connect(disaster.rt.settings.signer_home / "guard.db") as guard:
        guard.execute("DELETE FROM head WHERE origin = ?", (disaster.later,))
        for origin, (size, root) in sizes.items():
            guard.execute(
                "UPDATE head SET size = ?, root = ? WHERE origin = ?", (size, root, origin)
            )
    with again.db.read() as conn:
        assert recovery.missing(conn, again.signer) == []
    with pytest.raises(PutBackError, match="guard itself"):
        disaster.recover(again)
    again.close()


def test_a_mirror_of_another_state_is_refused(disaster: Disaster, tmp_path: Path) -> None:
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "origins").write_text("s1.other.example/state/2026-27 9\n")
    again = disaster.restored()
    with pytest.raises(MirrorError, match="this state is"):
        recovery.recover(again, [FolderSource(folder)])
    again.close()


def test_what_an_abandoned_log_still_holds_can_be_erased(disaster: Disaster) -> None:
    shutil.rmtree(disaster.mirror / disaster.book)
    again = disaster.restored()
    disaster.recover(again)
    after = abandonment.abandon(again, disaster.book, "the disk burnt")
    with again.db.read() as conn:
        held = log_queries.opening(conn, disaster.book, 7)
        assert held is not None and held.record is not None
    with again.db.write() as conn:
        done = erased_before(conn, disaster.book, 7, now=again.clock())
    assert done.origin == after
    with again.db.read() as conn:
        gone = log_queries.opening(conn, disaster.book, 7)
        assert gone is not None and gone.erased and gone.record is None
    publish(again, after)
    assert found(again) == []
    again.close()


def test_a_meeting_given_up_names_the_one_that_is_called_again(disaster: Disaster) -> None:
    origin = f"{disaster.rt.host}/meeting/tvm-101-2026-1"
    with disaster.rt.db.write() as conn:
        logs.open_log(conn, origin, now=disaster.rt.clock())
        record: dict[str, Json] = {
            "kind": "roll",
            "v": 1,
            "meeting": origin,
            "cut_off": "2026-06-01T00:00:00Z",
            "count": 1,
            "with_key": 0,
            "root": b64.encode(b"\2" * 32),
        }
        logs.append(conn, origin, [NewEntry("roll", record, "r")], now=disaster.rt.clock())
    publish(disaster.rt, origin)
    mirror(disaster.rt.db, str(disaster.mirror))
    shutil.rmtree(disaster.mirror / origin)
    again = disaster.restored()
    assert [item.origin for item in disaster.recover(again).missing] == [origin]
    assert abandonment.abandon(again, origin, "the disk burnt") == f"{origin}-r2"
    with again.db.read() as conn:
        assert recovery.missing(conn, again.signer) == []
        assert not log_queries.exists(conn, f"{origin}-r2"), "it is opened when it is called"
    assert found(again) == []
    again.close()
