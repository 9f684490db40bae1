"""Master keys: sealed with a passphrase, replaced after a leak, retired."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import fill, open_book, publish
from trust.database import Database
from trust.formats import checkpoints, merkle, notes
from trust.log import boot, lineage, proofs, shards
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import SignerError
from trust.log.keys import masterkeys
from trust.log.keys.signer import SignerCore, init_home
from trust.log.keys.signerclient import PipeSigner, sign_one
from trust.log.model import Unsigned
from trust.log.runtime import Runtime
from trust.settings import Settings

HOST = "s1.test.example"
ORIGIN = f"{HOST}/coop/x-1/2026-27"
PASSPHRASE = b"seven plain words in a row"
LEAVES = [merkle.leaf_hash(bytes([n])) for n in range(8)]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    init_home(tmp_path / "signer", HOST)
    return tmp_path / "signer"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_bytes(PASSPHRASE + b"\n")
    return path


def run(home: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "trust.log.keys.signer", "--home", str(home), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={**os.environ, **environ},
        timeout=60,
        check=False,
    )


def test_a_sealed_master_opens_only_with_its_passphrase(
    home: Path, secret: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = DirectSigner(home).vkey(ORIGIN)
    clear = (home / "master.key").read_bytes().strip()
    done = run(home, "--seal", SAKSHI_SIGNER_PASSPHRASE=str(secret))
    assert done.returncode == 0, done.stderr
    held = (home / "master.key").read_bytes()
    assert clear not in held and bytes.fromhex(clear.decode()) not in held
    assert (home / "master.key").stat().st_mode & 0o777 == 0o600
    refused = run(home)
    assert refused.returncode == 2 and b"is sealed" in refused.stderr
    secret.write_bytes(b"another passphrase")
    assert b"does not open" in run(home, SAKSHI_SIGNER_PASSPHRASE=str(secret)).stderr
    secret.write_bytes(PASSPHRASE)
    monkeypatch.setenv("SAKSHI_SIGNER_PASSPHRASE", str(secret))
    child = PipeSigner(home)
    try:
        assert child.vkey(ORIGIN) == before
    finally:
        child.close()
    assert run(home, "--unseal", SAKSHI_SIGNER_PASSPHRASE=str(secret)).returncode == 0
    assert (home / "master.key").read_bytes().strip() == clear


def test_the_passphrase_comes_by_descriptor_or_credential(home: Path, tmp_path: Path) -> None:
    read, write = os.pipe()
    os.write(write, PASSPHRASE)
    os.close(write)
    done = subprocess.run(
        [sys.executable, "-m", "trust.log.keys.signer", "--home", str(home), "--seal",
         "--passphrase-fd", str(read)],
        pass_fds=[read], capture_output=True, timeout=60, check=False,
    )  # fmt: skip
    os.close(read)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "credentials"
    folder.mkdir()
    (folder / masterkeys.CREDENTIAL).write_bytes(PASSPHRASE)
    assert masterkeys.passphrase({"CREDENTIALS_DIRECTORY": str(folder)}) == PASSPHRASE
    assert run(home, CREDENTIALS_DIRECTORY=str(folder)).returncode == 0


def test_every_byte_of_a_sealed_file_counts(home: Path) -> None:
    """Memory and passes as small as Argon2id allows: the seal is the same, only faster."""
    master = masterkeys.read(home, 1, None)
    data = masterkeys.sealed(master, PASSPHRASE, ops=1, memory=8192)
    masterkeys.write(home, 1, data, replace=True)
    assert masterkeys.read(home, 1, PASSPHRASE) == master
    start = data.index(b'"box"') + 8
    for at in range(start, len(data) - 6, 7):
        bad = bytearray(data)
        bad[at] ^= 1
        masterkeys.write(home, 1, bytes(bad), replace=True)
        with pytest.raises(SignerError):
            masterkeys.read(home, 1, PASSPHRASE)


def test_a_short_passphrase_seals_nothing(home: Path, secret: Path) -> None:
    secret.write_bytes(b"short")
    before = (home / "master.key").read_bytes()
    assert b"at least 12" in run(home, "--seal", SAKSHI_SIGNER_PASSPHRASE=str(secret)).stderr
    assert b"needs a passphrase" in run(home, "--seal").stderr
    assert (home / "master.key").read_bytes() == before


def test_a_new_master_is_for_new_logs_only(home: Path) -> None:
    signer = DirectSigner(home)
    old = signer.vkey(ORIGIN)
    sign_one(signer, Unsigned(ORIGIN, 0, 3, merkle.root_of(LEAVES[:3])))
    would_be = signer.vkey(f"{ORIGIN}.2")
    assert run(home, "--rotate-master").returncode == 0
    fresh = DirectSigner(home)
    assert fresh.vkey(ORIGIN) == old
    assert fresh.vkey(f"{ORIGIN}.2") != would_be, "a log that never had a head takes the new master"
    with pytest.raises(SignerError, match="restart the signer"):
        signer.vkey(f"{ORIGIN}.3")
    note = sign_one(fresh, Unsigned(ORIGIN, 3, 3, merkle.root_of(LEAVES[:3]), last=True))
    checkpoints.open_checkpoint(note, notes.VerifierKey.parse(old))


def test_a_master_is_retired_only_when_its_logs_are_closed(home: Path) -> None:
    signer = DirectSigner(home)
    root = merkle.root_of(LEAVES[:3])
    old, meeting = signer.vkey(ORIGIN), f"{HOST}/meeting/m-1"
    sign_one(signer, Unsigned(ORIGIN, 0, 3, root))
    sign_one(signer, Unsigned(meeting, 0, 3, root))
    run(home, "--rotate-master")
    refused = run(home, "--retire-master", "1")
    assert refused.returncode == 2 and b"are still open" in refused.stderr
    assert b"not an older master" in run(home, "--retire-master", "2").stderr
    sign_one(DirectSigner(home), Unsigned(ORIGIN, 3, 3, root, last=True))
    done = run(home, "--retire-master", "1")
    assert done.returncode == 0 and meeting.encode() in done.stdout, done.stderr
    assert masterkeys.numbers(home) == [2]
    after = DirectSigner(home)
    assert after.vkey(ORIGIN) == old, "the key itself stays known for ever"
    with pytest.raises(SignerError, match="was retired"):
        sign_one(after, Unsigned(ORIGIN, 3, 3, root))
    with pytest.raises(SignerError, match="was retired"):
        sign_one(after, Unsigned(meeting, 3, 3, root))


def test_another_master_in_the_same_place_is_noticed(home: Path) -> None:
    """Somebody put back the wrong copy of the key: nothing is signed with it."""
    run(home, "--rotate-master")
    DirectSigner(home).vkey(ORIGIN)
    masterkeys.write(home, 2, masterkeys.plain(masterkeys.fresh()), replace=True)
    with pytest.raises(SignerError, match="not the one"):
        SignerCore(home).answer({"op": "ping"})
        DirectSigner(home).vkey(ORIGIN)


def test_after_a_leak_of_the_master_everything_goes_on(
    rt: Runtime, settings: Settings, db: Database
) -> None:
    """The whole procedure: new master, every log rotated, old master destroyed, all verifies."""
    from audit.verify.proof import verify_proof
    from trust.formats.proofs import format_proof

    book = open_book(rt)
    fill(rt, book, 0, 12)
    publish(rt, book)
    with rt.db.read() as conn:
        old_proof = proofs.sakshi_proof(conn, book, 0)
    assert run(settings.signer_home, "--rotate-master").returncode == 0
    again = boot.open_state(settings, db, clock=rt.clock, signer=DirectSigner(settings.signer_home))
    (after,) = shards.rotate_all(again, "master copied")
    again.publish([book])
    with again.db.read() as conn:
        state = lineage.current_state(conn, again.host, again.clock())
    shards.rotate(again, state, "master copied")
    fill(again, after, 100, 103)
    again.publish([after])
    assert run(settings.signer_home, "--retire-master", "1").returncode == 0
    last = boot.open_state(settings, db, clock=rt.clock, signer=DirectSigner(settings.signer_home))
    fill(last, after, 103, 105)
    last.publish([after])
    assert list(fsck.check(db, last.signer)) == []
    with last.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        new_proof = proofs.sakshi_proof(conn, after, 4)
        assert log_queries.info(conn, after).size == 6
    for proof in (old_proof, new_proof):
        assert verify_proof(format_proof(proof), policy).exit_code == 0
