"""A witness of 15,000 logs: the first checkpoint of each, then the next with its proof.

`sakshi-witness` is a process of its own. First by prepared requests over kept-alive connections,
one request at a time on each; every answer is counted only with status 200, and a sample of the
cosignatures is verified afterwards. Then the state itself asks (`sakshi witness sweep`): reading
heads, building proofs, verifying and storing the cosignatures are part of it. Target: a full sweep
under 60 seconds. `SAKSHI_BENCH_LOGS` asks for another number of logs, `SAKSHI_BENCH_CONNECTIONS`
for another number of connections than 16.
"""

import dataclasses
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from audit.witness import keys, store
from bench.state import fresh_state
from bench.table import Row, quantile
from trust.formats import merkle, notes
from trust.formats import origins as names
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.cosignatures import verify_cosignature
from trust.formats.witness import format_request
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.witnesses import witnesspolicy, witnesssweep

LOGS = int(os.environ.get("SAKSHI_BENCH_LOGS", "15000"))
CONNECTIONS = int(os.environ.get("SAKSHI_BENCH_CONNECTIONS", "16"))
FIRST, NEXT = 100, 130
_LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(NEXT)]
_PROOF = merkle.build_consistency(
    FIRST, NEXT, lambda level, n: merkle.root_of(_LEAVES[n << level : (n + 1) << level])
)


class Sweep:
    """Requests sent over connections that stay open; how long each took, and the answers."""

    def __init__(self, port: int, bodies: list[bytes]) -> None:
        self._port, self._bodies = port, bodies
        self._turn = iter(range(len(bodies)))
        self.answers: list[bytes] = [b""] * len(bodies)
        self.waits: list[float] = []
        self.seconds = 0.0

    def run(self) -> "Sweep":
        """Send everything."""
        threads = [threading.Thread(target=self._line) for _ in range(CONNECTIONS)]
        begun = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.seconds = time.perf_counter() - begun
        bad = [answer for answer in self.answers if not answer.startswith(b"HTTP/1.1 200 ")]
        if bad:
            raise RuntimeError(f"{len(bad)} requests were not answered with 200: {bad[0]!r}")
        return self

    def _line(self) -> None:
        head = "POST /add-checkpoint HTTP/1.1\r\nHost: witness\r\nContent-Length: %d\r\n\r\n"
        with socket.create_connection(("127.0.0.1", self._port)) as line:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for number in self._turn:
                body = self._bodies[number]
                begun = time.perf_counter()
                line.sendall((head % len(body)).encode() + body)
                self.answers[number] = _answer(line)
                self.waits.append(time.perf_counter() - begun)

    def row(self, what: str, beside: str = "") -> Row:
        """The sweep as a row."""
        rate = len(self._bodies) / self.seconds
        p50, p99 = (quantile(self.waits, share) * 1000 for share in (0.5, 0.99))
        words = f"{rate:,.0f}/s; p50 {p50:.1f} ms, p99 {p99:.1f} ms a request{beside}"
        return Row(what, self.seconds, "s", words)


def _answer(line: socket.socket) -> bytes:
    data = b""
    while True:
        piece = line.recv(16_384)
        if not piece:
            return data
        data += piece
        head, gap, body = data.partition(b"\r\n\r\n")
        found = re.search(rb"Content-Length: (\d+)", head)
        if gap and found and len(body) >= int(found[1]):
            return data


def checkpoint(origin: str, seed: bytes, size: int) -> str:
    """A signed head."""
    text = format_checkpoint(Checkpoint(origin, size, merkle.root_of(_LEAVES[:size])))
    return notes.format_note(notes.SignedNote(text, (notes.sign_ed25519(text, origin, seed),)))


@contextmanager
def witness(folder: Path, vkeys: list[str]) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A witness of these logs as a process, and its port."""
    made = keys.make(folder / "witness.key", "witness.bench.example/w1", mldsa44=False)
    store.create(folder / "witness.db", made.identity())
    (folder / "logs").write_text("".join(f"{vkey}\n" for vkey in vkeys))
    child = subprocess.Popen(
        [sys.executable, "-m", "audit.witness.cli", "serve", "--listen", "127.0.0.1:0",
         "--key", folder / "witness.key", "--state", folder / "witness.db",
         "--logs", folder / "logs"],
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert child.stdout is not None
        yield child, int(child.stdout.readline().rsplit(":", 1)[1])
    finally:
        child.terminate()
        child.wait()


def memory(pid: int) -> tuple[float, float]:
    """Resident and proportional memory of a process, in MB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    found = dict(re.findall(r"^(Rss|Pss):\s+(\d+) kB", text, re.MULTILINE))
    return int(found["Rss"]) / 1024, int(found["Pss"]) / 1024


