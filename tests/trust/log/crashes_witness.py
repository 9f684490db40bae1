"""A server that dies by SIGKILL at a chosen step of a round with live witnesses.

Three witnesses, two of whom are the quorum, run in a process of their own over HTTP and outlive
the server, as other people's machines do. The server's process publishes twice: the first time one
witness is away and one answers only when it is asked again, so that the head stands open and the
server keeps asking; the second time all answer. Steps are those of `crashes.watch` inside a round,
and before and after each question to a witness. The threads that ask run one after the other, in
the order of the policy, so that a step's number always means the same moment; `loose` leaves them
as they are.
"""

import dataclasses
import http.client
import json
import multiprocessing
import os
import random
import shutil
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.conftest import load_tables
from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log import crashes
from tests.trust.log.crashes import Steps, Witness
from tests.trust.log.helpers import SLUG, fill, publish
from tests.trust.log.witnesses import honest
from trust.database import Database, metadata
from trust.formats import b64, policy
from trust.formats.canon import Json
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.notes import parse_note
from trust.formats.witnessed import check_checkpoint
from trust.log import boot, proofs
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status, witnessclient, witnessing
from trust.settings import Settings
from web import wiring

wiring.load_packages()  # a spawned process begins here

NAMES = ("a", "b", "c")
RULE = "group outside 2 a b c\nquorum outside\n"
RANK = {"open": 0, "none": 1, "met": 2}
PATIENCE = 20.0
TRIES, MISSED = 3, 3
"""How often a step is aimed at, and how many may not be reached at all: the threads of a slow
machine make rounds of fewer steps than the one that was counted."""
STATEMENT: dict[str, Json] = {
    "kind": "statement",
    "v": 1,
    "society": SLUG,
    "book_year": "2025-26",
    "as_of": "2026-03-31",
    "book_root": "A" * 43 + "=",
    "previous": None,
    "supersedes": None,
    "mapping": "0" * 64,
    "lines": [],
    "totals": {"assets": 0, "liabilities": 0, "profit": 0},
    "signatures": [],
}


def serve(pipe: Pipe, folder: Path, vkeys: str, now: int) -> None:
    """The witnesses' process: every message asks for all of them anew on the same addresses.

    A message names the folder of memories to begin with; the answer is their lines in a policy.
    """
    ports = [0] * len(NAMES)
    while True:
        with ExitStack() as stack:
            running = [
                stack.enter_context(honest(ManualClock(now), folder / name, name, vkeys, port))
                for name, port in zip(NAMES, ports, strict=True)
            ]
            ports = [urlsplit(asked.url).port or 0 for asked in running]
            pipe.send([(asked.url, asked.line()) for asked in running])
            try:
                template = pipe.recv()
            except EOFError:
                return
        if template:
            shutil.rmtree(folder)
            shutil.copytree(template, folder)
        else:
            shutil.copytree(folder, folder.with_name("witnesses.template"))


def open_state(folder: Path, now: int, rule: Path | None = None) -> Runtime:
    """The state in a folder, with this witness policy or the one in force."""
    made = Settings.from_env({"SAKSHI_HOME": str(folder)})
    settings = dataclasses.replace(
        made, database=f"sqlite:///{folder / 'sakshi.db'}", witness_policy=str(rule or "")
    )
    return boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )


def file_statement(rt: Runtime, book: str, number: int) -> int:
    """Append an entry of a closed kind."""
    with rt.db.write() as conn:
        (done,) = logs.append(
            conn,
            book,
            [
                NewEntry(
                    "statement",
                    STATEMENT | {"origin": book, "book_size": number},
                    f"statement {number}",
                )
            ],
            now=rt.clock(),
        )
    return done.index


class InTurn(threading.Thread):
    """A thread that asks a witness does so before its start returns; others are threads."""

    def start(self) -> None:
        """Run here and now, or begin."""
        if self.name.startswith("sakshi-witness-"):
            self.run()
        else:
            super().start()


