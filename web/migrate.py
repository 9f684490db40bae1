"""Bringing a database to the newest tables, and refusing one whose tables are not ours.

The tables of a state have a version (`alembic_version`). A newer Sakshi may have changed what an
older one would write, so an older one touches nothing and says so.
"""

import re
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from trust.database import Database
from web.errors import NewerStateError, OlderStateError

ROOT = Path(__file__).resolve().parent.parent
_NAMES = re.compile(r'^(revision|down_revision) = "(\w+)"', re.MULTILINE)
_VERSION = table("alembic_version", column("version_num"))


def migrate(db: Database) -> None:
    """Run every migration not yet run, in one transaction; safe to run on every start.

    Raises NewerStateError when the tables are of a version that is not known here.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    # Alembic reads its options as configparser does: a % begins the name of another option.
    config.set_main_option("script_location", str(ROOT / "migrations").replace("%", "%%"))
    with db.write() as conn:
        found = _found(conn)
        if found is not None and found not in known():
            raise NewerStateError(found=found, newest=known()[-1])
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


def check(db: Database) -> None:
    """Raise NewerStateError or OlderStateError unless the tables are of the newest version.

    A database without a version (empty, or made by a test from the tables themselves) passes.
    """
    with db.read() as conn:
        found = _found(conn)
    newest = known()[-1]
    if found is None or found == newest:
        return
    raise (OlderStateError if found in known() else NewerStateError)(found=found, newest=newest)


@lru_cache(maxsize=1)
def known() -> tuple[str, ...]:
    """The versions of the tables that this Sakshi knows, oldest first.

    Their order is the one line of the migrations, not that of their numbers: a number is taken when
    a migration is begun, its place when it is finished.
    """
    after = dict[str, str]()
    for path in (ROOT / "migrations" / "versions").glob("[0-9]*_*.py"):
        names = dict(_NAMES.findall(path.read_text("utf-8")))
        after[names.get("down_revision", "")] = names["revision"]
    line = [after[""]]
    while line[-1] in after:
        line.append(after[line[-1]])
    return tuple(line)


def revision(conn: Connection) -> str:
    """The version of the tables; empty if they have none (made by a test)."""
    return _found(conn) or ""


def _found(conn: Connection) -> str | None:
    """The version of the tables, None if there are none."""
    if not inspect(conn).has_table(_VERSION.name):
        return None
    return conn.execute(select(_VERSION.c.version_num)).scalar()
