"""`sakshi-witness` killed at every step, its file damaged, put back, and used by two at once.

What must hold in each case: of two heads that do not follow from one another it never cosigns
both, and a size it has answered with is never forgotten.
"""

import random
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from audit.witness import keys, store
from tests.audit import witness_scenario as scenario
from tests.audit.witness_scenario import Answer, ask, request
from tests.conftest import ROOT, START
from tests.simulator.clock import ManualClock
from trust.formats import merkle
from trust.formats.cosignatures import verified_cosigners
from trust.formats.notes import parse_note
from trust.formats.witness import format_request

SEED = 20261122
HEADS = [(0, 3), (3, 7), (7, 7), (7, 20)]
"""What is asked for, one after the other: old and new size."""
OTHER = [merkle.leaf_hash(b"other %d" % n) for n in range(64)]
"""Leaves of another history."""


def forged(old: int, new: int) -> bytes:
    """A request to follow from the true history into another one, as well as one can."""
    proof = merkle.build_consistency(
        old, new, lambda level, n: merkle.root_of(OTHER[n << level : (n + 1) << level])
    )
    return format_request(old, proof, scenario.note(new, merkle.root_of(OTHER[:new])))


@contextmanager
def watched(folder: Path, kill_at: int) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The witness that dies at a step, and its port; 0 when it died before it listened."""
    running = subprocess.Popen(
        [sys.executable, "-m", "tests.audit.crashes", str(folder), str(kill_at)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    try:
        line = running.stdout.readline()
        yield running, int(line.rsplit(":", 1)[1]) if line else 0
    finally:
        if running.poll() is None:
            running.kill()
        running.wait()
        running.stdout.close()


def converse(port: int) -> int:
    """Ask for every head in turn until nobody answers; gives the largest size answered with."""
    largest = 0
    with suppress(OSError):
        for old, new in HEADS if port else []:
            answer = ask(port, request(old, new))
            assert answer.status == 200
            largest = new
    return largest


def cosigned(folder: Path, answer: Answer, note: str) -> bool:
    """Whether an answer cosigns this checkpoint."""
    if answer.status != 200:
        return False
    public = keys.load(folder / "witness.key").public()
    return bool(verified_cosigners(parse_note(note + answer.body), public))


def held_by(port: int) -> int:
    """The size a witness holds of the log, from its refusal of an old size that is too large."""
    answer = ask(port, request(63, 64))
    assert answer.status == 409
    return int(answer.body)


def stands_by_its_word(folder: Path, largest: int) -> list[str]:
    """What a witness that was started again does that it must not."""
    wrong = []
    with scenario.process(folder) as (_, port):
        held = held_by(port)
        if held < largest:
            wrong.append(f"it answered with size {largest} and holds {held}")
        for new in range(held, held + 3):
            if held and ask(port, forged(held, new)).status == 200:
                wrong.append(f"it cosigned another history from {held} to {new}")
        answer = ask(port, request(held, 30))
        if not cosigned(folder, answer, scenario.note(30)):
            wrong.append(f"it does not go on from {held}: {answer}")
    return wrong


@pytest.mark.slow
@pytest.mark.parametrize("shard", range(3))
def test_killed_at_every_step(tmp_path: Path, shard: int) -> None:
    scenario.make(tmp_path)
    template = tmp_path / "template"
    template.mkdir()
    for name in ("witness.key", "witness.db", "logs"):
        (tmp_path / name).rename(template / name)

    def fresh() -> Path:
        work = tmp_path / "work"
        shutil.rmtree(work, ignore_errors=True)
        return Path(shutil.copytree(template, work))

    with watched(fresh(), -1) as (_, port):
        assert converse(port) == HEADS[-1][1]
    steps = (tmp_path / "work" / "steps").read_text().splitlines()
    assert steps.count("after COMMIT") > len(HEADS) and "before the answer" in steps
    wrong, sizes = [], set[int]()
    for at in range(shard, len(steps), 3):
        with watched(fresh(), at) as (running, port):
            largest = converse(port)
            running.wait(20)
            reached = (tmp_path / "work" / "steps").read_text().splitlines()
        assert len(reached) == at + 1, "it was not killed where it should be"
        sizes.add(largest)
        found = stands_by_its_word(tmp_path / "work", largest)
        wrong += [f"killed at step {at} ({reached[-1]}): {words}" for words in found]
    assert not wrong, "\n".join(wrong)
    assert len(sizes) >= 3, "no kill fell between the answers"


def test_two_processes_on_one_file_are_one_witness(tmp_path: Path) -> None:
    """At each size one of two histories is asked for at either door: only one is ever cosigned."""
    scenario.make(tmp_path)
    chance, held = random.Random(SEED), 3
    with scenario.process(tmp_path) as (_, one), scenario.process(tmp_path) as (_, two):
        assert ask(one, request(0, held)).status == 200
        with ThreadPoolExecutor(4) as pool:
            for _ in range(12):
                news = [held + n for n in chance.sample(range(1, 5), 4)]
                doors = [(one, two)[chance.randrange(2)] for _ in news]
                bodies = [request(held, new) for new in news]
                bodies[chance.randrange(4)] = forged(held, news[0])
                answers = list(pool.map(ask, doors, bodies))
                won = [n for n, answer in enumerate(answers) if answer.status == 200]
                assert len(won) == 1, [answer.status for answer in answers]
                assert cosigned(tmp_path, answers[won[0]], scenario.note(news[won[0]]))
                held = news[won[0]]
                assert held_by(one) == held_by(two) == held


def damaged(path: Path, column: str, value: object) -> None:
    """Another value in the witness's file, put there past the witness."""
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"UPDATE head SET {column} = ?", (value,))
        db.commit()


