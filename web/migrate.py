"""Bringing a database to the newest tables, and refusing one whose tables are not ours.

The tables of a state have a version (`alembic_version`). A newer Sakshi may have changed what an
older one would write, so an older one touches nothing and says so.
"""

from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, column, inspect, select, table

from trust.database import Database
from trust.formats.errors import SakshiError

ROOT = Path(__file__).resolve().parent.parent
_VERSION = table("alembic_version", column("version_num"))


class NewerStateError(SakshiError):
    """The tables were made by a newer Sakshi than this one."""

    default_code = "newer-state"
    status = 503
    text = (
        "This state is newer than this Sakshi: its tables are of version {found}, and this Sakshi "
        "knows them up to {newest}. Nothing was changed. Start the newer Sakshi, or restore a "
        "backup from before the upgrade."
    )


class OlderStateError(SakshiError):
    """The tables are those of an older Sakshi and were not brought up to date yet."""

    default_code = "older-state"
    status = 503
    text = (
        "The tables of this state are of version {found}; this Sakshi works with {newest}. Nothing "
        "was changed. Stop what still runs of the older Sakshi and make a backup; then "
        "`sakshi serve` brings the tables up to date."
    )


def migrate(db: Database) -> None:
    """Run every migration not yet run, in one transaction; safe to run on every start.

    Raises NewerStateError when the tables are of a version that is not known here.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
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
    """The versions of the tables that this Sakshi knows, oldest first: a file each, numbered."""
    files = (ROOT / "migrations" / "versions").glob("[0-9]*_*.py")
    return tuple(sorted(path.name.partition("_")[0] for path in files))


def _found(conn: Connection) -> str | None:
    """The version of the tables, None where there are none."""
    if not inspect(conn).has_table(_VERSION.name):
        return None
    return conn.execute(select(_VERSION.c.version_num)).scalar()
