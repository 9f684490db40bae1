"""The browser's verification modules, held against bytes written by the server's own rules."""

import base64
import json
import re
import shutil
import subprocess
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import pytest

from tests.web.js import scenario as worlds
from trust.books.pure.findings import Day, Finding, Paise, Place
from trust.books.pure.findingwords import FAULTS, GROUNDS, ROLES
from trust.formats import canon, notes, records
from trust.formats.cosignatures import cosign_mldsa44, cosigner_key, mldsa_cosigner_key
from web.public import balance

LANGUAGES: tuple[Literal["en", "ml"], ...] = ("en", "ml")
VECTORS = Path(__file__).parents[2] / "vectors"
MODULES = Path(__file__).parents[3] / "web" / "static" / "js" / "verify"


_CANONICAL: list[canon.Json] = [
    {},
    {"a": [1, -2, None, True], "b": {"c": 'ൻ " \\ \n'}},
    {"n": 2**53 - 1},
]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _world() -> dict[str, object]:
    scenario = worlds.build()
    plain = asdict(scenario)
    plain["files"] = {name: _b64(data) for name, data in scenario.files.items()}
    plain["proofs"] = {name: _b64(data) for name, data in scenario.proofs.items()}
    plain["forked"] = _b64(scenario.forked)
    other = notes.verifier_key(worlds.STATE, b"\x09" * 32).format()
    next_year = notes.verifier_key(f"{worlds.HOST}/state/2027-28", b"\x09" * 32).format()
    note = notes.parse_note(scenario.files[f"{worlds.STATE}/checkpoint"])
    alone = notes.format_note(notes.SignedNote(note.text, note.signatures[:1]))
    own = notes.verifier_key(worlds.STATE, worlds.SEEDS[worlds.STATE]).format()
    name, key_id, body = own.split("+", 2)
    strong = _strong(note)
    texts = ["ണ്‍", "ന്‍റെ", "കൌതുകം", "ൻ്റ", "e\u0301", "plain"]
    return plain | {
        "other_policy": f"log {other}\nquorum none\n",
        "other_vkey": next_year,
        "golden": {file.name: _b64(file.read_bytes()) for file in VECTORS.glob("*.sakshi-proof")},
        "golden_policy": (VECTORS / "policy").read_text(),
        "state_note_without_witness": _b64(alone.encode()),
        "strong": strong,
        "canonical": [
            _b64(canon.canonical(value))
            for value in _CANONICAL
        ],
        "not_canonical": [
            _b64(text.encode())
            for text in (
                '{"b":1,"a":2}', '{"a": 1}', '{"a":1.0}', '{"a":1e2}', '{"a":9007199254740992}',
                '{"a":1,"a":1}', '{"a":"\\u0041"}', '{"a":"e\u0301"}', '[1]', '{"a":-0}', '"x"',
                '{"a":"ൌ"}', '{"a":"\\t"}', '{"\u0d05":1}', '{"a":1}\n', "", '{"a":"\x7f"}',
            )
        ],
        "normalised": [[text, canon.normalise_text(text)] for text in texts],
        "bad_vkeys": [
            f"{name}+00000000+{body}", f"{name}+{key_id}+{body[:-4]}", f"a b+{key_id}+{body}",
            f"+{key_id}+{body}", own + "\n", f"{name}+{key_id.upper()}x+{body}",
        ],
    }  # fmt: skip


def _strong(note: notes.SignedNote) -> dict[str, object]:
    """Heads with ML-DSA-44 lines of the log and of a witness, and policies that ask for them."""
    own, w1 = note.signatures
    second = cosign_mldsa44(note.text, worlds.STATE, b"\x21" * 32, worlds.START)
    w2 = cosign_mldsa44(note.text, "witness.example/w2", b"\x22" * 32, worlds.START)
    bad = notes.NoteSignature(w2.name, w2.key_id, w2.signature[:-1] + b"\x00")
    lines = {
        "all": (own, second, w1, w2),
        "no second": (own, w1, w2),
        "no first": (second, w1, w2),
        "no w1": (own, second, w2),
        "no w2": (own, second, w1),
        "bad w2": (own, second, w1, bad),
        "second of another": (own, notes.NoteSignature(own.name, second.key_id, w2.signature), w1),
    }
    made = {
        "log": notes.verifier_key(worlds.STATE, worlds.SEEDS[worlds.STATE]),
        "log2": mldsa_cosigner_key(worlds.STATE, b"\x21" * 32),
        "w1": cosigner_key("witness.example/w1", b"\x03" * 32),
        "w2": mldsa_cosigner_key("witness.example/w2", b"\x22" * 32),
        "w3": cosigner_key("witness.example/w3", b"\x04" * 32),
    }
    keys = {
        name: f"log {key.format()}\n" if "log" in name else f"witness {name} {key.format()}\n"
        for name, key in made.items()
    }
    both, three = keys["log"] + keys["log2"], keys["w1"] + keys["w2"] + keys["w3"]
    policies = {
        "two keys": both + "quorum none\n",
        "second key alone": keys["log2"] + "quorum none\n",
        "one of three": keys["log"] + three + "group g any w1 w2 w3\nquorum g\n",
        "two of three": both + three + "group g 2 w1 w2 w3\nquorum g\n",
        "all of three": both + three + "group g all w1 w2 w3\nquorum g\n",
        "nested": both + three + "group a any w2 w3\ngroup g all w1 a\nquorum g\n",
        "w2": keys["log"] + keys["w2"] + "quorum w2\n",
    }
    return {
        "notes": {
            name: _b64(notes.format_note(notes.SignedNote(note.text, some)).encode())
            for name, some in lines.items()
        },
        "policies": policies,
        "log2": keys["log2"],
    }


