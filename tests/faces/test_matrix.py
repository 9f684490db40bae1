"""Each planted trouble on each face: told, or said not to be visible from there; never silent.

The table stands in `docs/faces.md`; this test compares it with what the faces say. The column of
the browser's check is compared in `tests/browser/public/test_faces.py`.
"""

from pathlib import Path

import pytest

from tests.faces.conftest import Planting
from tests.faces.looking import FACES
from tests.faces.troubles import TROUBLES, Trouble

DOC = Path(__file__).parents[2] / "docs" / "faces.md"


def table() -> dict[str, dict[str, str]]:
    """The table of the document: trouble, face, what stands in the cell."""
    rows = [
        line.strip().strip("|").split("|")
        for line in DOC.read_text("utf-8").splitlines()
        if line.startswith("|")
    ]
    head, body = [cell.strip() for cell in rows[0]], rows[2:]
    return {
        row[0].strip(): dict(zip(head[1:], (cell.strip() for cell in row[1:]), strict=True))
        for row in body
    }


@pytest.mark.rotated(3)
@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda one: one.name)
def test_no_face_is_silent(trouble: Trouble, planted: Planting) -> None:
    look = planted(trouble)
    cells = {face: see(look) for face, see in FACES.items()}
    assert "silent" not in cells.values(), cells
    said = table()[trouble.name]
    assert cells == {face: said[face] for face in cells}


def test_the_table_has_every_trouble_and_every_face() -> None:
    found = table()
    assert list(found) == [trouble.name for trouble in TROUBLES]
    assert all([*FACES, "browser's check"] == list(row) for row in found.values())