@pytest.mark.parametrize("column", ["size", "root", "note", "origin", "hash"])
def test_a_changed_row_is_not_believed(tmp_path: Path, clock: ManualClock, column: str) -> None:
    """A row says nothing that the checkpoint in it, cosigned by this witness, does not say."""
    scenario.make(tmp_path)
    with scenario.serving(tmp_path, clock) as running:
        assert ask(running.server_port, request(0, 7)).status == 200
    note = scenario.note(7, merkle.root_of(OTHER[:7]))
    values = {"size": 5, "root": merkle.root_of(OTHER[:7]), "note": note}
    damaged(tmp_path / "witness.db", column, values.get(column, "f" * 64))
    identity = keys.load(tmp_path / "witness.key").identity()
    with pytest.raises(store.StoreError, match="retire this one"):
        store.Store(tmp_path / "witness.db", identity)


@pytest.mark.parametrize("column", ["size", "root", "note"])
def test_a_row_that_changes_while_it_serves_is_not_believed(
    tmp_path: Path, clock: ManualClock, column: str
) -> None:
    scenario.make(tmp_path)
    other = merkle.root_of(OTHER[:7])
    with scenario.serving(tmp_path, clock) as running:
        assert ask(running.server_port, request(0, 7)).status == 200
        values = {"size": 5, "root": other, "note": scenario.note(7, other)}
        damaged(tmp_path / "witness.db", column, values[column])
        for old in (5, 7):
            assert ask(running.server_port, forged(old, 9)).status == 500
            assert ask(running.server_port, request(old, 9)).status == 500


@pytest.mark.parametrize("share", [0.0, 0.3, 0.7])
def test_a_damaged_file_is_refused(tmp_path: Path, clock: ManualClock, share: float) -> None:
    """Cut off, or overwritten with garbage somewhere: it says so and serves nobody."""
    scenario.make(tmp_path)
    many = [f"log.example/{n}" for n in range(300)]
    (tmp_path / "logs").write_text("".join(f"{scenario.vkey(name)}\n" for name in many))
    with scenario.serving(tmp_path, clock) as running:
        for name in many[:40]:
            assert ask(running.server_port, request(0, 3, name)).status == 200
    path = tmp_path / "witness.db"
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    data = bytearray(path.read_bytes())
    at = int(len(data) * share)
    garbage = random.Random(SEED).randbytes(8192)
    path.write_bytes(data[:at] + garbage + data[at + 8192 :] if share else data[: len(data) // 2])
    done = subprocess.run(
        [sys.executable, "-m", "audit.witness.cli", "serve", "--listen", "127.0.0.1:0",
         "--key", tmp_path / "witness.key", "--state", path, "--logs", tmp_path / "logs"],
        cwd=ROOT, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    words = "retire this one" if share else "not a state file"
    assert done.returncode == 2 and words in done.stderr, done.stderr


def test_a_clock_that_jumps_is_stated_and_never_taken_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Forward, and back over the turn of the year: the time of a log only rises."""
    made = scenario.make(tmp_path)
    said = []
    with scenario.serving(tmp_path, clock) as running:
        for old, jump in ((0, 0), (3, 86_400), (4, -400 * 86_400), (5, 0), (6, 400 * 86_400)):
            clock.advance(jump)
            new = old + 1 if old else 3
            answer = ask(running.server_port, request(old, new))
            (when,) = verified_cosigners(
                parse_note(scenario.note(new) + answer.body), made.public()
            ).values()
            said.append(when - START)
    assert said == [0, 86_400, 86_400, 86_400, 86_400]
