"""Backup and restore of the database: one consistent file, without master key and guard.

A backup holds everything the database holds: payloads, salts, accounts. Keep it like the database.
It never holds the signer's home. The master key is kept apart (docs/operations.md); the guard is
never restored at all, because a guard put back could sign yesterday's size with another root.
"""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from sqlalchemy import URL, inspect

from trust.database import Database
from trust.log import queries
from trust.log.errors import LogError
from trust.settings import Settings


class BackupError(LogError):
    """A backup cannot be made or restored."""

    default_code = "backup"


def backup(db: Database, file: Path) -> int:
    """Write a consistent snapshot to a new file while everything goes on; returns its bytes.

    Raises BackupError: the file exists, cannot be written, or `pg_dump` is missing or fails.
    """
    if file.exists():
        raise BackupError(f"{file} exists; a backup never overwrites one. Choose another name.")
    with db.read() as conn:
        if queries.host(conn) is None:
            raise BackupError("There is no state here to back up.")
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.absolute().parent)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from None
    os.close(descriptor)
    aside = Path(name)
    try:
        if db.is_sqlite:
            _copy_sqlite(Path(str(db.url.database)), aside)
        else:
            _run("pg_dump", db.url, "--format=custom", "--no-owner", f"--file={aside}")
        _sync(aside)
        os.link(aside, file)
        _sync(file.absolute().parent)
    except (OSError, sqlite3.Error) as error:
        raise BackupError(f"{file} could not be written: {error}.") from None
    finally:
        aside.unlink(missing_ok=True)
    return file.stat().st_size


def restore(settings: Settings, file: Path) -> str:
    """Put a backup into an empty home or an empty database; returns its host label.

    Raises BackupError: there is a database already, or the file is no whole backup of ours.
    """
    if not file.is_file():
        raise BackupError(f"There is no backup {file}. Check the path.")
    db = Database(settings.database)
    try:
        if db.is_sqlite:
            _restore_sqlite(file, Path(str(db.url.database)))
        else:
            _restore_postgres(db, file)
        with db.read() as conn:
            host = queries.host(conn)
    finally:
        db.dispose()
    if host is None:
        raise BackupError(f"{file} was restored, but holds no state of ours.")
    return host


def _copy_sqlite(source: Path, target: Path) -> None:
    """SQLite's own online copy: one snapshot, whoever writes meanwhile."""
    address = f"{source.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True)) as held,
        closing(sqlite3.connect(target)) as made,
    ):
        # All pages in one step: page by page it would begin again at every commit meanwhile.
        held.backup(made)
        # A file of its own, not one that needs two more beside it.
        made.execute("PRAGMA journal_mode=DELETE")
        _check(made, target)


def _check(made: sqlite3.Connection, file: Path) -> None:
    try:
        (answer,) = made.execute("PRAGMA integrity_check(1)").fetchone()
        host = made.execute("SELECT value FROM installation WHERE name = 'host'").fetchone()
    except sqlite3.Error as error:
        raise BackupError(f"{file} is not a backup of ours: {error}.") from None
    if answer != "ok" or host is None:
        raise BackupError(f"{file} is damaged or not a backup of ours: {answer}.")


def _restore_sqlite(file: Path, target: Path) -> None:
    if target.exists():
        raise BackupError(
            f"{target} exists. A backup is restored into an empty home only: move the old "
            "database away (keep it: it may hold what the backup lacks), or set SAKSHI_HOME."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    aside = target.with_name(f".{target.name}-restore")
    try:
        shutil.copyfile(file, aside)
        os.chmod(aside, 0o600)
        with closing(sqlite3.connect(aside)) as made:
            _check(made, file)
        _sync(aside)
        os.link(aside, target)
        _sync(target.parent)
    except OSError as error:
        raise BackupError(f"{target} could not be written: {error.strerror}.") from None
    finally:
        aside.unlink(missing_ok=True)


def _restore_postgres(db: Database, file: Path) -> None:
    if inspect(db.engine).get_table_names():
        raise BackupError(
            f"The database {db.url.database} is not empty. Create a new one and name it in "
            "SAKSHI_DATABASE; keep the old one, it may hold what the backup lacks."
        )
    _run("pg_restore", db.url, "--no-owner", "--exit-on-error", "--single-transaction", str(file))


def _run(tool: str, url: URL, *options: str) -> None:
    """One of PostgreSQL's own tools; the password goes through the environment only."""
    found = shutil.which(tool)
    if found is None:
        raise BackupError(
            f"{tool} was not found. Install PostgreSQL's client programs of the server's version, "
            "or make the backup with the server's own means; leave the signer's home out of it."
        )
    password = {"PGPASSWORD": url.password} if url.password else {}
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    done = subprocess.run(
        [found, f"--dbname={plain}", *options],
        env={**os.environ, **password},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BackupError(f"{tool} failed: {done.stderr.strip().splitlines()[-1:] or ['']}")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
