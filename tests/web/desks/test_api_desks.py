"""The desks as JSON: the same rights and refusals as on the pages, as problem documents."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.trust.books.makers import daybook, ledger, voucher
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from trust.formats import b64, receipts, signing

API = "/api/v1"


class Program:
    """A program that keeps its cookie and its token."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.token = ""

    def post(self, path: str, body: object = None, **more: Any) -> Any:
        headers = {"X-CSRF-Token": self.token}
        return self.client.post(
            API + path, json={} if body is None else body, headers=headers, **more
        )

    def get(self, path: str) -> Any:
        return self.client.get(API + path)

    def sign_in(self, login: str) -> "Program":
        answer = self.post("/login", {"login": login, "password": w.PASSWORD})
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["csrf"]
        return self

    def sign_in_with_card(self, name: str) -> "Program":
        key = b64.encode(w.public_of(name))
        given = self.post("/login/challenge", {"key": key}).json()
        made = signing.sign(w.seed_of(name), "member", "login", given["origin"], given["record"])
        record = signing.with_signatures(given["record"], [made])
        self.token = self.post("/login/signed", {"record": record}).json()["csrf"]
        return self


@pytest.fixture
def program(person: Any) -> Callable[[], Program]:
    """Makes programs."""
    return lambda: Program(person().client)


def _problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"/problems/{code}"
    assert answer.json()["detail"]


def test_a_member_votes_by_program(
    program: Callable[[], Program], scenario: VotingScenario
) -> None:
    member = program().sign_in_with_card("member 1")
    assert member.get("/me/meetings").json()["items"][0]["meeting"]["id"] == scenario.id
    given = member.get(f"/me/meetings/{scenario.id}/ballots/1").json()
    ballot = given["record"] | {"choice": "no"}
    made = signing.sign(w.seed_of("member 1"), "member", "ballot", given["origin"], ballot)
    path = f"/me/meetings/{scenario.id}/ballots"
    signed = signing.with_signatures(ballot, [made])
    answer = member.post(path, signed)
    assert answer.status_code == 201 and answer.json()["status"] == "published"
    _problem(member.post(path, ballot), 422, "ballot-shape")
    _problem(member.post("/me/meetings/none/ballots", signed), 404, "no-such-meeting")


def test_nobody_acts_without_signing_in_or_without_the_token(
    program: Callable[[], Program], scenario: VotingScenario, alert: str
) -> None:
    stranger = program()
    _problem(stranger.get("/board"), 401, "unauthorized")
    _problem(stranger.post(f"/alerts/{alert}/steps", {"action": "close"}), 401, "unauthorized")
    _problem(stranger.post("/login", {"login": "x", "password": "y"}), 422, "login-refused")
    officer = program().sign_in("registrar")
    officer.token = ""
    step = {"action": "close", "reason": "x", "version": 1}
    _problem(officer.post(f"/alerts/{alert}/steps", step), 403, "csrf")
    _problem(program().sign_in("secretary").get("/board"), 403, "forbidden")


def test_json_of_the_wrong_shape_is_refused(program: Callable[[], Program], alert: str) -> None:
    officer = program().sign_in("registrar")
    path = f"/alerts/{alert}/steps"
    for body in ({"action": 3}, {"action": "burn"}, {"action": "close", "version": "x"}, {}):
        assert officer.post(path, body).status_code == 422
    headers = {"X-CSRF-Token": officer.token}
    for raw in (b"[1]", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"[" * 100_000):
        answer = officer.client.post(
            API + path, content=raw, headers=headers | {"Content-Type": "application/json"}
        )
        assert answer.status_code == 400, raw[:10]
    plain = officer.client.post(API + path, content=b"{}", headers=headers)
    assert plain.status_code == 415


def test_an_alert_is_worked_by_program_and_races_are_told(
    program: Callable[[], Program], alert: str
) -> None:
    officer = program().sign_in("registrar")
    assert officer.get("/board").json()["lines"][0]["alert"] == alert
    found = officer.get(f"/alerts/{alert}").json()
    assert found["evidence_count"] >= 46 and found["filled"]
    step = {"action": "acknowledge", "reason": "", "version": found["version"]}
    assert officer.post(f"/alerts/{alert}/steps", step).json()["state"] == "acknowledged"
    _problem(officer.post(f"/alerts/{alert}/steps", step), 409, "alert-changed")
    elsewhere = program().sign_in("elsewhere")
    _problem(elsewhere.get(f"/alerts/{alert}"), 403, "not-entitled")


def test_books_by_program(program: Callable[[], Program], scenario: VotingScenario) -> None:
    officer = program().sign_in("secretary")
    headers = {"X-CSRF-Token": officer.token}
    path = f"{API}/imports?filename=tb.csv&book_year=2024-25"
    answer = officer.client.post(path, content=trial_balance("2024-25"), headers=headers)
    assert answer.status_code == 200 and answer.json()["state"] == "posted"
    again = officer.client.post(path, content=trial_balance("2024-25"), headers=headers)
    assert again.json()["state"] == "unchanged"
    bad = officer.client.post(f"{API}/imports", content=b"<ENVELOPE><", headers=headers)
    _problem(bad, 422, "file-refused")
    assert bad.json()["report"]["refused"]
    _problem(officer.get("/statements/2019-20/draft"), 422, "no-books")


