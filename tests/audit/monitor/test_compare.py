"""Two monitors hold together what they saw, in every outcome."""

from collections.abc import Callable
from pathlib import Path

import pytest

from audit import cli
from audit.monitoring import command
from audit.monitoring.compare import Verdict
from audit.monitoring.store import Store
from tests.audit.monitor.conftest import Watcher
from tests.audit.monitor.liar import Liar
from trust.formats.merkle import leaf_hash, root_of
from trust.formats.notes import ED25519, VerifierKey


def compare(
    one: Watcher | Path | str,
    two: Watcher | Path | str,
    server: str | None = None,
    policy: bytes | None = None,
) -> tuple[int, dict[str, Verdict]]:
    """Exit code and verdict for each log."""
    names = [str(side.file) if isinstance(side, Watcher) else str(side) for side in (one, two)]
    found = command.run_compare(names[0], names[1], policy, server, 5)
    return command.compare_code(found), {item.origin: item for item in found}


def test_two_that_saw_the_same_are_consistent(
    watcher: Watcher, another: Callable[[str], Watcher], liar: Liar
) -> None:
    watcher.look()
    another("b").look()
    code, found = compare(watcher, another("b"))
    assert code == 0 and {item.verdict for item in found.values()} == {"consistent"}
    assert set(found) == {liar.book, liar.state}


def test_one_behind_needs_tiles_and_is_then_proven(
    watcher: Watcher, another: Callable[[str], Watcher], liar: Liar
) -> None:
    watcher.look()
    liar.grow(7)
    late = another("b")
    late.look()
    code, found = compare(watcher, late)
    assert code == 2 and found[liar.book].verdict == "not-checked"
    assert "--server" in found[liar.book].text
    code, found = compare(watcher, late, liar.url)
    assert code == 0 and {item.verdict for item in found.values()} == {"behind"}
    code, found = compare(late, watcher, liar.url)
    assert code == 0 and found[liar.state].verdict == "behind"


def test_one_behind_the_other_on_the_same_way_needs_nobody(
    watcher: Watcher, another: Callable[[str], Watcher], liar: Liar
) -> None:
    watcher.look()
    other = another("b")
    other.look()
    liar.grow(1)
    other.look()
    _, found = compare(watcher, other)
    assert found[liar.state].verdict == "behind"