def sentences() -> list[dict[str, object]]:
    """Findings as the browser makes them, its words for them, and what the server says."""
    year: dict[str, Place] = {"year": "2025-26", "before": "2024-25"}
    cash: dict[str, Place] = {"line_en": "Cash", "line_ml": "Cash"}
    role: dict[str, Place] = {f"role_{lang}": ROLES["president"][lang] for lang in LANGUAGES}
    ground: dict[str, Place] = {f"ground_{lang}": GROUNDS["merger"][lang] for lang in LANGUAGES}
    fault: dict[str, Place] = {f"fault_{lang}": FAULTS["suspense"][lang] for lang in LANGUAGES}
    days = {"as_of": "2025-12-31", "last": "2026-03-31"}
    order: dict[str, object] = {"reference": "12/2025", "ordered_on": "2025-12-01"}
    told = {name: Day(day) for name, day in days.items()}
    amounts = {"filed": 61_95_130_00, "shown": -49_45_05}
    sums = {name: Paise(paise) for name, paise in amounts.items()}
    cases: list[tuple[str, dict[str, object], dict[str, Place]]] = [
        ("prior-differs", {"line": "A2", **amounts}, cash | sums),
        ("prior-missing", {}, {}),
        ("prior-unfiled", {}, {}),
        ("signature-missing", {"role": "president"}, role),
        ("signature-one", {"role": "president"}, role),
        ("as-of", dict(days), {**told}),
        (
            "as-of-reason",
            {**days, "ground": "merger", **order},
            {**told, **ground, "reference": "12/2025", "ordered_on": Day("2025-12-01")},
        ),
        ("as-of-ahead", {**days, "filed_on": "2026-03-30"}, {**told, "filed": Day("2026-03-30")}),
        ("open-check", {"number": 12, "fault": "suspense"}, {"number": 12, **fault}),
        ("late-closed", {"count": 7}, {"count": 7}),
        (
            "late-reason",
            {"day": "2026-07-01T20:00:00Z", "reason": "a bill"},
            {"day": Day("2026-07-02"), "reason": "a bill"},
        ),
        ("replaced", {"day": "2026-07-01"}, {"day": Day("2026-07-01")}),
    ]
    return [
        {
            "code": code,
            "places": year | mine,
            "words": dict(balance.said(lang)),
            "said": Finding(code, "green", year | theirs).text(lang),
        }
        for code, mine, theirs in cases
        for lang in LANGUAGES
    ]


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_modules_under_node(tmp_path: Path) -> None:
    node = shutil.which("node") or "node"
    file = tmp_path / "world.json"
    file.write_text(json.dumps(_world()))
    # A copy under a package of type "module": older versions of node want to be told.
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(MODULES, tmp_path / "js" / "verify")
    shutil.copytree(MODULES.parents[1] / "vendor", tmp_path / "vendor")
    shutil.copytree(MODULES, tmp_path / "without" / "js" / "verify")
    (tmp_path / "without" / "vendor").mkdir()
    shutil.copy(MODULES.parents[1] / "vendor" / "noble.js", tmp_path / "without" / "vendor")
    done = subprocess.run(
        [node, "--test", str(Path(__file__).with_name("verify.test.mjs"))],
        env={
            "PATH": "/usr/bin:/bin",
            "SAKSHI_WORLD": str(file),
            "SAKSHI_JS": str(tmp_path / "js/verify"),
            "SAKSHI_JS_WITHOUT": str(tmp_path / "without/js/verify"),
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"^# pass [23][0-9]$", done.stdout, re.MULTILINE), done.stdout[-2000:]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_what_the_browser_finds_about_a_sheet_under_node(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps({"sentences": sentences()}))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(MODULES.parent, tmp_path / "js")
    shutil.copytree(MODULES.parents[1] / "vendor", tmp_path / "vendor")
    done = subprocess.run(
        [shutil.which("node") or "node", "--test", str(Path(__file__).with_name("sheet.test.mjs"))],
        env={
            "PATH": "/usr/bin:/bin",
            "SAKSHI_WORLD": str(file),
            "SAKSHI_JS": str(tmp_path / "js/verify"),
        },
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert re.search(r"^# pass 5$", done.stdout, re.MULTILINE), done.stdout[-2000:]


def test_kinds_are_those_of_the_registry() -> None:
    text = (MODULES / "record.js").read_text()
    block = re.search(r"export const KINDS = \{(.*?)\};", text, re.DOTALL)
    assert block is not None
    found = {
        name: word == "true" for name, word in re.findall(r'"([a-z-]+)": (true|false)', block[1])
    }
    assert found == {kind.name: kind.public for kind in records.KINDS.values() if kind.log}
