"""The short program in docs/verify-it-yourself.md, a second implementation, run as printed."""

import dataclasses
import random
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest

from audit.verify.verify import verify_bytes
from tests.audit import books, eras
from tests.audit.helpers import forked, knowledge
from tests.audit.scenario import VECTORS, AuditScenario
from tests.conftest import ROOT
from tests.trust.log.helpers import fill, open_book, publish
from trust.formats import notes
from trust.formats.proofs import SakshiProof, format_proof
from trust.formats.tlogproof import TlogProof
from trust.log import lineage, proofs, shards
from trust.log.keys.mldsa_signatures import grease
from trust.log.runtime import Runtime

PAGE = (ROOT / "docs" / "verify-it-yourself.md").read_text("utf-8")
PROOFS = ("public.sakshi-proof", "private.sakshi-proof")
POLICY = (VECTORS / "policy").read_text("utf-8")


def source() -> str:
    (code,) = re.findall(r"^```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(code)


@pytest.fixture(scope="module")
def check() -> Callable[[bytes, str], str]:
    module = ModuleType("second_checker")
    exec(compile(source(), "docs/verify-it-yourself.md", "exec"), module.__dict__)
    found: Callable[[bytes, str], str] = module.__dict__["check"]
    return found


def test_it_is_short_and_imports_nothing_of_ours() -> None:
    code = source()
    assert code.count("\n") < 150
    imported = set(re.findall(r"^(?:import|from) (.+?)(?: import .+)?$", code, re.MULTILINE))
    names = {name.split(".")[0].strip() for line in imported for name in line.split(",")}
    assert names - set(sys.stdlib_module_names) == {"nacl"}


def test_it_runs_as_printed(tmp_path: Path) -> None:
    program = tmp_path / "check.py"
    program.write_text(source(), "utf-8")
    bad = tmp_path / "bad.sakshi-proof"
    bad.write_bytes((VECTORS / PROOFS[0]).read_bytes().replace(b"statement", b"statemenu", 1))
    for proof, code in ((VECTORS / PROOFS[0], 0), (VECTORS / PROOFS[1], 0), (bad, 1)):
        done = subprocess.run(
            [sys.executable, "-I", program, proof, VECTORS / "policy"],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert done.stdout.startswith("right") or done.stderr.startswith("wrong")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROOFS)
def test_it_accepts_golden_proofs_and_refuses_every_flip(
    check: Callable[[bytes, str], str], name: str
) -> None:
    data = (VECTORS / name).read_bytes()
    assert check(data, POLICY).startswith("right")
    for at in range(len(data)):
        bad = data[:at] + bytes([data[at] ^ 0x01]) + data[at + 1 :]
        with pytest.raises(Exception):  # noqa: B017 - whatever it is, it must not pass
            check(bad, POLICY)


def test_it_agrees_with_the_verifier_on_every_entry_of_a_book_and_a_meeting(
    check: Callable[[bytes, str], str],
) -> None:
    scenario = AuditScenario("second")
    for log in (books.book(scenario), books.meeting(scenario).log):
        for index in range(len(log.entries)):
            assert check(scenario.proof_bytes(log, index), scenario.policy().decode())


def test_it_refuses_two_roots_for_one_size(check: Callable[[bytes, str], str]) -> None:
    scenario = AuditScenario("second")
    log = books.book(scenario)
    proof = forked(scenario, log, scenario.proof(log, 0))
    with pytest.raises(ValueError, match="forked"):
        check(format_proof(proof), scenario.policy().decode())
    policy = scenario.policy()
    grown = replace(proof, key=scenario.proof(log, 0).key)
    assert check(format_proof(grown), policy.decode()).startswith("right"), "two sizes are no fork"


def test_it_verifies_a_rotated_shard_and_closed_logs(check: Callable[[bytes, str], str]) -> None:
    """Every entry of both years of a history, closing entry and all, but the opening head."""
    found = eras.society()
    for log in (found.old, found.new):
        for index, entry in enumerate(log.entries):
            if entry.startswith(b"sakshi/1 "):
                proof = found.scenario.sakshi_proof(log, index)
                said = check(proof, found.scenario.policy().decode())
                assert said.startswith("right") and log.origin in said


def test_it_verifies_what_a_server_with_every_setting_gives(
    check: Callable[[bytes, str], str], rt: Runtime
) -> None:
    """ML-DSA-44 as a second line, grease in any order, a log and a state log rotated."""
    rt.settings = dataclasses.replace(rt.settings, mldsa=True)
    first = open_book(rt)
    fill(rt, first, 0, 3)
    publish(rt, first)
    with rt.db.read() as conn:
        state = lineage.newest(conn, "state", "")
    assert state is not None
    after = shards.rotate(rt, first, "drill")
    shards.rotate(rt, state.origin, "drill")
    fill(rt, after, 3, 6)
    publish(rt, after)
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn)
        made = [proofs.sakshi_proof(conn, origin, 2) for origin in (first, after)]
    assert after.endswith(".2") and "/state/2026-27.2+" in policy and policy.count("log ") == 4
    for number, proof in enumerate(made):
        plain = format_proof(proof)
        told = check(plain, policy)
        assert told.startswith("right") and "not checked: the ML-DSA-44 line" in told
        rng = random.Random(number)
        head, key = (
            replace(one, checkpoint=grease(one.checkpoint.encode(), rng).decode())
            for one in (proof.head, proof.key)
        )
        assert head.checkpoint != proof.head.checkpoint
        greased = format_proof(replace(proof, head=head, key=key))
        assert check(greased, policy) == told
        assert verify_bytes(greased, knowledge(policy.encode())).exit_code == 0
        bare = without_second_line(proof)
        with pytest.raises(ValueError, match="each of its keys"):
            check(format_proof(bare), policy)


def without_second_line(proof: SakshiProof) -> SakshiProof:
    """The proof with the Ed25519 line alone under the state log's heads."""

    def bare(one: TlogProof) -> TlogProof:
        note = notes.parse_note(one.checkpoint)
        lines = tuple(line for line in note.signatures if len(line.signature) == 64)
        return replace(one, checkpoint=notes.format_note(notes.SignedNote(note.text, lines)))

    return replace(proof, head=bare(proof.head), key=bare(proof.key))


def test_it_refuses_what_it_does_not_know(check: Callable[[bytes, str], str]) -> None:
    data = (VECTORS / PROOFS[0]).read_bytes()
    grouped = POLICY.replace("quorum press", "group all any press\nquorum all")
    for policy in (
        grouped,
        POLICY.replace("quorum press\n", ""),
        "",
        AuditScenario("x").policy().decode(),
    ):
        with pytest.raises(ValueError, match=r"policy|witness|state log"):
            check(data, policy)
