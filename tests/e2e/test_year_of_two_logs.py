"""A year whose book has two logs: each is a package of its own, and together they verify."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.machine import sakshi

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo state in which the key of S1's book was ended."""
    made = tmp_path_factory.mktemp("two") / "home"
    assert sakshi(made, "demo", "--no-serve").returncode == 0
    book = next(word for word in sakshi(made, "keys", "list").stdout.split() if "/coop/s1/" in word)
    book = book.partition("+")[0]
    done = sakshi(made, "keys", "rotate", book, "--reason", "a drill")
    assert done.returncode == 0, done.stderr
    return made


def verify(*files: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "audit.cli", "verify", *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_package_for_each_log_of_the_year(home: Path, tmp_path: Path) -> None:
    done = sakshi(home, "package", "S1", str(tmp_path / "s1.zip"), "--year", "2026-27")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s1-1.zip", "s1-2.zip"]
    files = sorted(tmp_path.iterdir())
    assert all(path.name in done.stdout for path in files)
    assert "wrong" not in verify(*files).stdout
    assert verify(*files).returncode in (0, 2), "2: the policy is the package's own"


def test_one_log_of_it_is_one_file(home: Path, tmp_path: Path) -> None:
    done = sakshi(home, "package", "S1", str(tmp_path / "b.zip"), "--year", "2026-27.1")
    assert done.returncode == 0 and [path.name for path in tmp_path.iterdir()] == ["b.zip"]
    assert sakshi(home, "package", "S1", str(tmp_path / "c"), "--year", "1999-00").returncode == 1


def test_the_state_logs_message_says_what_follows(home: Path) -> None:
    state = next(word for word in sakshi(home, "keys", "list").stdout.split() if "/state/" in word)
    state = state.partition("+")[0]
    done = sakshi(home, "keys", "rotate", state, "--reason", "a drill")
    assert done.returncode == 0 and "sakshi-audit monitor follows by itself" in done.stdout
