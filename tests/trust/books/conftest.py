"""A registered society with an officer's key bound."""

import pytest

from tests.trust.books.scenario import BooksScenario, build
from trust.log.runtime import Runtime


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    """The society of these tests; see ``scenario.py``."""
    return build(rt)
