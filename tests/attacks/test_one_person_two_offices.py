"""One person holds two offices, and would sign for both of them.

A sheet takes secretary and president, an assisted ballot two officers. Keys stand in the log
without names, so whoever verifies could not tell that both are one person's.
"""

import pytest
from sqlalchemy import update

from tests.trust.books.makers import SMALL_BOOKS
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.trust.people import scenario as people_scenario
from tests.trust.people.scenario import LATER
from trust.books import service as books_service
from trust.books.errors import OnePersonSignsError
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import KeyStillBoundError
from trust.people.model import Grant
from trust.people.tables import officer_key


@pytest.fixture
def scenario(rt: Runtime) -> BooksScenario:
    return build(rt)


def test_a_sheet_that_one_person_signed_twice_is_not_filed(scenario: BooksScenario) -> None:
    """An older version bound keys of both offices to one person; such rows may still be there."""
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    record = scenario.sign(scenario.draft("2025-26").record)
    with scenario.rt.db.write() as conn:
        secretary = people.account(conn, "secretary")
        assert secretary is not None
        conn.execute(update(officer_key).values(account_id=secretary.id))
    with pytest.raises(OnePersonSignsError):
        books_service.file_statement(scenario.rt, SLUG, record)


def test_the_key_of_a_second_office_is_not_bound_to_the_same_person(
    scenario: BooksScenario,
) -> None:
    rt = scenario.rt
    with rt.db.write() as conn:
        secretary = people.account(conn, "secretary")
        assert secretary is not None
        people_service.grant(
            conn, secretary.id, Grant("president", "society", SLUG), now=rt.clock()
        )
        registrar = people.account(conn, "registrar")
        assert registrar is not None
        actor = people.actor(conn, registrar.id, LATER)
        key = people_scenario.public_of("the secretary's other key")
        with pytest.raises(KeyStillBoundError):
            people_service.bind_officer_key(
                conn, actor, secretary.id, key, "president", now=rt.clock()
            )
        assert len(people.officer_keys(conn, SLUG)) == 2