@dataclass(slots=True)
class Threads:
    """What `witnessing` sees of the module `threading`."""

    Thread: type[threading.Thread] = InTurn
    Lock: Any = threading.Lock
    RLock: Any = threading.RLock
    Condition: Any = threading.Condition
    Event: Any = threading.Event


@dataclass
class Moments(Steps):
    """Steps without the commits of transactions that wrote nothing: those change nothing."""

    first: int = 0
    _wrote: bool = False

    def step(self, what: str) -> None:
        """A step is reached."""
        commit = what.endswith(" commit")
        if not commit or self._wrote:
            super().step(what)
        self._wrote = what != "after commit" and (self._wrote or what.startswith(crashes.WRITES))


def watch(rt: Runtime, steps: Moments, *, loose: bool) -> None:
    """`crashes.watch`, and steps at each question to a witness; b and c do not answer at first."""
    crashes.watch(rt, steps)
    witnessing.REST_SECONDS = (0.05, 0.2)
    witnessing.SETTLE_SECONDS = 0.05
    if not loose:
        vars(witnessing)["threading"] = Threads()
    real, silent = witnessclient.ask, ["b"]

    def ask(keys: tuple[policy.PolicyWitness, ...], old: int, size: int, *rest: Any) -> Any:
        (witness,) = keys
        if witness.name == "c" and size == steps.first:
            raise witnessclient.WitnessError("it does not answer", code="unreachable")
        with steps.inside(f"ask {witness.name}"):
            steps.step("before asking")
            if witness.name in silent:
                silent.remove(witness.name)
                raise witnessclient.WitnessError("it does not answer", code="unreachable")
            found = real(keys, old, size, *rest)
            steps.step("after the answer")
        return found

    vars(witnessclient)["ask"] = ask
    real_ask = witnessing.Witnessing.ask

    def round_(self: witnessing.Witnessing, task: witnessing.Task) -> None:
        steps.first = steps.first or task.size
        with steps.inside("round"):
            real_ask(self, task)

    witnessing.Witnessing.ask = round_  # type: ignore[method-assign]


def scenario(rt: Runtime, seed: int, said: Witness) -> None:
    """Two publications, each of vouchers and a filed statement; everything shown is said."""
    chance = random.Random(seed)
    book, _ = crashes.books(rt.host)
    for turn in range(2):
        with rt.db.read() as conn:
            start = log_queries.info(conn, book).next_index
        for item in fill(rt, book, start, start + chance.randint(2, 5)):
            said.say(log=book, index=item.index, entry=item.entry.decode())
        filed = file_statement(rt, book, start + seed)
        publish(rt, book)
        tell(rt, said)
        until(lambda: tell(rt, said) == "met", f"turn {turn} never met its quorum")
        until(lambda: rt.witnessing._again is None, "it keeps asking for nothing")
        time.sleep(2 * witnessing.REST_SECONDS[1])  # Whoever failed is asked again now.
        with rt.db.read() as conn:
            assert witness_status.published(conn, book, filed) is not None


def until(done: Callable[[], bool], words: str) -> None:
    """Wait for what another thread does."""
    deadline = time.monotonic() + PATIENCE
    while not done():
        if time.monotonic() > deadline:
            raise AssertionError(words)
        time.sleep(0.01)


def tell(rt: Runtime, said: Witness) -> str:
    """Say what anybody could read now: the state log's head and standing, and what is filed."""
    with rt.db.read() as conn:
        found = witness_status.of_state(conn)
        if found is None:
            return ""
        head = witness_status.published_head(conn, found.origin)
    assert head is not None
    said.say(
        log=found.origin,
        size=head.size,
        root=b64.encode(head.root),
        stands=found.witness_status,
        published=found.size,
    )
    return found.witness_status


