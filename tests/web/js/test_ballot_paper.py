"""The ballot pages' script: it signs the text shown, and the length of a request tells nothing."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from trust.formats import b64, canon
from trust.formats.commitments import commit_public
from voting.model import Resolution

STATIC = Path(__file__).parents[3] / "web" / "static"
MEETING = "s0.test.example/meeting/tvm-101-2026-1"
LONGEST = f"{'h' * 60}.example/meeting/{'m' * 64}"


def _resolution(text_en: str, text_ml: str) -> dict[str, object]:
    texts = canon.normalise_text(text_en), canon.normalise_text(text_ml)
    record = Resolution(2, "", *texts, "ordinary", "general-body").record(MEETING)
    return {"record": record, "digest": commit_public(canon.canonical(record)).hex()}


def _ballot(choice: str, *roles: str, origin: str = MEETING, number: int = 1) -> dict[str, object]:
    signature = {"key": b64.encode(b"k" * 32), "sig": b64.encode(b"s" * 64)}
    return {
        "kind": "ballot",
        "v": 2,
        "meeting": origin,
        "resolution": "0" * 64,
        "roll_root": b64.encode(b"r" * 32),
        "roll_number": number,
        "choice": choice,
        "sequence": number,
        "assisted": len(roles) > 1,
        "signatures": [signature | {"role": role} for role in roles],
    }


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_script_under_node(tmp_path: Path) -> None:
    cases = {
        "resolutions": [
            _resolution("Adopt the accounts of 2025-26.", "2025-26 ലെ കണക്കുകൾ അംഗീകരിക്കുക."),
            _resolution('Two\nlines, "quoted" & <b>', "രണ്ടു വരി\nകൌതുകം"),
        ],
        "ballots": [
            *(_ballot(choice, "member") for choice in ("yes", "no", "abstain")),
            *(_ballot(choice, "secretary", "president") for choice in ("yes", "no", "abstain")),
            _ballot("abstain", "secretary", "president", origin=LONGEST, number=2**31 - 1),
        ],
    }
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(STATIC / "js", tmp_path / "js")
    shutil.copytree(STATIC / "vendor", tmp_path / "vendor")
    done = subprocess.run(
        [
            shutil.which("node") or "node",
            "--test",
            str(Path(__file__).with_name("ballot.test.mjs")),
        ],
        env={
            "PATH": "/usr/bin:/bin",
            "SAKSHI_BALLOTS": str(file),
            "SAKSHI_JS": str(tmp_path / "js"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
