"""docker-compose.yml is well formed, and the commands it names start and answer.

No container engine is needed: the commands of signer, web, worker and beat are taken from the file,
its addresses and folders replaced by those of this test, and run as plain processes against the
test database and broker.
"""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import make_url

from tests.conftest import ROOT

COMPOSE = ROOT / "docker-compose.yml"
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
OURS = ("signer", "web", "worker", "beat")
ONCE = ("secrets", "init")


def load() -> dict[str, Any]:
    """The compose file with its variables at their defaults, as `docker compose config` sees it."""
    text = VARIABLE.sub(lambda found: found[2] or "", COMPOSE.read_text("utf-8"))
    loaded: dict[str, Any] = yaml.safe_load(text)
    return loaded


def schema_check(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", file],
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_file_meets_the_compose_specification() -> None:
    result = schema_check(COMPOSE)
    assert result.returncode == 0, result.stdout + result.stderr


def test_a_misspelt_key_would_be_found(tmp_path: Path) -> None:
    broken = tmp_path / "docker-compose.yml"
    broken.write_text(COMPOSE.read_text("utf-8").replace("network_mode:", "netwrok_mode:"), "utf-8")
    result = schema_check(broken)
    assert result.returncode != 0
    assert "netwrok_mode" in result.stdout + result.stderr


def test_every_service_of_the_installation_is_there() -> None:
    assert set(load()["services"]) == {*OURS, *ONCE, "postgres", "redis", "prometheus"}


def test_only_the_signer_reaches_its_volume() -> None:
    for name, service in load()["services"].items():
        mounted = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert ("signer-guard" in mounted) == (name == "signer")


def test_no_password_stands_in_the_file() -> None:
    for name, service in load()["services"].items():
        for variable, value in service.get("environment", {}).items():
            if "PASSWORD" in variable or "SECRET" in variable:
                assert variable.endswith("_FILE"), (name, variable)
            if "://" in str(value):
                assert make_url(value).password is None, (name, variable)


def test_only_the_database_and_its_clients_see_its_password() -> None:
    for name, service in load()["services"].items():
        mounted = [it for it in service.get("volumes", []) if it.startswith("database-password:")]
        needs = {"secrets", "init", "postgres", "web", "worker", "beat"}
        assert bool(mounted) == (name in needs), name
        assert all(it.endswith(":ro") for it in mounted) == (name != "secrets"), name
    postgres = load()["services"]["postgres"]
    assert postgres["depends_on"]["secrets"]["condition"] == "service_completed_successfully"


def test_cookies_are_for_https_alone_and_the_port_is_local() -> None:
    web = load()["services"]["web"]
    assert str(web["environment"]["SAKSHI_SECURE_COOKIES"]) == "1"
    assert web["ports"] == ["127.0.0.1:8000:8000"]


def test_nothing_starts_before_the_state_is_made() -> None:
    services = load()["services"]
    for name in ("web", "worker", "beat"):
        waits = services[name]["depends_on"]["init"]["condition"]
        assert waits == "service_completed_successfully", name
    assert all(services[name]["restart"] == "no" for name in ONCE)


def test_prometheus_reads_the_port_that_web_opens() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text("utf-8"))
    port = load()["services"]["web"]["environment"]["SAKSHI_BIND"].rpartition(":")[2]
    targets = [
        target
        for job in config["scrape_configs"]
        for group in job["static_configs"]
        for target in group["targets"]
    ]
    assert targets == [f"web:{port}"]


def test_the_procfile_runs_the_same_commands() -> None:
    lines = (ROOT / "Procfile").read_text("utf-8").splitlines()
    procfile = {
        name: shlex.split(rest) for name, _, rest in (line.partition(":") for line in lines)
    }
    services = load()["services"]
    assert set(procfile) == set(OURS)
    for name, command in procfile.items():
        # Same program, module, verb and options; only addresses and folders differ.
        same = [word for word in command if re.fullmatch(r"-[-\w]*|[a-z._]+(:celery_app)?", word)]
        theirs = [word for word in services[name]["command"] if word in same]
        assert theirs == same, name


