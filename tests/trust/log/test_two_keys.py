"""A witness with two keys at one address is asked once; both words of its one answer are taken."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from audit.witness.witness import Witness
from tests.trust.log.test_witness_sweep import SweepScenario
from tests.trust.log.test_witnessing import WitnessScenario
from tests.trust.log.witnesses import Asked, honest
from trust.formats.notes import parse_note
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """What witnesses of this process are asked."""
    asked: list[bytes] = []
    answer = Witness.add_checkpoint

    def counting(self: Witness, body: bytes) -> object:
        asked.append(body)
        return answer(self, body)

    monkeypatch.setattr(Witness, "add_checkpoint", counting)
    return asked


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as made:
        yield made


@dataclass(slots=True)
class Both(Asked):
    """A witness whose lines in a policy name each of its keys: a1, a2."""

    def line(self) -> str:
        return "".join(
            f"witness {self.name}{number} {key.format()} {self.url}\n"
            for number, key in enumerate(self.keys.public(), 1)
        )


@contextmanager
def two_keys(rt: Runtime, folder: Path, lines: str) -> Iterator[Both]:
    """A witness of these logs that signs with Ed25519 and with ML-DSA-44."""
    with honest(rt.clock, folder / "a", "a", lines, mldsa44=True) as one:
        assert len(one.keys.public()) == 2
        yield Both(one.name, one.keys, one.url, one.server)


def test_publication_asks_it_once_and_takes_both_words(
    rt: Runtime, tmp_path: Path, stack: ExitStack, requests: list[bytes]
) -> None:
    scenario = WitnessScenario(rt, tmp_path, stack)
    with two_keys(rt, tmp_path, f"log {rt.signer.vkey(scenario.state)}\n") as witness:
        scenario.rule([witness], "group outside all a1 a2\nquorum outside\n")
        filed = scenario.append("statement")
        scenario.publish()
        assert scenario.is_published(filed) and len(requests) == 1
        assert [word.witness for word in scenario.stands().words] == ["a1", "a2"]
        with scenario.rt.db.read() as conn:
            served = witness_status.checkpoint(conn, scenario.state)
        assert served is not None
        names = [line.name for line in parse_note(served).signatures]
        assert names.count("a.example") == 2
        scenario.rt.close()


def test_the_sweep_asks_it_once_for_each_head(
    rt: Runtime, tmp_path: Path, stack: ExitStack, requests: list[bytes]
) -> None:
    scenario = SweepScenario(rt, tmp_path, stack)
    lines = "".join(f"{rt.signer.vkey(book)}\n" for book in scenario.books)
    with two_keys(rt, tmp_path, lines) as witness:
        scenario.rule(witness, own="a1 a2")
        requests.clear()
        done = scenario.sweep("a1", "a2")
        assert done.cosigned == len(scenario.books) == len(requests)
        for book in scenario.books:
            assert scenario.witnessed(book, witness) == set(witness.keys.public())
        scenario.rt.close()
