"""A machine that burns, and what was on it: for the rehearsals of `docs/operations.md`."""

import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.machine import environment
from tests.simulator.clock import ManualClock
from tests.trust.books.scenario import BooksScenario
from tests.voting.scenario import VotingScenario, opened
from tests.web.books import trial_balance
from trust.database import Database
from trust.log import boot
from trust.log.runtime import Runtime
from trust.settings import Settings
from voting import service as voting_service
from web import wiring


@dataclass(slots=True)
class Machine:
    """The operator's machine, and beside it the auditor's: commands and files only."""

    folder: Path
    url: str
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """`sakshi …`, `sakshi-audit …` or a module."""
        module = {"sakshi": "web.cli", "sakshi-audit": "audit.cli"}.get(command[0], command[0])
        return subprocess.run(
            [sys.executable, "-m", module, *command[1:]],
            cwd=ROOT,
            text=True,
            check=False,
            env=environment(self.home) | {"SAKSHI_DATABASE": self.url} | self.extra,
            capture_output=True,
            timeout=300,
        )

    def done(self, *command: str) -> str:
        """A command that must succeed; gives what it said."""
        made = self.run(*command)
        assert made.returncode == 0, f"{command}: {made.stdout}{made.stderr}"
        return made.stdout

    def refused(self, *command: str, code: int = 1) -> str:
        """A command that must not; gives what it said."""
        made = self.run(*command)
        assert made.returncode == code, f"{command}: {made.stdout}{made.stderr}"
        return made.stdout + made.stderr

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def opened(self, clock: ManualClock) -> Runtime:
        """The state as the server has it, with its own signer."""
        made = Settings.from_env({"SAKSHI_HOME": str(self.home), "SAKSHI_DATABASE": self.url})
        wiring.load_packages()
        return boot.open_state(replace(made, argon2_memory_kib=64), Database(self.url), clock=clock)

    def burn(self) -> None:
        """The database is gone."""
        if self.url.startswith("sqlite"):
            for path in self.home.glob("sakshi.db*"):
                path.unlink()
        else:
            db = Database(self.url)
            with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                conn.exec_driver_sql("DROP SCHEMA public CASCADE")
                conn.exec_driver_sql("CREATE SCHEMA public")
            db.dispose()


def before(rt: Runtime) -> VotingScenario:
    """Until the night of the backup: a society, its books of a year, a meeting whose vote opens."""
    scenario = opened(rt)
    books_setting = BooksScenario(rt)
    books_setting.import_file(trial_balance("2024-25"), "tb.csv", year="2024-25")
    with rt.db.write() as conn:
        voting_service.cast(conn, scenario.id, scenario.ballot(conn, "1", "yes"), now=rt.clock())
        origin = scenario.meeting(conn).origin
    rt.publish([books_setting.origin, origin])
    return scenario
