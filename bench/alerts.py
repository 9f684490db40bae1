"""Commit of an import → the alert on an open Registrar's page, as server-sent events.

The page is open on the real server (embedded default); another process imports a loan register
with the concentration that rule K2 looks for, one new society each time. Two clocks run: from
the beginning of the import and from its return, which its last commit precedes, until the line
with that society's finding has arrived. Target: under 2 s.
"""

import asyncio
import random
import re
import secrets
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from sqlalchemy import Connection

from bench.client import Connection as Client
from bench.scenario import session
from bench.server import serving
from bench.state import fresh_state
from bench.table import Row, quantile
from oversight import service as oversight_service
from trust.books import service as books_service
from trust.log.runtime import Runtime
from trust.people import service as people_service
from trust.people.model import Grant, SocietyProfile
from web.demo import registers

RUNS = 20
WARM = 2
WAIT = 30.0


@dataclass(frozen=True, slots=True)
class Seen:
    """One run: seconds from the start and from the commit of the import until the line came."""

    from_start: float
    from_commit: float


def prepare(rt: Runtime) -> int:
    """The societies, the proposed policy and an officer of the Registrar; returns the account."""
    now = rt.clock()
    with rt.db.write() as conn:
        oversight_service.adopt_proposed(conn, now=now)
        for number in range(RUNS + WARM):
            people_service.register_society(conn, profile(number), now=now)
        return officer(conn, now)


def profile(number: int) -> SocietyProfile:
    """A fictitious society."""
    return SocietyProfile(
        f"measured-{number}",
        f"MEASURED/{number}",
        f"Measured Society {number}",
        f"അളന്ന സംഘം {number}",
        "thrissur",
        "mukundapuram",
        "credit",
        "class-1",
        date(1960, 1, 1),
    )


def officer(conn: Connection, now: int) -> int:
    """Somebody with the whole State as area."""
    made = people_service.create_account(
        conn,
        "bench.registrar",
        "Officer",
        "staff",
        now=now,
        password=secrets.token_hex(8),
        memory_kib=64,
    )
    people_service.grant(conn, made.id, Grant("registrar", "state", ""), now=now)
    return made.id


async def events(reader: asyncio.StreamReader) -> AsyncIterator[str]:
    """The stream's events, chunked transfer undone."""
    text = ""
    while True:
        size = int(await reader.readuntil(b"\r\n"), 16)
        text += (await reader.readexactly(size + 2))[:-2].decode()
        while "\n\n" in text:
            event, _, text = text.partition("\n\n")
            yield event


def bring(rt: Runtime, number: int) -> tuple[float, float]:
    """Import the troubled register; returns the moments of beginning and last commit."""
    today = datetime.fromtimestamp(rt.clock(), UTC).date()
    data = registers.loans_csv(random.Random(number), today, "agriculture", concentrated=True)
    begun = time.perf_counter()
    report = books_service.import_file(rt, profile(number).slug, "loans.csv", data, actor="bench")
    done = time.perf_counter()
    if not report.ok:
        raise RuntimeError(f"The register was refused: {report.refused[:2]}")
    return begun, done


async def watch(rt: Runtime, port: int, account: int) -> list[Seen]:
    """Run after run: import, and wait for the line of that society on the open page."""
    cookie = {"Cookie": session(rt, account)["Cookie"]}
    client = Client(port)
    stream = events(await client.open_stream("/registrar/live", cookie))
    found = []
    for number in range(RUNS + WARM):
        importing = asyncio.create_task(asyncio.to_thread(bring, rt, number))
        mark = re.compile(rf'is-changed" data-society="{profile(number).slug}"')
        async with asyncio.timeout(WAIT):
            async for event in stream:
                if mark.search(event):
                    break
        arrived = time.perf_counter()
        begun, committed = await importing
        found.append(Seen(arrived - begun, arrived - committed))
        await asyncio.sleep(0.3 + random.Random(number).random() * 0.2)  # any phase of the polls
    client.close()
    return found[WARM:]


def run() -> list[Row]:
    """Measure."""
    with fresh_state() as rt:
        account = prepare(rt)
        with serving(rt.settings.home) as server:
            found = asyncio.run(watch(rt, server.port, account))
    commit = [seen.from_commit * 1000 for seen in found]
    start = [seen.from_start * 1000 for seen in found]
    return [
        Row("import committed → alert on the page, p50", quantile(commit, 0.5), "ms",
            f"target 2,000; {RUNS} runs"),
        Row("import committed → alert on the page, p95", quantile(commit, 0.95), "ms",
            f"slowest {max(commit):,.0f} ms"),
        Row("import begun → alert on the page, p50", quantile(start, 0.5), "ms",
            "76 loans read, sealed, judged"),
    ]  # fmt: skip
