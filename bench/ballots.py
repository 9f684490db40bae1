"""Open ballots through HTTP, each answered with its receipt, beside the raw Ed25519 rate.

The server is the real one in one process (Hypercorn, SQLite with full fsync, embedded worker,
signer child). Each ballot is another member's, over her own session; it is signed beforehand, and
answered 201 only when a published head covers it. Target of the second issue: 300 a second.
"""

import asyncio
import json
import time
from dataclasses import dataclass, field

from nacl.signing import VerifyKey

from bench import scenario
from bench.client import Connection
from bench.server import serving
from bench.state import fresh_state
from bench.table import Row, quantile
from trust.formats import b64, signing
from trust.formats.canon import Json
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status

MEMBERS = 2_000
WARM = 200
CONNECTIONS = (1, 32, 64)


@dataclass(slots=True)
class Posted:
    """A request made beforehand."""

    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Round:
    """What one round of casting gave."""

    seconds: float = 0.0
    cpu: float = 0.0
    waits: list[float] = field(default_factory=list)

    def rate(self) -> float:
        """Receipts a second."""
        return len(self.waits) / self.seconds


async def cast_all(port: int, path: str, requests: list[Posted], connections: int) -> Round:
    """Post them over so many connections; anything but 201 with a receipt is a failure."""
    waiting, done = iter(requests), Round()

    async def voter() -> None:
        connection = Connection(port)
        for request in waiting:
            begun = time.perf_counter()
            answer = await connection.send("POST", path, request.headers, request.body)
            done.waits.append(time.perf_counter() - begun)
            if answer.status != 201:
                raise RuntimeError(f"{answer.status}: {answer.body.decode()[:300]}")
        connection.close()

    begun = time.perf_counter()
    await asyncio.gather(*(voter() for _ in range(connections)))
    done.seconds = time.perf_counter() - begun
    return done


def verify_rate(signed: list[dict[str, Json]], origin: str) -> float:
    """Signatures PyNaCl checks a second, nothing else done."""
    made = []
    for record in signed:
        listed = record["signatures"]
        assert isinstance(listed, list) and isinstance(listed[0], dict)
        key, signature = b64.decode(str(listed[0]["key"])), b64.decode(str(listed[0]["sig"]))
        made.append((VerifyKey(key), signing.message("ballot", origin, record), signature))
    begun = time.perf_counter()
    for verifier, message, signature in made:
        verifier.verify(message, signature)
    return len(made) / (time.perf_counter() - begun)


def prepared(rt: Runtime, found: scenario.VotingScenario) -> tuple[list[Posted], float]:
    """All requests, and the raw rate at which their signatures verify."""
    signed = scenario.ballots(rt, found)
    raw = verify_rate([record for _, record in signed], found.origin)
    sessions = {voter.account: scenario.session(rt, voter.account) for voter in found.voters}
    requests = [
        Posted(
            sessions[voter.account] | {"Content-Type": "application/json"},
            json.dumps(record).encode(),
        )
        for voter, record in signed
    ]
    return requests, raw


def check(rt: Runtime, found: scenario.VotingScenario, count: int) -> None:
    """What was answered stands in the log, under a published head."""
    with rt.db.read() as conn:
        head = witness_status.published(conn, found.origin)
        sealed = log_queries.count_kind(conn, found.origin, "ballot")
    if sealed != count or head is None or head.size < count:
        raise RuntimeError(f"{count} receipts were given, {sealed} ballots are sealed.")


def rows(rounds: dict[int, Round], raw: float) -> list[Row]:
    """The table."""
    out = [Row("Ed25519 verifications, nothing else", raw, "1/s", "PyNaCl, one thread")]
    for connections, done in rounds.items():
        beside = "target 300; " if connections > 1 else ""
        share = f"{beside}{done.rate() / raw:.3f}x the raw Ed25519 rate"
        name = f"{connections} connection{'s' if connections > 1 else ''}"
        out.append(Row(f"ballots with receipts, {name}", done.rate(), "1/s", share))
        waits = [wait * 1000 for wait in done.waits]
        out.append(Row(f"posted → receipt, {name}, p50", quantile(waits, 0.5), "ms"))
        out.append(Row(f"posted → receipt, {name}, p99", quantile(waits, 0.99), "ms"))
        cost = done.cpu * 1000 / len(done.waits)
        out.append(Row(f"server's processor time a ballot, {name}", cost, "ms", "all threads"))
    return out


def run() -> list[Row]:
    """Measure."""
    with fresh_state() as rt:
        found = scenario.build(rt, MEMBERS)
        requests, raw = prepared(rt, found)
        path = f"/member/meetings/{found.meeting}/ballots"
        rounds: dict[int, Round] = {}
        with serving(rt.settings.home) as server:
            asyncio.run(cast_all(server.port, path, requests[:WARM], 8))
            at, share = WARM, (len(requests) - WARM - 300) // (len(CONNECTIONS) - 1)
            for connections in CONNECTIONS:
                count = 300 if connections == 1 else share
                some, at = requests[at : at + count], at + count
                cpu = server.cpu()
                done = asyncio.run(cast_all(server.port, path, some, connections))
                done.cpu = server.cpu() - cpu
                rounds[connections] = done
        check(rt, found, at)
    return rows(rounds, raw)
