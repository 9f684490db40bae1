"""What witnesses have seen is asked for and compared: by the monitor, and by `compare`."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audit.monitoring import command
from audit.monitoring.target import TargetError
from audit.monitoring.witnesses import path_of
from audit.witness.keys import WitnessKeys
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness
from tests.audit import witness_scenario
from tests.audit.monitor.conftest import Watcher, kinds
from tests.audit.monitor.liar import Liar
from tests.simulator.clock import ManualClock
from trust.formats.cosignatures import cosigner_key
from trust.formats.merkle import leaf_hash, root_of
from trust.formats.witness import format_request
from trust.log import tree_queries

OTHER = b"\x09" * 32
DEAD = f"witness dead {cosigner_key('dead.example', b'd' * 32).format()} http://127.0.0.1:9\n"


class Outside:
    """A real witness, and the policy that names it."""

    def __init__(self, liar: Liar, keys: WitnessKeys, server: WitnessServer) -> None:
        self.liar, self.keys, self.server = liar, keys, server
        self.port = server.server_port
        self.url = f"http://127.0.0.1:{self.port}/w"
        self.seen = 0

    def fake(self, shown: bytes | int) -> None:
        """From now on another server stands in its place, which shows this."""
        self.url = f"{self.liar.url}/fake"
        self.liar.lies[f"/fake/{path_of(self.liar.state)}"] = shown

    def policy(self, more: str = "", quorum: str = "none") -> bytes:
        """The server's policy with this witness, which the server then publishes too."""
        line = f"witness one {self.keys.public()[0].format()} {self.url}\n"
        made = self.liar.policy().replace(b"quorum none", f"{line}{more}quorum {quorum}".encode())
        self.liar.lies["/policy"] = made
        return made

    def show(self, note: bytes) -> None:
        """Have it cosign a head, if need be one that nobody else sees."""
        size = int(note.split(b"\n")[1])
        with self.liar.rt.db.read() as conn:
            proof = (
                tree_queries.consistency(conn, self.liar.state, self.seen, size)
                if self.seen
                else []
            )
        self.post(format_request(self.seen, proof, note.decode()))
        self.seen = size

    def post(self, body: bytes) -> None:
        """Ask it to cosign."""
        answer = witness_scenario.ask(self.port, body, "/w/add-checkpoint")
        assert answer.status == 200, answer


@pytest.fixture
def outside(liar: Liar, tmp_path: Path, clock: ManualClock) -> Iterator[Outside]:
    """A witness that knows the state log and has seen nothing of it."""
    folder = tmp_path / "witness"
    folder.mkdir()
    keys = witness_scenario.make(folder)
    (folder / "logs").write_bytes(liar.policy())
    with witness_scenario.serving(folder, clock, "/w") as server:
        yield Outside(liar, keys, server)


def test_a_witness_that_saw_the_same_agrees(liar: Liar, watcher: Watcher, outside: Outside) -> None:
    outside.show(liar.head(liar.state)[2])
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 0, outcome.as_json()
    (heard,) = outcome.witnesses
    assert heard.verdict == "agrees" and heard.size == 3 and heard.time == watcher.clock()