class Service:
    """One command of the compose file as a process, its output kept in a file."""

    def __init__(self, name: str, folder: Path, replace: dict[str, str]) -> None:
        described = load()["services"][name]
        environment = dict(os.environ)
        environment.update(
            {key: self._here(str(value), replace) for key, value in environment_of(described)}
        )
        environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
        self.name, self.output = name, folder / f"{name}.log"
        self._file = self.output.open("wb")
        self.process = subprocess.Popen(
            [self._here(word, replace) for word in described["command"]],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._file,
            stderr=subprocess.STDOUT,
        )

    @staticmethod
    def _here(text: str, replace: dict[str, str]) -> str:
        for theirs, ours in replace.items():
            text = text.replace(theirs, ours)
        return text

    def said(self) -> str:
        return self.output.read_text("utf-8", errors="replace")

    def until(self, what: Callable[[], bool], seconds: float = 40) -> None:
        """Wait until `what` holds; a process that has ended meanwhile fails the test."""
        deadline = time.monotonic() + seconds
        while not what():
            assert self.process.poll() is None, f"{self.name} ended:\n{self.said()}"
            assert time.monotonic() < deadline, f"{self.name} was not ready:\n{self.said()}"
            time.sleep(0.1)

    def stop(self) -> int:
        """End it as a container engine does: SIGTERM, and SIGKILL if that is not heeded."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.name} did not stop on SIGTERM:\n{self.said()}") from None
        finally:
            self._file.close()


def environment_of(service: dict[str, Any]) -> list[tuple[str, Any]]:
    """The variables a service sets, without those left empty."""
    said = service.get("environment", {}).items()
    return [(key, value) for key, value in said if value not in ("", None)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str) -> tuple[int, str]:
    """Status and body; 0 while nothing listens."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode("utf-8")
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode("utf-8", errors="replace")
    except OSError:
        return 0, ""


def ping(path: Path) -> dict[str, Any]:
    """Ask the signer over its socket who it is; empty while nothing listens."""
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(path))
            link.sendall(b'{"op":"ping"}\n')
            answer: dict[str, Any] = json.loads(link.makefile("rb").readline())
            return answer
    except OSError:
        return {}


Start = Callable[[str], Service]


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def start(tmp_path: Path, port: int, database_url: str, broker_url: str) -> Iterator[Start]:
    """Starts services by name; all are stopped, latest first, and must stop cleanly."""
    if broker_url.startswith("memory"):
        pytest.skip("set SAKSHI_TEST_BROKER: processes cannot share a broker in memory")
    environment = dict(environment_of(load()["services"]["web"]))
    replace = {
        environment["SAKSHI_DATABASE"]: database_url,
        environment["SAKSHI_BROKER"]: broker_url,
        "/var/lib/sakshi-signer": str(tmp_path / "signer-guard"),
        "/var/lib/sakshi": str(tmp_path / "state"),
        "/run/sakshi-password": str(tmp_path),
        "/run/sakshi": str(tmp_path),
        "0.0.0.0": "127.0.0.1",
        "8000": str(port),
    }
    running: list[Service] = []

    def begin(name: str) -> Service:
        service = Service(name, tmp_path, replace)
        running.append(service)
        return service

    yield begin
    codes = {service.name: service.stop() for service in reversed(running)}
    # A process that leaves through the signal itself has stopped as asked, too.
    assert all(code in {0, -signal.SIGTERM} for code in codes.values()), codes


@pytest.mark.services
def test_the_commands_start_and_answer(start: Start, tmp_path: Path, port: int) -> None:
    secrets = start("secrets")
    assert secrets.process.wait(30) == 0, secrets.said()
    password = (tmp_path / "database").read_text()
    assert len(password) > 40
    signer = start("signer")
    signer.until(lambda: ping(tmp_path / "signer.sock").get("ok") is True)

    made = start("init")
    assert made.process.wait(60) == 0, made.said()
    assert "A new state: sakshi.example" in made.said()
    # Both again, as at the next `docker compose up`: nothing is made a second time.
    assert start("secrets").process.wait(30) == 0
    again = start("init")
    assert again.process.wait(60) == 0 and "The state is kept: sakshi.example" in again.said()
    assert (tmp_path / "database").read_text() == password

    web = start("web")
    web.until(lambda: get(f"http://127.0.0.1:{port}/healthz")[0] == 200)
    status, page = get(f"http://127.0.0.1:{port}/")
    assert (status, "<html" in page) == (200, True)
    status, metrics = get(f"http://127.0.0.1:{port}/metrics")
    assert (status, "# HELP" in metrics) == (200, True)

    # The pages live without a worker; that they are alone is told, and nothing restarts on it.
    status, reasons = get(f"http://127.0.0.1:{port}/readyz")
    assert (status, "worker-never" in reasons) == (503, True)
    worker = start("worker")
    worker.until(lambda: "ready." in worker.said())
    worker.until(lambda: get(f"http://127.0.0.1:{port}/readyz")[0] == 200)
    beat = start("beat")
    beat.until(lambda: "beat: Starting" in beat.said())

    time.sleep(3)
    for service in (signer, web, worker, beat):
        assert service.process.poll() is None, f"{service.name} ended:\n{service.said()}"
    assert "Traceback" not in worker.said() + beat.said()