def processor(pid: int) -> float:
    """Seconds of processor time that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def bare() -> tuple[float, float]:
    """Memory of a Python that has imported nothing."""
    with subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE
    ) as child:
        time.sleep(0.5)
        return memory(child.pid)


def run() -> list[Row]:
    """Measure."""
    origins = [f"witness.bench.example/coop/s{n}/2026-27" for n in range(LOGS)]
    seeds = [sha256(origin.encode()).digest() for origin in origins]
    both = list(zip(origins, seeds, strict=True))
    first = [format_request(0, [], checkpoint(*one, FIRST)) for one in both]
    then = [format_request(FIRST, _PROOF, checkpoint(*one, NEXT)) for one in both]
    vkeys = [notes.verifier_key(*one).format() for one in both]
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as name:
        folder, begun = Path(name), time.perf_counter()
        with witness(folder, vkeys) as (child, port):
            started = time.perf_counter() - begun
            before = memory(child.pid)
            busy = processor(child.pid)
            sweeps = [Sweep(port, first).run(), Sweep(port, then).run()]
            after = memory(child.pid)
            busy = processor(child.pid) - busy
        stored = sum(file.stat().st_size for file in folder.glob("witness.db*"))
        _verify(keys.load(folder / "witness.key"), then, sweeps[1].answers)
    total = sum(sweep.seconds for sweep in sweeps)
    interpreter = bare()
    return [
        sweeps[0].row(f"first checkpoint of {LOGS:,} logs, {CONNECTIONS} connections"),
        sweeps[1].row("next checkpoint of each, with its proof"),
        Row("both", total, "s", "target 60 for 15,000 logs"),
        Row(
            "processor time of the witness for both",
            busy,
            "s",
            f"{2 * LOGS / busy:,.0f} requests a second of one core",
        ),
        Row("until it listens, its list of logs read", started, "s"),
        Row("state file", stored / 1e6, "MB", f"{stored / LOGS:,.0f} bytes a log"),
        Row("memory at the start", before[0], "MB resident", f"{before[1]:.1f} proportional"),
        Row(
            "memory at the end",
            after[0],
            "MB resident",
            f"{after[1]:.1f} proportional; a bare interpreter has {interpreter[0]:.1f} and"
            f" {interpreter[1]:.1f}",
        ),
        *by_the_state(),
    ]


def by_the_state() -> list[Row]:
    """The state asks for every log, twice."""
    with fresh_state() as rt, tempfile.TemporaryDirectory(prefix="sakshi-bench-") as name:
        year = names.financial_year(rt.clock())
        made = [names.coop_origin(rt.host, f"s{n}", year) for n in range(LOGS)]
        vkeys = [rt.signer.vkey(origin) for origin in made]
        with witness(Path(name), vkeys) as (_, port):
            (key,) = keys.load(Path(name) / "witness.key").public()
            text = f"witness own {key.format()} http://127.0.0.1:{port}\nquorum none\n"
            rows = []
            for number, what in enumerate(("first", "next")):
                _grow(rt, made, number)
                if not number:
                    _rule(rt, Path(name) / "policy", text)
                begun, busy = time.perf_counter(), time.process_time()
                (done,) = witnesssweep.sweep(rt, ["own"])
                seconds, busy = time.perf_counter() - begun, time.process_time() - busy
                if done.cosigned != LOGS:
                    raise RuntimeError(f"{done.cosigned} of {LOGS} heads cosigned: {done.words}")
                rows.append(
                    Row(
                        f"the state has the {what} head of {LOGS:,} logs cosigned",
                        seconds,
                        "s",
                        f"{LOGS / seconds:,.0f}/s, stored; {busy:.1f} s of the state's processor"
                        " time; target 60 for 15,000",
                    )
                )
            return rows


def _grow(rt: Runtime, made: list[str], number: int) -> None:
    """A few more entries in each log, published."""
    record: dict[str, Json] = {
        "kind": "governance-date",
        "v": 1,
        "society": "s1",
        "book_year": "2026-27",
        "import": "i-1",
        "date": "2026-06-01",
        "event": "general-meeting",
    }
    items = [NewEntry("governance-date", record, f"{number} {n}") for n in range(5)]
    for at in range(0, len(made), 500):
        with rt.db.write() as conn:
            for origin in made[at : at + 500]:
                if not number:
                    logs.open_log(conn, origin, now=rt.clock())
                logs.append(conn, origin, items, now=rt.clock())
    rt.publish(made)


def _rule(rt: Runtime, path: Path, text: str) -> None:
    """Put a policy in force whose witness is our own."""
    path.write_text(text)
    settings = dataclasses.replace(rt.settings, witness_policy=str(path), witness_own="own")
    with rt.db.write() as conn:
        witnesspolicy.adopt(conn, settings, now=rt.clock())


def _verify(loaded: keys.WitnessKeys, bodies: list[bytes], answers: list[bytes]) -> None:
    """Whether the answers are what they were counted as; every hundredth is looked at."""
    (key,) = loaded.public()
    for body, answer in list(zip(bodies, answers, strict=True))[::100]:
        text = notes.parse_note(body.partition(b"\n\n")[2]).text
        signed = text.encode() + b"\n" + answer.partition(b"\r\n\r\n")[2]
        (line,) = notes.parse_note(signed).signatures
        verify_cosignature(text, line, key)
