"""A log of a few leaves that signs anything, and witnesses to ask about it."""

import http.client
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from audit.witness import keys, store
from audit.witness.server import WitnessServer
from audit.witness.witness import Witness
from tests.conftest import ROOT
from tests.simulator.clock import ManualClock
from trust.formats import merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.witness import format_request

LOG = "log.example/a"
LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(64)]


def seed(name: str) -> bytes:
    return sha256(name.encode()).digest()


def vkey(name: str = LOG) -> str:
    return notes.verifier_key(name, seed(name)).format()


def root(size: int) -> bytes:
    return merkle.root_of(LEAVES[:size])


def note(size: int, root_hash: bytes | None = None, name: str = LOG) -> str:
    text = format_checkpoint(Checkpoint(name, size, root(size) if root_hash is None else root_hash))
    return notes.format_note(notes.SignedNote(text, (notes.sign_ed25519(text, name, seed(name)),)))


def proof(old: int, new: int) -> list[bytes]:
    return merkle.build_consistency(
        old, new, lambda level, n: merkle.root_of(LEAVES[n << level : (n + 1) << level])
    )


def request(old: int, new: int, name: str = LOG) -> bytes:
    return format_request(old, proof(old, new), note(new, name=name))


@dataclass(slots=True)
class Answer:
    status: int
    body: str
    content_type: str


def ask(
    port: int,
    body: bytes | None,
    path: str = "/add-checkpoint",
    headers: dict[str, str] | None = None,
) -> Answer:
    """POST a body, or GET a path if there is none."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET" if body is None else "POST", path, body, headers or {})
        response = connection.getresponse()
        return Answer(
            response.status, response.read().decode(), response.headers.get("Content-Type", "")
        )
    finally:
        connection.close()


def make(folder: Path, name: str = "w.example/one", *, mldsa44: bool = False) -> keys.WitnessKeys:
    """Keys, an empty memory and a list with one log, in a folder."""
    made = keys.make(folder / "witness.key", name, mldsa44=mldsa44)
    store.create(folder / "witness.db", made.public()[0].format())
    (folder / "logs").write_text(f"# known\nlog {vkey()} https://log.example/a\nquorum none\n")
    return made


@contextmanager
def serving(folder: Path, clock: ManualClock, prefix: str = "") -> Iterator[WitnessServer]:
    """The witness of a folder in threads of this process."""
    loaded = keys.load(folder / "witness.key")
    memory = store.Store(folder / "witness.db", loaded.public()[0].format())
    server = WitnessServer(
        ("127.0.0.1", 0), Witness(loaded, memory, folder / "logs", clock), prefix
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        memory.close()


@contextmanager
def child(
    folder: Path, port: int = 0, arguments: Sequence[str] = ()
) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The witness of a folder as a process of its own, and its port; killed at the end."""
    running = subprocess.Popen(
        [sys.executable, "-m", "audit.witness.cli", "serve", "--listen", f"127.0.0.1:{port}",
         "--key", folder / "witness.key", "--state", folder / "witness.db",
         "--logs", folder / "logs", *arguments],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert running.stdout is not None
    try:
        line = running.stdout.readline()
        yield running, int(line.rsplit(":", 1)[1].split("/")[0])
    finally:
        if running.poll() is None:
            running.kill()
            running.wait()
        running.stdout.close()


@contextmanager
def process(folder: Path, arguments: Sequence[str] = ()) -> Iterator[tuple[int, int]]:
    """The same; its pid and port."""
    with child(folder, 0, arguments) as (running, port):
        yield running.pid, port


def resident_kib(pid: int) -> int:
    """Memory of a process in KiB."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])
