"""Whether a server is using a home: a lock that the kernel frees however the server ends."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

FILE = "server.pid"
ADDRESS = "server.url"


@contextlib.contextmanager
def announced(home: Path, url: str) -> Iterator[None]:
    """Hold the home's lock while serving; two files name the newest process and its address."""
    with (home / FILE).open("a+") as file:
        fcntl.flock(file, fcntl.LOCK_SH)
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        (home / ADDRESS).write_text(url + "\n", encoding="ascii")
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


def address(home: Path) -> str | None:
    """Where the server that is using this home is reached; None when none is."""
    if not in_use(home):
        return None
    with contextlib.suppress(FileNotFoundError):
        return (home / ADDRESS).read_text(encoding="ascii").strip()
    return None