@dataclass(slots=True)
class Case:
    """A folder and three witnesses to begin again and to break."""

    template: Path
    work: Path
    host: str
    now: int
    seed: int
    pipe: Pipe
    slowest: float = 0.0

    def fresh(self) -> Witness:
        """State and memories of the witnesses as they were at the beginning."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.template, self.work)
        self.pipe.send(str(self.template.with_name("witnesses.template")))
        self.pipe.recv()
        return Witness(self.work / "said")

    def child(self, kill_at: int, *, loose: bool = False) -> int:
        """Run the scenario in a forked child; gives its wait status."""
        pid = os.fork()
        if pid:
            return os.waitpid(pid, 0)[1]
        try:
            rt = open_state(self.work, self.now)
            steps = Moments(kill_at)
            watch(rt, steps, loose=loose)
            scenario(rt, self.seed, Witness(self.work / "said"))
            (self.work / "steps").write_text(json.dumps(steps.names))
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(9)

    def count(self) -> list[str]:
        """The names of all steps, by running once to the end."""
        self.fresh()
        assert self.child(-1) == 0, "the scenario does not even end without a kill"
        return list(json.loads((self.work / "steps").read_text()))

    def verdict(self, said: Witness, what: str) -> list[str]:
        """What was lost, forked, lowered or published without its quorum."""
        wrong = too_early(self.work, crashes.books(self.host)[0])
        began = time.monotonic()
        rt = open_state(self.work, self.now + 60)
        try:
            publish(rt, *crashes.books(self.host)[:1])
            self.slowest = max(self.slowest, time.monotonic() - began)
            file_statement(rt, crashes.books(self.host)[0], 999)
            publish(rt, *crashes.books(self.host)[:1])
            until(lambda: stands(rt) == "met", "after the restart the quorum is never met")
            wrong += crashes.compare(rt, said) + lowered(rt, said) + self.disagreeing(rt)
        except Exception:
            wrong.append(traceback.format_exc())
        finally:
            rt.close()
        return [f"{what}: {words}" for words in wrong]

    def disagreeing(self, rt: Runtime) -> list[str]:
        """Witnesses that hold another history than the database, or have not seen its end."""
        wrong = []
        with rt.db.read() as conn:
            found = witness_status.of_state(conn)
            assert found is not None
            for port in self.ports():
                seen = parse_checkpoint(parse_note(latest(port, found.origin)).text)
                if log_queries.head_root(conn, found.origin, seen.size) != seen.root:
                    wrong.append(f"a witness holds another head of size {seen.size}")
                if seen.size > found.size:
                    wrong.append(f"a witness has seen size {seen.size}, published is {found.size}")
        return wrong

    def ports(self) -> Sequence[int]:
        """Where the witnesses listen."""
        return [int(port) for port in (self.template / "ports").read_text().split()]


def latest(port: int, origin: str) -> str:
    """The last checkpoint a witness cosigned, from its page for monitors."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", f"/{sha256(origin.encode()).hexdigest()}/checkpoint")
        answer = connection.getresponse()
        assert answer.status == 200, "the witness remembers nothing"
        return answer.read().decode()
    finally:
        connection.close()


def stands(rt: Runtime) -> str:
    """How the newest published state head stands."""
    with rt.db.read() as conn:
        found = witness_status.of_state(conn)
    return "" if found is None else found.witness_status


def too_early(folder: Path, book: str) -> list[str]:
    """Filed entries that count as published under a head that lacks its quorum, right now."""
    db, wrong = Database(f"sqlite:///{folder / 'sakshi.db'}"), []
    with db.read() as conn:
        trusted = policy.parse_policy(proofs.policy_text(conn))
        for stored in log_queries.entries(conn, book, 0, log_queries.info(conn, book).next_index):
            if stored.kind not in witness_status.CLOSED:
                continue
            head = witness_status.published(conn, book, stored.index)
            admitted = log_queries.admission(conn, book, head.size) if head is not None else None
            if head is None:
                continue
            if admitted is None:
                wrong.append(f"statement {stored.index} is published under no state head")
                continue
            try:
                check_checkpoint(trusted, witness_status.anchor(conn, *admitted).note)
            except Exception as fault:
                wrong.append(f"statement {stored.index} is published, but: {fault}")
    db.dispose()
    return wrong


