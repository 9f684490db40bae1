"""A PostgreSQL cluster of a test's own, which may be stopped, restarted and filled to the brim.

It listens on a socket only and lives in memory unless told otherwise; nothing outlives the test.
PostgreSQL does not run as root, so root starts it as the user `postgres`.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

PORT = 5432


def binaries() -> Path | None:
    """Where PostgreSQL's programs are, the newest; None when it is not installed here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    named = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(named).resolve().parent if named else None


def as_postgres(*command: str | Path) -> list[str]:
    """The command, run by somebody who is not root."""
    words = [str(word) for word in command]
    if os.geteuid():
        return words
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", *words]


@dataclass(slots=True)
class Cluster:
    """A running cluster; `url` names one of its databases for SQLAlchemy."""

    folder: Path
    programs: Path

    def url(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://postgres@/{database}?host={self.folder}&port={PORT}"

    def run(self, *words: str) -> None:
        """`pg_ctl` with these words, to its end."""
        done = subprocess.run(
            as_postgres(self.programs / "pg_ctl", "-D", self.folder / "data", "-w", "-t", "30",
                        "-l", self.folder / "log", *words),
            cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
        )  # fmt: skip
        if done.returncode:
            raise AssertionError(f"pg_ctl {words}:\n{(self.folder / 'log').read_text()[-3000:]}")

    def restart(self) -> None:
        """As after a fault of the machine: no session is ended properly."""
        self.run("-m", "immediate", "restart")


@contextmanager
def cluster(*options: str, wal: Path | None = None) -> Iterator[Cluster]:
    """A cluster with these lines of configuration, its log elsewhere if wished.

    Skips the test where none can be made.
    """
    programs = binaries()
    if programs is None:
        pytest.skip("PostgreSQL's own programs are not installed: no cluster can be made")
    shared = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=shared if os.access(shared, os.W_OK) else None))
    made = Cluster(folder, programs)
    try:
        if not os.geteuid():
            shutil.chown(folder, "postgres")
        folder.chmod(0o755)
        subprocess.run(
            as_postgres(programs / "initdb", "-D", folder / "data", "-U", "postgres", "-A",
                        "trust", "-E", "UTF8", "--no-locale", "-N", *_wal(wal)),
            cwd="/", stdout=subprocess.DEVNULL, check=True,
        )  # fmt: skip
        lines = [
            f"unix_socket_directories = '{folder}'",
            "listen_addresses = ''",
            f"port = {PORT}",
            "shared_buffers = 64MB",
            "max_connections = 60",
            *options,
        ]
        with (folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join([*lines, ""]))
        made.run("start")
        try:
            yield made
        finally:
            made.run("-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wal(folder: Path | None) -> list[str | Path]:
    """Options for a log in a small place: segments of 1 MiB."""
    if folder is None:
        return []
    if not os.geteuid():
        shutil.chown(folder, "postgres")
    folder.chmod(0o700)
    return ["--waldir", folder, "--wal-segsize", "1"]
