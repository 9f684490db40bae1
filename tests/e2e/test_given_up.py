"""The rehearsed restore of which a part is lost for ever: logs are given up, and all agree on it.

A sheet is filed and mirrored; two members vote, and the disk burns before the next mirror run. The
state log and the meeting are given up. What was acknowledged is there or stands by its place in the
list of what is lost; monitors that saw everything, mirrors and the auditor's command agree.
"""

import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.conftest import ROOT
from tests.e2e.machine import Server, environment
from tests.e2e.ruin import Machine, before
from tests.simulator.clock import ManualClock
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from trust.books import queries as books
from trust.formats import receipts
from trust.formats.proofs import format_proof
from trust.log import lineage, proofs
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from voting import service as voting_service

pytestmark = pytest.mark.slow

DAY = 86_400
REASON = "the disk burnt before the mirror was made"


@dataclass(slots=True)
class Ruin:
    """What is known outside when the disk has burnt.

    Attributes:
        ballots: index and receipt code of each ballot that was lost.
    """

    machine: Machine
    clock: ManualClock
    scenario: VotingScenario
    state: str
    meeting: str
    kept: int
    released: int
    ballots: list[tuple[int, str]] = field(default_factory=list)

    def abandon(self, origin: str, *, more: bool) -> str:
        """Give a log up; `more` logs are still missing then, which the exit code says."""
        order = ("sakshi", "recover", "--abandon", origin, "--reason", REASON)
        return self.machine.refused(*order) if more else self.machine.done(*order)

    def monitor(self, name: str, place: str, policy: str = "state.policy") -> dict[str, Any]:
        """One round of somebody's monitor; its report."""
        made = self.machine.run(
            *("sakshi-audit", "monitor", self.machine.path(place), "--once", "--json"),
            *("--policy", self.machine.path(policy), "--state", self.machine.path(name)),
        )
        found: dict[str, Any] = json.loads(made.stdout)
        return found


def happened(machine: Machine) -> Ruin:
    """Backup; an import and a filed sheet; the mirror; two votes; the disk burns."""
    clock = ManualClock(int(time.time()) - 20 * DAY - 60)  # The vote opens now.
    rt = machine.opened(clock)
    scenario = before(rt)
    machine.done("sakshi", "backup", machine.path("nightly.backup"))
    setting = BooksScenario(rt)
    setting.import_file(trial_balance("2025-26"), "tb2.csv", year="2025-26")
    setting.file("2024-25")
    setting.publish()
    machine.done("sakshi", "mirror", machine.path("mirror"))
    machine.done("sakshi", "mirror", machine.path("web"))
    ruin = voted(rt, machine, clock, scenario)
    ruin.monitor("all.db", "web")
    ruin.monitor("half.db", "mirror")
    rt.close()
    machine.done("sakshi", "mirror", machine.path("web"))
    ruin.monitor("all.db", "web")
    ruin.monitor("end.db", "web")
    (machine.folder / "web").rename(machine.folder / "burnt")
    return ruin


def voted(rt: Runtime, machine: Machine, clock: ManualClock, scenario: VotingScenario) -> Ruin:
    """Two members vote and take their receipts home."""
    with rt.db.read() as conn:
        state = lineage.current_state(conn, rt.host, clock())
        meeting = scenario.meeting(conn).origin
        kept = log_queries.info(conn, meeting).size
        (machine.folder / "state.policy").write_text(proofs.policy_text(conn))
    ruin = Ruin(machine, clock, scenario, state, meeting, kept, kept + 2)
    for member in ("2", "3"):
        with rt.db.write() as conn:
            done = voting_service.cast(
                conn, scenario.id, scenario.ballot(conn, member, "yes"), now=clock()
            )
        rt.publish([meeting])
        with rt.db.read() as conn:
            proof = format_proof(proofs.sakshi_proof(conn, meeting, done.index))
        (machine.folder / f"{done.index}.sakshi-proof").write_bytes(proof)
        ruin.ballots.append((done.index, receipts.code(done.leaf)))
    return ruin


