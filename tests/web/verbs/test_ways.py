"""A verb by its three ways in: form, API and command do the same and refuse the same."""

import json
import re
from datetime import date
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.desks.test_api_desks import API, Program
from tests.web.test_cli_refusals import run
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.settings import Settings
from web.errors import (
    ChoiceError,
    DayError,
    FieldError,
    FieldFileError,
    FieldNeededError,
    FieldTextError,
    FieldTooLongError,
    NotANumberError,
    SlugError,
)
from web.verbs import values
from web.verbs.model import Argument, Upload, Verb

NEW = {"login": "New.Officer", "name": "അനിത Anita", "society": w.PROFILE.registration_number}


def test_a_form_keeps_what_was_typed_and_names_the_field(person: Any) -> None:
    made = person().sign_in("registrar")
    page = "/do/people/add?next=/registrar/societies&name=Anita"
    assert 'value="Anita"' in made.get(page)
    sent = NEW | {"login": "two words", "next": "/registrar/societies"}
    answer = made.post(page, "/do/people/add", **sent)
    assert answer.status_code == 422
    assert 'value="two words"' in answer.text and "അനിത Anita" in answer.text
    assert re.search(r'name="login"[^>]*aria-invalid="true"', answer.text)
    answer = made.post(page, "/do/people/add", **NEW, next="/registrar/societies")
    assert (answer.status_code, answer.headers["location"]) == (303, "/registrar/societies")
    assert "Make an account: Done." in made.get("/registrar/societies")
    assert "Make an account: Done." not in made.get("/registrar/societies")


def test_a_form_leads_back_to_a_page_of_ours_only(person: Any) -> None:
    made = person().sign_in("registrar")
    answer = made.post("/do/people/add", "/do/people/add", **NEW, next="//elsewhere.example/")
    assert answer.headers["location"] == "/start"


def test_a_form_is_for_those_who_may_and_needs_its_token(person: Any) -> None:
    person().sign_in("secretary").get("/do/people/add", 403)
    made = person().sign_in("registrar")
    assert made.client.post("/do/people/add", data=NEW).status_code == 403
    assert person().client.get("/do/people/add").status_code == 303


def test_the_api_does_the_same(app: Any, rt: Runtime, scenario: VotingScenario) -> None:
    with TestClient(app) as client:
        who = Program(client).sign_in("registrar")
        token = {"X-CSRF-Token": who.token}
        made = client.post(f"{API}/people/add", json=NEW, headers=token)
        assert made.status_code == 201
        assert made.json()["login"] == "new.officer" and made.json()["society"] == w.PROFILE.slug
        assert made.json()["grants"] == []
        again = client.post(f"{API}/people/add", json=NEW, headers=token)
        assert again.status_code == 409
        for body, slug in (
            ({"login": 7}, "field-text"),
            ({}, "field-needed"),
            ({"login": "x" * 81}, "field-too-long"),
            (NEW | {"society": "!!"}, "field-society"),
        ):
            answer = client.post(f"{API}/people/add", json=body, headers=token)
            assert (answer.status_code, answer.json()["type"]) == (422, f"/problems/{slug}")
        me = client.get(f"{API}/people/me").json()
        assert me["login"] == "registrar" and me["grants"][0]["role"] == "registrar"
    with rt.db.read() as conn:
        assert people.account(conn, "new.officer") is not None


def test_a_command_acts_as_a_person(
    rt: Runtime,
    settings: Settings,
    scenario: VotingScenario,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("SAKSHI_HOME", str(settings.home))
    monkeypatch.setenv("SAKSHI_DATABASE", settings.database)
    monkeypatch.setenv("SAKSHI_PASSWORD", w.PASSWORD)
    words = ("people", "add", "anita", "Anita")
    assert run(monkeypatch, capsys, *words, "--as", "registrar") == (0, "")
    code, said = run(monkeypatch, capsys, *words, "--as", "registrar")
    assert code == 1 and "taken" in said
    code, said = run(monkeypatch, capsys, *words, "--as", "secretary")
    assert code == 1 and "administrator" in said
    assert run(monkeypatch, capsys, "people", "add", "x" * 90, "A", "--as", "registrar")[0] == 2
    monkeypatch.setenv("SAKSHI_PASSWORD", "wrong")
    assert run(monkeypatch, capsys, *words, "--as", "registrar")[0] == 1
    with rt.db.read() as conn:
        assert people.account(conn, "anita") is not None


def test_a_command_prints_the_answer_of_the_api(
    settings: Settings,
    scenario: VotingScenario,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from web import cli

    monkeypatch.setenv("SAKSHI_HOME", str(settings.home))
    monkeypatch.setenv("SAKSHI_DATABASE", settings.database)
    monkeypatch.setenv("SAKSHI_PASSWORD", w.PASSWORD)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        cli.app(["people", "me", "--as", "registrar", "--json"])
    assert ended.value.code in (0, None)
    assert json.loads(capsys.readouterr().out)["login"] == "registrar"


def _verb(*arguments: Argument) -> Verb:
    return Verb("test", "read", "Read.", (), arguments, int, run=lambda *_: 0)


@pytest.mark.parametrize(
    ("argument", "given", "found"),
    [
        (Argument("name"), " x\r\ny ", "x\ny"),
        (Argument("day", "day"), "2026-11-22", date(2026, 11, 22)),
        (Argument("number", "number"), "൧൨", 12),
        (Argument("number", "number"), 12, 12),
        (Argument("role", "choice", choices=("a",), words="role"), "a", "a"),
        (Argument("society", "society"), "TVM 101", "tvm-101"),
        (Argument("login", "login"), " Anita ", "anita"),
        (Argument("yes", "yes"), "yes", True),
        (Argument("yes", "yes"), None, False),
        (Argument("yes", "yes"), True, True),
        (Argument("file", "file"), {"name": "a.csv", "data": "YQ=="}, Upload("a.csv", b"a")),
        (Argument("name", required=False), "  ", None),
    ],
)
def test_what_is_given_becomes_a_value(argument: Argument, given: object, found: object) -> None:
    assert values.read(_verb(argument), {argument.name: given}) == {argument.name: found}


@pytest.mark.parametrize(
    ("argument", "given", "refusal"),
    [
        (Argument("name"), "", FieldNeededError),
        (Argument("name"), 7, FieldTextError),
        (Argument("name", limit=3), "xxxx", FieldTooLongError),
        (Argument("name"), "a\0b", FieldError),
        (Argument("day", "day"), "2026-02-30", DayError),
        (Argument("day", "day"), "9999-01-01", DayError),
        (Argument("number", "number"), "-1", NotANumberError),
        (Argument("number", "number"), True, NotANumberError),
        (Argument("role", "choice", choices=("a",), words="role"), "b", ChoiceError),
        (Argument("society", "society"), "!!", SlugError),
        (Argument("file", "file"), "x", FieldFileError),
        (Argument("file", "file"), {"data": "?"}, FieldFileError),
        (Argument("file", "file"), {"data": "eA==\n"}, FieldFileError),
    ],
)
def test_what_is_no_value_is_refused(
    argument: Argument, given: object, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        values.read(_verb(argument), {argument.name: given})
