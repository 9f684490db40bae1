"""The pages of offices, walked through without JavaScript, and every form of the table refused."""

import re
from typing import Any

import pytest

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.model import Grant
from trust.people.offices import queries as offices
from web.verbs import table

SLUG = w.PROFILE.slug
PLAIN = [
    verb
    for verb in table.verbs()
    if not verb.reads
    and verb.group in ("people", "office")
    and any(one.required for one in verb.arguments)
]


@pytest.fixture
def office(rt: Runtime, scenario: VotingScenario) -> VotingScenario:
    """Two administrators, a State office, a federation that the society lets see it."""
    with rt.db.write() as conn:
        w.federated(conn, scenario.people_setting, SLUG, rt.clock())
    return scenario


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_the_desk_shows_in_both_languages(person: Any, office: VotingScenario, lang: str) -> None:
    text = person(lang).sign_in("administrator").get("/office")
    assert f'<html lang="{lang}">' in text and "milk-fed" in text
    assert person(lang).sign_in("secretary").get("/office/federations")
    person(lang).sign_in("secretary").get("/office", 403)
    person(lang).sign_in("registrar").get("/office/federation", 403)


def test_two_people_appoint_on_the_pages(person: Any, rt: Runtime, office: VotingScenario) -> None:
    first, second = person().sign_in("administrator"), person().sign_in("administrator-2")
    add = {"login": "anita", "name": "Anita", "next": "/office"}
    assert first.post("/office", "/do/people/add", **add).status_code == 303
    wanted = {"login": "anita", "role": "registrar", "office": "state", "next": "/office"}
    assert first.post("/office", "/do/people/appoint", **wanted).status_code == 303
    shown = first.get("/office")
    assert "a second officer must confirm it" in shown and "Another person must confirm" in shown
    found = re.search(
        r'action="/do/people/confirm".*?name="request" value="(\d+)"', second.get("/office"), re.S
    )
    assert found
    sent = {"request": found[1], "next": "/office"}
    refused = first.post("/office", "/do/people/confirm", **sent)
    assert refused.status_code == 409 and "asked for this yourself" in refused.text
    assert second.post("/office", "/do/people/confirm", **sent).status_code == 303
    with rt.db.read() as conn:
        account = people.account(conn, "anita")
        assert account is not None
        grants = people.actor(conn, account.id, rt.clock()).grants
    assert grants == (Grant("registrar", "state", ""),)


def test_a_federation_sees_who_lets_it(person: Any, rt: Runtime, office: VotingScenario) -> None:
    with rt.db.write() as conn:
        given = Grant("federation", "federation", "milk-fed")
        w.add_staff(conn, office.people_setting, "fed", given, None, rt.clock())
    fed, secretary = person().sign_in("fed"), person().sign_in("secretary")
    assert fed.client.get("/start").headers["location"] == "/office/federation"
    assert w.PROFILE.name_en in fed.get("/office/federation")
    for path in ("/secretary/members", "/registrar", f"/registrar/societies/{SLUG}", "/auditor"):
        fed.get(path, 403)
    sent = {"society": SLUG, "office": "milk-fed", "next": "/office/federations"}
    done = secretary.post("/office/federations", "/do/office/end-access", **sent)
    assert done.status_code == 303
    assert w.PROFILE.name_en not in fed.get("/office/federation")


@pytest.mark.parametrize("verb", PLAIN, ids=lambda verb: f"{verb.group} {verb.name}")
def test_a_form_of_the_table_is_refused_with_what_was_typed(
    verb: Any, person: Any, office: VotingScenario
) -> None:
    who = "secretary" if "secretary" in verb.roles else "administrator"
    made = person().sign_in(who)
    page = f"/do{verb.path}"
    for sent in ({}, {one.name: "x" * 5000 for one in verb.arguments}):
        answer = made.post(page, page, **sent)
        assert answer.status_code == 422, answer.text[:500]
        assert 'role="alert"' in answer.text and 'aria-invalid="true"' in answer.text
    odd = {one.name: "<\"&'ണ്‍" for one in verb.arguments}
    answer = made.post(page, page, **odd)
    assert answer.status_code in (404, 409, 422)
    if answer.status_code == 422:
        shown = [one for one in verb.arguments if one.kind not in ("choice", "yes", "day")]
        assert not shown or "&lt;&#34;&amp;&#39;ണ്‍" in answer.text


def test_an_officer_whose_office_ended_while_signed_in_acts_no_more(
    person: Any, rt: Runtime, office: VotingScenario
) -> None:
    officer = person().sign_in("deputy")
    officer.get("/office")
    with rt.db.read() as conn:
        account = office.people_setting.accounts["deputy"]
        (held,) = offices.appointments(conn, rt.clock(), account=account)
    admin = person().sign_in("administrator")
    assert f"/do/people/end?appointment={held.id}" in admin.get("/office")
    sent = {"appointment": held.id, "reason": "relieved", "next": "/office"}
    assert admin.post("/office", "/do/people/end", **sent).status_code == 303
    assert officer.client.get("/office").status_code == 303
    rt.clock.advance(1)  # type: ignore[attr-defined]
    again = person().sign_in("deputy")
    again.get("/office", 403)
    again.get("/registrar", 403)
