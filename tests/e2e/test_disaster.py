"""The rehearsed restore: every command of docs/operations.md, typed as an operator types it.

A society's year goes on after the nightly backup: ballots, a result, a filed balance sheet, a
society registered. Then the disk burns. What was public comes back from a stale mirror and from
the folder of somebody else's monitor; what was private is a list to work through.
"""

import json
import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.ruin import Machine, before
from tests.simulator.clock import ManualClock
from tests.trust.books.scenario import SLUG, BooksScenario
from tests.trust.people.scenario import OTHER
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from trust.books import queries as books
from trust.formats.proofs import format_proof
from trust.log import proofs
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.service import register_society
from voting import queries as voting
from voting import service as voting_service

pytestmark = pytest.mark.slow

DAY = 86_400
PASSPHRASE = "her half of it, and his half of it\n"
NEW = replace(OTHER, slug="ekm-9", registration_number="EKM/9", name_en="New Society")


def after(rt: Runtime, scenario: VotingScenario) -> None:
    """The day after the backup: ballots, the close, a filed sheet, another society."""
    books_setting = BooksScenario(rt)
    with rt.db.write() as conn:
        for member in ("2", "3", "4", "5"):
            voting_service.cast(
                conn, scenario.id, scenario.ballot(conn, member, "yes"), now=rt.clock()
            )
    books_setting.import_file(trial_balance("2025-26"), "tb2.csv", year="2025-26")
    books_setting.file("2024-25")
    with rt.db.write() as conn:
        register_society(conn, NEW, now=rt.clock())
        origin = scenario.meeting(conn).origin
        closes = scenario.meeting(conn).closes
    assert isinstance(rt.clock, ManualClock)
    rt.clock.advance(closes - rt.clock() + 1)
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, scenario.people_setting.actor(conn, "secretary"), scenario.id, now=rt.clock()
        )
        fresh = people.book_origin(conn, NEW.slug, rt.clock())
    rt.publish([books_setting.origin, origin, fresh])


def receipts(rt: Runtime, scenario: VotingScenario, folder: Path) -> list[Path]:
    """What members took home: the proofs of a ballot from before the backup and of one after."""
    made = []
    with rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
        cast = [e.index for e in log_queries.entries(conn, origin, 0, 50) if e.kind == "ballot"]
        for index in (cast[0], cast[-1]):
            file = folder / f"ballot-{index}.sakshi-proof"
            file.write_bytes(format_proof(proofs.sakshi_proof(conn, origin, index)))
            made.append(file)
        (folder / "state.policy").write_text(proofs.policy_text(conn))
    return made


@pytest.mark.timeout(900)
def test_the_database_burns_and_the_work_goes_on(machine: Machine) -> None:
    clock = ManualClock(int(time.time()) - 40 * DAY)
    rt = machine.opened(clock)
    scenario = before(rt)
    machine.done("sakshi", "backup", machine.path("nightly.backup"))
    machine.done("sakshi", "mirror", machine.path("stale"))
    after(rt, scenario)
    held = receipts(rt, scenario, machine.folder)
    rt.close()
    machine.done("sakshi", "mirror", machine.path("web"))
    watch = [
        "sakshi-audit",
        "monitor",
        machine.path("web"),
        "--once",
        "--policy",
        machine.path("state.policy"),
        "--state",
        machine.path("monitor.db"),
    ]
    machine.done(*watch, "--keep", machine.path("kept"))

    machine.burn()
    (machine.folder / "web").rename(machine.folder / "burnt")
    said = machine.done("sakshi", "restore", machine.path("nightly.backup"))
    assert "are missing" in said and "sakshi recover --from MIRROR" in said
    for command in (("status",), ("serve", "--port", "0")):
        assert "sakshi recover" in machine.refused("sakshi", *command)
    assert "entries" in machine.refused("sakshi", "recover")

    short = machine.refused("sakshi", "recover", "--from", machine.path("stale"))
    assert "are missing" in short, "the mirror is as old as the backup"
    report = machine.path("lost.json")
    said = machine.done(
        "sakshi",
        "recover",
        "--from",
        machine.path("stale"),
        "--from",
        machine.path("monitor.db"),
        "--report",
        report,
    )
    assert "Everything that was ever released is in the database" in said
    listed = json.loads(Path(report).read_text())
    check_lost(listed, said)

    machine.done("sakshi", "fsck", "--all")
    rooms = machine.done("sakshi", "fsck", "--all", "--rooms")
    payloads = [row for row in listed if row["lost"] == "payload"]
    assert f"! {len(payloads)} records were erased or are lost" in rooms, "the list, counted again"
    machine.done("sakshi", "mirror", machine.path("web"))
    machine.done(*watch)
    for file in held:
        machine.done("sakshi-audit", "verify", str(file), "--policy", machine.path("state.policy"))
    go_on(machine, clock, scenario)
    machine.done("sakshi", "mirror", machine.path("web"))
    machine.done(*watch)
    machine.done("sakshi", "fsck", "--all")


