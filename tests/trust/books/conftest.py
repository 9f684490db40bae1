"""A registered society with an officer's key bound."""

from __future__ import annotations

import pytest

from tests.trust.books.house import House, build
from trust.log.runtime import Runtime


@pytest.fixture
def house(rt: Runtime) -> House:
    """The society of these tests; see ``house.py``."""
    return build(rt)
