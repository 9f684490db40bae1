"""Processes that die by SIGKILL at a chosen step of append, integrate, sign, guard, store, admit.

A *step* is every moment at which something durable may have changed: after each statement that
writes, before and after each commit, before and after each change of the guard, and before and
after each signature. The steps of a scenario are counted by running it once; then it is run again
for every step from the same beginning, killed there, opened anew, finished, and compared.

Everything is wrapped from outside, in the dying child only: the code under test has no hooks.
"""

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import event

from tests.simulator.clock import ManualClock
from tests.simulator.signer import DirectSigner
from tests.trust.log.helpers import SLUG, fill, publish
from trust import bulk
from trust.database import Database
from trust.formats import b64, merkle, notes
from trust.formats.errors import SakshiError
from trust.log import boot, tree_queries
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.checks import fsck
from trust.log.publish import admission, integration, releasing
from trust.log.runtime import Runtime
from trust.settings import Settings
from web import wiring

wiring.load_packages()  # a spawned process begins here

WRITES = ("INSERT", "UPDATE", "DELETE")
Scenario = Callable[[Runtime, int, "Witness"], None]


@dataclass(slots=True)
class Witness:
    """What the dying child told the world before it died; kept in a file it only appends to."""

    path: Path

    def say(self, **said: object) -> None:
        """One line, handed to the kernel at once: SIGKILL cannot take it back."""
        with self.path.open("ab", buffering=0) as file:
            file.write(json.dumps(said).encode() + b"\n")

    def read(self) -> list[dict[str, Any]]:
        """Every line said."""
        if not self.path.exists():
            return []
        return [json.loads(line) for line in self.path.read_bytes().splitlines()]


@dataclass(slots=True)
class Steps:
    """Counts steps, names them by stage, and kills at one."""

    kill_at: int = -1
    stage: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)

    def step(self, what: str) -> None:
        """A step is reached."""
        self.names.append(f"{'/'.join(self.stage) or 'append'}: {what}")
        if len(self.names) - 1 == self.kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def inside(self, stage: str) -> Iterator[None]:
        """Steps reached inside belong to this stage."""
        self.stage.append(stage)
        try:
            yield
        finally:
            self.stage.pop()


def watch(rt: Runtime, steps: Steps) -> None:
    """Wrap database, guard, signature and stages of this process with steps."""
    engine: Any = rt.db.engine
    real_commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        steps.step("before commit")
        real_commit(connection)
        steps.step("after commit")

    engine.dialect.do_commit = do_commit

    @event.listens_for(engine, "after_cursor_execute")
    def _after(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(WRITES):
            steps.step(" ".join(statement.split()[:3]))

    real_send = bulk.send

    def send(conn: Any, statement: str, values: object) -> Any:
        cursor = real_send(conn, statement, values)
        _after(conn, cursor, statement)
        return cursor

    bulk.send = send

    core = rt.signer.core  # type: ignore[attr-defined]
    core._guard._db = _GuardFile(core._guard._db, steps)
    real_sign = notes.sign_ed25519

    def sign(*arguments: Any) -> Any:
        steps.step("before the signature")
        made = real_sign(*arguments)
        steps.step("after the signature")
        return made

    notes.sign_ed25519 = sign  # type: ignore[assignment]
    for module, name, stage in (
        (logs, "append_prepared", "append"),
        (logs, "append_built", "append"),
        (integration, "integrate", "integrate"),
        (releasing, "_sign", "sign"),
        (releasing, "_store", "store"),
        (admission, "admit", "admit"),
    ):
        _staged(module, name, stage, steps)


def _staged(module: Any, name: str, stage: str, steps: Steps) -> None:
    real = getattr(module, name)

    def staged(*arguments: Any, **named: Any) -> Any:
        state = "state " if "/state/" in repr(arguments[1:]) and stage != "admit" else ""
        with steps.inside(state + stage):
            return real(*arguments, **named)

    setattr(module, name, staged)


class _GuardFile:
    """The guard's own connection with a step at each change."""

    def __init__(self, real: sqlite3.Connection, steps: Steps) -> None:
        self._real, self._steps = real, steps

    def execute(self, statement: str, *arguments: Any) -> Any:
        writes = statement.split()[0] in (*WRITES, "BEGIN", "COMMIT")
        with self._steps.inside("guard"):
            if writes:
                self._steps.step(f"before {statement.split()[0]}")
            done = self._real.execute(statement, *arguments)
            if writes:
                self._steps.step(f"after {statement.split()[0]}")
        return done

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def open_runtime(folder: Path, host: str, now: int) -> Runtime:
    """The state in a folder (database and signer's home), by the same way the server opens it."""
    made = Settings.from_env({"SAKSHI_HOME": str(folder)})
    settings = replace(made, database=f"sqlite:///{folder / 'sakshi.db'}")
    return boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )


