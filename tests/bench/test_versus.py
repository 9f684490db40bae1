"""`bench versus`: what is measured in which order, and what is said of it."""

import math
import subprocess
from pathlib import Path

import pytest

from bench import versus
from bench.table import Row
from bench.versus import FailedError, RevisionError

BENCH = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Row:
    what: str
    value: float
    unit: str

def run():
    print("words before the figures")
    return [Row("ballots", {value}, "1/s"), Row("peer", float("nan"), "1/s")]
"""


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """A checkout whose first commit measures 100, whose tree 125 and has one bench more."""
    root = tmp_path / "checkout"
    (root / "bench").mkdir(parents=True)

    def git(*command: str) -> None:
        who = ["-c", "user.name=n", "-c", "user.email=e@example.org"]
        subprocess.run(["git", *who, *command], cwd=root, check=True, capture_output=True)

    git("init", "-q")
    (root / "bench" / "__init__.py").touch()
    (root / "bench" / "small.py").write_text(BENCH.format(value=100))
    git("add", "-A")
    git("commit", "-qm", "first")
    (root / "bench" / "small.py").write_text(BENCH.format(value=125))
    (root / "bench" / "fresh.py").write_text(BENCH.format(value=1))
    return root


def test_both_revisions_run_their_own_code(
    history: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versus, "ROOT", history)
    assert versus.main(["HEAD", "small", "--rounds", "2"]) == 0
    said = capsys.readouterr().out
    assert "| ballots | 1/s | 100 (100 to 100) | 125 (125 to 125) | 1.25 |" in said
    assert "| peer | 1/s | – | – | – |" in said


def test_a_bench_that_the_revision_lacks_is_lent_to_it(
    history: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(versus, "ROOT", history)
    assert versus.main(["HEAD", "fresh", "small", "--rounds", "1"]) == 0
    said = capsys.readouterr().out
    assert "HEAD has no bench 'fresh'" in said and "| ballots | 1/s | 1.00 | 1.00 | 1.00 |" in said
    assert "| ballots | 1/s | 100 | 125 | 1.25 |" in said
    assert versus.main(["HEAD", "nowhere"]) == 2
    assert "no bench 'nowhere'" in capsys.readouterr().err


def test_a_bench_that_fails_is_told_with_its_own_words(
    history: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (history / "bench" / "small.py").write_text("raise RuntimeError('no disk left')\n")
    monkeypatch.setattr(versus, "ROOT", history)
    assert versus.main(["HEAD", "small"]) == 1
    assert "RuntimeError: no disk left" in capsys.readouterr().out
    with pytest.raises(FailedError):
        versus.measure(history, "small")


def test_a_revision_that_is_not_there_is_refused(history: Path, tmp_path: Path) -> None:
    for root, rev in ((history, "nothing"), (history, "--help"), (tmp_path, "HEAD")):
        with pytest.raises(RevisionError), versus.unpacked(root, rev):
            pass
    with versus.unpacked(history, "HEAD") as (tree, commit):
        assert (tree / "bench" / "small.py").exists() and len(commit) == 7
    assert not tree.exists()


def test_the_revisions_take_turns() -> None:
    order: list[str] = []

    def run(tree: Path, name: str) -> list[Row]:
        order.append(f"{tree}/{name}")
        return [Row("x", float(len(order)), "s")]

    old, new = versus.in_turn((Path("a"), Path("b")), "n", 3, run)
    assert order == ["a/n", "b/n"] * 3
    (pair,) = versus.pairs(old, new)
    assert (pair.old, pair.new) == ((1.0, 3.0, 5.0), (2.0, 4.0, 6.0))
    assert pair.ratio == pytest.approx(4 / 3)


def test_a_figure_that_one_side_lacks_has_no_ratio() -> None:
    both = versus.pairs([[Row("a", 1.0, "s")]], [[Row("a", 2.0, "s"), Row("b", 3.0, "s")]])
    assert [(pair.what, pair.ratio) for pair in both[:1]] == [("a", 2.0)]
    assert both[1].what == "b" and math.isnan(both[1].ratio)
    assert versus.spread((1.0, 1_234.0, 3.0)) == "3.00 (1.00 to 1,234)"


@pytest.mark.parametrize(
    "given", [[], ["--rounds", "2"], ["HEAD", "--rounds"], ["HEAD", "--rounds", "0"]]
)
def test_arguments_that_say_nothing_are_refused(
    given: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert versus.main(given) == 2
    assert "usage: python -m bench versus REV" in capsys.readouterr().err
