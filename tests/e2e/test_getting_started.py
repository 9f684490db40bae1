"""Runs part one of docs/getting-started.md: every fenced command, in order, on a fresh home.

`make demo` stands for what its last line runs (`sakshi demo`, the environment being there); all
other commands go to a shell as they are written.
"""

import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.conftest import ROOT
from tests.e2e.machine import START_SECONDS, Browser, Server, environment

PAGE = ROOT / "docs" / "getting-started.md"
ALERT_SECONDS = 10.0
"""How long an alert may take here; the bench measures it (under two seconds)."""


def commands() -> list[str]:
    """The lines of all fenced sh blocks."""
    part = PAGE.read_text("utf-8").partition("# Part two")[0]
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@dataclass
class Reader:
    """Somebody following the page: a shell in a project folder, a server in another terminal."""

    folder: Path
    home: Path
    outputs: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.server = Server(self.home)

    def demo(self) -> None:
        """`make demo`, in another terminal."""
        with self.server.log.open("ab") as output:
            self.server.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "demo", "--port", str(self.server.port)],
                cwd=self.folder,
                env=self.environment,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS + 45
        while time.monotonic() < deadline:
            try:
                if self.server.get("/healthz").status_code == 200:
                    return
            except httpx2.TransportError:
                time.sleep(0.2)
            if self.server.process.poll() is not None:
                break
        raise AssertionError(self.server.log.read_text()[-3000:])

    @property
    def environment(self) -> dict[str, str]:
        own = {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
        return environment(self.home) | own

    def run(self, command: str) -> str:
        """A command as it is written; gives all it printed."""
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.outputs.append((command, done.stdout))
        return done.stdout


@pytest.fixture
def reader(tmp_path: Path, shared_dir: Path) -> Iterator[Reader]:
    """A folder that looks like the project from inside, beside the shared data."""
    folder = tmp_path / "sakshi"
    folder.mkdir()
    (folder / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "shared").symlink_to(shared_dir)
    made = Reader(folder, tmp_path / "home" / "var")
    made.home.parent.mkdir()
    yield made
    made.server.kill()


class Board:
    """The Registrar's open page: what arrives on its stream, and when."""

    def __init__(self, server: Server) -> None:
        self.browser = Browser(server).sign_in("registrar")
        self.text = ""
        self.arrived = threading.Event()
        self.ready = threading.Event()
        threading.Thread(target=self._follow, daemon=True).start()
        assert self.ready.wait(10)

    def _follow(self) -> None:
        with self.browser.http.stream("GET", "/registrar/live", timeout=120) as answer:
            assert answer.status_code == 200
            self.ready.set()
            try:
                for chunk in answer.iter_text():
                    self.text += chunk
                    if 'is-changed" data-society="s2"' in self.text:
                        self.arrived.set()
            except httpx2.HTTPError:
                return


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_every_command_does_what_the_page_says(reader: Reader) -> None:
    listed = commands()
    assert listed[0] == "make demo" and len(listed) > 12
    imports: list[str] = []
    for command in listed:
        if command == "make demo":
            reader.demo()
            assert "സാക്ഷി" in reader.server.get("/").text
        elif "troubled" in command:
            _alert_appears(reader, command)
        else:
            said = reader.run(command)
            if "daybook_utf16" in command:
                imports.append(said)
            if "echo $?" in command:
                _exit_code(command, said)
    assert "2 vouchers" in imports[0] and "asked: nothing was sealed" in imports[0]
    assert "entries sealed: 2" in imports[1]
    assert "changes nothing" in imports[2]
    # Killed before it was staged, the import begins anew; killed later, the server finished it.
    whole = dict(reader.outputs)["sakshi import S2 big.xml"]
    assert "changes nothing" in whole or "entries sealed: 5000" in whole, whole
    assert "waiting in the outbox: 0" in reader.run("sakshi status")


def _alert_appears(reader: Reader, command: str) -> None:
    board = Board(reader.server)
    assert "46 loans" not in board.browser.http.get("/registrar/societies/s2").text
    reader.run(command)
    assert board.arrived.wait(ALERT_SECONDS), board.text[-2000:]
    assert "46" in board.browser.http.get("/registrar/societies/s2").text
    board.browser.close()


def _exit_code(command: str, said: str) -> None:
    left_out = command.startswith("sakshi-audit verify pkg;")
    expected = "1" if "bad.zip" in command else "2" if left_out else "0"
    assert said.rstrip().splitlines()[-1] == expected, said
    if expected == "1":
        assert re.search(r"entry \d+", said), said
    if expected == "2":
        assert "log/checkpoint" in said
