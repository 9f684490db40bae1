"""A mirror is the whole public log as files: verified here by hand, with no service running."""

import contextlib
import dataclasses
import errno
import functools
import http.server
import multiprocessing
import os
import signal
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import event, update

from tests.trust.log.helpers import fill, open_book, publish
from trust.database import Database
from trust.formats import canon, checkpoints, merkle, notes, policy, tiles
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.log import queries as log_queries
from trust.log import shards, tables
from trust.log.errors import MirrorError
from trust.log.runtime import Runtime
from trust.log.upkeep import folder
from trust.log.upkeep.backup import backup
from trust.log.upkeep.mirror import mirror
from trust.log.witnesses import witness_status


@pytest.fixture
def book(rt: Runtime) -> str:
    return open_book(rt)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "mirror"


@pytest.fixture
def served(target: Path) -> Iterator[str]:
    """A static file server, nothing more, over the mirror."""
    target.mkdir()
    handler = functools.partial(Quiet, directory=str(target))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing on the terminal."""


def files(target: Path) -> dict[str, bytes]:
    """Everything published in a mirror, by path."""
    return {
        path.relative_to(target).as_posix(): path.read_bytes()
        for path in sorted(target.rglob("*"))
        if path.is_file() and ".partial" not in path.parts
    }


def get(url: str) -> bytes:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return bytes(answer.read())


def test_a_static_server_over_a_mirror_proves_everything(
    rt: Runtime, book: str, target: Path, served: str
) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    fill(rt, book, 300, 513)
    publish(rt, book)
    mirror(rt.db, target)
    rt.close()

    trusted = policy.parse_policy(get(f"{served}/policy"))
    state_key = trusted.logs[0].key
    state = state_key.name
    state_head = checkpoints.open_checkpoint(get(f"{served}/{state}/checkpoint"), state_key)
    state_entries = entries(served, state, state_head)
    keys: dict[str, notes.VerifierKey] = {}
    heads: dict[str, bytes] = {}
    for data in state_entries:
        parsed = parse_entry(data)
        if isinstance(parsed, NoteEntry):
            checkpoints.open_checkpoint(data, keys[parsed.checkpoint.origin])
            heads[parsed.checkpoint.origin] = data
        elif isinstance(parsed, Entry):
            document = get(f"{served}/{state}/doc/{parsed.commitment.hex()}")
            assert sha256(document).digest() == parsed.commitment
            record = canon.parse(document)
            keys[str(record["origin"])] = notes.VerifierKey.parse(str(record["vkey"]))
    assert heads == {book: get(f"{served}/{book}/checkpoint")}
    head = checkpoints.open_checkpoint(heads[book], keys[book])
    assert head.size == 513
    leaves = [merkle.leaf_hash(entry) for entry in entries(served, book, head)]
    reader = tiles.TileReader(head.size, lambda ref: get(f"{served}/{book}/{ref.path}"))
    for index in (0, 299, 512):
        path = merkle.build_inclusion(index, head.size, reader.node)
        merkle.verify_inclusion(leaves[index], index, head.size, path, head.root)
    assert get(f"{served}/origins").decode().split() == [book, "513", state, str(state_head.size)]
    with pytest.raises(urllib.error.HTTPError):
        get(f"{served}/{book}/tile/entries/003")


def entries(base: str, origin: str, head: checkpoints.Checkpoint) -> list[bytes]:
    """All entries of a log, after comparing their root with the head's."""
    found: list[bytes] = []
    for ref in tiles.bundles_at(head.size):
        found += tiles.decode_bundle(get(f"{base}/{origin}/{ref.path}"), ref.width)
    assert merkle.root_of([merkle.leaf_hash(entry) for entry in found]) == head.root
    return found


def test_no_private_payload_is_in_a_mirror(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 30)
    publish(rt, book)
    mirror(rt.db, target)
    everything = b"".join(files(target).values())
    assert b"sakshi/1 voucher" in everything
    assert b"CANARY" not in everything and b"guid-3" not in everything


def test_a_second_run_writes_only_what_is_new(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 600)
    publish(rt, book)
    first = mirror(rt.db, target)
    assert first.written == len(files(target)) and first.logs == 2
    assert mirror(rt.db, target).written == 0
    fill(rt, book, 600, 601)
    publish(rt, book)
    second = mirror(rt.db, target)
    # Bundle, level 0 and level 1 of book (level 1 grew no further) and state; checkpoints; index.
    assert 0 < second.written <= 9
    assert mirror(rt.db, target, whole=True).written == 0


def test_partials_go_when_the_full_tile_is_there(rt: Runtime, book: str, target: Path) -> None:
    for start, stop in ((0, 200), (200, 250), (250, 260)):
        fill(rt, book, start, stop)
        publish(rt, book)
        mirror(rt.db, target)
        kept = {name for name in files(target) if name.startswith(f"{book}/tile/entries")}
        if stop < 256:
            assert f"{book}/tile/entries/000.p/{stop}" in kept
            assert f"{book}/tile/entries/000.p/200" in kept, "an older head can still be read"
    assert kept == {f"{book}/tile/entries/000", f"{book}/tile/entries/001.p/4"}
    assert not (target / book / "tile/0/000.p").exists()


