"""A stored hash is changed by hand under the running server: `fsck` and the monitor name it.

Real processes on an SQLite home: the server, the operator's command, the auditor's command.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.audit.monitor.liar import SLUG, date, voucher
from tests.e2e import machine
from trust.formats import origins
from trust.log import service as logs
from trust.settings import Settings
from web import wiring

pytestmark = pytest.mark.slow

ENTRIES = 300


@dataclass(slots=True)
class Place:
    """A running server, its database, a book log of 300 entries, and a monitor's file."""

    server: machine.Server
    book: str
    state: Path

    @property
    def db(self) -> Path:
        """The file of the database."""
        return self.server.home / "sakshi.db"

    def monitor(self, *options: str) -> tuple[int, str]:
        """One round: exit code and what was said."""
        done = machine.audit(
            "monitor",
            self.server.url,
            "--once",
            "--rate",
            "0",
            "--state",
            str(self.state),
            *options,
        )
        return done.returncode, done.stdout + done.stderr

    def fsck(self) -> tuple[int, str]:
        """`sakshi fsck`: exit code and what was said."""
        done = machine.sakshi(self.server.home, "fsck")
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """The server with everything published and seen by the monitor once."""
    folder = tmp_path_factory.mktemp("by-hand")
    home = folder / "home"
    made = machine.sakshi(home, "init")
    assert made.returncode == 0, made.stderr
    rt = wiring.build(Settings.from_env({"SAKSHI_HOME": str(home)}))
    try:
        now = rt.clock()
        book = origins.coop_origin(rt.host, SLUG, origins.financial_year(now))
        with rt.db.write() as conn:
            logs.open_log(conn, book, now=now)
            items = [date(n) for n in range(3)] + [voucher(n) for n in range(3, ENTRIES)]
            logs.append(conn, book, items, now=now)
        rt.publish([book])
    finally:
        rt.close()
    server = machine.Server(home).start()
    found = Place(server, book, folder / "state")
    code, said = found.monitor()
    assert code == 0, said
    assert found.fsck()[0] == 0
    yield found
    server.stop()


LOG = "log_id = (SELECT id FROM log WHERE origin = :book)"
FIRST = f"{LOG} AND sha256 = (SELECT min(sha256) FROM log_document WHERE {LOG})"
TARGETS = {
    "entry": ("log_entry", "entry", f"{LOG} AND idx = 123", 70, 123, "altered-entry"),
    "leaf": ("log_tile", "data", f"{LOG} AND level = 0 AND n = 1", 32 * 9 + 4, 265, "altered-tile"),
    "tile": ("log_tile", "data", f"{LOG} AND level = 1 AND n = 0", 4, 0, "altered-tile"),
    "head": ("log_head", "note", f"{LOG} AND size = {ENTRIES}", -10, None, "wrong-key"),
    "document": ("log_document", "document", FIRST, 30, None, "altered-document"),
}
"""Table, column, which row, which byte; the index and the finding that are to be named."""


@pytest.mark.parametrize("what", sorted(TARGETS))
def test_a_byte_changed_in_the_database_is_named_by_fsck_and_monitor(
    place: Place, what: str
) -> None:
    table, column, where, at, index, kind = TARGETS[what]
    values = {"book": place.book}
    with sqlite3.connect(place.db) as db:
        ((old,),) = db.execute(f"SELECT {column} FROM {table} WHERE {where}", values).fetchall()
    new = bytearray(old)
    new[at] = new[at] ^ 1 if what not in ("document", "head") else other_letter(new[at])
    try:
        change(place, table, column, where, bytes(new))
        code, said = place.fsck()
        assert code == 1 and place.book in said, said
        if index is not None:
            assert str(index) in re.findall(r"\d+", said), said
        code, said = place.monitor("--full")
        assert code == 1, said
        if index is None:
            assert re.search(rf"\({re.escape(place.book)}[,)]", said), said
        else:
            assert f"({place.book}, entry {index})" in said, said
        assert list(place.state.with_name("state.evidence").glob(f"*-{kind}-*")), said
    finally:
        change(place, table, column, where, old)
    code, said = place.monitor("--full")
    assert code == 0, said


def other_letter(byte: int) -> int:
    """A letter or digit in place of another, so that the text keeps its form."""
    return ord("A") if byte != ord("A") else ord("B")


def change(place: Place, table: str, column: str, where: str, value: bytes) -> None:
    """`UPDATE`, as somebody with the file and a tool does it."""
    with sqlite3.connect(place.db, timeout=30) as db:
        done = db.execute(
            f"UPDATE {table} SET {column} = :value WHERE {where}",
            {"book": place.book, "value": value},
        )
        assert done.rowcount == 1
