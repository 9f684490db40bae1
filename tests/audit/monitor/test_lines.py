"""A server that signs its state log twice and greases what it serves: monitor, compare, witness."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from audit.monitoring import command
from tests.audit import witness_scenario
from tests.audit.monitor.conftest import Watcher, kinds
from tests.audit.monitor.liar import Liar
from tests.simulator.clock import ManualClock
from trust.formats import notes
from trust.formats.witness import format_request
from trust.log.runtime import Runtime


@pytest.fixture
def rt(rt: Runtime) -> Runtime:
    """The runtime of these tests' server."""
    rt.settings = replace(rt.settings, mldsa=True, grease=True)
    return rt


def checkpoint(liar: Liar) -> str:
    """What is served of the state log."""
    return liar.path(liar.state, "checkpoint")


def without(liar: Liar, strange: Callable[[notes.NoteSignature], bool]) -> Callable[[bytes], bytes]:
    """A lie that leaves out some lines of the state log's head."""

    def lie(data: bytes) -> bytes:
        note = notes.parse_note(data)
        kept = tuple(line for line in note.signatures if not strange(line))
        return notes.format_note(notes.SignedNote(note.text, kept)).encode()

    return lie


def second(liar: Liar) -> notes.VerifierKey:
    """The key that the policy names beside the first."""
    return notes.VerifierKey.parse(liar.rt.signer.second_vkey(liar.state))


def test_two_keys_and_grease_are_right_round_after_round(liar: Liar, watcher: Watcher) -> None:
    assert liar.policy().count(b"log ") == 2
    for _ in range(2):
        note = notes.parse_note(liar.answer(checkpoint(liar))[1])
        assert len(note.signatures) > 2, "it is greased"
        outcome = watcher.look()
        assert outcome.exit_code == 0 and outcome.unchecked == [], outcome.as_json()
        liar.grow(3)


def test_a_head_without_its_pinned_second_line_is_found(liar: Liar, watcher: Watcher) -> None:
    key = second(liar)
    assert watcher.look().exit_code == 0
    liar.grow(2)
    liar.lies[checkpoint(liar)] = without(liar, lambda line: line.key_id == key.key_id)
    outcome = watcher.look()
    assert outcome.exit_code == 1 and kinds(outcome) == {"wrong-key": (liar.state, None)}
    assert "lacks the ML-DSA-44 signature" in outcome.open[0].message


def test_a_second_line_that_is_wrong_is_found(liar: Liar, watcher: Watcher) -> None:
    key = second(liar)

    def lie(data: bytes) -> bytes:
        note = notes.parse_note(data)
        lines = tuple(
            notes.NoteSignature(line.name, line.key_id, line.signature[:-1] + b"\x00")
            if line.key_id == key.key_id
            else line
            for line in note.signatures
        )
        return notes.format_note(notes.SignedNote(note.text, lines)).encode()

    liar.lies[checkpoint(liar)] = lie
    assert kinds(watcher.look()) == {"wrong-key": (liar.state, None)}


def test_a_policy_that_takes_the_second_key_back_is_found(liar: Liar, watcher: Watcher) -> None:
    assert watcher.look().exit_code == 0
    line = f"log {second(liar).format()}\n".encode()
    liar.lies["/policy"] = lambda data: data.replace(line, b"")
    assert "policy" in kinds(watcher.look())


def test_two_monitors_compare_what_was_greased_differently(
    liar: Liar, watcher: Watcher, another: Callable[[str], Watcher]
) -> None:
    watcher.look()
    liar.grow(4)
    other = another("b")
    other.look()
    found = command.run_compare(str(watcher.file), str(other.file), None, liar.url, 5)
    assert command.compare_code(found) == 0
    assert {(item.origin, item.verdict) for item in found} == {
        (liar.book, "behind"),
        (liar.state, "behind"),
    }


def test_a_witness_cosigns_what_is_greased_and_signed_twice(
    liar: Liar, watcher: Watcher, tmp_path: Path, clock: ManualClock
) -> None:
    folder = tmp_path / "witness"
    folder.mkdir()
    keys = witness_scenario.make(folder)
    (folder / "logs").write_bytes(liar.policy())
    with witness_scenario.serving(folder, clock, "/w") as server:
        note = liar.answer(checkpoint(liar))[1].decode()
        body = format_request(0, [], note)
        answer = witness_scenario.ask(server.server_port, body, "/w/add-checkpoint")
        assert answer.status == 200, answer
        witness = f"witness one {keys.public()[0].format()}\n"
        policy = liar.policy().replace(b"quorum none", f"{witness}quorum one".encode())
        liar.lies["/policy"] = policy
        liar.lies[checkpoint(liar)] = (note + answer.body).encode()
        outcome = watcher.look(policy=policy)
        assert outcome.exit_code == 0, outcome.as_json()
