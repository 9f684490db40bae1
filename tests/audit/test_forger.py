"""A forger who writes the manifest anew: behind the container every byte is still accounted for."""

import random

import pytest

from tests.audit import books
from tests.audit.helpers import check
from tests.audit.world import World


def files_of(world: World, what: str) -> dict[str, bytes]:
    """An honest package's files."""
    if what == "society":
        return world.members(books.book(world))
    return books.meeting_members(world, books.meeting(world))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["society", "meeting"])
def test_any_changed_byte_is_refused_even_under_a_new_manifest(what: str) -> None:
    """All but the enclosed policy, which a verifier with its own never reads."""
    world = World("forger")
    files = files_of(world, what)
    rng = random.Random(3)
    places = [(name, at) for name in files if name != "policy" for at in range(len(files[name]))]
    for name, at in rng.sample(places, 400):
        data = bytearray(files[name])
        data[at] ^= 1 << rng.randrange(8)
        assert check(world, {**files, name: bytes(data)}).exit_code == 1, (name, at)


@pytest.mark.parametrize("what", ["society", "meeting"])
def test_any_file_left_out_is_refused_or_said_to_be_unchecked(what: str) -> None:
    """Openings and the roll are by entitlement: without them less is checked, and that is said."""
    world = World("left-out")
    files = files_of(world, what)
    whole = len(check(world, files).findings("not-checked"))
    for name in files:
        report = check(world, {other: body for other, body in files.items() if other != name})
        if name == "roll" or name.startswith("openings/"):
            assert report.exit_code == 0, name
            assert len(report.findings("not-checked")) > whole, name
        elif name != "policy":
            assert report.exit_code in (1, 2), name
