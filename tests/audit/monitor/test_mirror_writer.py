"""`--keep`: what a monitor verified is a mirror, from which everything that reads mirrors reads."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from audit import cli
from audit.monitoring.mirror_writer import META, MirrorWriter, Recalling
from audit.monitoring.monitor import Monitor, Outcome
from audit.monitoring.plainfiles import KeepError, opened
from audit.monitoring.store import Store
from audit.monitoring.wire import FolderSite, HttpSite
from tests.audit.monitor.conftest import QUICK, Watcher
from tests.audit.monitor.liar import Liar
from tests.simulator.clock import ManualClock
from trust.formats import tiles
from trust.log.upkeep.mirror import mirror


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """Where the monitor keeps."""
    return tmp_path / "kept"


def look(watcher: Watcher, folder: Path, memory: int = 64 << 20, **options: Any) -> Outcome:
    """One round that keeps what it verifies."""
    site = Recalling(
        HttpSite(watcher.liar.url, rate=0, tries=2, timeout=5, sleep=lambda seconds: None), memory
    )
    store = Store(watcher.file)
    try:
        return Monitor(
            site,
            store,
            watcher.evidence,
            replace(QUICK, **options),
            keeper=MirrorWriter(folder, site),
            clock=watcher.clock,
            sleep=lambda seconds: None,
        ).round()
    finally:
        store.close()


def tree(folder: Path) -> dict[str, bytes]:
    """Every file but those that only one of the two writers has."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    }


@pytest.mark.slow
@pytest.mark.parametrize("memory", [64 << 20, 0])
def test_the_folder_is_the_mirror_file_by_file(
    liar: Liar, watcher: Watcher, kept: Path, tmp_path: Path, memory: int
) -> None:
    for grow in (3, 0, 290, 600):
        if grow:
            liar.grow(min(grow, 40))
            liar.grow_private(grow)
        outcome = look(watcher, kept, memory)
        assert outcome.exit_code == 0, outcome.as_json()
        mirror(liar.rt.db, str(tmp_path / "mirror"))
        held, theirs = tree(kept), tree(tmp_path / "mirror")
        for name in ("policy", "policy-current"):
            assert held.pop(name) and theirs.pop(name)
        assert held == theirs
    store = Store(watcher.file, read_only=True)
    assert store.meta(META) == str(kept)
    store.close()


def test_nothing_is_read_twice_for_keeping(liar: Liar, watcher: Watcher, kept: Path) -> None:
    liar.grow_private(300)
    look(watcher, kept)
    files = [p for p in liar.asked if "/tile/entries/" in p or "/doc/" in p]
    assert len(files) == len(set(files))
    liar.asked.clear()
    look(watcher, kept, recheck=0)
    assert not [p for p in liar.asked if "/tile/entries/" in p or "/doc/" in p]


def test_begun_late_it_keeps_what_was_verified_before(
    liar: Liar, watcher: Watcher, kept: Path, clock: ManualClock
) -> None:
    liar.grow_private(300)
    assert watcher.look().exit_code == 0
    assert look(watcher, kept).exit_code == 0
    fresh = Watcher(liar, kept.parent, clock, "fresh")
    store = Store(fresh.file)
    second = Monitor(FolderSite(kept), store, fresh.evidence, QUICK, clock=clock).round()
    store.close()
    assert second.exit_code == 0 and second.counts["entries"] >= 305


def test_what_is_altered_after_it_was_verified_does_not_come_in(
    liar: Liar, watcher: Watcher, kept: Path
) -> None:
    liar.grow_private(300)
    assert watcher.look().exit_code == 0
    path = liar.path(liar.book, tiles.bundle_path(0))
    liar.lies[path] = lambda data: data[:40] + bytes([data[40] ^ 1]) + data[41:]
    outcome = look(watcher, kept, memory=0, recheck=0)
    assert any("bundle 0" in words for words in outcome.unchecked)
    assert not (kept / liar.book / "checkpoint").exists()
    assert not (kept / liar.book / tiles.bundle_path(0)).exists()
    liar.lies.clear()
    assert look(watcher, kept).exit_code == 0
    assert (kept / liar.book / "checkpoint").exists()


def test_a_fork_leaves_what_was_kept_alone(liar: Liar, watcher: Watcher, kept: Path) -> None:
    look(watcher, kept)
    before = tree(kept)
    liar.grow(1)
    liar.lies[liar.path(liar.book, "checkpoint")] = b"not a checkpoint\n"
    look(watcher, kept)
    after = tree(kept)
    assert {name: after[name] for name in before if liar.book in name} == {
        name: data for name, data in before.items() if liar.book in name
    }


def test_another_states_folder_is_not_written_to(liar: Liar, watcher: Watcher, kept: Path) -> None:
    (kept / liar.book).mkdir(parents=True)
    (kept / liar.book / "checkpoint").write_text("somebody else's\n")
    outcome = look(watcher, kept)
    assert outcome.exit_code == 2 and any("is not this log's" in w for w in outcome.unchecked)
    assert (kept / liar.book / "checkpoint").read_text() == "somebody else's\n"


def test_the_command(liar: Liar, kept: Path, tmp_path: Path) -> None:
    arguments = ["monitor", liar.url, "--once", "--quiet", "--state", str(tmp_path / "m.db")]
    with pytest.raises(SystemExit) as done:
        cli.app([*arguments, "--keep", str(kept)])
    assert done.value.code == 0
    assert (kept / liar.state / "checkpoint").exists()
    assert (kept / "origins").read_text().count(liar.rt.host) == 2


@pytest.mark.parametrize("name", ["../beside", "a/../../beside", "/etc/beside", "a//b", "a/./b"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Names of logs come from servers: none may lead out of the folder."""
    with opened(tmp_path / "kept") as files:
        for act in (
            files.read,
            files.outgrow,
            lambda it: files.put(it, b"x"),
            lambda it: files.replace(it, b"x"),
        ):
            with pytest.raises(KeepError, match="no name of a file"):
                act(name)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
