"""One demo state per test run (seeded by the command itself); each test works on its own copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import Server, seeded_once
from tests.e2e.ruin import Machine


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A demo state as `sakshi demo --no-serve` makes it; never written to by a test."""
    return seeded_once(tmp_path_factory.getbasetemp())


@pytest.fixture
def home(seeded: Path, tmp_path: Path) -> Path:
    """A copy of the demo state for this test alone."""
    return Path(shutil.copytree(seeded, tmp_path / "var"))


@pytest.fixture
def server(home: Path) -> Iterator[Server]:
    """A server on that copy; killed after the test."""
    running = Server(home).start()
    yield running
    running.kill()


@pytest.fixture
def machine(tmp_path: Path, database_url: str) -> Machine:
    folder = tmp_path / "machine"
    folder.mkdir()
    url = f"sqlite:///{folder}/home/sakshi.db" if "sqlite" in database_url else database_url
    made = Machine(folder, url)
    made.done("sakshi", "init", "s9.test.example")
    return made
