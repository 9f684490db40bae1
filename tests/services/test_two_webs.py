"""Two web processes behind nginx, two workers, and kills: nobody notices which one answers."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest

from bench import nginx
from tests.conftest import HOST, ROOT
from tests.minutes import early_in_a_minute
from tests.trust.log.test_bucket import certificate
from tests.trust.people import scenario as w
from tests.web.books import trial_balance
from trust.database import Database
from trust.log import boot
from trust.log import queries as log_queries
from trust.settings import Settings
from web import wiring
from web.migrate import migrate

_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_DIGEST = re.compile(r'name="digest" value="([^"]+)"')


@dataclass(slots=True)
class Machines:
    """The processes of a state, by name, and how each is started again."""

    folder: Path
    env: dict[str, str]
    commands: dict[str, list[str]]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as output:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", *self.commands[name]],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """SIGKILL to it and its children."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=20)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text("utf-8", errors="replace")


def until(what: Callable[[], bool], words: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, words
        time.sleep(0.1)


@pytest.fixture
def machines(tmp_path: Path, database_url: str, broker_url: str) -> Iterator[Machines]:
    if broker_url.startswith("memory") or nginx.PROGRAM is None:
        pytest.skip("set SAKSHI_TEST_BROKER, and install nginx-light")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAKSHI_")}
    env = kept | {
        "SAKSHI_HOME": str(tmp_path / "home"),
        "SAKSHI_DATABASE": database_url,
        "SAKSHI_BROKER": broker_url,
        "SAKSHI_SIGNER": f"unix:{tmp_path}/signer.sock",
        "SAKSHI_PROXIES": "127.0.0.1",
        "SAKSHI_ARGON2_MEMORY_KIB": "64",
        "SAKSHI_SECURE_COOKIES": "1",
        "C_FORCE_ROOT": "1",
    }
    signer = ["trust.log.keys.signer", "--home", f"{tmp_path}/signer", "--init", HOST]
    worker = ["celery", "-A", "web.wiring:celery_app", "worker", "--concurrency", "1", "-n"]
    ports = {name: nginx.free_port() for name in ("web1", "web2")}
    commands = {
        "signer": [*signer, "--listen", f"unix:{tmp_path}/signer.sock"],
        "worker1": [*worker, f"w1-{os.getpid()}@here"],
        "worker2": [*worker, f"w2-{os.getpid()}@here"],
    } | {name: ["web.cli", "serve", "--port", str(port)] for name, port in ports.items()}
    made = Machines(tmp_path, env, commands)
    yield made
    for name in list(made.running):
        made.kill(name)


def people(made: Machines) -> None:
    """A society with officers, through the signer that runs."""
    settings = Settings.from_env(made.env)
    wiring.load_packages()
    db = Database(settings.database)
    migrate(db)
    boot.make_state(db, settings, None)
    rt = boot.open_state(settings, db)
    with rt.db.write() as conn:
        w.build(conn, rt.clock(), 2, 1)
    rt.close()
    db.dispose()


def port_of(made: Machines, name: str) -> int:
    return int(made.commands[name][-1])


def answers(made: Machines, name: str) -> bool:
    try:
        url = f"http://127.0.0.1:{port_of(made, name)}/healthz"
        return httpx2.get(url, timeout=2).status_code == 200
    except httpx2.TransportError:
        return False


@pytest.mark.services
@pytest.mark.timeout(300)
def test_two_webs_two_workers_and_kills(machines: Machines) -> None:
    """A web that waited for the signer; a session, a file and limits across both; kills of each."""
    machines.start("signer")
    socket = machines.folder / "signer.sock"
    until(socket.exists, "the signer")
    people(machines)
    machines.kill("signer")
    socket.unlink()
    for name in ("web1", "web2"):
        machines.start(name)
    until(lambda: "Waiting for the signer" in machines.said("web1"), "the sentence of web1")
    assert machines.running["web1"].poll() is None, machines.said("web1")
    for name in ("signer", "worker1", "worker2"):
        machines.start(name)
    for name in ("web1", "web2"):
        until(lambda name=name: answers(machines, name), machines.said(name))  # type: ignore[misc]
    pair = [Path(one) for one in certificate(machines.folder)]
    ports = [port_of(machines, name) for name in ("web1", "web2")]
    with nginx.before(ports, machines.folder / "nginx", (pair[0], pair[1])) as url:
        used(machines, url, pair[0])


FAIL_TIMEOUT = 2.5
"""After so many seconds nginx tries a process that failed again (`fail_timeout`, 2 s)."""


def used(machines: Machines, url: str, authority: Path) -> None:
    """What people do meanwhile."""

    def at(address: str) -> httpx2.Client:
        trust = ssl.create_default_context(cafile=str(authority))
        way = httpx2.HTTPTransport(local_address=address, verify=trust)
        return httpx2.Client(base_url=url, transport=way, timeout=60, follow_redirects=True)

    officer, stranger = at("127.0.3.1"), at("127.0.3.66")
    page = officer.get("/login")
    token = _CSRF.search(page.text)
    assert token is not None
    fields = {"login": "secretary", "password": w.PASSWORD, "csrf": token[1]}
    assert officer.post("/login", data=fields).url.path == "/secretary"

    # Another name each time: nobody waits, so that all of them fall into one minute.
    early_in_a_minute()
    wrong = ({"login": f"nobody-{number}", "password": "no"} for number in range(24))
    codes = [stranger.post("/api/v1/login", json=body).status_code for body in wrong]
    assert codes.count(422) <= 21 and codes[-1] == 429, "both processes count together"

    page = sent(officer)
    machines.kill("web1")
    machines.kill("worker1")
    for _ in range(6):
        assert officer.get("/secretary").status_code == 200, "the other one answers"
    page = sealed(officer, page)
    assert "/uploads/" not in page.url.path, page.text[-3000:]

    machines.start("web1")
    until(lambda: answers(machines, "web1"), machines.said("web1"))
    time.sleep(FAIL_TIMEOUT)
    machines.kill("web2")
    for _ in range(6):
        assert officer.get("/secretary/imports").status_code == 200
    assert "tb-2025-26.csv" in officer.get("/secretary/imports").text
    until(lambda: published(machines), "worker2 publishes what worker1 left", 120)


def sent(officer: httpx2.Client) -> httpx2.Response:
    """A file is looked at."""
    found = _CSRF.search(officer.get("/secretary/imports").text)
    assert found is not None
    fields = {"csrf": found[1], "kind": "auto", "book_year": "2025-26", "answer.suspense": "yes"}
    file = {"file": ("tb-2025-26.csv", trial_balance("2025-26"))}
    return over(officer, officer.post("/secretary/imports", data=fields, files=file))


def sealed(officer: httpx2.Client, page: httpx2.Response) -> httpx2.Response:
    """And sealed as it was shown."""
    page = over(officer, officer.get(page.url.path))
    csrf, digest = _CSRF.search(page.text), _DIGEST.search(page.text)
    assert csrf is not None and digest is not None, page.text[-3000:]
    order = {"csrf": csrf[1], "act": "seal", "digest": digest[1]}
    return over(officer, officer.post(page.url.path, data=order))


def over(officer: httpx2.Client, page: httpx2.Response) -> httpx2.Response:
    """The page, once nothing is under way any more."""
    while "<progress" in page.text:
        time.sleep(0.3)
        page = officer.get(page.url.path)
    assert page.status_code == 200, (page.status_code, page.text[-3000:])
    return page


def published(machines: Machines) -> bool:
    """Whether nothing waits in the outbox and every book has a head over all its entries."""
    db = Database(machines.env["SAKSHI_DATABASE"])
    try:
        with db.read() as conn:
            books = [info for info in log_queries.logs(conn) if info.kind == "coop"]
            return bool(books) and all(one.size == one.next_index > 1 for one in books[:1])
    finally:
        db.dispose()
