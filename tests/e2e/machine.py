"""A machine for end-to-end tests: real processes on a home of their own, and a browser's session.

Nothing here reaches into the server: commands and HTTP only, as an operator and a reader would.
"""

import fcntl
import html
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.conftest import ROOT
from trust.formats import b64, signing
from web.demo import logins

START_SECONDS = 40.0
_DRAFT = re.compile(r'data-draft="([^"]+)"')
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_DIGEST = re.compile(r'name="digest" value="([^"]+)"')


def environment(home: Path) -> dict[str, str]:
    """The environment of a command on that home: no setting of the caller's leaks in."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAKSHI_")}
    return kept | {
        "SAKSHI_HOME": str(home),
        "SAKSHI_ARGON2_MEMORY_KIB": "64",
        "PYTHONPATH": str(ROOT),
        "COLUMNS": "200",
    }


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def sakshi(home: Path, *args: str, timeout: float = 100) -> subprocess.CompletedProcess[str]:
    """Run the operator's command to its end."""
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *args],
        cwd=ROOT,
        env=environment(home),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def audit(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the auditor's command; it knows no home."""
    return subprocess.run(
        [sys.executable, "-m", "audit.cli", *args],
        cwd=ROOT,
        env=environment(Path("nowhere")),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def start(home: Path, *args: str) -> subprocess.Popen[bytes]:
    """Start the operator's command and give its process, a session of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "web.cli", *args],
        cwd=ROOT,
        env=environment(home),
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, as a power cut would; the signer child ends when its pipe closes."""
    process.kill()
    process.wait(timeout=20)


@dataclass(slots=True)
class Server:
    """`sakshi serve` on a free port; its output goes to a file beside the home."""

    home: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.home.parent / f"{self.home.name}.server.log"

    def start(self) -> "Server":
        """Start and wait until it answers."""
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "web.cli", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=environment(self.home) | self.extra,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise AssertionError(f"the server ended:\n{self.log.read_text()[-3000:]}")
            try:
                if httpx2.get(f"{self.url}/healthz", timeout=2).status_code == 200:
                    return self
            except httpx2.TransportError:
                time.sleep(0.1)
        raise AssertionError(f"the server never answered:\n{self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            kill(self.process)
            self.process = None

    def stop(self) -> None:
        """SIGTERM, and wait."""
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                kill(self.process)
            self.process = None

    def get(self, path: str) -> httpx2.Response:
        """One GET without a session."""
        return httpx2.get(f"{self.url}{path}", timeout=30, follow_redirects=True)


class Browser:
    """A session of somebody of the demo: signs in by password or by card, posts forms."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self.http = httpx2.Client(base_url=server.url, timeout=60)
        self.csrf = ""

    def _token(self, path: str) -> str:
        found = _CSRF.search(self.http.get(path).text)
        assert found is not None, path
        self.csrf = found.group(1)
        return self.csrf

    def sign_in(self, login: str) -> "Browser":
        """By password."""
        person = logins.person(logins.read_logins(self._server.home), login)
        fields = {"login": login, "password": person["password"], "csrf": self._token("/login")}
        answer = self.http.post("/login", data=fields)
        assert answer.status_code == 303, answer.text[:2000]
        return self

    def sign_in_by_card(self, login: str) -> "Browser":
        """By voting card: the challenge is signed here, the seed stays here."""
        seed = self.seed(login)
        self._token("/login")
        asked = self.json("/login/challenge", {"account": login})
        record = asked["record"]
        made = signing.sign(seed, "member", "login", asked["origin"], record)
        self.json("/login/signed", {"record": signing.with_signatures(record, [made])})
        self._token("/member")
        return self

    def cast(self, login: str, meeting: str, number: int, choice: str) -> httpx2.Response:
        """Vote as the ballot page does: take its draft, choose, sign with the card, send."""
        shown = self.http.get(f"/member/meetings/{meeting}/{number}")
        found = _DRAFT.search(shown.text)
        assert found is not None, (shown.status_code, shown.text[:1500])
        draft = json.loads(html.unescape(found.group(1))) | {"choice": choice}
        made = signing.sign(self.seed(login), "member", "ballot", draft["meeting"], draft)
        return self.http.post(
            f"/member/meetings/{meeting}/ballots",
            json=signing.with_signatures(draft, [made]),
            headers={"X-CSRF-Token": self.csrf},
        )

    def seed(self, login: str) -> bytes:
        """The secret on the card."""
        person = logins.person(logins.read_logins(self._server.home), login)
        return signing.parse_card(person["card"])

    def json(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """POST JSON as our own scripts do."""
        answer = self.http.post(path, json=body, headers={"X-CSRF-Token": self.csrf})
        assert answer.status_code < 300, (path, answer.status_code, answer.text[:2000])
        found: dict[str, Any] = json.loads(answer.text)
        return found

    def upload(self, name: str, data: bytes, year: str = "", **answers: str) -> httpx2.Response:
        """Import a file through the secretary's page: send it, look, seal; follow to the report."""
        fields = {"csrf": self._token("/secretary/imports"), "kind": "auto", "book_year": year}
        fields |= {f"answer.{code}": said for code, said in answers.items()}
        page = self.http.post(
            "/secretary/imports", data=fields, files={"file": (name, data)}, timeout=120
        )
        page = self._arrived(page)
        if found := _DIGEST.search(page.text):
            csrf = _CSRF.search(page.text)
            assert csrf is not None, "a preview has a form"
            order = {"csrf": csrf[1], "act": "seal", "digest": found[1]}
            page = self._arrived(self.http.post(page.url.path, data=order, timeout=120))
        assert "/uploads/" not in page.url.path, f"not sealed: {page.text[-6000:]}"
        return page

    def _arrived(self, page: httpx2.Response) -> httpx2.Response:
        """Where redirects lead, once nothing is under way any more."""
        while page.is_redirect or "<progress" in page.text:
            page = self.http.get(page.headers.get("location", page.url.path), timeout=120)
        return page

    def close(self) -> None:
        """End the session's connections."""
        self.http.close()


def checkpoint(server: Server, origin: str) -> tuple[int, bytes]:
    """Size and root of a log's released head, from the plain checkpoint anybody may fetch."""
    answer = server.get(f"/l/{origin}/checkpoint")
    assert answer.status_code == 200, (origin, answer.status_code)
    lines = answer.text.split("\n")
    assert lines[0] == origin
    return int(lines[1]), b64.decode(lines[2])


def package(home: Path, society: str, target: Path) -> dict[str, bytes]:
    """Write a society's package with the operator's command, verify it, and give its files."""
    done = sakshi(home, "package", society, str(target))
    assert done.returncode == 0, done.stderr
    checked = audit("verify", str(target))
    assert checked.returncode == 0, checked.stdout + checked.stderr
    with zipfile.ZipFile(target) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def seeded_once(basetemp: Path) -> Path:
    """A demo state made by `sakshi demo --no-serve`, once for all processes of a test run."""
    shared = basetemp.parent if "PYTEST_XDIST_WORKER" in os.environ else basetemp
    home = shared / "demo" / "var"
    home.parent.mkdir(exist_ok=True)
    with (shared / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            done = sakshi(home, "demo", "--no-serve")
            assert done.returncode == 0, done.stderr
    return home