def test_a_file_is_looked_at_asked_about_and_then_sealed_by_program(
    program: Callable[[], Program], scenario: VotingScenario
) -> None:
    officer = program().sign_in("secretary")
    headers = {"X-CSRF-Token": officer.token}
    data = daybook(
        ledger("Sales", "Sales Accounts"),
        ledger("Cash", "Cash-in-hand"),
        voucher("good", [("Cash", "-100.00"), ("Sales", "100.00")]),
        voucher("bad", [("Cash", "-100.00"), ("Sales", "90.00")]),
    )

    def bring(**asked: str) -> Any:
        return officer.client.post(f"{API}/imports", params=asked, content=data, headers=headers)

    for asked in ({}, {"dry_run": "true"}, {"answers": '{"incomplete": "no"}'}):
        open_ = bring(filename="day.xml", **asked)
        _problem(open_, 409, "file-asks")
        (question,) = open_.json()["report"]["questions"]
        assert (question["code"], question["answers"]) == ("incomplete", ["yes"])
    said = {"answers": '{"incomplete": "yes"}'}
    seen = bring(**said, dry_run="true").json()
    assert (seen["state"], seen["kind"], seen["vouchers"]) == ("preview", "tally-xml", 1)
    assert bring(**said).json()["state"] == "posted"
    assert bring(**said, dry_run="true").json()["state"] == "unchanged"
    for wrong in ("[]", "{", '{"year": 2025}', "[" * 4000):
        _problem(bring(answers=wrong), 422, "field-answers")
    _problem(bring(dry_run="maybe"), 422, "field-choice")
    _problem(bring(answers='{"year": "2025-27"}'), 422, "book-year")


@pytest.mark.parametrize("announced", [True, False], ids=["length", "chunked"])
@pytest.mark.parametrize(("lang", "says"), [("en", "larger than 64 MB"), ("ml", "64 MB-യിൽ കൂടുതലാണ്")])
def test_a_file_above_the_limit_names_the_command(
    program: Callable[[], Program], scenario: VotingScenario, announced: bool, lang: str, says: str
) -> None:
    officer = program().sign_in("secretary")

    def parts() -> Iterator[bytes]:
        yield from (bytes(1_000_000) for _ in range(1 if announced else 65))

    headers = {"X-CSRF-Token": officer.token}
    if announced:
        headers["Content-Length"] = "300000000"
    path = f"{API}/imports?lang={lang}"
    answer = officer.client.post(path, content=parts(), headers=headers)
    _problem(answer, 413, "file-too-large")
    assert says in answer.json()["detail"] and "`sakshi import`" in answer.json()["detail"]


def test_two_officers_enrol_by_program(
    program: Callable[[], Program], scenario: VotingScenario
) -> None:
    clerk, secretary = program().sign_in("clerk"), program().sign_in("secretary")
    member = scenario.people_setting.members["6"]
    key = receipts.encode32(w.public_of("a phone"))
    made = clerk.post(f"/members/{member}/enrolments", {"key": key, "medium": "device"})
    assert made.status_code == 201, made.text
    path = f"/enrolments/{made.json()['request']}/confirm"
    _problem(clerk.post(path), 409, "same-officer")
    assert secretary.post(path).status_code == 201
    _problem(secretary.post(f"/meetings/{scenario.id}/close"), 409, "close-too-early")
    stranger = program().sign_in("stranger")
    assert stranger.post(f"/meetings/{scenario.id}/close").status_code == 404


def test_the_document_names_every_operation(program: Callable[[], Program]) -> None:
    paths = program().get("/openapi.json").json()["paths"]
    for path in ("/imports", "/alerts/{alert}/steps", "/me/meetings/{meeting}/ballots", "/live"):
        assert path in paths


NEW = {"number": "901", "name": "New", "gender": "f", "joined": "2020-01-01", "share_paid_on": ""}


@pytest.mark.parametrize(
    ("field", "value", "code", "words"),
    [
        ("name", "\ufb2c" * 67, "field-too-long", ("Name", "പേര്")),
        ("number", "\ufb2c" * 14, "field-too-long", ("Member number", "അംഗത്വ നമ്പർ")),
        ("name", "a\x07b", "field-character", ("Name", "പേര്")),
        *(
            ("joined", day, "field-day", ("Joined on", "ചേർന്ന തീയതി"))
            for day in ("0000-01-01", "0001-01-01", "10000-01-01", "-001-01-01", "2026-02-30")
        ),
    ],
)
def test_what_is_out_of_range_is_422_by_the_name_of_its_field_in_both_languages(
    program: Callable[[], Program], field: str, value: str, code: str, words: tuple[str, str]
) -> None:
    officer = program().sign_in("secretary")
    for lang, word in zip(("en", "ml"), words, strict=True):
        answer = officer.post(f"/members?lang={lang}", NEW | {field: value})
        _problem(answer, 422, code)
        assert word in answer.json()["detail"]


@pytest.mark.parametrize("version", [-1, 2**31, 2**53, 2**63, 10**40, 1.5, "²", None])
def test_a_number_that_no_row_has_is_422(
    program: Callable[[], Program], alert: str, version: object
) -> None:
    officer = program().sign_in("registrar")
    body = {"action": "comment", "reason": "Seen.", "version": version}
    answer = officer.post(f"/alerts/{alert}/steps?lang=en", body)
    _problem(answer, 422, "field-number")
    assert "Version" in answer.json()["detail"]


def test_a_path_that_is_none_is_404_and_a_method_that_is_none_says_which_are(
    program: Callable[[], Program],
) -> None:
    stranger = program()
    for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
        none = stranger.client.request(method, f"{API}/members/no-number/stop")
        _problem(none, 404, "no-operation")
    other = stranger.client.delete(f"{API}/societies")
    assert other.status_code == 405 and other.headers["allow"] == "GET, HEAD"
