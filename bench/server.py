"""The real server in a process of its own: the application, its worker and its signer.

`python -m bench.server PORT` serves the state of `SAKSHI_HOME` as `sakshi serve` does, but with
the rate limits off (`throttle_factor=0`, the switch made for load tests).
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from trust.settings import Settings
from web import wiring
from web.app import create_app
from web.serve import run, stay_on_one_core


def main(port: int) -> None:
    """Serve until a signal."""
    stay_on_one_core()
    settings = Settings.from_env()
    rt = wiring.build(settings)
    helpers = wiring.Embedded(rt, wiring.make_celery(settings))
    helpers.start()
    try:
        run(create_app(rt, throttle_factor=0), f"127.0.0.1:{port}")
    finally:
        helpers.stop()
        rt.close()


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: where it listens, and its process."""

    port: int
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time it has used (its signer child has its own account)."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A server over that state while the block runs."""
    port = _free_port()
    keep = ("PATH", "PYTHONPATH", "LANG")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    env |= {"SAKSHI_HOME": str(home), "SAKSHI_LOG_LEVEL": "WARNING"}
    command = [sys.executable, "-m", "bench.server", str(port)]
    with (home / "server.log").open("wb") as log:
        child = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        _await(child, port, home)
        yield Server(port, child.pid)
    finally:
        child.terminate()
        child.wait(timeout=40)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await(child: subprocess.Popen[bytes], port: int, home: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if child.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("The server did not start:\n" + (home / "server.log").read_text()[-2000:])


if __name__ == "__main__":
    main(int(sys.argv[1]))
