"""A society in a fresh state, inside one open transaction."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection

from tests.trust.people.scenario import PeopleScenario, build
from trust.log.runtime import Runtime


@pytest.fixture
def conn(rt: Runtime) -> Iterator[Connection]:
    with rt.db.write() as open_connection:
        yield open_connection


@pytest.fixture
def scenario(rt: Runtime, conn: Connection) -> PeopleScenario:
    return build(conn, rt.clock(), members=3, with_key=0)
