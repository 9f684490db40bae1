"""A verifier that was written from the documents alone, in another language, over our golden files.

``recount/`` shares no code with the project and knows only ``docs/formats*``; it runs where
there is a Node.js. It must accept what is right and tell whatever was altered.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

PROGRAM = Path(__file__).parent / "recount"
VECTORS = ROOT / "tests" / "vectors"
NODE = shutil.which("node") or ""
CARRIED = "whether the key carried over was in force"
"""What no package shows of keys that an enrolment of version 1 bound."""
SEVERAL = {
    "v2": ("policy-v2", "meeting-v2.zip", "society-v2.zip"),
    "v1": ("policy", "meeting.zip", "society.zip"),
    "gap": ("policy-v1", "meeting-gap.zip", "society-gap.zip"),
    "years": ("policy-2026-27", "society-2026-27.zip", "society-2027-28.zip"),
}
ALONE = {
    "society-v2-after.zip": "policy-v2",
    "society-running.zip": "policy-v1",
    "society-late.zip": "policy-v1",
    "society-holders.zip": "policy-holders",
    "society-maps.zip": "policy-maps",
    "society-registers.zip": "policy-registers",
    "society-void.zip": "policy-void",
    "society-byelaws.zip": "policy-byelaws",
}
WITHHELD = {"cheat ballot withheld", "cheat result gone", "cheat valid ballot listed as not open"}

pytestmark = pytest.mark.skipif(not NODE, reason="no node")


def run(program: str, policy: str, *packages: str) -> tuple[int, dict[str, Any]]:
    """Its exit code and what it printed."""
    command: list[str | Path] = [NODE, PROGRAM / program]
    command += ["--kinds", ROOT / "docs" / "formats" / "kinds.md"]
    command += ["--rules", VECTORS / "rules.toml"]
    if policy:
        command += ["--policy", VECTORS / policy]
    command += [VECTORS / package for package in packages]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("name", ["v1", "gap", "years"])
def test_recounts_what_is_right(name: str) -> None:
    code, report = run("recount.mjs", *SEVERAL[name])
    assert (code, report["ok"]) == (0, True), report


def test_recounts_a_meeting_of_version_two() -> None:
    code, report = run("recount.mjs", *SEVERAL["v2"])
    assert report["wrong"] == []
    assert "meeting-v2.zip: ballots and results: 1 recounted" in report["checked"]
    assert [text.split(": ")[-1] for text in report["not_checked"]] == [CARRIED, CARRIED]
    assert code == 2


@pytest.mark.parametrize("package", ALONE)
def test_follows_the_keys_of_a_society(package: str) -> None:
    _, report = run("recount.mjs", ALONE[package], package)
    assert report["wrong"] == []
    assert all(text.endswith(CARRIED) for text in report["not_checked"]), report


def test_says_what_it_could_not_check() -> None:
    code, report = run("recount.mjs", "", "meeting-v2.zip")
    assert (code, report["wrong"]) == (2, [])
    said = "\n".join(report["not_checked"])
    assert "the policy: taken from a package" in said
    assert "the meeting against its society's books" in said
    assert "its officers' keys" in said


@pytest.mark.parametrize("name", ["v2", "v1", "years"])
def test_tells_every_alteration(name: str) -> None:
    code, found = run("alter.mjs", *SEVERAL[name])
    assert code == 0
    right = found.pop("as it is")
    assert right["wrong"] == []
    if name != "years":
        # What is only signed again is as right as it was before.
        assert found.pop("cheat nothing") == right
    missed = [way for way, said in found.items() if said == right]
    assert missed == []
    for way in [way for way, said in found.items() if not said["wrong"]]:
        # No forgery: something is not there, and that is said.
        assert way.startswith("without ") or way in WITHHELD, way
        said = found[way]
        assert said["not_checked"] != right["not_checked"] or said["notes"] != right["notes"]
