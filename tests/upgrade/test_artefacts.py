"""What an older revision gave out, checked by today's tool: packages, a proof and a mirror."""

import tarfile
from pathlib import Path

import pytest

from audit.cli import app
from tests.audit.static import plain

ARTEFACTS = Path(__file__).parent / "states" / "8d3a23a-artefacts.tar.xz"
HOST = "s8d3a23a.upgrade.example"
EXPECTED = {"s1": 0, "s10": 0, "s11": 1, "s12": 0, "meeting": 0}
"""Exit codes; the demo plants a wrong column of last year's figures in a sheet of s11."""
LOGS = {"coop/s1": 0, "coop/s10": 0, "coop/s11": 1, "coop/s12": 0, "meeting/s1-2026-1": 2}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The artefacts of revision 8d3a23a, unpacked."""
    where = tmp_path_factory.mktemp("artefacts")
    with tarfile.open(ARTEFACTS) as archive:
        archive.extractall(where, filter="data")
    return where


def verify(folder: Path, target: str) -> object:
    """The exit code of `sakshi-audit verify`."""
    arguments = ["verify", target, "--policy", str(folder / "policy.txt")]
    return app(arguments, exit_on_error=False, result_action="return_value")


@pytest.mark.parametrize("name", EXPECTED)
def test_a_package_verifies(folder: Path, name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert verify(folder, str(folder / f"{name}.zip")) == EXPECTED[name]
    wrong = [line for line in capsys.readouterr().out.splitlines() if "✗" in line]
    assert len(wrong) == EXPECTED[name] and all("Last year's figures" in line for line in wrong)


def test_a_proof_verifies_and_a_changed_byte_does_not(folder: Path) -> None:
    proof = folder / "last.sakshi-proof"
    assert verify(folder, str(proof)) == 0
    data = bytearray(proof.read_bytes())
    data[len(data) // 2] ^= 1
    bent = folder / "bent.sakshi-proof"
    bent.write_bytes(data)
    assert verify(folder, str(bent)) in (1, 2)


def test_every_log_of_the_mirror_verifies(folder: Path) -> None:
    with plain(folder) as address:
        for subject, code in LOGS.items():
            (log,) = (folder / "mirror" / HOST / subject).glob("**/checkpoint")
            path = log.parent.relative_to(folder)
            assert verify(folder, f"{address}/{path}") == code, subject