def test_one_with_two_keys_is_asked_once_about_a_log(
    liar: Liar,
    watcher: Watcher,
    tmp_path: Path,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    latest = Witness.latest

    def counting(self: Witness, origin_hash: str) -> str | None:
        asked.append(origin_hash)
        return latest(self, origin_hash)

    monkeypatch.setattr(Witness, "latest", counting)
    folder = tmp_path / "witness"
    folder.mkdir()
    keys = witness_scenario.make(folder, mldsa44=True)
    (folder / "logs").write_bytes(liar.policy())
    with witness_scenario.serving(folder, clock, "/w") as server:
        outside = Outside(liar, keys, server)
        outside.show(liar.head(liar.state)[2])
        second = f"witness two {keys.public()[1].format()} {outside.url}\n"
        outcome = watcher.look(policy=outside.policy(second))
    assert outcome.exit_code == 0, outcome.as_json()
    assert len(asked) == 1
    (heard,) = outcome.witnesses
    assert heard.verdict == "agrees" and heard.by == {"one", "two"}


def test_one_behind_is_no_fault_and_one_long_behind_is_stale(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    outside.show(liar.head(liar.state)[2])
    liar.grow(300)
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 0 and outcome.witnesses[0].verdict == "behind"
    watcher.clock.advance(3601)
    outcome = watcher.look()
    assert outcome.exit_code == 0 and outcome.witnesses[0].verdict == "stale"


def test_a_silent_witness_is_not_checked_and_counts_by_the_quorum(
    liar: Liar, watcher: Watcher, outside: Outside, another: Callable[[str], Watcher]
) -> None:
    outside.show(liar.head(liar.state)[2])
    enough = watcher.look(policy=outside.policy(DEAD))
    assert enough.exit_code == 0
    assert {heard.witness: heard.verdict for heard in enough.witnesses} == {
        "one": "agrees",
        "dead": "not-checked",
    }
    liar.lies["/policy"] = liar.policy().replace(b"quorum none", f"{DEAD}quorum none".encode())
    alone = another("b").look()
    assert alone.exit_code == 2 and not alone.open
    assert any("The witness dead could not be asked" in text for text in alone.unchecked)


def test_a_witness_that_never_saw_the_log_or_shows_garbage_is_not_checked(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 0 and not outcome.open
    assert outcome.witnesses[0].verdict == "not-checked"
    assert "no address at which monitors can ask" in outcome.witnesses[0].text
    for shown in (b"no note\n", liar.sign("x.example/state/2026-27", 3, OTHER, liar.state)):
        outside.fake(shown)
        outcome = watcher.look(policy=outside.policy())
        assert outcome.exit_code == 2 and not outcome.open
        assert "not signed by this log" in outcome.witnesses[0].text


def test_a_cosignature_that_is_missing_or_wrong_is_not_believed(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    outside.fake(liar.head(liar.state)[2])
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 2 and outcome.witnesses[0].verdict == "not-checked"
    assert "no cosignature" in outcome.witnesses[0].text
    outside.fake(liar.sign(liar.state, 3, OTHER))
    assert kinds(watcher.look()) == {"witness-fork": (liar.state, None)}, "the log's word is enough"


@pytest.mark.parametrize("size", [2, 3])
def test_another_history_shown_to_a_witness_is_found(
    liar: Liar, watcher: Watcher, outside: Outside, size: int
) -> None:
    shown = liar.sign(liar.state, size, OTHER)
    outside.show(shown)
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 1 and kinds(outcome) == {"witness-fork": (liar.state, None)}
    folder = Path(outcome.open[0].evidence)
    assert (folder / "witness.note").read_bytes().startswith(shown)
    assert (folder / "kept.note").read_bytes() == liar.head(liar.state)[2]
    assert outcome.witnesses[0].verdict == "fork"
    monkey = watcher.look()
    assert monkey.exit_code == 1, "it endures"


def test_a_history_shown_to_us_alone_is_found_by_what_the_witness_saw(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    outside.show(liar.head(liar.state)[2])
    entries = liar.entries(liar.state)
    entries[2] = liar.note_at(liar.book, 2)
    liar.serve_log(liar.state, entries)
    liar.lies[liar.path(liar.book, "checkpoint")] = liar.note_at(liar.book, 2)
    found = kinds(watcher.look(policy=outside.policy()))
    assert found["witness-fork"] == (liar.state, None)


def test_a_head_shown_only_to_a_witness_is_withheld_until_it_is_served(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    path = liar.path(liar.state, "checkpoint")
    old = liar.answer(path)[1]
    outside.show(old)
    liar.grow(2)
    outside.show(liar.head(liar.state)[2])
    liar.lies[path] = old
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 1
    assert kinds(outcome) == {"withheld": (liar.state, 3)}
    assert outcome.witnesses[0].verdict == "ahead"
    del liar.lies[path]
    outcome = watcher.look()
    assert outcome.exit_code == 0 and outcome.witnesses[0].verdict == "agrees"


def test_a_head_published_while_the_round_went_on_is_read_before_it_is_judged(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    path = liar.path(liar.state, "checkpoint")
    old = liar.answer(path)[1]
    outside.show(old)
    liar.grow(2)
    outside.show(liar.head(liar.state)[2])
    answers = [old]
    liar.lies[path] = lambda real: answers.pop() if answers else real
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 0, outcome.as_json()
    assert outcome.witnesses[0].verdict == "agrees"


def test_what_a_witness_saw_ahead_of_us_is_kept_until_the_log_gets_there(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    real = liar.entries(liar.state)
    fork = [*(leaf_hash(entry) for entry in real), leaf_hash(b"only for the witness")]
    outside.show(liar.sign(liar.state, len(fork), root_of(fork)))
    assert kinds(watcher.look(policy=outside.policy()))["withheld"] == (liar.state, 3)
    # The witness is taken back to the true history; the log grows to the size it once showed.
    outside.fake(404)
    liar.grow(2)
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 1 and "witness-fork" in kinds(outcome)


def test_compare_takes_a_witnesss_address(
    liar: Liar, watcher: Watcher, outside: Outside, tmp_path: Path
) -> None:
    first = liar.head(liar.state)[2]
    outside.show(first)
    policy = outside.policy()
    assert watcher.look(policy=policy).exit_code == 0
    for address in (outside.url, f"{outside.url}/{path_of(liar.state)}"):
        (found,) = command.run_compare(str(watcher.file), address, policy, None, 5)
        assert found.verdict == "consistent" and "cosigned its head at" in found.text
    (found,) = command.run_compare(outside.url, str(watcher.file), None, None, 5)
    assert found.verdict == "consistent" and "no cosignature" in found.text
    liar.grow(4)
    watcher.look()
    (found,) = command.run_compare(outside.url, str(watcher.file), policy, None, 5)
    assert found.verdict == "behind"
    (found,) = command.run_compare(outside.url, liar.url, policy, None, 5)
    assert found.verdict == "behind"


def test_compare_with_a_witness_finds_a_fork_and_says_what_it_lacks(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    watcher.look()
    with pytest.raises(TargetError, match="Asked as a witness"):
        command.run_compare(str(watcher.file), outside.url, None, None, 5)
    shown = liar.sign(liar.state, 3, OTHER)
    outside.show(shown)
    found = command.run_compare(str(watcher.file), outside.url, outside.policy(), None, 5)
    assert command.compare_code(found) == 1 and found[0].notes[1].encode().startswith(shown)
    outside.fake(b"no note\n")
    found = command.run_compare(str(watcher.file), outside.url, None, None, 5)
    assert command.compare_code(found) == 2 and "not signed by the log" in found[0].text


def test_a_witness_without_an_address_for_monitors_is_said_once_and_is_no_fault(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    """It cosigns, which is all that the policy asks of it; the quorum is met by its word."""
    policy = outside.policy(quorum="one")
    outside.show(liar.head(liar.state)[2])
    cosigned = witness_scenario.ask(outside.port, None, f"/w/{path_of(liar.state)}").body
    liar.lies[liar.path(liar.state, "checkpoint")] = cosigned.encode()
    for status in (404, 405, 501):
        outside.fake(status)
        outcome = watcher.look(policy=outside.policy(quorum="one"))
        assert outcome.exit_code == 0 and outcome.unchecked == [], outcome.as_json()
        (heard,) = outcome.witnesses
        assert heard.verdict == "not-checked" and "no address at which" in heard.text
    outside.fake(403)
    assert watcher.look(policy=outside.policy(quorum="one")).exit_code == 2, "it refuses"
    assert policy


def test_one_that_used_to_show_what_it_saw_and_does_not_any_more_is_missed(
    liar: Liar, watcher: Watcher, outside: Outside
) -> None:
    outside.show(liar.head(liar.state)[2])
    answer = witness_scenario.ask(outside.port, None, f"/w/{path_of(liar.state)}").body
    outside.fake(answer.encode())
    assert watcher.look(policy=outside.policy()).exit_code == 0
    outside.fake(404)
    outcome = watcher.look(policy=outside.policy())
    assert outcome.exit_code == 2 and "404" in outcome.unchecked[0]
