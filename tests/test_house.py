"""The house rules that no linter knows: sizes, empty package files, nothing of one machine."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("trust", "voting", "audit", "oversight", "dashboards", "web")
MODULE_LINES, FUNCTION_LINES = 350, 60
# Folders of one machine, and hosts of package registries.
FOREIGN = re.compile(
    r"(?<![\w.])/(work|root|home/\w+|opt/wheels)/|"
    + "|".join(["pypi" + r"\.org", "pythonhosted" + r"\.org", "registry" + r"\.npmjs"])
)


def modules() -> list[Path]:
    """Every Python file of the product."""
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def tracked() -> list[Path]:
    """Every file git keeps; none outside a checkout."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_modules_and_functions_stay_small() -> None:
    found = modules()
    assert len(found) > len(PACKAGES)
    large: list[str] = []
    for path in found:
        text = path.read_text("utf-8")
        if (lines := text.count("\n")) > MODULE_LINES:
            large.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    large.append(f"{path.relative_to(ROOT)}: {node.name} has {length} lines")
    assert not large, "\n".join(large)


def test_package_files_hold_a_docstring_only() -> None:
    for path in modules():
        if path.name != "__init__.py":
            continue
        body = ast.parse(path.read_text("utf-8")).body
        assert len(body) == 1, f"{path.relative_to(ROOT)}: more than a docstring"
        assert isinstance(body[0], ast.Expr), f"{path.relative_to(ROOT)}: no docstring"


def test_nothing_of_one_machine_is_kept() -> None:
    files = tracked()
    if not files:
        pytest.skip("not a git checkout: the list of kept files is not known")
    named: list[str] = []
    for path in files:
        if not path.is_file() or path.suffix in {".woff2", ".png", ".zip", ".xlsx", ".gz"}:
            continue
        text = path.read_text("utf-8", errors="replace")
        named += [f"{path.relative_to(ROOT)}: {hit[0]}" for hit in FOREIGN.finditer(text)]
    assert not named, "\n".join(named)
