"""A hall whose meeting has just opened."""

import pytest

from tests.voting.hall import Hall, opened
from trust.log.runtime import Runtime


@pytest.fixture
def hall(rt: Runtime) -> Hall:
    return opened(rt)