def test_two_histories_of_one_size_are_a_fork_with_both_notes(
    watcher: Watcher,
    another: Callable[[str], Watcher],
    liar: Liar,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    watcher.look()
    entries = liar.entries(liar.book)
    entries[4] = entries[3]
    liar.serve_log(liar.book, entries)
    size, _, _ = liar.head(liar.state)
    state = liar.entries(liar.state)[: size - 1]
    root = root_of([leaf_hash(entry) for entry in entries])
    liar.serve_log(liar.state, [*state, liar.sign(liar.book, 5, root)])
    victim = another("b")
    assert victim.look().exit_code == 0, "alone, the victim cannot know"
    code, found = compare(watcher, victim)
    assert code == 1 and {item.verdict for item in found.values()} == {"fork"}
    folder = tmp_path / "proof"
    exit_code = cli.compare(str(watcher.file), str(victim.file), evidence=folder)
    assert exit_code == 1 and len(list(folder.iterdir())) == 4
    said = capsys.readouterr().out
    assert "FORK" in said and said.count("— ") >= 4


def test_a_longer_other_history_is_a_fork_by_its_own_tiles(
    watcher: Watcher, another: Callable[[str], Watcher], liar: Liar
) -> None:
    watcher.look()
    other = liar.entries(liar.book)
    other[1] = other[0]
    liar.grow(3)
    liar.serve_log(liar.book, [*other, *liar.entries(liar.book)[5:]])
    note = liar.lies[liar.path(liar.book, "checkpoint")]
    assert isinstance(note, bytes)
    shown = watcher.folder / "shown.note"
    shown.write_bytes(note)
    code, found = compare(watcher, shown, liar.url)
    assert code == 1 and found[liar.book].verdict == "fork" and len(found[liar.book].notes) == 2
    liar.lies.clear()
    code, found = compare(watcher, shown, liar.url)
    assert code == 2 and "other tiles" in found[liar.book].text


def test_a_state_file_and_a_servers_address(watcher: Watcher, liar: Liar) -> None:
    watcher.look()
    liar.grow(1)
    code, found = compare(watcher, liar.url)
    assert code == 0 and found[liar.state].verdict == "behind"
    assert compare(watcher, f"{liar.url}/l/{liar.book}")[1][liar.book].verdict == "behind"


def test_files_of_notes_need_a_key(liar: Liar, tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    note = liar.head(liar.state)[2]
    one.write_bytes(liar.note_at(liar.state, 2) + b"\n" + note)
    two.write_bytes(note)
    code, found = compare(one, two)
    assert code == 2 and "--policy" in found[liar.state].text
    code, found = compare(one, two, liar.url, liar.policy())
    assert code == 0 and found[liar.state].verdict == "consistent"
    code, found = compare(one, two, policy=liar.policy())
    assert code == 2 and "head of size 3 continues that of size 2" in found[liar.state].text
    forged = note.replace(b"\n3\n", b"\n9\n")
    assert forged != note
    two.write_bytes(forged)
    code, found = compare(one, two, policy=liar.policy())
    assert code == 2 and "not signed" in found[liar.state].text


def test_both_notes_of_a_fork_in_one_file_are_seen(liar: Liar, tmp_path: Path) -> None:
    """In either order, beside a view with one of them, and among notes that nobody signed."""
    size, _, true = liar.head(liar.state)
    other = liar.sign(liar.state, size, b"\7" * 32)
    unsigned = other.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1))
    one, two = tmp_path / "one", tmp_path / "two"
    for order in ((true, other), (other, true), (unsigned, other, true)):
        one.write_bytes(b"\n".join(order))
        two.write_bytes(true)
        for sides in ((one, two), (two, one)):
            code, found = compare(*sides, policy=liar.policy())
            assert code == 1 and found[liar.state].verdict == "fork", found
            assert {note.encode() for note in found[liar.state].notes} == {true, other}


def test_equal_newest_heads_do_not_cover_a_smaller_one_that_was_forked(
    liar: Liar, watcher: Watcher, tmp_path: Path
) -> None:
    watcher.look()
    size, _, true = liar.head(liar.state)
    assert size > 2
    shown = tmp_path / "shown"
    shown.write_bytes(liar.sign(liar.state, 2, b"\7" * 32) + b"\n" + true)
    code, found = compare(watcher, shown, policy=liar.policy())
    assert code == 2 and found[liar.state].verdict == "not-checked"
    code, found = compare(shown, watcher, liar.url, liar.policy())
    assert code == 1 and found[liar.state].verdict == "fork"
    shown.write_bytes(liar.note_at(liar.state, 2) + b"\n" + true)
    code, found = compare(watcher, shown, liar.url, liar.policy())
    assert code == 0 and found[liar.state].verdict == "consistent"


def test_different_keys_are_a_fork(
    watcher: Watcher, another: Callable[[str], Watcher], liar: Liar
) -> None:
    watcher.look()
    other = another("b")
    other.look()
    store = Store(other.file)
    log = store.log(liar.state)
    assert log is not None
    log.vkey = VerifierKey.make(liar.state, ED25519, b"\7" * 32).format()
    store.save(log)
    store.close()
    code, found = compare(watcher, other)
    assert code == 1 and "different keys" in found[liar.state].text


def test_nothing_in_common_and_unreadable_files(
    watcher: Watcher, liar: Liar, tmp_path: Path
) -> None:
    watcher.look()
    (tmp_path / "x").write_bytes(b"\xff\xfe")
    with pytest.raises(Exception, match="neither a state file"):
        compare(watcher, tmp_path / "x")
    with pytest.raises(Exception, match="cannot be read"):
        compare(watcher, tmp_path / "missing")
    alone = tmp_path / "other.note"
    alone.write_bytes(liar.sign("elsewhere.example/state/2026-27", 1, b"\1" * 32, liar.state))
    code, found = compare(watcher, alone)
    assert code == 2 and "no log in common" in found[""].text
