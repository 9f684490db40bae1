"""The signer as a process: over a pipe, over a socket, killed, and two on one guard."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from trust.formats import checkpoints, merkle, notes
from trust.log.errors import SignerError, StaleHeadError
from trust.log.keys.signer import init_home
from trust.log.keys.signerclient import PipeSigner, SocketSigner, sign_one
from trust.log.model import Unsigned

HOST = "s1.test.example"
ORIGIN = f"{HOST}/coop/x-1/2026-27"
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(8)]
ROOTS = {size: merkle.root_of(LEAVES[:size]) for size in range(9)}


def proof(old: int, new: int) -> list[bytes]:
    return merkle.build_consistency(
        old, new, lambda level, i: merkle.root_of(LEAVES[i << level : (i + 1) << level])
    )


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init_home(tmp_path / "signer", HOST)
    return tmp_path / "signer"


@pytest.fixture
def pipe(home: Path) -> Iterator[PipeSigner]:
    signer = PipeSigner(home)
    yield signer
    signer.close()


def test_a_child_signs_and_its_note_verifies(pipe: PipeSigner) -> None:
    note = sign_one(pipe, Unsigned(ORIGIN, 0, 3, ROOTS[3]))
    key = notes.VerifierKey.parse(pipe.vkey(ORIGIN))
    assert checkpoints.open_checkpoint(note, key) == checkpoints.Checkpoint(ORIGIN, 3, ROOTS[3])
    assert pipe.host() == HOST


def test_the_child_is_not_given_the_servers_environment(
    pipe: PipeSigner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAKSHI_SESSION_SECRET", "canary-secret")
    pipe.host()
    assert pipe._child is not None
    environ = Path(f"/proc/{pipe._child.pid}/environ").read_bytes()
    assert b"canary-secret" not in environ


def test_a_killed_child_is_started_again_and_remembers(pipe: PipeSigner) -> None:
    first = sign_one(pipe, Unsigned(ORIGIN, 0, 3, ROOTS[3]))
    assert pipe._child is not None
    os.kill(pipe._child.pid, signal.SIGKILL)
    assert sign_one(pipe, Unsigned(ORIGIN, 3, 3, ROOTS[3])) == first
    with pytest.raises(StaleHeadError) as stale:
        sign_one(pipe, Unsigned(ORIGIN, 0, 5, ROOTS[5]))
    assert stale.value.size == 3


def test_of_two_signers_on_one_guard_exactly_one_signs_a_size(home: Path) -> None:
    one, two = PipeSigner(home), PipeSigner(home)
    try:
        sign_one(one, Unsigned(ORIGIN, 0, 4, ROOTS[4]))
        with pytest.raises(SignerError):
            sign_one(two, Unsigned(ORIGIN, 0, 4, merkle.leaf_hash(b"other")))
        note = sign_one(two, Unsigned(ORIGIN, 4, 8, ROOTS[8], tuple(proof(4, 8))))
        assert b"\n8\n" in note
    finally:
        one.close()
        two.close()


def test_the_service_answers_over_a_socket_and_survives_a_restart(
    home: Path, tmp_path: Path
) -> None:
    path = tmp_path / "s.sock"

    def start() -> subprocess.Popen[bytes]:
        child = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "trust.log.keys.signer",
                "--home",
                str(home),
                "--listen",
                f"unix:{path}",
            ],
            stderr=subprocess.DEVNULL,
        )
        for _ in range(200):
            if path.exists():
                break
            time.sleep(0.05)
        return child

    child = start()
    signer = SocketSigner(str(path))
    try:
        assert signer.host() == HOST
        sign_one(signer, Unsigned(ORIGIN, 0, 2, ROOTS[2]))
        child.kill()
        child.wait()
        path.unlink(missing_ok=True)
        child = start()
        assert b"\n5\n" in sign_one(signer, Unsigned(ORIGIN, 2, 5, ROOTS[5], tuple(proof(2, 5))))
    finally:
        signer.close()
        child.kill()
        child.wait()


def test_a_home_is_never_overwritten(home: Path) -> None:
    before = (home / "master.key").read_bytes()
    with pytest.raises(SignerError, match="never overwritten"):
        init_home(home, HOST)
    assert (home / "master.key").read_bytes() == before
    assert (home / "master.key").stat().st_mode & 0o077 == 0


def test_garbage_on_the_pipe_is_answered_with_a_refusal(home: Path) -> None:
    signer = PipeSigner(home)
    try:
        with pytest.raises(SignerError, match="Unknown operation"):
            signer._ask(op="sing")
        with pytest.raises(SignerError, match="Malformed"):
            signer._ask(op="sign", origin=ORIGIN)
        assert signer.host() == HOST
    finally:
        signer.close()
