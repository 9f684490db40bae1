"""`sakshi-witness` that dies by SIGKILL at a chosen step of what it does.

Run as `python -m tests.audit.crashes FOLDER KILL_AT`: the command itself, its file and its sockets
wrapped from outside. A step is before and after every statement that changes the file or ends a
transaction, and before and after every write to a client. Each step is noted in FOLDER/steps
before it can kill.
"""

import os
import signal
import socket
import sqlite3
import sys
from pathlib import Path
from typing import Any

from audit.witness import cli

WRITES = ("BEGIN", "INSERT", "UPDATE", "DELETE", "COMMIT")


class Steps:
    """Counts and notes steps, and kills at one."""

    def __init__(self, path: Path, kill_at: int) -> None:
        self._file = path.open("ab", buffering=0)
        self._left = kill_at

    def step(self, what: str) -> None:
        """A step is reached."""
        self._file.write(f"{what}\n".encode())
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


class Watched:
    """A connection to the file with steps around each change."""

    def __init__(self, real: sqlite3.Connection, steps: Steps) -> None:
        self._real, self._steps = real, steps

    def execute(self, statement: str, *arguments: Any) -> Any:
        """Execute, with steps."""
        word = statement.split()[0]
        if word not in WRITES:
            return self._real.execute(statement, *arguments)
        self._steps.step(f"before {word}")
        done = self._real.execute(statement, *arguments)
        self._steps.step(f"after {word}")
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def main(folder: Path, kill_at: int) -> None:
    """Serve with every step watched."""
    steps = Steps(folder / "steps", kill_at)
    real_connect, real_send = sqlite3.connect, socket.socket.send

    def connect(*arguments: Any, **named: Any) -> Any:
        return Watched(real_connect(*arguments, **named), steps)

    def send(self: socket.socket, data: bytes, *flags: int) -> int:
        steps.step("before the answer")
        sent = real_send(self, data, *flags)
        steps.step("after the answer")
        return sent

    sqlite3.connect = connect
    socket.socket.send = send  # type: ignore[method-assign, assignment]
    cli.main(
        [
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--key",
            str(folder / "witness.key"),
            "--state",
            str(folder / "witness.db"),
            "--logs",
            str(folder / "logs"),
        ]
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
