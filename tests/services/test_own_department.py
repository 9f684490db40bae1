"""The first start at state scale: a trial on PostgreSQL and Redis, two webs behind nginx.

The link is opened through nginx, each person may meet either process, and all of them follow the
moved clock.
"""

import re
import ssl
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from bench import nginx
from tests.conftest import ROOT
from tests.services.test_two_webs import _CSRF, Machines, answers, machines, port_of, until
from tests.trust.log.test_bucket import certificate
from trust.database import Database
from trust.log.trial import TrialClock

__all__ = ["machines"]
NEW = "a long enough password"
DAY = 86_400


def sakshi(made: Machines, *args: str) -> subprocess.CompletedProcess[str]:
    """The operator's command, as the administrator."""
    return subprocess.run(
        [sys.executable, "-m", "web.cli", *args],
        cwd=ROOT,
        env=made.env | {"SAKSHI_PASSWORD": NEW, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


@pytest.mark.services
@pytest.mark.timeout(300)
def test_the_first_start_of_a_trial_behind_nginx(machines: Machines) -> None:
    signer = machines.commands["signer"]
    signer[signer.index("--init") + 1] = "trial-coop.example"
    machines.start("signer")
    until((machines.folder / "signer.sock").exists, "the signer")
    refused = sakshi(machines, "init")
    assert refused.returncode == 1 and "sakshi init --trial" in refused.stderr
    made = sakshi(machines, "init", "--trial", "--keep")
    assert made.returncode == 0, made.stderr
    again = sakshi(machines, "init", "--trial", "--keep")
    assert "The state is kept: trial-coop.example" in again.stdout
    link = re.search(r"/link/\S+", again.stdout)
    assert link is not None
    for name in ("worker1", "web1", "web2"):
        machines.start(name)
    for name in ("web1", "web2"):
        until(lambda name=name: answers(machines, name), machines.said(name))  # type: ignore[misc]
    pair = [Path(one) for one in certificate(machines.folder)]
    ports = [port_of(machines, name) for name in ("web1", "web2")]
    with nginx.before(ports, machines.folder / "nginx", (pair[0], pair[1])) as url:
        trust = ssl.create_default_context(cafile=str(pair[0]))
        with httpx2.Client(base_url=url, verify=trust, timeout=60) as browser:
            _entered(browser, link[0])
            for args in (
                ("add", "anitha", "Anitha Varma"),
                ("link", "anitha"),
                ("appoint", "anitha", "administrator"),
            ):
                done = sakshi(machines, "people", *args, "--as", "administrator")
                assert done.returncode == 0, done.stderr
            second = re.search(r"/link/\S+", sakshi(machines, "people", "link").stdout)
            assert second is None, "nobody is made the first a second time"
    _moved(machines, ports)


def _entered(browser: httpx2.Client, link: str) -> None:
    """The first administrator chooses a password and signs in, whichever process answers."""
    found = _CSRF.search(browser.get(link).text)
    assert found is not None
    fields = {"csrf": found[1], "password": NEW, "password_again": NEW}
    assert browser.post(link, data=fields).status_code == 303
    for _ in range(4):  # both processes know that it is used up
        assert browser.get(link).status_code == 404
    time.sleep(1.1)  # sessions of the second in which a password was set end with it
    found = _CSRF.search(browser.get("/login").text)
    assert found is not None
    fields = {"csrf": found[1], "login": "administrator", "password": NEW}
    assert browser.post("/login", data=fields).status_code == 303
    for _ in range(4):
        answer = browser.get("/login/session")
        assert answer.json()["login"] == "administrator"
        assert answer.headers["sakshi-trial"]


def _moved(made: Machines, ports: list[int]) -> None:
    """The clock of the command, of the database's readers and of both webs is ahead."""
    before = int(time.time())
    assert str(16 * DAY) in sakshi(made, "trial-clock", "+16d").stdout
    time.sleep(1)
    db = Database(made.env["SAKSHI_DATABASE"])
    assert TrialClock(db)() >= before + 16 * DAY
    db.dispose()
    for port in ports:
        known = httpx2.post(
            f"http://127.0.0.1:{port}/api/v1/login/challenge", json={"account": "x"}
        )
        expires = re.search(r'"expires": ?"([0-9T:Z-]+)"', known.text)
        assert expires is not None, known.text
        wanted = time.strftime("%Y-%m-%d", time.gmtime(before + 16 * DAY))
        assert expires[1][:10] >= wanted
