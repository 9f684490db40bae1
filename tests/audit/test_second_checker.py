"""The short program in docs/verify-it-yourself.md, a second implementation, run as printed."""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from tests.audit import books
from tests.audit.world import VECTORS, World
from tests.conftest import ROOT

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
    world = World("second")
    for log in (books.book(world), books.meeting(world).log):
        for index in range(len(log.entries)):
            assert check(world.proof_bytes(log, index), world.policy().decode())


def test_it_refuses_what_it_does_not_know(check: Callable[[bytes, str], str]) -> None:
    data = (VECTORS / PROOFS[0]).read_bytes()
    grouped = POLICY.replace("quorum press", "group all any press\nquorum all")
    for policy in (grouped, POLICY.replace("quorum press\n", ""), "", World("x").policy().decode()):
        with pytest.raises(ValueError, match=r"policy|witness|state log"):
            check(data, policy)
