"""Signature lines of keys nobody knows, in any order: every client of ours passes over them."""

from __future__ import annotations

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
from tests.audit.world import Log, World
from tests.conftest import ROOT
from trust.formats import notes
from trust.log.keys.mldsa_signatures import grease

MODULES = ROOT / "web" / "static" / "js"
SEEDS = range(8)


class Greased(World):
    """A world whose state log's head always comes with strange lines among its own."""

    def __init__(self, seed: int) -> None:
        super().__init__("grease")
        self.seed = seed

    def state_note(self) -> str:
        """The head, greased the same way each time it is asked for."""
        return grease(super().state_note().encode(), random.Random(self.seed)).decode()


@pytest.fixture(params=SEEDS)
def world(request: pytest.FixtureRequest) -> Greased:
    return Greased(request.param)


def test_grease_is_there(world: Greased) -> None:
    plain, greased = World.state_note(world), world.state_note()
    assert set(notes.parse_note(plain).signatures) < set(notes.parse_note(greased).signatures)


def test_the_verifier_of_packages_and_proofs(world: Greased) -> None:
    log = books.book(world)
    assert check(world, world.members(log)).exit_code == 0
    assert verify_proof(world.proof_bytes(log, 0), world.policy()).exit_code == 0


def test_the_short_program_of_the_docs(world: Greased) -> None:
    page = (ROOT / "docs" / "verify-it-yourself.md").read_text("utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    module = ModuleType("second_checker")
    exec(compile(code, "docs/verify-it-yourself.md", "exec"), module.__dict__)
    log = books.book(world)
    assert module.__dict__["check"](world.proof_bytes(log, 0), world.policy().decode())


class GreasedYears(eras.Eras):
    """Years of state logs whose every head comes with strange lines among its own."""

    def head_of(self, state: Log) -> str:
        """The head, greased the same way each time it is asked for."""
        return grease(super().head_of(state).encode(), random.Random(state.origin)).decode()


def test_the_verifier_of_several_years() -> None:
    found = eras.society(GreasedYears("grease"))
    assert grease_lines(found.world.head_of(found.world.state)) > 2
    assert eras.verify(found.world, *found.packages(), states=1).exit_code == 0


def grease_lines(note: str) -> int:
    """How many signature lines a note has."""
    return len(notes.parse_note(note).signatures)


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_the_browsers_modules(tmp_path: Path) -> None:
    cases = []
    for seed in SEEDS:
        world = Greased(seed)
        proof = world.proof_bytes(books.book(world), 0)
        cases.append([base64.b64encode(proof).decode(), world.policy().decode()])
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
