"""Loader of the shared log vectors and small helpers for this folder's tests."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Vectors = Callable[[str], Any]


@pytest.fixture
def log_vectors(shared_dir: Path) -> Vectors:
    """Read ``vectors/log/<name>.json`` in place; skip with a reason where it is absent."""

    def load(name: str) -> Any:
        path = shared_dir / "vectors" / "log" / f"{name}.json"
        if not path.exists():
            pytest.skip(f"the shared vectors {path.name} are not on this machine")
        return json.loads(path.read_text(encoding="utf-8"))

    return load
