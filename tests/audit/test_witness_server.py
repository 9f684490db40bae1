"""`sakshi-witness` over HTTP: every case of the protocol, and what it must survive."""

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from audit.witness import keys, store
from tests.audit import witness_scenario as scenario
from tests.audit.witness_scenario import LOG, ask, request
from tests.conftest import ROOT, START
from tests.simulator.clock import ManualClock
from trust.formats.cosignatures import verified_cosigners
from trust.formats.errors import FormatError
from trust.formats.notes import VerifierKey, parse_note, verify
from trust.formats.witness import format_request, read_log_list

CHECKPOINT = f"/{sha256(LOG.encode()).hexdigest()}/checkpoint"


def test_the_fifteen_requests_over_http(
    tmp_path: Path, clock: ManualClock, shared_dir: Path
) -> None:
    path = shared_dir / "vectors" / "log" / "tlog-witness-add-checkpoint.json"
    vectors = json.loads(path.read_text(encoding="utf-8"))
    made = scenario.make(tmp_path)
    (tmp_path / "logs").write_text(vectors["log_vkey"] + "\n")
    with scenario.serving(tmp_path, clock) as running:
        for exchange in vectors["exchanges"]:
            answer = ask(running.server_port, exchange["request_body"].encode())
            assert answer.status == exchange["spec_status"], exchange["id"]
            if answer.status == 409:
                assert answer.content_type == exchange["spec_content_type"]
                assert answer.body == exchange["spec_body"]
            if answer.status == 200:
                note = exchange["request_body"].partition("\n\n")[2]
                seen = verified_cosigners(parse_note(note + answer.body), made.public())
                assert list(seen.values()) == [START], exchange["id"]


def test_both_keys_cosign_and_the_checkpoint_is_kept_for_monitors(
    tmp_path: Path, clock: ManualClock
) -> None:
    made = scenario.make(tmp_path, mldsa44=True)
    with scenario.serving(tmp_path, clock, prefix="/w1") as running:
        port = running.server_port
        assert ask(port, None, f"/w1{CHECKPOINT}").status == 404
        stranger = "— stranger.example/x " + "A" * 100 + "\n"
        body = format_request(0, [], scenario.note(5) + stranger)
        answer = ask(port, body, "/w1/add-checkpoint")
        assert answer.status == 200 and answer.body.count("\n") == 2
        seen = verified_cosigners(parse_note(scenario.note(5) + answer.body), made.public())
        assert set(seen) == set(made.public())
        kept = ask(port, None, f"/w1{CHECKPOINT}").body
        assert kept == scenario.note(5) + answer.body
        verify(parse_note(kept), [VerifierKey.parse(scenario.vkey())])
        assert ask(port, None, CHECKPOINT).status == 404
        assert ask(port, body).status == 404
        about = ask(port, None, "/w1/").body
        assert [VerifierKey.parse(line.split()[2]) for line in about.splitlines()] == made.public()


@pytest.mark.parametrize("second", ["the same", "another"])
def test_two_lines_of_one_key_are_refused_and_nothing_is_kept(
    tmp_path: Path, clock: ManualClock, second: str
) -> None:
    """C2SP tlog-checkpoint of 26 August 2026: which of the two would a reader believe?"""
    scenario.make(tmp_path)
    note = scenario.note(5)
    line = note.splitlines(keepends=True)[-1]
    if second == "another":
        line = line[:-8] + ("A" if line[-8] != "A" else "B") + line[-7:]
    with scenario.serving(tmp_path, clock) as running:
        port = running.server_port
        body = f"old 0\n\n{note}{line}".encode()
        assert ask(port, body).status == 400
        assert ask(port, None, CHECKPOINT).status == 404, "nothing was cosigned"
        assert ask(port, format_request(0, [], note)).status == 200


def test_of_two_heads_at_once_one_is_cosigned(tmp_path: Path, clock: ManualClock) -> None:
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running, ThreadPoolExecutor(16) as pool:
        assert ask(running.server_port, request(0, 5)).status == 200
        bodies = [request(5, new) for new in range(6, 22)]
        answers = list(pool.map(lambda body: ask(running.server_port, body), bodies))
        assert sorted(answer.status for answer in answers) == [200] + [409] * 15
        won = 6 + [answer.status for answer in answers].index(200)
        assert {answer.body for answer in answers if answer.status == 409} == {f"{won}\n"}