@pytest.mark.timeout(900)
def test_what_was_acknowledged_is_there_or_stands_in_the_list(machine: Machine) -> None:
    ruin = happened(machine)
    machine.burn()
    machine.done("sakshi", "restore", machine.path("nightly.backup"))
    report = Path(machine.path("lost.json"))
    said = machine.refused(
        *("sakshi", "recover", "--from", machine.path("mirror"), "--report", str(report))
    )
    first, then = f"--abandon {ruin.state}", f"--abandon {ruin.meeting}"
    assert said.index(first) < said.index(then), "the order in which they are given up"
    check_missing(ruin, json.loads(report.read_text()))
    assert ruin.meeting in ruin.abandon(ruin.state, more=True)
    report.unlink()
    said = machine.done(
        *("sakshi", "recover", "--abandon", ruin.meeting, "--reason", REASON),
        *("--report", str(report)),
    )
    assert "Everything that was ever released is in the database." not in said
    check_lost(ruin, json.loads(report.read_text()), said)
    check_again(ruin)
    machine.done("sakshi", "fsck", "--all", "--rooms")
    listed = machine.done("sakshi", "keys", "list")
    for origin in (ruin.state, ruin.meeting):
        assert f"given up  {origin}+" in listed, listed
    assert "\nopen      " in listed
    check_outside(ruin)
    check_served(ruin)
    check_package(ruin)


def check_missing(ruin: Ruin, listed: list[dict[str, Any]]) -> None:
    """Before anything is given up the report names what was released and is not there."""
    rows = [row for row in listed if row["log"] == ruin.meeting and row["lost"] == "entry"]
    assert [row["index"] for row in rows] == [index for index, _ in ruin.ballots]
    assert all("recover --from" in row["do"] for row in rows)


def check_lost(ruin: Ruin, listed: list[dict[str, Any]], said: str) -> None:
    """Both ballots stand in the list by their place, with what to do."""
    rows = [row for row in listed if row["log"] == ruin.meeting and row["lost"] == "entry"]
    assert [row["index"] for row in rows] == [index for index, _ in ruin.ballots]
    assert all("called again" in row["do"] and REASON in row["why"] for row in rows)
    assert f"{ruin.meeting}: entries {ruin.kept} to {ruin.released - 1}" in said
    assert any(row["log"] == ruin.state for row in listed)


def check_again(ruin: Ruin) -> None:
    """Said again whenever it is asked, and nothing else happens."""
    said = ruin.machine.done("sakshi", "recover")
    assert f"{ruin.meeting}: entries {ruin.kept} to {ruin.released - 1}" in said
    ruin.machine.done("sakshi", "recover", "--from", ruin.machine.path("mirror"))


def check_outside(ruin: Ruin) -> None:
    """The old mirror goes on; monitors find the abandonments and nothing else; so does one that
    saw every entry that is lost now."""
    machine = ruin.machine
    machine.done("sakshi", "mirror", machine.path("mirror"))
    machine.done("sakshi", "mirror", machine.path("web"))
    machine.done("sakshi", "mirror", machine.path("mirror"), "--whole")
    policy = (machine.folder / "mirror" / "policy").read_bytes()
    (machine.folder / "new.policy").write_bytes(policy)
    for name in ("all.db", "half.db", "fresh.db", "end.db"):
        for again in (False, True):
            found = ruin.monitor(name, "web", "new.policy")
            kinds = {(item["kind"], item["origin"]) for item in found["findings"]}
            wanted = {("abandoned", ruin.state), ("abandoned", ruin.meeting)}
            assert kinds == wanted, (name, found)
            unsure = name == "end.db" and not again
            assert bool(found["not_checked"]) == unsure, "one that saw the end alone says so once"
    (machine.folder / "burnt").rename(machine.folder / "found")
    machine.done("sakshi", "mirror", machine.path("found"))


def check_served(ruin: Ruin) -> None:
    """The server starts; the sheet is published; the lost receipts get a true sentence."""
    server = Server(ruin.machine.home, extra={"SAKSHI_DATABASE": ruin.machine.url}).start()
    try:
        society = server.get(f"/s/{SLUG}.json").json()
        assert [item["book_year"] for item in society["statements"]] == ["2024-25"]
        size = int(server.get(f"/l/{ruin.state}/checkpoint").text.split("\n")[1])
        held = (ruin.machine.folder / "mirror" / ruin.state / "checkpoint").read_text()
        assert size == int(held.split("\n")[1]), "as long as anybody can read it"
        policy = ("--policy", ruin.machine.path("new.policy"))
        ruin.machine.done("sakshi-audit", "verify", f"{server.url}/s/{SLUG}", *policy)
        meeting = f"{server.url}/s/{SLUG}/meetings/{ruin.scenario.id}"
        said = ruin.machine.refused("sakshi-audit", "verify", meeting, *policy, code=2)
        assert "not verified" in said, "a vote without a result is never right"
        for index, code in ruin.ballots:
            check_receipt(ruin, server, index, code)
    finally:
        server.stop()
    rt = ruin.machine.opened(ruin.clock)
    with rt.db.read() as conn:
        filed = books.statement(conn, SLUG, "2024-25")
        assert filed is not None and filed.in_force
        proofs.sakshi_proof(conn, filed.at.origin, filed.at.index)
    rt.close()


