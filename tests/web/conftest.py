"""A society with two filed years, and a client that talks to its pages."""

from collections.abc import Iterator
from typing import cast

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.conftest import StateMaker
from tests.simulator.states import State
from tests.trust.books.scenario import BooksScenario, build
from tests.web.books import trial_balance
from trust.log.runtime import Runtime
from web.app import create_app


def _filed(rt: Runtime) -> BooksScenario:
    made = build(rt)
    for year in ("2024-25", "2025-26"):
        report = made.import_file(trial_balance(year), f"tb-{year}.csv", year=year)
        assert report.state == "posted", report.refused
        made.file(year)
    made.publish()
    return made


@pytest.fixture(scope="session")
def state_filed(make_state: StateMaker) -> Iterator[State]:
    """Books of 2024-25 and 2025-26 imported, both sheets filed and published."""
    with make_state(_filed) as state:
        yield state


@pytest.fixture
def scenario(state_filed: State, rt: Runtime) -> BooksScenario:
    """A copy of it for one test."""
    return cast(BooksScenario, state_filed.value(rt=rt))


@pytest.fixture
def app(rt: Runtime) -> Starlette:
    """The application over this test's state."""
    return create_app(rt)


@pytest.fixture
def client(app: Starlette) -> Iterator[TestClient]:
    """A browser without JavaScript, reading English."""
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as made:
        made.cookies.set("lang", "en")
        yield made
