"""`sakshi keys guard-seed` compares every `log` line of its sources, names and both keys."""

from dataclasses import dataclass

import pytest

from trust.formats import notes
from trust.log.errors import LogError, MirrorError
from trust.log.upkeep import guardgather

HOST = "seed.example"
STATE = f"{HOST}/state/2026-27"


def key(origin: str, number: int, type_: int = notes.ED25519) -> str:
    """A verifier key made of nothing but a number; of ML-DSA-44 with the length it has."""
    length = 32 if type_ == notes.ED25519 else 1312
    return notes.VerifierKey.make(origin, type_, bytes([number]) * length).format()


@dataclass
class Listing:
    """A mirror that has a policy and nothing else."""

    name: str
    lines: tuple[str, ...]

    def read(self, path: str) -> bytes | None:
        if path != "policy":
            return None
        return "".join(f"log {line}\n" for line in self.lines).encode() + b"quorum none\n"


ED, OTHER_ED = key(STATE, 1), key(STATE, 2)
PQ, OTHER_PQ = key(STATE, 3, notes.COSIGNATURE_MLDSA44), key(STATE, 4, notes.COSIGNATURE_MLDSA44)


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param((OTHER_ED, PQ), id="another-key"),
        pytest.param((ED, OTHER_PQ), id="another-second-key"),
        pytest.param((ED,), id="second-key-left-out"),
    ],
)
def test_sources_that_pin_other_keys_of_a_log_are_refused(lines: tuple[str, ...]) -> None:
    sources = [Listing("the first", (ED, PQ)), Listing("the second", lines)]
    with pytest.raises(LogError, match="the second pins other keys") as refused:
        guardgather.gather(HOST, sources)
    assert refused.value.code == "fork"


def test_one_source_that_pins_two_keys_of_a_kind_is_refused() -> None:
    with pytest.raises(LogError, match="pins 2 keys"):
        guardgather.gather(HOST, [Listing("it", (ED, OTHER_ED))])
    with pytest.raises(LogError, match="pins 1 keys"):
        guardgather.gather(HOST, [Listing("it", (PQ,))])


@pytest.mark.parametrize(
    "origin", ["other.example/state/2026-27", f"{HOST}/coop/s1/2026-27", f"{HOST}/meeting/m1"]
)
def test_a_policy_that_pins_another_log_is_refused(origin: str) -> None:
    with pytest.raises(MirrorError, match="pins"):
        guardgather.gather(HOST, [Listing("it", (ED, key(origin, 5)))])


def test_sources_that_agree_are_asked_for_heads() -> None:
    sources = [Listing("one", (ED, PQ)), Listing("two", (ED, PQ))]
    with pytest.raises(MirrorError, match="None of these sources holds a signed head"):
        guardgather.gather(HOST, sources)


class Away(Listing):
    """A mirror whose address does not answer."""

    def read(self, path: str) -> bytes | None:
        raise MirrorError(f"{path} of {self.name} cannot be read: no route to host.")


def test_a_mirror_that_is_away_is_a_trouble_that_is_told_and_stops_no_other() -> None:
    """After a disaster that is the rule: those that answer are asked, the other is named."""
    found = guardgather.Gathered()
    sources = [Away("the second site", ()), Listing("one", (ED, PQ))]
    assert guardgather._state_keys(HOST, sources, found) == {STATE: ED}
    assert len(found.troubles) == 1 and "no route to host" in found.troubles[0]
