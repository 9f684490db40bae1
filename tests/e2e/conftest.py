"""One demo state per test run (seeded by the command itself); each test works on its own copy."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.machine import Server, seeded_once


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