def books(host: str) -> tuple[str, str]:
    """The two logs of the scenario."""
    return f"{host}/coop/{SLUG}/2026-27", f"{host}/coop/tvm-102/2026-27"


def scenario(rt: Runtime, seed: int, witness: Witness) -> None:
    """Appends to two logs, one of them new to the state log, published; sizes by the seed."""
    chance = random.Random(seed)
    for origin in books(rt.host):
        with rt.db.read() as conn:
            start = log_queries.info(conn, origin).next_index
        for item in fill(rt, origin, start, start + chance.randint(7, 12)):
            witness.say(log=origin, index=item.index, entry=item.entry.decode())
    for origin, head in publish(rt, *books(rt.host)).items():
        witness.say(log=origin, size=head.size, root=b64.encode(head.root))


@dataclass(slots=True)
class Case:
    """One folder to break, with what must hold afterwards."""

    template: Path
    work: Path
    host: str
    now: int
    seed: int

    def fresh(self) -> Witness:
        """The beginning again; gives the file for what the child says."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.template, self.work)
        return Witness(self.work / "said")

    def count(self) -> list[str]:
        """Run once in a child without killing; gives the names of all steps."""
        self.fresh()
        self.child(lambda rt, steps: None, kill_at=-1)
        return list(json.loads((self.work / "steps").read_text()))

    def child(
        self, prepare: Callable[[Runtime, Steps], None], kill_at: int, seed: int | None = None
    ) -> int:
        """Run the scenario in a forked child; gives its wait status."""
        pid = os.fork()
        if pid:
            return os.waitpid(pid, 0)[1]
        try:
            rt = open_runtime(self.work, self.host, self.now)
            steps = Steps(kill_at)
            watch(rt, steps)
            prepare(rt, steps)
            scenario(rt, self.seed if seed is None else seed, Witness(self.work / "said"))
            (self.work / "steps").write_text(json.dumps(steps.names))
            os._exit(0)
        except SakshiError as fault:
            (self.work / "sentence").write_text(str(fault))
            os._exit(3)
        except BaseException:
            traceback.print_exc()
            os._exit(9)

    def verdict(self, witness: Witness, what: str) -> list[str]:
        """Open the state again, publish, and compare with everything that was said."""
        began = time.monotonic()
        rt = open_runtime(self.work, self.host, self.now + 60)
        try:
            publish(rt, *books(rt.host))
            took = time.monotonic() - began
            wrong = [f"{what}: {words}" for words in compare(rt, witness)]
            return wrong + ([f"{what}: the restart took {took:.1f} s"] if took > 5 else [])
        except Exception:
            return [f"{what}: {traceback.format_exc()}"]
        finally:
            rt.close()


def compare(rt: Runtime, witness: Witness) -> list[str]:
    """What was lost or forked of what was acknowledged; and all that fsck finds."""
    wrong: list[str] = []
    with rt.db.read() as conn:
        for said in witness.read():
            origin = said["log"]
            if "entry" in said:
                stored = log_queries.entries(conn, origin, said["index"], said["index"] + 1)
                if [item.entry.decode() for item in stored] != [said["entry"]]:
                    wrong.append(f"entry {said['index']} of {origin} was acknowledged and is lost")
                elif said["index"] >= log_queries.released(conn, origin).size:
                    wrong.append(f"entry {said['index']} of {origin} is under no head")
            else:
                reader = tree_queries.reader(conn, origin, said["size"])
                root = merkle.root_from_nodes(said["size"], reader.node)
                if b64.encode(root) != said["root"]:
                    wrong.append(f"{origin} was forked at size {said['size']}")
        for origin, size, root in rt.signer.heads():
            if log_queries.head_root(conn, origin, size) != root:
                wrong.append(f"the guard holds another head of {origin}")
    return wrong + [str(fault) for fault in fsck.check(rt.db, rt.signer)]


def matrix(case: Case, shard: int, shards: int) -> tuple[list[str], list[str]]:
    """Kill at every step of this shard; every other time once more while restarting."""
    names = case.count()
    chance, wrong = random.Random(case.seed), list[str]()
    for at in range(shard, len(names), shards):
        witness = case.fresh()
        status = case.child(lambda rt, steps: None, kill_at=at)
        what = f"killed at step {at} ({names[at]})"
        if not os.WIFSIGNALED(status):
            wrong.append(f"{what}: it went on")
            continue
        if at // shards % 2:
            again = chance.randrange(len(names) // 2)
            case.child(lambda rt, steps: None, kill_at=again, seed=case.seed + 1)
            what += f", and again at {again}"
        wrong += case.verdict(witness, what)
    return names, wrong


def full_disk(case: Case) -> list[str]:
    """Let the disk be full at growing sizes of file; every time a sentence, nothing lost."""
    wrong: list[str] = []
    sentences: set[str] = set()
    finished = False
    for room in range(40):
        witness = case.fresh()
        limit = 4096 + room * 8192

        def small(rt: Runtime, steps: Steps, limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        status = case.child(small, kill_at=-1)
        code = os.waitstatus_to_exitcode(status)
        if code == 3:
            sentences.add((case.work / "sentence").read_text())
        elif code == 0:
            finished = True
        else:
            wrong.append(f"a limit of {limit} bytes ended with {code}, not with a sentence")
        wrong += case.verdict(witness, f"files of at most {limit} bytes")
        if finished:
            break
    if not sentences:
        wrong.append("no limit was ever reached")
    wrong += [f"unclear: {words}" for words in sentences if "disk" not in words.lower()]
    return wrong


def run(work: str, arguments: dict[str, Any], answer: str) -> None:
    """Entry of the spawned process that forks the dying ones; answers through a file."""
    case = Case(
        Path(arguments["template"]),
        Path(work),
        arguments["host"],
        arguments["now"],
        arguments["seed"],
    )
    if arguments["what"] == "matrix":
        names, wrong = matrix(case, arguments["shard"], arguments["shards"])
    else:
        names, wrong = [], full_disk(case)
    Path(answer).write_text(json.dumps({"names": names, "wrong": wrong}))


def publish_for(settings: Settings, now: int, seconds: float, said: str) -> None:
    """A publisher as a process of its own, for a while."""
    rt = boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )
    witness, until = Witness(Path(said)), time.monotonic() + seconds
    while time.monotonic() < until:
        for origin, head in publish(rt, *books(rt.host)).items():
            witness.say(log=origin, size=head.size, root=b64.encode(head.root))
    rt.close()


def write_for(settings: Settings, now: int, seconds: float, said: str, base: int) -> None:
    """A writer as a process of its own, for a while."""
    rt = boot.open_state(
        settings,
        Database(settings.database),
        clock=ManualClock(now),
        signer=DirectSigner(settings.signer_home),
    )
    witness, until, number = Witness(Path(said)), time.monotonic() + seconds, base
    while time.monotonic() < until:
        for origin in books(rt.host):
            for item in fill(rt, origin, number, number + 3):
                witness.say(log=origin, index=item.index, entry=item.entry.decode())
        number += 3
    rt.close()