def lowered(rt: Runtime, said: Witness) -> list[str]:
    """Published heads that stand lower than somebody was shown, or are published no more."""
    wrong = []
    with rt.db.read() as conn:
        for line in said.read():
            if "stands" not in line:
                continue
            held = witness_status.of_head(conn, line["log"], line["published"])
            if held is None or RANK[held[0]] < RANK[line["stands"]]:
                wrong.append(f"size {line['published']} stood {line['stands']}, now {held}")
    return wrong


@contextmanager
def witnesses(folder: Path, vkey: str, now: int) -> Iterator[tuple[Pipe, list[tuple[str, str]]]]:
    """The process of the witnesses; gives its pipe, and address and policy line of each."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    folder.mkdir()
    host = spawn.Process(target=serve, args=(theirs, folder, f"log {vkey}\n", now))
    host.start()
    theirs.close()
    try:
        yield ours, ours.recv()
    finally:
        ours.close()
        host.join(20)


def make_template(folder: Path, host: str, now: int) -> str:
    """A state with one book, nothing published; gives the state log's verifier key."""
    made = Settings.from_env({"SAKSHI_HOME": str(folder)})
    settings = dataclasses.replace(made, database=f"sqlite:///{folder / 'sakshi.db'}")
    load_tables()
    db = Database(settings.database)
    metadata.create_all(db.engine)
    boot.make_state(db, settings, host, now=now)
    rt = open_state(folder, now)
    with rt.db.write() as conn:
        logs.open_log(conn, crashes.books(host)[0], now=now)
        state = log_queries.logs(conn, "state")[0].origin
    vkey = rt.signer.vkey(state)
    rt.close()
    return vkey


def run(work: str, arguments: dict[str, Any], answer: str) -> None:
    """Entry of the spawned process that forks the dying ones; answers through a file."""
    folder, now, host = Path(work), arguments["now"], arguments["host"]
    vkey = make_template(folder / "template", host, now)
    with witnesses(folder / "witnesses", vkey, now) as (pipe, asked):
        (folder / "policy").write_text("".join(line for _, line in asked) + RULE)
        (folder / "template" / "ports").write_text(
            " ".join(str(urlsplit(url).port) for url, _ in asked)
        )
        rt = open_state(folder / "template", now, folder / "policy")
        book = crashes.books(host)[0]
        fill(rt, book, 0, 3)
        publish(rt, book)
        until(lambda: stands(rt) == "met", "the template never met its quorum")
        rt.close()
        pipe.send("")  # These memories are the beginning.
        pipe.recv()
        case = Case(folder / "template", folder / "state", host, now + 60, arguments["seed"], pipe)
        names, wrong = matrix(case, arguments)
    done = {"names": names, "wrong": wrong, "slowest": case.slowest}
    Path(answer).write_text(json.dumps(done))


def matrix(case: Case, arguments: dict[str, Any]) -> tuple[list[str], list[str]]:
    """Kill at every step of this shard; with `loose` at moments of chance, threads as they are."""
    names, wrong, missed = case.count(), list[str](), 0
    inside = [at for at, name in enumerate(names) if name.startswith("round")]
    if arguments["loose"]:
        chosen = random.Random(case.seed).sample(inside, arguments["loose"])
    else:
        chosen = inside[arguments["shard"] :: arguments["shards"]]
    for at in chosen:
        for _ in range(TRIES):
            said = case.fresh()
            status = case.child(at, loose=bool(arguments["loose"]))
            if os.WIFSIGNALED(status) or arguments["loose"]:
                break
        what = f"killed at step {at} ({names[at]})"
        if status == 0 and not arguments["loose"] and missed < MISSED:
            missed += 1
            continue
        if not os.WIFSIGNALED(status) and not (arguments["loose"] and status == 0):
            wrong.append(f"{what}: it ended with {status}")
            continue
        wrong += case.verdict(said, what)
    return [names[at] for at in inside], wrong
