"""The style of CONTRIBUTING.md, as far as a program can see it: words that docstrings avoid.

Strings that a person reads are not looked at here: other tests
pin their sentences.
"""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.test_house import PACKAGES

LOOKED_AT = (*PACKAGES, "bench", "deploy", "migrations")
AVOIDED = {
    r"[;,] (?:it )?gives (?!up\b|back\b|away\b|in\b)": "returns",
    r"\bwhere there (?:is|are) none\b": "if missing",
    r"\b(?:None|0|empty|False) where\b": "if",
    r"\bheld against\b": "compared with, checked against",
    r"\b(?:pure|server|whole|books|log|people|voting|oversight) rooms?\b": "package",
    r"\bfloors?\b": "layer",
    r"\bwhere none\b": "if none",
    r"\bprogramming fault\b": "programming error",
    r"\b(?:made|make|makes|making|sealed|seal) (?:\w+ )*anew\b": "rebuilt, again",
}


def prose(path: Path) -> list[tuple[int, str]]:
    """Docstrings and comments of a module with their lines, each with its line breaks as spaces."""
    text = path.read_text("utf-8")
    found = [
        (node.lineno, node.value.value)
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            found.append((token.start[0], token.string))
    return [(line, " ".join(words.split())) for line, words in found]


@pytest.mark.parametrize("top", LOOKED_AT)
def test_docstrings_use_the_words_of_the_field(top: str) -> None:
    read, found = 0, []
    for path in sorted((ROOT / top).rglob("*.py")):
        for line, words in prose(path):
            read += 1
            found += [
                f"{path.relative_to(ROOT)}:{line}: {hit[0]!r}, better: {better}"
                for pattern, better in AVOIDED.items()
                if (hit := re.search(pattern, words))
            ]
    assert read > 5
    assert found == []


def test_documents_use_the_words_of_the_field() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    assert len(pages) > 20
    found = []
    for page in pages:
        text = page.read_text("utf-8").split("\n## Style\n")[0]
        words = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
        found += [
            f"{page.relative_to(ROOT)}: {hit[0]!r}, better: {better}"
            for pattern, better in AVOIDED.items()
            if (hit := re.search(pattern, words))
        ]
    assert found == []


def test_what_is_raised_is_called_an_error() -> None:
    named = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for top in LOOKED_AT
        if top.split("/")[0] in PACKAGES
        for path in (ROOT / top).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ExceptHandler) and node.name == "fault"
    ]
    assert named == []
