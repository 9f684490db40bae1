"""CONTRIBUTING.md points at files that exist, and its walk-through is what the test does."""

import re
import textwrap

from tests.conftest import ROOT

PAGE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
WALK = PAGE.split("## A new kind of record\n")[1].split("\n## ")[0]
INVENTED = "tests/trust/log/replay/test_invented_kind.py"


def test_every_file_it_names_exists() -> None:
    paths = set(
        re.findall(r"`((?:docs|tests|trust|voting|oversight|audit|web|deploy)/[^`*]+)`", PAGE)
    )
    assert len(paths) > 20
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []


def test_the_code_of_the_walk_through_is_that_of_the_test() -> None:
    test = (ROOT / INVENTED).read_text("utf-8")
    assert f"`{INVENTED}`" in WALK and "CONTRIBUTING.md, *A new kind of record*" in test
    blocks = re.findall(r"```python\n(.*?)```", WALK, re.DOTALL)
    assert len(blocks) == 4
    known = {line.strip() for line in test.splitlines()}
    said = [
        line for block in blocks for line in textwrap.dedent(block).splitlines() if line.strip()
    ]
    assert [line for line in said if line.strip() not in known] == []


def test_its_steps_are_numbered_and_name_record_projection_and_query() -> None:
    steps = re.findall(r"^(\d)\. \*\*(.+?)\*\*", WALK, re.MULTILINE)
    assert [int(number) for number, _ in steps] == list(range(1, len(steps) + 1))
    assert {"The record.", "The projection.", "The query."} <= {title for _, title in steps}