@pytest.mark.parametrize("name", ["tile/0/000", "tile/entries/000", "checkpoint"])
def test_a_changed_file_is_refused_and_left(
    rt: Runtime, book: str, target: Path, name: str
) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    mirror(rt.db, target)
    path = target / book / name
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(MirrorError):
        mirror(rt.db, target, whole=True)
    assert path.read_bytes() == damaged


def test_a_changed_database_writes_nothing(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    with rt.db.write() as conn:
        entry = tables.log_entry
        mine = (entry.c.log_id == log_queries.info(conn, book).id) & (entry.c.idx == 5)
        conn.execute(update(entry).where(mine).values(entry=log_queries.entry(conn, book, 6).entry))
    with pytest.raises(MirrorError, match="do not lead to the root"):
        mirror(rt.db, target)
    assert files(target) == {}


@pytest.mark.parametrize("index", [258, 299, 300])
def test_an_entry_changed_after_the_last_run_reaches_no_bundle(
    rt: Runtime, book: str, target: Path, index: int
) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    mirror(rt.db, target)
    before = files(target)
    fill(rt, book, 300, 600)
    publish(rt, book)
    with rt.db.write() as conn:
        entry = tables.log_entry
        mine = (entry.c.log_id == log_queries.info(conn, book).id) & (entry.c.idx == index)
        conn.execute(update(entry).where(mine).values(entry=log_queries.entry(conn, book, 6).entry))
    with pytest.raises(MirrorError, match="do not lead to the root"):
        mirror(rt.db, target)
    assert files(target) == before


def test_a_mirror_ahead_of_the_database_is_refused(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 3)
    publish(rt, book)
    if not rt.db.is_sqlite:
        pytest.skip("copies the database as a file")
    copy = target.parent / "copy.db"
    backup(rt.db, copy)
    fill(rt, book, 3, 9)
    publish(rt, book)
    mirror(rt.db, target)
    old = Database(f"sqlite:///{copy}")
    with pytest.raises(MirrorError, match="put back"):
        mirror(old, target)
    old.dispose()


def test_only_published_heads_are_mirrored(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 4)
    publish(rt, book)
    fill(rt, book, 4, 9)
    mirror(rt.db, target)
    assert b"\n4\n" in (target / book / "checkpoint").read_bytes()


def die_at(url: str, target: Path, writes: int) -> None:
    """A process of its own that dies by SIGKILL at a given file operation."""
    left = iter(range(writes))

    def kill(*_: object) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    real_link, real_replace, real_unlink = os.link, os.replace, Path.unlink

    def link(*args: object) -> None:
        kill()
        real_link(*args)  # type: ignore[arg-type]

    def replace(*args: object) -> None:
        kill()
        real_replace(*args)  # type: ignore[arg-type]

    def unlink(self: Path, missing_ok: bool = False) -> None:
        kill()
        real_unlink(self, missing_ok)

    folder.os.link, folder.os.replace = link, replace  # type: ignore[attr-defined]
    Path.unlink = unlink  # type: ignore[method-assign]
    mirror(Database(url), target)


def test_a_killed_run_is_taken_up_again(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 255)
    publish(rt, book)
    mirror(rt.db, target)
    fill(rt, book, 255, 520)
    publish(rt, book)
    url = rt.db.url.render_as_string(hide_password=False)
    rt.db.dispose()
    spawn = multiprocessing.get_context("fork")
    for writes in range(0, 28, 3):
        child = spawn.Process(target=die_at, args=(url, target, writes))
        child.start()
        child.join(60)
        assert child.exitcode in (0, -signal.SIGKILL)
    mirror(rt.db, target)
    assert mirror(rt.db, target, whole=True).written == 0
    fresh = target.with_name("fresh")
    mirror(rt.db, fresh)
    kept, new = files(target), files(fresh)
    assert {name: data for name, data in kept.items() if name in new} == new
    assert all(".p/" in name for name in set(kept) - set(new)), "nothing but partials of old heads"


def test_two_writers_do_not_share_a_folder(rt: Runtime, book: str, target: Path) -> None:
    with folder.Folder(target), pytest.raises(MirrorError, match="Another process"):
        mirror(rt.db, target)


@contextlib.contextmanager
def statements(rt: Runtime) -> Iterator[list[str]]:
    """The SQL that is asked meanwhile."""
    asked: list[str] = []

    def note(_: object, __: object, statement: str, *rest: object) -> None:
        asked.append(statement)

    event.listen(rt.db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(rt.db.engine, "before_cursor_execute", note)


def test_a_run_looks_only_at_logs_with_something_new(rt: Runtime, target: Path) -> None:
    books = [open_book(rt, f"tvm-{number}") for number in range(12)]
    counts = []
    for some in (books[:2], books):
        for book in some:
            fill(rt, book, 0, 3)
        publish(rt, *some)
        mirror(rt.db, target)
        with statements(rt) as asked:
            assert mirror(rt.db, target).changed == 0
        counts.append(len(asked))
    assert counts[0] == counts[1], "as many questions for two logs as for twelve"
    fill(rt, books[4], 3, 4)
    publish(rt, books[4])
    assert mirror(rt.db, target).changed == 2, "the log and the state log"


def test_what_a_run_leaves_for_the_next_is_no_evidence(
    rt: Runtime, book: str, target: Path
) -> None:
    fill(rt, book, 0, 9)
    publish(rt, book)
    mirror(rt.db, target)
    left = target / ".partial" / "checkpoints"
    told = subprocess.run(["sha256sum", "--quiet", "-c", str(left)], cwd=target, check=False)
    assert told.returncode == 0
    before = files(target)
    for garbage in (b"", b"\xff\x00 \n", left.read_bytes()[:100]):
        left.write_bytes(garbage)
        assert mirror(rt.db, target).written == 0
    assert files(target) == before
    (target / book / "tile/0/000.p/9").write_bytes(bytes(288))
    with pytest.raises(MirrorError):
        mirror(rt.db, target, whole=True)


def test_the_mirror_of_another_state_is_refused(rt: Runtime, book: str, target: Path) -> None:
    fill(rt, book, 0, 3)
    publish(rt, book)
    mirror(rt.db, target)
    before = files(target)
    other = "s9.test.example/coop/another/2026-27 5\n"
    (target / "origins").write_text((target / "origins").read_text() + other)
    fill(rt, book, 3, 6)
    publish(rt, book)
    with pytest.raises(MirrorError, match="another state"):
        mirror(rt.db, target)
    after = files(target)
    assert {name for name in after if after[name] != before[name]} == {"origins"}


def test_the_second_line_of_a_log_is_mirrored(rt: Runtime, book: str, target: Path) -> None:
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    fill(rt, book, 0, 3)
    publish(rt, book)
    mirror(rt.db, target)
    with rt.db.read() as conn:
        for info in log_queries.logs(conn):
            served = witness_status.checkpoint(conn, info.origin)
            assert served is not None and len(served) > 3000
            assert (target / info.origin / "checkpoint").read_bytes() == served


@pytest.mark.parametrize("syncs", [0, 3, 20])
def test_a_full_disk_is_said_and_the_next_run_goes_on(
    rt: Runtime, book: str, target: Path, monkeypatch: pytest.MonkeyPatch, syncs: int
) -> None:
    fill(rt, book, 0, 300)
    publish(rt, book)
    left, real = iter(range(syncs)), os.fsync

    def full(descriptor: int) -> None:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, "No space left on device")
        real(descriptor)

    with monkeypatch.context() as patch, pytest.raises(MirrorError, match="No space left"):
        patch.setattr(folder.os, "fsync", full)  # type: ignore[attr-defined]
        mirror(rt.db, target)
    assert not (target / book / "checkpoint").exists()
    assert not list((target / ".partial").glob("put-*"))
    mirror(rt.db, target)
    assert mirror(rt.db, target, whole=True).written == 0


@pytest.mark.parametrize(
    "name", ["../beside", "a/tile/0/../../../beside.p", "/beside.p", "a//tile.p"]
)
def test_a_changed_journal_removes_nothing(rt: Runtime, book: str, target: Path, name: str) -> None:
    fill(rt, book, 0, 9)
    publish(rt, book)
    mirror(rt.db, target)
    beside = target.parent / "beside"
    for other in (beside, target.parent / "beside.p"):
        other.mkdir()
        (other / "kept").write_bytes(b"mine")
    before = files(target)
    journal = target / ".partial" / "outgrown"
    journal.write_text(f"{book}/tile/0/000.p\n{name}\n")
    with pytest.raises(MirrorError, match="Nothing was removed"):
        mirror(rt.db, target)
    journal.unlink()
    assert (beside / "kept").exists() and (target.parent / "beside.p" / "kept").exists()
    assert files(target) == before
    with folder.Folder(target) as held, pytest.raises(MirrorError, match="no name below"):
        held.remove("../beside")
    assert (beside / "kept").exists()


def test_policy_current_pins_the_newest_state_log_alone(
    rt: Runtime, book: str, target: Path
) -> None:
    fill(rt, book, 0, 3)
    publish(rt, book)
    with rt.db.read() as conn:
        (first,) = log_queries.logs(conn, "state")
    after = shards.rotate(rt, first.origin, "a drill")
    fill(rt, book, 3, 5)
    publish(rt, book)
    mirror(rt.db, str(target))
    whole = policy.parse_policy((target / "policy").read_bytes())
    current = policy.parse_policy((target / "policy-current").read_bytes())
    assert [log.key.name for log in whole.logs] == [first.origin, after]
    assert [log.key.name for log in current.logs] == [after]
    assert (current.witnesses, current.quorum) == (whole.witnesses, whole.quorum)
    checkpoints.open_checkpoint((target / after / "checkpoint").read_bytes(), current.logs[0].key)
