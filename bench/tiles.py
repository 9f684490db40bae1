"""Tiles, entry bundles, checkpoints a second: from the application, from nginx over the mirror.

One society log, its mirror behind nginx set up as docs/operations.md says, and the application
over the same state, asked in turns by the same client over 16 kept-alive connections: wrk where it
is installed, else the client of these measurements, which is itself the limit then. Files are
asked for in an order that repeats, so both answer from memory. First both must give the same bytes.
"""

import asyncio
import math
import re
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import nginx
from bench.client import Connection
from bench.log import vouchers
from bench.server import serving
from bench.state import fresh_state
from bench.table import Row
from trust.formats import origins, tiles
from trust.log import service as logs
from trust.log.runtime import Runtime
from trust.log.upkeep.mirror import mirror

ENTRIES = 32 * tiles.TILE + 100
CONNECTIONS = 16
SECONDS = 4
WRK = shutil.which("wrk")
_LUA = """
local paths = {{ {paths} }}
local at = 0
request = function()
  at = at % #paths + 1
  return wrk.format("GET", paths[at])
end
"""


@dataclass(frozen=True, slots=True)
class Files:
    """One kind of file and the names of some, below the log."""

    what: str
    names: list[str]


def filled(rt: Runtime) -> str:
    """A society's log under a published head."""
    now = rt.clock()
    origin = origins.coop_origin(rt.host, "tiles", origins.financial_year(now))
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=now)
        logs.append(conn, origin, vouchers(ENTRIES), now=now)
    rt.publish([origin])
    return origin


def listed() -> list[Files]:
    """What is asked for."""
    full = range(ENTRIES // tiles.TILE)
    return [
        Files("hash tiles", [tiles.tile_path(0, n) for n in full]),
        Files("entry bundles", [tiles.bundle_path(n) for n in full]),
        Files("checkpoints", ["checkpoint"]),
    ]


def rate(port: int, paths: list[str]) -> float:
    """Answers a second; raises RuntimeError for any that is not 200."""
    if WRK is None:
        return asyncio.run(_asked(port, paths))
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as script:
        script.write(_LUA.format(paths=", ".join(f'"{path}"' for path in paths)))
        script.flush()
        command = [WRK, "-t1", f"-c{CONNECTIONS}", f"-d{SECONDS}s", "-s", script.name]
        done = subprocess.run(
            [*command, f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True
        )
    found = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    if found is None or "Non-2xx" in done.stdout or "Socket errors" in done.stdout:
        raise RuntimeError(f"wrk could not measure:\n{done.stdout}")
    return float(found[1])


async def _asked(port: int, paths: list[str]) -> float:
    count = 0
    begun = time.perf_counter()

    async def ask(first: int) -> None:
        nonlocal count
        connection, at = Connection(port), first
        while time.perf_counter() - begun < SECONDS:
            answer = await connection.send("GET", paths[at % len(paths)])
            if answer.status != 200:
                raise RuntimeError(f"GET {paths[at % len(paths)]} answered {answer.status}")
            count, at = count + 1, at + 1
        connection.close()

    await asyncio.gather(*(ask(first) for first in range(CONNECTIONS)))
    return count / (time.perf_counter() - begun)


async def _same(ports: dict[int, str], names: list[str]) -> None:
    """All servers give the same bytes."""
    for name in names:
        bodies = set()
        for port, below in ports.items():
            connection = Connection(port)
            answer = await connection.send("GET", f"{below}/{name}")
            connection.close()
            if answer.status != 200:
                raise RuntimeError(f"GET {below}/{name} answered {answer.status}")
            bodies.add(answer.body)
        if len(bodies) != 1:
            raise RuntimeError(f"{name} is not the same in the mirror and from the application")


def rows(home: Path, folder: Path, origin: str) -> list[Row]:
    """Measure over a state and its mirror."""
    client = "wrk" if WRK else "asked by Python, which may be the limit (wrk is not installed)"
    out = []
    with ExitStack() as stack:
        app = stack.enter_context(serving(home)).port
        ports = {app: f"/l/{origin}"}
        static = None
        if nginx.PROGRAM is not None:
            url = stack.enter_context(nginx.serving(folder, folder.with_name("nginx")))
            static = int(url.rpartition(":")[2])
            ports[static] = f"/{origin}"
        for files in listed():
            asyncio.run(_same(ports, files.names))
            own = rate(app, [f"{ports[app]}/{name}" for name in files.names])
            out.append(Row(f"{files.what} from the application", own, "1/s", client))
            name = f"{files.what} from nginx over the mirror"
            if static is None:
                out.append(Row(name, math.nan, "1/s", "not measured: nginx is not installed"))
                continue
            fast = rate(static, [f"{ports[static]}/{name}" for name in files.names])
            out.append(Row(name, fast, "1/s", f"{fast / own:,.1f}x the application; {client}"))
    return out


def run() -> list[Row]:
    """Measure."""
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as name:
        folder = Path(name) / "mirror"
        with fresh_state() as rt:
            origin = filled(rt)
            mirror(rt.db, folder)
            home = rt.settings.home
            rt.close()
            return rows(home, folder, origin)
