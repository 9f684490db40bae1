"""A state that is lost and put back from its backup, in an empty home beside its signer's own."""

import dataclasses
from pathlib import Path

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import erased_before, fill, open_book, publish
from trust.database import Database
from trust.log import boot
from trust.log import service as logs
from trust.log.checks import fsck
from trust.log.model import Head
from trust.log.runtime import Runtime
from trust.log.upkeep import backup, recovery
from trust.log.upkeep.mirror import mirror
from trust.log.upkeep.sources import FolderSource
from trust.settings import Settings


@dataclasses.dataclass(slots=True)
class Disaster:
    """A state that went on after its backup, and its mirror."""

    rt: Runtime
    book: str
    later: str
    backup: Path
    mirror: Path
    heads: dict[str, Head]

    def put_back(self, name: str = "again") -> Settings:
        """The backup in an empty home."""
        home = self.backup.parent / name
        database = f"sqlite:///{home / 'sakshi.db'}"
        if not self.rt.db.is_sqlite:
            url = self.rt.db.url.set(database=f"{self.rt.db.url.database}_{name}")
            database = url.render_as_string(hide_password=False)
            on_server(self.rt, f'CREATE DATABASE "{url.database}"')
        settings = dataclasses.replace(self.rt.settings, home=home, database=database)
        assert backup.restore(settings, self.backup) == self.rt.host
        return settings

    def restored(self, name: str = "again") -> Runtime:
        """The backup in an empty home, opened for recovery."""
        return self.opened(self.put_back(name))

    def opened(self, settings: Settings, passphrase: bytes | None = None) -> Runtime:
        """What was put back, opened for recovery."""
        return boot.open_state(
            settings,
            Database(settings.database),
            clock=ManualClock(self.rt.clock() + 60),
            signer=DirectSigner(settings.signer_home, passphrase),
            refuse_put_back=False,
        )

    def drop(self, name: str = "again") -> None:
        """Remove the database that was put back; a file goes with the test's folder."""
        if not self.rt.db.is_sqlite:
            own = f"{self.rt.db.url.database}_{name}"
            on_server(self.rt, f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)')

    def recover(self, rt: Runtime) -> recovery.Recovery:
        return recovery.recover(rt, [FolderSource(self.mirror)])


def on_server(rt: Runtime, statement: str) -> None:
    """One statement of PostgreSQL that no transaction may hold."""
    with rt.db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql(statement)


def found(rt: Runtime) -> list[str]:
    return [str(fault) for fault in fsck.check(rt.db, rt.signer)]


def happened(rt: Runtime, tmp_path: Path) -> Disaster:
    """A book of 40 entries is backed up; 270 more and a second book are released and mirrored."""
    book = open_book(rt)
    fill(rt, book, 0, 40)
    publish(rt, book)
    saved = tmp_path / "nightly.backup"
    backup.backup(rt.db, saved)
    later = open_book(rt, "tvm-102")
    fill(rt, book, 40, 300)
    with rt.db.write() as conn:
        erased_before(conn, book, 5, now=rt.clock())
        logs.erase(conn, book, 50, "detail", "asked for", now=rt.clock())
    fill(rt, later, 0, 12)
    publish(rt, book, later)
    fill(rt, book, 300, 310)
    heads = publish(rt, book, later)
    mirror(rt.db, tmp_path / "mirror")
    rt.db.dispose()
    return Disaster(rt, book, later, saved, tmp_path / "mirror", heads)
