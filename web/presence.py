"""Whether a server is using a home: a lock that the kernel frees however the server ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

FILE = "server.pid"


@contextlib.contextmanager
def announced(home: Path) -> Iterator[None]:
    """Hold the home's lock while serving; the file names the newest server's process."""
    with (home / FILE).open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


def in_use(home: Path) -> bool:
    """Whether some server holds the lock right now."""
    try:
        with (home / FILE).open("r") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False
