"""Pinned files are installed without looking for dependencies, so each must name all of them."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.conftest import ROOT

FILES = (
    "requirements-base.txt",
    "requirements.txt",
    "requirements-dev.txt",
    "requirements-build.txt",
)


def complete(*files: Path) -> subprocess.CompletedProcess[str]:
    """`deploy/complete.py`, as the environments run it on themselves."""
    return subprocess.run(
        [sys.executable, "deploy/complete.py", *map(str, files)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("name", FILES)
def test_a_pinned_file_is_complete(name: str) -> None:
    done = complete(ROOT / name)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("pycparser==", "cffi needs pycparser"),
        ("redis==", "kombu needs redis"),  # asked for by an extra: celery[redis]
    ],
)
def test_a_dependency_that_is_left_out_is_named(tmp_path: Path, lost: str, words: str) -> None:
    file = tmp_path / "requirements.txt"
    text = (ROOT / "requirements.txt").read_text("utf-8")
    kept = [line for line in text.splitlines() if not line.startswith(lost)]
    assert len(kept) < len(text.splitlines())
    file.write_text("\n".join(kept))
    done = complete(file)
    assert done.returncode == 1 and words in done.stderr, done.stderr


LOADED_BY_OTHERS = {
    "psycopg": "SQLAlchemy loads the driver that an address names",
    "python-multipart": "Starlette's forms",
}


def test_every_declared_package_is_imported() -> None:
    """A name in pyproject.toml that no module imports is installed for no reason."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    declared = [*project["dependencies"], *project["optional-dependencies"]["server"]]
    names = [re.match(r"[\w-]+", line)[0] for line in declared]  # type: ignore[index]
    rooms = ("trust", "voting", "audit", "oversight", "dashboards", "web", "migrations")
    code = "\n".join(
        file.read_text("utf-8") for room in rooms for file in (ROOT / room).rglob("*.py")
    )
    modules = {"argon2-cffi": "argon2", "prometheus-client": "prometheus_client", "pynacl": "nacl"}
    for name in names:
        module = modules.get(name, name.replace("-", "_"))
        found = re.search(rf"^\s*(?:from|import) {module}\b", code, re.MULTILINE)
        assert bool(found) is (name not in LOADED_BY_OTHERS), name


def test_every_install_takes_pinned_files_as_they_are() -> None:
    """`--require-hashes` without `--no-deps` fails as soon as a package asked for with an extra
    has a newer release."""
    for name in ("Containerfile", "deploy/venv.sh", "deploy/interop.sh"):
        lines = (ROOT / name).read_text("utf-8").splitlines()
        pinned = [line for line in lines if "--require-hashes" in line and "#" not in line]
        assert pinned and all("--no-deps" in line for line in pinned), name
