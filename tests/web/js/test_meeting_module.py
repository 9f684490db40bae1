"""The count in the browser: a second implementation of the replay, over the same packages."""

import base64
import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.web.js import meetings

STATIC = Path(__file__).parents[3] / "web" / "static"


def test_the_scenes_hold_every_kind_of_ballot() -> None:
    """Else the two programs could agree on too little."""
    found = {why for one in meetings.STORIES for _, why in meetings.reasons(one())}
    known = {
        "ballot-wrong-meeting", "ballot-version", "ballot-before-open", "ballot-after-close",
        "ballot-unknown-resolution", "ballot-wrong-roll", "ballot-not-on-roll",
        "ballot-signer-count", "ballot-wrong-key", "ballot-not-an-officer", "ballot-same-officer",
        "ballot-signature", "ballot-revoked-key", "ballot-sequence-gap", "ballot-shape",
        "not-open", None,
    }  # fmt: skip
    assert known <= found, known - found
    lots = {why for number in range(30) for _, why in meetings.reasons(meetings.by_lot(number))}
    assert {"ballot-replayed", "ballot-own-stands"} <= lots


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_two_programs_count_alike(tmp_path: Path) -> None:
    scenes = [
        asdict(one) | {"package": base64.b64encode(one.package).decode()}
        for one in meetings.scenes()
    ]
    file = tmp_path / "scenes.json"
    file.write_text(json.dumps(scenes))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(STATIC / "js" / "verify", tmp_path / "js" / "verify")
    shutil.copytree(STATIC / "vendor", tmp_path / "vendor")
    done = subprocess.run(
        [
            shutil.which("node") or "node",
            "--test",
            str(Path(__file__).with_name("meeting.test.mjs")),
        ],
        env={
            "PATH": "/usr/bin:/bin",
            "SAKSHI_SCENES": str(file),
            "SAKSHI_JS": str(tmp_path / "js/verify"),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert sum(one["right"] for one in scenes) > 10
    assert sum(not one["right"] for one in scenes) > 10
    passed = re.search(r"^# pass (\d+)$", done.stdout, re.MULTILINE)
    assert passed is not None and int(passed[1]) == len(scenes) + 4
