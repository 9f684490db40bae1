"""Runs part two of docs/getting-started.md: from an empty folder to a Registrar that two appointed.

The reader has nothing but the page: no demo, no shared data. Links are opened as a browser does.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from tests.e2e.machine import Server, environment
from tests.e2e.test_getting_started import PAGE

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
PASSWORDS = {
    name: f"{name}-chose-this" for name in ("administrator", "anitha", "biju", "chitra", "devi")
}


def commands() -> list[str]:
    """The lines of all fenced sh blocks of part two."""
    part = PAGE.read_text("utf-8").partition("# Part two")[2]
    blocks = re.findall(r"```sh\n(.*?)```", part, re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.strip()]


@dataclass
class Reader:
    """Somebody following the page, with a shell in an empty folder and a server beside it."""

    folder: Path
    said: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home = self.folder / "trial"
        self.server = Server(self.home)

    def run(self, command: str) -> str:
        """A command as it is written, as the person that it names; returns all it printed."""
        person = re.search(r"--as (\w+)", command)
        own = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "SAKSHI_BIND": f"127.0.0.1:{self.server.port}",
        }
        if person:
            own["SAKSHI_PASSWORD"] = PASSWORDS[person[1]]
        done = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=environment(self.home) | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.said[command] = f"{done.stdout}\n[{done.returncode}]"
        return done.stdout

    def choose(self, path: str, login: str) -> None:
        """Open a link and choose a password."""
        with httpx2.Client(base_url=self.server.url, headers={"Accept-Language": "en"}) as browser:
            page = browser.get(path)
            found = _CSRF.search(page.text)
            assert page.status_code == 200 and login in page.text and found is not None
            assert page.headers["sakshi-trial"]
            chosen = dict.fromkeys(("password", "password_again"), PASSWORDS[login])
            answer = browser.post(path, data={"csrf": found[1]} | chosen)
            assert answer.status_code == 303, answer.text


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    made = Reader(tmp_path)
    yield made
    made.server.kill()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_an_empty_folder_becomes_a_department(reader: Reader) -> None:
    listed = commands()
    assert listed[0].startswith("export SAKSHI_HOME") and len(listed) > 14
    for command in listed[1:]:
        if command == "sakshi serve":
            reader.server.start()
            continue
        said = reader.run(command)
        refused = command.endswith("confirm 1 --as administrator")
        assert reader.said[command].endswith("[1]" if refused else "[0]"), (command, said)
        link = re.search(r"/link/\S+", said)
        if command == "sakshi people link":
            assert link is not None
            reader.choose(link[0], "administrator")
        elif link is not None and "people link" in command:
            reader.choose(link[0], command.split()[3])
    told = reader.said
    assert "/link/" in told["sakshi init coop.example --trial"]
    assert "trial-coop.example" in told["sakshi init coop.example --trial"]
    assert "Request 1 waits" in told[next(it for it in listed if "biju registrar" in it)]
    assert "registrar" in told["sakshi people list --as anitha"]
    verdict = told["sakshi-audit verify pkg.zip; echo $?"]
    assert "TRIAL installation" in verdict and verdict.split()[-2] == "0", verdict
    assert "1382400 seconds ahead" in told["sakshi trial-clock +16d"]
    _what_is_left(reader)


def _what_is_left(reader: Reader) -> None:
    """Nobody becomes an administrator by the shell; Biju may act, and is no administrator."""
    assert "nobody can become the first" in reader.run("sakshi people link")
    refused = reader.run("sakshi people link anitha --as administrator")
    assert "has a password already" in refused
    rights = json.loads(reader.run("sakshi people me --as biju --json 2>/dev/null"))
    assert [(it["role"], it["scope"]) for it in rights["grants"]] == [("registrar", "thrissur")]
    assert "needs one of these roles" in reader.run(
        "sakshi office add other district Other Other --scope kollam --as biju"
    )
