"""The monitor over a mirror: the folder itself, and the folder behind a plain file server."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.monitoring.monitor import Monitor, Outcome
from audit.monitoring.store import Store
from audit.monitoring.target import resolve
from tests.audit.monitor.conftest import QUICK, Watcher, kinds
from tests.audit.monitor.liar import Liar
from trust.log.upkeep.mirror import mirror

pytestmark = pytest.mark.slow


class Quiet(SimpleHTTPRequestHandler):
    """A static file server as the standard library has it."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def folder(liar: Liar, tmp_path: Path) -> Path:
    """A mirror of five public and many private entries."""
    liar.grow_private(600)
    mirror(liar.rt.db, tmp_path / "mirror")
    return tmp_path / "mirror"


@pytest.fixture
def static(folder: Path) -> Iterator[str]:
    """The mirror behind a file server; our own server is not asked."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join()


def look(target: str, watcher: Watcher) -> Outcome:
    site = resolve(target, rate=0, timeout=5).site
    store = Store(watcher.file)
    try:
        monitor = Monitor(
            site, store, watcher.evidence, QUICK, clock=watcher.clock, sleep=lambda seconds: None
        )
        return monitor.round()
    finally:
        store.close()


@pytest.mark.parametrize("over_http", [False, True])
def test_a_mirror_is_followed_and_grows(
    liar: Liar, watcher: Watcher, folder: Path, static: str, over_http: bool
) -> None:
    target = static if over_http else str(folder)
    first = look(target, watcher)
    assert first.exit_code == 0, first.as_json()
    assert first.counts["logs"] == 2 and first.counts["entries"] >= 605
    liar.grow(300)
    mirror(liar.rt.db, folder)
    second = look(target, watcher)
    assert second.exit_code == 0, second.as_json()
    assert watcher.look().exit_code == 0, "and the server itself with the same state file"


def test_an_altered_file_of_a_mirror_is_named(watcher: Watcher, folder: Path, liar: Liar) -> None:
    path = folder / liar.book / "tile" / "0" / "001"
    data = bytearray(path.read_bytes())
    data[32 * 5] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)
    outcome = look(str(folder), watcher)
    assert kinds(outcome) == {"altered-tile": (liar.book, 261)}