def check_receipt(ruin: Ruin, server: Server, index: int, code: str) -> None:
    """The page of the code, the meeting's page, and the auditor's command."""
    page = httpx2.get(f"{server.url}/r/{code}?lang=en", timeout=30)
    assert page.status_code == 404 and REASON in page.text and ruin.meeting in page.text
    meeting = server.get(f"/s/{SLUG}/meetings/{ruin.scenario.id}?lang=en").text
    assert f"{ruin.kept} – {ruin.released - 1}" in meeting
    society = server.get(f"/s/{SLUG}?lang=en").text
    assert REASON in society
    machine = ruin.machine
    proof = machine.path(f"{index}.sakshi-proof")
    machine.done("sakshi-audit", "verify", proof, "--policy", machine.path("state.policy"))
    said = machine.done(
        *("sakshi-audit", "verify", proof, "--policy", machine.path("new.policy")),
        *("--server", server.url),
    )
    assert "was signed" in said and "lost" in said and REASON in said


def check_package(ruin: Ruin) -> None:
    """The society's package, which rests on what was recovered."""
    file = ruin.machine.path(f"{SLUG}.zip")
    ruin.machine.done("sakshi", "package", SLUG, file)
    ruin.machine.done("sakshi-audit", "verify", file, "--policy", ruin.machine.path("new.policy"))


def typed(ruin: Ruin, lines: str) -> subprocess.CompletedProcess[str]:
    """Lines of the page in a shell, in an empty folder of the operator's."""
    machine = ruin.machine
    tools, desk = machine.folder / "bin", machine.folder / "desk"
    for folder in (tools, desk):
        folder.mkdir(exist_ok=True)
    for name, module in (("sakshi", "web.cli"), ("sakshi-audit", "audit.cli")):
        (tools / name).write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        (tools / name).chmod(0o755)
    named = {
        "BACKUP": machine.path("nightly.backup"),
        "MIRROR": machine.path("mirror"),
        "MONITOR": machine.path("kept"),
        "SAKSHI_DATABASE": machine.url,
    }
    env = environment(machine.home) | named
    return subprocess.run(
        ["bash", "-e", "-c", lines],
        cwd=desk,
        env=env | {"PATH": f"{tools}:{env['PATH']}"},
        text=True,
        check=False,
        capture_output=True,
        timeout=300,
    )


@pytest.mark.timeout(900)
def test_the_page_typed_as_it_stands(machine: Machine) -> None:
    """What a tired operator types at night, from docs/operations.md and from the screen."""
    page = (ROOT / "docs" / "operations.md").read_text("utf-8")
    first, then = re.findall(r"```bash\n(# night: .+?)```", page, re.DOTALL)
    ruin = happened(machine)
    machine.done(
        *("sakshi-audit", "monitor", machine.path("mirror"), "--once"),
        *("--policy", machine.path("state.policy"), "--state", machine.path("keeper.db")),
        *("--keep", machine.path("kept")),
    )
    if not machine.url.startswith("sqlite"):
        machine.burn()
        first = first.replace(re.findall(r"mkdir.+", first)[0], "")
    made = typed(ruin, first)
    assert made.returncode == 1, made.stdout + made.stderr
    while orders := re.findall(r"^  (sakshi recover --abandon .+)$", made.stdout, re.MULTILINE):
        made = typed(ruin, orders[0].replace("…", REASON))
        assert made.returncode in (0, 1) and not made.stderr.startswith("✗"), made.stderr
    made = typed(ruin, then)
    assert made.returncode == 0, made.stdout + made.stderr
    assert "given up" in made.stdout
    check_lost(ruin, json.loads((machine.folder / "desk" / "lost.json").read_text()), made.stdout)
    Server(machine.home, extra={"SAKSHI_DATABASE": machine.url}).start().stop()
