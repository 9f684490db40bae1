"""The examples of docs/monitoring.md, run as printed: cron, hook, webhook, service, compare."""

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from audit.monitoring.findings import MEANINGS
from tests.audit.monitor.liar import SLUG, Liar
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PAGE = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
SERVER = "https://sakshi.example"


class Volunteer:
    """Somebody with an own home, a mail program, and a server that is somewhere else."""

    def __init__(self, home: Path, liar: Liar) -> None:
        self.home, self.liar = home, liar
        self.mails = home / "mails"
        programs = home / "bin"
        programs.mkdir()
        (home / "sakshi").mkdir()
        (home / "state.policy").write_bytes(liar.policy())
        self.write(
            programs / "sakshi-audit",
            f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m audit.cli "$@"\n',
        )
        self.write(
            programs / "mail",
            f'#!/bin/sh\nprintf "%s\\n" "$*" >>{self.mails}\ncat >>{self.mails}\n',
        )
        self.path = f"{programs}:{os.environ['PATH']}"

    @staticmethod
    def write(path: Path, text: str) -> None:
        """A program."""
        path.write_text(text)
        path.chmod(0o755)

    def run(self, line: str) -> subprocess.CompletedProcess[str]:
        """A command line, as cron runs it."""
        assert SERVER in line
        return subprocess.run(
            ["/bin/sh", "-c", line.replace(SERVER, self.liar.url)],
            env={"HOME": str(self.home), "PATH": self.path},
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=100,
        )


@pytest.fixture
def volunteer(liar: Liar, tmp_path: Path) -> Volunteer:
    """A volunteer who has not looked yet."""
    home = tmp_path / "volunteer"
    home.mkdir()
    return Volunteer(home, liar)


def lines(start: str) -> list[str]:
    """Lines of the examples that begin so."""
    blocks = re.findall(r"^```\w*\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [line for block in blocks for line in block.splitlines() if line.startswith(start)]


@pytest.mark.slow
def test_the_cron_lines_are_silent_and_then_are_not(liar: Liar, volunteer: Volunteer) -> None:
    plain, mailing = (line.split(None, 5)[5] for line in lines("*/10"))
    (script,) = re.findall(r"^```sh\n(#!/bin/sh\n# tell\.sh.*?)^```$", PAGE, re.DOTALL | re.M)
    Volunteer.write(volunteer.home / "sakshi" / "tell.sh", script)
    for line in (plain, mailing):
        quiet = volunteer.run(line)
        assert (quiet.returncode, quiet.stdout, quiet.stderr) == (0, "", "")
    path = liar.path(liar.book, "tile/entries/000.p/5")
    liar.lies[path] = 404
    told = volunteer.run(mailing)
    assert (told.returncode, told.stdout, told.stderr) == (1, "", "")
    assert volunteer.run(mailing).returncode == 1
    said = volunteer.run(plain)
    assert said.returncode == 1 and "Whom to tell" in said.stdout
    liar.lies.clear()
    assert volunteer.run(mailing).returncode == 0
    mails = volunteer.mails.read_text()
    subjects = re.findall(r"^-s Sakshi: (\S+) in (\S+) audit@example\.org$", mails, re.MULTILINE)
    assert subjects == [("missing", liar.book), ("cleared", liar.book)], "one mail for each"
    (folder,) = set(re.findall(r"^Evidence: (.*)$", mails, re.MULTILINE))
    assert (Path(folder) / "README.txt").is_file()


@pytest.fixture
def listener() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """A web address that takes JSON, and what it was told."""
    heard: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/json"
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/sakshi", heard
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_webhook_line_tells_what_the_table_says(
    liar: Liar, volunteer: Volunteer, listener: tuple[str, list[dict[str, str]]]
) -> None:
    address, heard = listener
    (line,) = (each for each in lines("sakshi-audit monitor") if "--webhook" in each)
    liar.lies[liar.path(liar.book, "tile/entries/000.p/5")] = 404
    done = volunteer.run(line.replace("https://hooks.example/sakshi", address))
    assert done.returncode == 1, done.stderr
    (event,) = heard
    documented = set(re.findall(r"^\| `SAKSHI_([A-Z]+)` \|", PAGE, re.MULTILINE))
    assert {name.upper() for name in event} == documented
    assert event["event"] == "missing" and event["server"] == liar.url


def test_the_service_starts_as_printed(liar: Liar, volunteer: Volunteer, tmp_path: Path) -> None:
    (line,) = lines("ExecStart=")
    command = line.removeprefix("ExecStart=").replace("/usr/local/bin/", "")
    command = command.replace("/etc/sakshi/", f"{volunteer.home}/")
    command = command.replace("/var/lib/sakshi-monitor/", f"{tmp_path}/")
    assert volunteer.run(f"{command} --once").returncode == 0
    assert (tmp_path / "monitor.db").is_file()
    if shutil.which("systemd-analyze") is None:
        return
    (unit,) = re.findall(r"^```\n(\[Unit\].*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    file = tmp_path / "sakshi-monitor.service"
    file.write_text(unit.replace("/usr/local/bin/sakshi-audit", "/bin/true"))
    done = subprocess.run(
        ["systemd-analyze", "verify", file], capture_output=True, text=True, check=False
    )
    assert "sakshi-monitor" not in done.stderr, done.stderr


def test_every_printed_command_is_understood(liar: Liar, volunteer: Volunteer) -> None:
    first = volunteer.home / "mine.db"
    liar.lies[f"/s/{SLUG}.json"] = b'{"meetings": []}'
    for name in ("mine.db", "yours.db", "sakshi-monitor.db"):
        line = f"sakshi-audit monitor {SERVER} --once --policy state.policy --state {name}"
        assert volunteer.run(line).returncode == 0
    assert first.is_file()
    printed = [line for line in lines("sakshi-audit") if "--webhook" not in line]
    assert len(printed) >= 3
    for line in printed:
        line = line.partition(";")[0].replace("http://127.0.0.1:8000", SERVER)
        done = volunteer.run(line if SERVER in line else f"{line} # {SERVER}")
        assert done.returncode == 0, (line, done.stdout, done.stderr)


def test_the_table_of_findings_names_them_all() -> None:
    section = PAGE.partition("## What it reports")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`[^|]+) \|", section, re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z-]+)`", row)} == set(MEANINGS)


def test_every_option_named_in_the_page_exists() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "audit.cli", "monitor", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout
    more = subprocess.run(
        [sys.executable, "-m", "audit.cli", "compare", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=os.environ | {"COLUMNS": "200"},
    ).stdout
    named = set(re.findall(r"(?<![\w-])--[a-z]+(?:-[a-z]+)*", PAGE)) - {"--from", "--report"}
    assert not {name for name in named if name not in shown + more}
