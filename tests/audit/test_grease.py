"""Signature lines of keys nobody knows, in any order: every client of ours passes over them."""

import base64
import json
import random
import re
import shutil
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

from audit.verify.proof import verify_proof
from tests.audit import books, eras
from tests.audit.helpers import check
from tests.audit.scenario import AuditScenario, Log
from tests.conftest import ROOT
from trust.formats import notes
from trust.log.keys.mldsa_signatures import grease

MODULES = ROOT / "web" / "static" / "js"
SEEDS = range(8)


class Greased(AuditScenario):
    """A scenario whose state log's head always comes with strange lines among its own."""

    def __init__(self, seed: int) -> None:
        super().__init__("grease")
        self.seed = seed

    def state_note(self) -> str:
        """The head, greased the same way each time it is asked for."""
        return grease(super().state_note().encode(), random.Random(self.seed)).decode()


@pytest.fixture(params=SEEDS)
def scenario(request: pytest.FixtureRequest) -> Greased:
    return Greased(request.param)


def test_grease_is_there(scenario: Greased) -> None:
    plain, greased = AuditScenario.state_note(scenario), scenario.state_note()
    assert set(notes.parse_note(plain).signatures) < set(notes.parse_note(greased).signatures)


def test_the_verifier_of_packages_and_proofs(scenario: Greased) -> None:
    log = books.book(scenario)
    assert check(scenario, scenario.members(log)).exit_code == 0
    assert verify_proof(scenario.proof_bytes(log, 0), scenario.policy()).exit_code == 0


def test_the_short_program_of_the_docs(scenario: Greased) -> None:
    page = (ROOT / "docs" / "verify-it-yourself.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    module = ModuleType("second_checker")
    exec(compile(code, "docs/verify-it-yourself.md", "exec"), module.__dict__)
    log = books.book(scenario)
    assert module.__dict__["check"](scenario.proof_bytes(log, 0), scenario.policy().decode())


class GreasedYears(eras.Eras):
    """Years of state logs whose every head comes with strange lines among its own."""

    def head_of(self, state: Log) -> str:
        """The head, greased the same way each time it is asked for."""
        return grease(super().head_of(state).encode(), random.Random(state.origin)).decode()


def test_the_verifier_of_several_years() -> None:
    found = eras.society(GreasedYears("grease"))
    assert grease_lines(found.scenario.head_of(found.scenario.state)) > 2
    assert eras.verify(found.scenario, *found.packages(), states=1).exit_code == 0


def grease_lines(note: str) -> int:
    """How many signature lines a note has."""
    return len(notes.parse_note(note).signatures)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_browsers_modules(tmp_path: Path) -> None:
    cases = []
    for seed in SEEDS:
        scenario = Greased(seed)
        proof = scenario.proof_bytes(books.book(scenario), 0)
        cases.append([base64.b64encode(proof).decode(), scenario.policy().decode()])
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    (tmp_path / "package.json").write_text('{"type": "module"}')
    shutil.copytree(MODULES / "verify", tmp_path / "js" / "verify")
    shutil.copytree(MODULES.parent / "vendor", tmp_path / "vendor")
    (tmp_path / "run.js").write_text(
        """
        import { readFileSync } from "node:fs";
        import { checkProofFile } from "./js/verify/prooffile.js";
        const right = [];
        for (const [proof, policy] of JSON.parse(readFileSync("cases.json", "utf8"))) {
          const bytes = Uint8Array.from(Buffer.from(proof, "base64"));
          right.push((await checkProofFile(bytes, policy, () => {})).fault === null);
        }
        console.log(JSON.stringify(right));
        """
    )
    node = shutil.which("node") or "node"
    done = subprocess.run(
        [node, "run.js"], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [True] * len(cases)
