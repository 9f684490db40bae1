"""A scenario whose meeting has just opened."""

import pytest

from tests.voting.scenario import VotingScenario, opened
from trust.log.runtime import Runtime


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    return opened(rt)
