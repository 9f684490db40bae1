"""Two revisions side by side: `python -m bench versus REV [bench ...] [--rounds N]`.

REV is unpacked into a temporary folder; then each bench runs there and here in turn (A B A B …),
on the same machine, in the same hour, with the same installed packages. A bench that REV lacks is
lent to it. Shared machines are noisy: the ratio of the medians says more than either of them.
"""

import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.table import Row

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 3
DEFAULT = ("log", "proofs", "ballots", "alerts", "pages")
USAGE = "usage: python -m bench versus REV [bench ...] [--rounds N]"
_RUN = """
import importlib, json, sys
rows = importlib.import_module(f"bench.{sys.argv[1]}").run()
print(json.dumps([[row.what, row.value, row.unit] for row in rows]))
"""


class RevisionError(Exception):
    """The revision cannot be unpacked."""


class FailedError(Exception):
    """The bench ended with an error; the text is the end of what it said."""


@dataclass(frozen=True, slots=True)
class Pair:
    """One figure in both revisions: its values, round by round."""

    what: str
    unit: str
    old: tuple[float, ...]
    new: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """Median here through median there; not a number where one side has none."""
        if not self.old or not self.new or not statistics.median(self.old):
            return float("nan")
        return statistics.median(self.new) / statistics.median(self.old)


Measure = Callable[[Path, str], list[Row]]


def main(arguments: Sequence[str]) -> int:
    """Run and print; 0 done, 1 a measurement failed, 2 the arguments or the revision are wrong."""
    try:
        rev, names, rounds = parse(arguments)
    except ValueError as error:
        print(f"{error}\n{USAGE}", file=sys.stderr)
        return 2
    failed = False
    if unknown := [name for name in names if not (ROOT / "bench" / f"{name}.py").exists()]:
        print(f"There is no bench {unknown[0]!r} in this tree.", file=sys.stderr)
        return 2
    try:
        with unpacked(ROOT, rev) as (old, commit):
            print(f"Rounds each: {rounds}. {rev} is {commit}.")
            for name in names:
                failed |= not tell(name, rev, old, ROOT, rounds)
    except RevisionError as error:
        print(error, file=sys.stderr)
        return 2
    return int(failed)


def parse(arguments: Sequence[str]) -> tuple[str, tuple[str, ...], int]:
    """Revision, benches and rounds; raises ValueError."""
    left, rounds = list(arguments), ROUNDS
    if "--rounds" in left:
        at = left.index("--rounds")
        given = "".join(left[at + 1 : at + 2])
        if not given.isdecimal() or not int(given):
            raise ValueError("--rounds takes a whole number from 1 on.")
        rounds = int(given)
        del left[at : at + 2]
    if not left or left[0].startswith("-"):
        raise ValueError("Name the revision to compare with.")
    return left[0], tuple(left[1:]) or DEFAULT, rounds


@contextmanager
def unpacked(root: Path, rev: str) -> Iterator[tuple[Path, str]]:
    """The files of a revision in a folder that is gone afterwards, and its commit.

    Raises RevisionError: there is no such revision here, or this is no checkout.
    """
    commit = _git(root, "rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}").decode().strip()
    with tempfile.TemporaryDirectory(prefix="sakshi-versus-") as name:
        folder, packed = Path(name) / "tree", Path(name) / "tree.tar"
        packed.write_bytes(_git(root, "archive", "--format=tar", commit))
        with tarfile.open(packed) as archive:
            archive.extractall(folder, filter="data")
        packed.unlink()
        yield folder, commit[:7]


def _git(root: Path, *command: str) -> bytes:
    try:
        done = subprocess.run(["git", *command], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        raise RevisionError("git is needed to take a revision out of the history.") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise RevisionError(said or f"There is no such revision here: {command[-1]}.")
    return done.stdout


def measure(tree: Path, name: str) -> list[Row]:
    """Run one bench of that tree in a process of its own; raises FailedError."""
    environ = os.environ | {"PYTHONPATH": str(tree)}
    environ.setdefault("SAKSHI_BENCH_INTEROP", str(ROOT / ".venv" / "interop"))
    done = subprocess.run(
        [sys.executable, "-c", _RUN, name],
        cwd=tree,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise FailedError((done.stderr or done.stdout)[-2000:])
    listed = json.loads(done.stdout.strip().rpartition("\n")[2])
    return [Row(what, float(value), unit) for what, value, unit in listed]


def in_turn(
    trees: Sequence[Path], name: str, rounds: int, run: Measure = measure
) -> list[list[list[Row]]]:
    """By tree, the rows of every round; the trees take turns."""
    found: list[list[list[Row]]] = [[] for _ in trees]
    for _ in range(rounds):
        for tree, rows in zip(trees, found, strict=True):
            rows.append(run(tree, name))
    return found


def pairs(old: Sequence[Sequence[Row]], new: Sequence[Sequence[Row]]) -> list[Pair]:
    """Figures of both sides by what they say they are, this tree's order first."""
    names = {(row.what, row.unit): None for rounds in (*new, *old) for row in rounds}
    return [
        Pair(what, unit, _values(old, what, unit), _values(new, what, unit)) for what, unit in names
    ]


def _values(rounds: Sequence[Sequence[Row]], what: str, unit: str) -> tuple[float, ...]:
    return tuple(
        row.value
        for rows in rounds
        for row in rows
        if (row.what, row.unit) == (what, unit) and not math.isnan(row.value)
    )


def tell(name: str, rev: str, old: Path, new: Path, rounds: int, run: Measure = measure) -> bool:
    """Measure one bench on both sides and print its table; False when it failed."""
    print(f"\n### {name}\n", flush=True)
    lent = old / "bench" / f"{name}.py"
    if not lent.exists():
        print(f"{rev} has no bench {name!r}; this tree's measures both.\n")
        shutil.copyfile(new / "bench" / f"{name}.py", lent)
    try:
        before, after = in_turn((old, new), name, rounds, run)
    except FailedError as error:
        print(f"The bench {name!r} failed:\n\n{error}")
        return False
    show(rev, pairs(before, after))
    return True


def show(rev: str, found: Sequence[Pair]) -> None:
    """Print the table of one bench."""
    print(f"| what | unit | {rev} | this tree | ratio |")
    print("|---|---|---|---|---|")
    for pair in found:
        ratio = "–" if math.isnan(pair.ratio) else f"{pair.ratio:.2f}"
        print(f"| {pair.what} | {pair.unit} | {spread(pair.old)} | {spread(pair.new)} | {ratio} |")


def spread(values: Sequence[float]) -> str:
    """The median, and least and greatest beside it."""
    if not values:
        return "–"
    if len(values) == 1:
        return _figure(values[0])
    least, most = _figure(min(values)), _figure(max(values))
    return f"{_figure(statistics.median(values))} ({least} to {most})"


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2f}"
