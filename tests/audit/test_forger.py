"""A forger who writes the manifest anew: behind the container every byte is still accounted for."""

import random

import pytest

from tests.audit import books
from tests.audit.helpers import check
from tests.audit.scenario import AuditScenario


def files_of(scenario: AuditScenario, what: str) -> dict[str, bytes]:
    """An honest package's files."""
    if what == "society":
        return scenario.members(books.book(scenario))
    return books.meeting_members(scenario, books.meeting(scenario))


@pytest.mark.slow
@pytest.mark.parametrize("what", ["society", "meeting"])
def test_any_changed_byte_is_refused_even_under_a_new_manifest(what: str) -> None:
    """All but the enclosed policy, which a verifier with its own never reads."""
    scenario = AuditScenario("forger")
    files = files_of(scenario, what)
    rng = random.Random(3)
    places = [(name, at) for name in files if name != "policy" for at in range(len(files[name]))]
    for name, at in rng.sample(places, 400):
        data = bytearray(files[name])
        data[at] ^= 1 << rng.randrange(8)
        assert check(scenario, {**files, name: bytes(data)}).exit_code == 1, (name, at)


@pytest.mark.parametrize("what", ["society", "meeting"])
def test_any_file_left_out_is_refused_or_said_to_be_unchecked(what: str) -> None:
    """Openings and the roll are by entitlement: without them less is checked, and that is said."""
    scenario = AuditScenario("left-out")
    files = files_of(scenario, what)
    whole = len(check(scenario, files).findings("not-checked"))
    for name in files:
        report = check(scenario, {other: body for other, body in files.items() if other != name})
        if name == "roll" or name.startswith("openings/"):
            assert report.exit_code == (2 if what == "meeting" else 0), name
            assert len(report.findings("not-checked")) > whole, name
        elif name != "policy":
            assert report.exit_code in (1, 2), name
