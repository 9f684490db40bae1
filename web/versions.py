"""The versions of what runs here, for the command and for the page."""

import platform
from dataclasses import dataclass
from importlib.metadata import version

from sqlalchemy import Connection

from trust.database import Database
from web.migrate import revision


@dataclass(frozen=True, slots=True)
class Versions:
    """What runs: ours, the tables' revision, the database's server and Python."""

    sakshi: str
    tables: str
    database: str
    python: str

    def __str__(self) -> str:
        return (
            f"Sakshi {self.sakshi}, tables {self.tables or '-'}, {self.database}, "
            f"Python {self.python}"
        )


def versions(conn: Connection, db: Database) -> Versions:
    """The versions of what runs here."""
    query = "SELECT sqlite_version()" if db.is_sqlite else "SHOW server_version"
    found = str(conn.exec_driver_sql(query).scalar_one())
    name = "SQLite" if db.is_sqlite else "PostgreSQL"
    return Versions(version("sakshi"), revision(conn), f"{name} {found}", platform.python_version())
