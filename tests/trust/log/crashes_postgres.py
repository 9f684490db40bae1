"""The kill matrix on PostgreSQL: the process dies, its session is ended, or the server restarts.

Every case begins with a copy of one database (`CREATE DATABASE … TEMPLATE`) and of the signer's
home. Steps are those of `crashes.watch`, with each COPY besides, without the commits of
transactions that wrote nothing. What must hold is what `crashes.compare` holds against the dead
child's own words.
"""

import dataclasses
import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log import crashes
from tests.trust.log.cluster import Cluster
from tests.trust.log.crashes import Steps, Witness
from tests.trust.log.crashes_witness import Moments
from tests.trust.log.helpers import publish
from trust.database import Database
from trust.formats.errors import SakshiError
from trust.log import boot
from trust.log.runtime import Runtime
from trust.settings import Settings
from web import wiring

wiring.load_packages()  # a spawned process begins here

PATIENCE = 20.0
_REAL_COPY = psycopg.Cursor.copy


def open_state(url: str, home: Path, now: int) -> Runtime:
    """The state in a database, with its signer's home in a folder."""
    made = Settings.from_env({"SAKSHI_HOME": str(home)})
    settings = dataclasses.replace(made, database=url)
    return boot.open_state(
        settings, Database(url), clock=ManualClock(now), signer=DirectSigner(settings.signer_home)
    )


def watch(rt: Runtime, steps: Steps) -> None:
    """`crashes.watch`, and a step before and after each COPY."""
    crashes.watch(rt, steps)

    @contextmanager
    def copy(cursor: Any, statement: Any, *rest: Any, **named: Any) -> Iterator[Any]:
        steps.step("before COPY")
        with _REAL_COPY(cursor, statement, *rest, **named) as copying:
            yield copying
        steps.step("INSERT by COPY")

    psycopg.Cursor.copy = copy  # type: ignore[method-assign, assignment]


@dataclass
class Blow(Moments):
    """Something else than SIGKILL happens at a step."""

    at: int = -1
    strike: Callable[[], None] = lambda: None

    def step(self, what: str) -> None:
        """A step is reached."""
        super().step(what)
        if len(self.names) - 1 == self.at:
            self.at = -1
            self.strike()


@dataclass(slots=True)
class Case:
    """A database to copy and a signer's home, to break."""

    template: str
    home: Path
    work: Path
    host: str
    now: int
    seed: int
    slowest: float = 0.0

    @property
    def url(self) -> str:
        """The copy that is broken."""
        made = make_url(self.template)
        return made.set(database=f"{made.database}_w").render_as_string(hide_password=False)

    def admin(self) -> psycopg.Connection[Any]:
        """A session beside the database that is broken."""
        made = make_url(self.template).set(drivername="postgresql", database="postgres")
        return psycopg.connect(made.render_as_string(hide_password=False), autocommit=True)

    def drop(self) -> None:
        """Remove the copy."""
        with self.admin() as conn:
            name = sql.Identifier(str(make_url(self.url).database))
            conn.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))

    def fresh(self) -> Witness:
        """The beginning again; gives the file for what the child says."""
        self.drop()
        with self.admin() as conn:
            copy, original = (
                sql.Identifier(str(make_url(url).database)) for url in (self.url, self.template)
            )
            conn.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(copy, original))
            # A sequence in a fresh copy is not in PostgreSQL's own log before it was used up to a
            # checkpoint: after a crash it would count again, which is the copy's fault, not ours.
            conn.execute("CHECKPOINT")
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.home, self.work)
        return Witness(self.work / "said")

    def child(self, steps: Steps, *, again: bool = False) -> int:
        """Run the scenario in a forked child; with `again` it goes on after a fault."""
        pid = os.fork()
        if pid:
            return os.waitpid(pid, 0)[1]
        try:
            rt = open_state(self.url, self.work, self.now)
            watch(rt, steps)
            said = Witness(self.work / "said")
            while True:
                try:
                    crashes.scenario(rt, self.seed, said)
                    break
                except SakshiError as fault:
                    with (self.work / "faults").open("a") as file:
                        file.write(f"{fault.code}: {fault}\n")
                    if not again:
                        raise
                    again = False
                    self.until_it_answers()
            (self.work / "steps").write_text(json.dumps(steps.names))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(9)

    def until_it_answers(self) -> None:
        """Wait for a server that restarts."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError), self.admin():
                return
            time.sleep(0.05)
        raise AssertionError("the server does not come back")

    def count(self) -> list[str]:
        """The names of all steps, by running once to the end."""
        self.fresh()
        assert self.child(Moments()) == 0, "the scenario does not even end without a blow"
        return list(json.loads((self.work / "steps").read_text()))

    def verdict(self, said: Witness, what: str) -> list[str]:
        """Open the state again, publish, and compare with everything that was said."""
        began = time.monotonic()
        try:
            rt = open_state(self.url, self.work, self.now + 60)
            try:
                publish(rt, *crashes.books(rt.host))
                self.slowest = max(self.slowest, time.monotonic() - began)
                return [f"{what}: {words}" for words in crashes.compare(rt, said)]
            finally:
                rt.close()
        except Exception:
            return [f"{what}: {traceback.format_exc()}"]

    def end_sessions(self) -> None:
        """What an administrator or a failing network does to all sessions of the copy."""
        with self.admin() as conn:
            conn.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                [make_url(self.url).database],
            )


def killed(case: Case, shard: int, shards: int) -> tuple[list[str], list[str]]:
    """SIGKILL at every step of this shard."""
    names, wrong = case.count(), list[str]()
    for at in range(shard, len(names), shards):
        said, what = case.fresh(), f"killed at step {at} ({names[at]})"
        if not os.WIFSIGNALED(case.child(Moments(kill_at=at))):
            wrong.append(f"{what}: it went on")
            continue
        wrong += case.verdict(said, what)
    return names, wrong


def struck(
    case: Case, strike: Callable[[], None], shard: int, shards: int
) -> tuple[list[str], list[str], list[str]]:
    """Something happens to the sessions at every step of this shard; the process goes on."""
    names, wrong, faults = case.count(), list[str](), list[str]()
    for at in range(shard, len(names), shards):
        said, what = case.fresh(), f"struck at step {at} ({names[at]})"
        status = case.child(Blow(at=at, strike=strike), again=True)
        if status:
            wrong.append(f"{what}: it ended with {status}")
        with suppress(FileNotFoundError):
            faults += (case.work / "faults").read_text().splitlines()
        wrong += case.verdict(said, what)
    return names, wrong, faults


def run(work: str, arguments: dict[str, Any], answer: str) -> None:
    """Entry of the spawned process that forks the dying ones; answers through a file."""
    case = Case(
        arguments["template"],
        Path(arguments["home"]),
        Path(work),
        arguments["host"],
        arguments["now"],
        arguments["seed"],
    )
    faults: list[str] = []
    if arguments["what"] == "kill":
        names, wrong = killed(case, arguments["shard"], arguments["shards"])
    else:
        strike = case.end_sessions
        if arguments["what"] == "restart":
            strike = Cluster(*map(Path, arguments["cluster"])).restart
        names, wrong, faults = struck(case, strike, arguments["shard"], arguments["shards"])
    case.drop()
    done = {"names": names, "wrong": wrong, "faults": faults, "slowest": case.slowest}
    Path(answer).write_text(json.dumps(done))
