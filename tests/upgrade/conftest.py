"""A state as revision 8d3a23a left it, unpacked into a home of the test's own."""

import dataclasses
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from tests.conftest import DATABASE
from tests.simulator.clock import ManualClock
from tests.trust.people.scenario import LATER
from trust.database import Database
from trust.formats import signing
from trust.formats.canon import Json
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.model import Actor
from trust.settings import Settings
from web import wiring
from web.demo.logins import person, read_logins
from web.migrate import migrate

STATES = Path(__file__).parent / "states"


@dataclass(slots=True)
class Old:
    """The state: its settings, a clock that stands where it was left, and what is in it.

    Attributes:
        facts: what `states/make_8d3a23a.py` says of it, by name.
        logins: everybody's secrets.
    """

    settings: Settings
    clock: ManualClock
    facts: Mapping[str, Any]
    logins: Mapping[str, Any]

    def opened(self) -> Runtime:
        """Today's code starts as the server does: tables first, then the state."""
        db = Database(self.settings.database)
        try:
            wiring.load_packages()
            migrate(db)
        finally:
            db.dispose()
        return wiring.build(self.settings, clock=self.clock)

    def actor(self, rt: Runtime, login: str) -> Actor:
        """Somebody of the state, as signed in."""
        with rt.db.read() as conn:
            account = people.account(conn, login)
            assert account is not None
            return people.actor(conn, account.id, LATER)

    def seed(self, login: str) -> bytes:
        """The secret on somebody's card."""
        return signing.parse_card(person(dict(self.logins), login)["card"])

    def signed(self, record: Mapping[str, object], *roles: str) -> dict[str, Json]:
        """A record of a society signed by its officers, each in their own browser."""
        kind, plain = str(record["kind"]), cast(dict[str, Json], dict(record))
        made = [
            signing.sign(
                self.seed(f"{record['society']}.{role}"), role, kind, str(record["origin"]), plain
            )
            for role in roles
        ]
        return signing.with_signatures(plain, made)


@pytest.fixture
def old(tmp_path: Path, database_url: str) -> Old:
    """The state of this run's kind of database."""
    home = tmp_path / "home"
    name = "8d3a23a-postgresql" if DATABASE else "8d3a23a-sqlite"
    with tarfile.open(STATES / f"{name}.tar.xz") as archive:
        archive.extractall(home, filter="data")
    url = f"sqlite:///{home}/sakshi.db"
    if DATABASE:
        load(database_url, (home / "dump.sql").read_text("utf-8"))
        url = database_url
    made = Settings.from_env({"SAKSHI_HOME": str(home), "SAKSHI_ARGON2_MEMORY_KIB": "64"})
    logins = read_logins(home)
    return Old(
        dataclasses.replace(made, database=url),
        ManualClock(logins["made"] + 60),
        json.loads((home / "state.json").read_text("utf-8")),
        logins,
    )


def load(url: str, dump: str) -> None:
    """Run a plain dump of PostgreSQL, less the lines that are for its own client alone."""
    lines = dump.split("\n")
    script = "\n".join(
        line for line in lines if not line.startswith(("\\restrict ", "\\unrestrict "))
    )
    db = Database(url)
    try:
        with db.engine.begin() as conn:
            driver: Any = conn.connection.driver_connection
            driver.execute(script.encode())
    finally:
        db.dispose()  # with the connection, whose search path the dump has emptied