def check_lost(listed: list[dict[str, str]], said: str) -> None:
    """Exactly what the day after the backup brought and no public file holds."""
    kinds = {row["kind"]: 0 for row in listed}
    for row in listed:
        kinds[row["kind"]] += 1
        assert set(row) == {"log", "index", "kind", "time", "lost", "why", "do"}
    assert kinds.pop("ballot") == 4
    assert kinds.pop("import-open") == 1 and kinds.pop("voucher") > 0
    assert kinds == {}, "statement, result, society and the closing of imports are made again"
    assert "4 ballot: " in said and "voucher: have the society's file imported" in said


def go_on(machine: Machine, clock: ManualClock, scenario: VotingScenario) -> None:
    """Rows are there again; the lost file is imported once more; the next year is filed."""
    clock.advance(int(time.time()) - clock())  # The monitor knows what day it is.
    rt = machine.opened(clock)
    books_setting = BooksScenario(rt)
    with rt.db.read() as conn:
        assert people.society(conn, NEW.slug) is not None
        filed = books.statement(conn, SLUG, "2024-25")
        assert filed is not None and filed.in_force
        assert [result.carried for result in voting.results(conn, scenario.id)] == [True, False]
        assert scenario.meeting(conn).closed_at is not None
    again = books_setting.import_file(trial_balance("2025-26"), "tb2.csv", year="2025-26")
    assert again.state == "posted" and sum(again.posted.values()) > 0
    books_setting.file("2025-26")
    books_setting.publish()
    rt.close()


@pytest.mark.timeout(900)
def test_the_signers_home_burns_as_well(machine: Machine) -> None:
    """Two persons bring the sealed master; the guard is made of what is known outside."""
    secret = machine.folder / "passphrase"
    secret.write_text(PASSPHRASE)
    seal = ("trust.log.keys.signer", "--home", str(machine.home / "signer"))
    machine.extra = {"SAKSHI_SIGNER_PASSPHRASE": str(secret)}
    machine.done(*seal, "--seal")
    os.environ["SAKSHI_SIGNER_PASSPHRASE"] = str(secret)
    try:
        burnt_down(machine, seal)
    finally:
        del os.environ["SAKSHI_SIGNER_PASSPHRASE"]


def burnt_down(machine: Machine, signer: tuple[str, ...]) -> None:
    clock = ManualClock(int(time.time()) - 2 * DAY)
    rt = machine.opened(clock)
    with rt.db.write() as conn:
        register_society(conn, OTHER, now=clock())
    with rt.db.read() as conn:
        origin = people.book_origin(conn, OTHER.slug, clock())
    rt.publish([origin])
    machine.done("sakshi", "backup", machine.path("b"))
    with rt.db.write() as conn:
        register_society(conn, NEW, now=clock())
        fresh = people.book_origin(conn, NEW.slug, clock())
    rt.publish([fresh])
    rt.close()
    machine.done("sakshi", "mirror", machine.path("mirror"))
    sealed = (machine.home / "signer" / "master.key").read_bytes()
    machine.burn()
    for path in sorted(machine.home.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()

    assert "signer" in machine.refused("sakshi", "restore", machine.path("b"))
    (machine.home / "signer").mkdir(mode=0o700)
    (machine.home / "signer" / "master.key").write_bytes(sealed)
    machine.refused("sakshi", "status")
    seed = (
        "sakshi",
        "keys",
        "guard-seed",
        machine.path("seed.json"),
        "--from",
        machine.path("mirror"),
    )
    assert "--unwitnessed" in machine.refused(*seed)
    said = machine.done(*seed, "--unwitnessed", "there were no witnesses")
    assert "confirmed by nobody" in said
    assert "3 logs" in machine.done(*signer, "--seed-guard", machine.path("seed.json"))
    machine.refused(*signer, "--seed-guard", machine.path("seed.json"), code=2)
    assert "sakshi recover" in machine.refused("sakshi", "status")
    machine.done("sakshi", "recover", "--from", machine.path("mirror"))
    machine.done("sakshi", "fsck", "--all", "--rooms")
    machine.done("sakshi", "keys", "rotate-all", "--reason", "the guard was lost")
    machine.done("sakshi", "fsck", "--all")
    machine.done("sakshi", "mirror", machine.path("mirror"))
    policy = machine.folder / "mirror" / "policy"
    machine.done(
        "sakshi-audit",
        "monitor",
        machine.path("mirror"),
        "--once",
        "--policy",
        str(policy),
        "--state",
        machine.path("m.db"),
    )
