"""A scenario whose meeting has just opened."""

from collections.abc import Iterator
from typing import cast

import pytest

from tests.conftest import StateMaker
from tests.simulator.states import State
from tests.voting.scenario import VotingScenario, opened
from trust.log.runtime import Runtime


@pytest.fixture(scope="session")
def state_opened(make_state: StateMaker) -> Iterator[State]:
    with make_state(opened) as state:
        yield state


@pytest.fixture
def scenario(state_opened: State, rt: Runtime) -> VotingScenario:
    return cast(VotingScenario, state_opened.value(rt=rt))
