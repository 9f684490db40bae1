"""States that many tests begin with: made once in a process, copied for each test.

A fixture whose name begins with `state_` and that returns a `State` makes it; a test that asks for
it (itself or through its fixtures) gets `db`, `settings`, `clock` and `rt` over a copy.
"""

import copy
import dataclasses
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from trust.database import Database
from trust.log import boot
from trust.log.runtime import Runtime
from trust.settings import Settings


@dataclass(frozen=True, slots=True)
class State:
    """A state at rest.

    Attributes:
        database: the SQLite file to copy, or the name of the PostgreSQL template database.
        home: the folder of its keys and guard.
        now: where its clock stands.
        made: what the maker returned, without its runtime.
    """

    database: str
    home: Path
    now: int
    made: Any

    def copy_home(self, home: Path) -> None:
        """Make the home of a test."""
        shutil.copytree(self.home, home, dirs_exist_ok=True)

    def value(self, **runtime: Runtime) -> Any:
        """A copy of what the maker returned, over the runtime of the test."""
        return dataclasses.replace(copy.deepcopy(self.made), **runtime)


Databases = Callable[[], AbstractContextManager[tuple[str, str]]]
"""Makes an empty database with every table: what to copy of it later, and its address."""


@contextmanager
def made(
    databases: Databases, home: Path, host: str, now: int, build: Callable[[Runtime], Any]
) -> Iterator[State]:
    """Make a state by running `build` over a fresh one."""
    clock = ManualClock(now)
    settings = dataclasses.replace(
        Settings.from_env({"SAKSHI_HOME": str(home)}), argon2_memory_kib=64
    )
    with databases() as (name, url):
        settings = dataclasses.replace(settings, database=url)
        db = Database(url)
        boot.make_state(db, settings, host, now=now)
        signer = DirectSigner(settings.signer_home)
        rt = boot.open_state(settings, db, clock=clock, signer=signer)
        found = build(rt)
        rt.close()
        db.dispose()
        yield State(name, home, clock.now, dataclasses.replace(found, rt=None))
