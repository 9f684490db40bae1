"""An import declared void on its page: who may, what is asked, what is refused."""

from typing import Any

import pytest

from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.bringing import upload
from tests.web.desks.conftest import SLUG, Person
from trust.books import queries as books
from trust.log.runtime import Runtime


@pytest.fixture
def officer(person: Any, scenario: VotingScenario) -> Person:
    """The secretary, signed in."""
    made: Person = person().sign_in("secretary")
    return made


def test_an_import_is_declared_void_with_its_reason(
    officer: Person, person: Any, rt: Runtime
) -> None:
    upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    with rt.db.read() as conn:
        (row,) = books.imports(conn, SLUG)
    shown, address = f"/secretary/imports/{row.id}", f"/secretary/imports/{row.id}/void"
    assert address in officer.client.get(shown).text
    form = {"csrf": officer.token(address)}
    empty = officer.client.post(address, data=form)
    assert empty.status_code == 422 and "the reason is public" in empty.text
    personal = officer.client.post(address, data=form | {"reason": "ask 9447012345"})
    assert personal.status_code == 422 and "ask 9447012345" in personal.text
    clerk = person().sign_in("clerk")
    assert clerk.client.get(address).status_code == 403
    done = officer.client.post(
        address, data=form | {"reason": "the file of another society"}, follow_redirects=False
    )
    assert (done.status_code, done.headers["location"]) == (303, shown)
    with rt.db.read() as conn:
        assert [one.state for one in books.imports(conn, SLUG)] == ["void"]
    after = officer.client.get(shown).text
    assert "declared void" in after and address not in after
    assert officer.client.get("/secretary/imports/imp-none/void").status_code == 404