def test_time_never_goes_back_for_a_log(tmp_path: Path, clock: ManualClock) -> None:
    made = scenario.make(tmp_path)

    def stated(port: int, old: int, new: int) -> int:
        answer = ask(port, request(old, new))
        assert answer.status == 200
        (when,) = verified_cosigners(
            parse_note(scenario.note(new) + answer.body), made.public()
        ).values()
        return when

    with scenario.serving(tmp_path, clock) as running:
        assert stated(running.server_port, 0, 3) == START
        clock.advance(-1000)
        assert stated(running.server_port, 3, 3) == START
    with scenario.serving(tmp_path, clock) as running:
        assert stated(running.server_port, 3, 4) == START
        clock.advance(2000)
        assert stated(running.server_port, 4, 4) == START + 1000


def test_killed_after_an_answer_it_remembers(tmp_path: Path) -> None:
    scenario.make(tmp_path)
    for old, new in ((0, 3), (3, 7)):
        with scenario.process(tmp_path) as (_, port):
            assert ask(port, request(old, new)).status == 200
    with scenario.process(tmp_path) as (pid, port):
        answer = ask(port, request(3, 9))
        assert (answer.status, answer.body) == (409, "7\n")
        resident = scenario.resident_kib(pid)
        assert resident < 24 * 1024, f"{resident} KiB"


def test_the_list_of_logs_is_read_again_on_hangup(tmp_path: Path) -> None:
    scenario.make(tmp_path)
    with scenario.process(tmp_path) as (pid, port):
        other = request(0, 3, "log.example/b")
        assert ask(port, other).status == 404
        with (tmp_path / "logs").open("a") as file:
            file.write("nonsense\n")
        os.kill(pid, signal.SIGHUP)
        time.sleep(0.1)
        assert ask(port, request(0, 3)).status == 200
        (tmp_path / "logs").write_text(f"{scenario.vkey('log.example/b')}\n{scenario.vkey()}\n")
        os.kill(pid, signal.SIGHUP)
        deadline = time.monotonic() + 5
        while ask(port, other).status == 404 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert ask(port, other).status == 409


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "audit.witness.cli", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_init_makes_a_witness_once_and_serve_needs_its_memory(tmp_path: Path) -> None:
    files = ("--key", tmp_path / "k", "--state", tmp_path / "s")
    made = run("init", "w.example/two", "--mldsa44", *files)
    assert made.returncode == 0, made.stderr
    assert [line.split()[1] for line in made.stdout.splitlines()] == [
        "w.example/two",
        "w.example/two-mldsa44",
    ]
    assert (tmp_path / "k").stat().st_mode & 0o777 == 0o600
    assert run("init", "w.example/two", *files).returncode == 2
    (tmp_path / "s").unlink()
    (tmp_path / "logs").write_text(scenario.vkey())
    lost = run("serve", *files, "--logs", tmp_path / "logs", "--listen", "127.0.0.1:0")
    assert lost.returncode == 2 and "without its memory" in lost.stderr


def test_key_and_memory_belong_together(tmp_path: Path) -> None:
    scenario.make(tmp_path)
    with pytest.raises(store.StoreError, match="another key"):
        store.Store(tmp_path / "witness.db", "someone else")
    os.chmod(tmp_path / "witness.key", 0o644)
    with pytest.raises(FormatError, match="chmod 600"):
        keys.load(tmp_path / "witness.key")
    os.chmod(tmp_path / "witness.key", 0o600)
    (tmp_path / "witness.key").write_text("something\n")
    with pytest.raises(FormatError, match="not a key file"):
        keys.load(tmp_path / "witness.key")
    assert "ed25519" not in repr(keys.make(tmp_path / "k2", "w.example/x", mldsa44=False))


def test_lists_of_logs() -> None:
    first, second = scenario.vkey(), scenario.vkey("log.example/b")
    text = f"# text\n\nlog {first} https://x.example/\n{second}\nquorum none\n"
    assert [key.format() for key in read_log_list(text.splitlines())] == [first, second]
    with pytest.raises(FormatError, match="Line 2"):
        list(read_log_list([first, "log"]))
    cosigner = keys.WitnessKeys("w", bytes(32), None).public()[0].format()
    with pytest.raises(FormatError, match="not a log's key"):
        list(read_log_list([cosigner]))
