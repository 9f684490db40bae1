"""Headers, sessions, form tokens, foreign pages, too much and too often."""

import csv
import io
import re
from html.parser import HTMLParser

import pytest
from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.testclient import TestClient

from tests.minutes import early_in_a_minute
from trust.log.runtime import Runtime
from web import guesses, negotiate, security
from web.app import create_app
from web.exchange import MAX_BODY
from web.throttle import RULES, Throttle

PAGES = ("/", "/?lang=ml", "/verify", "/styleguide", "/nothing-here", "/r/0000-0000-0000-0000")


class _Inline(HTMLParser):
    """Finds what a strict policy would stop."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = dict(attrs)
        if tag == "style" or (tag == "script" and not names.get("src")):
            self.found.append(tag)
        self.found += [name for name in names if name.startswith("on") or name == "style"]
        for name in ("src", "href", "action"):
            if re.match(r"(?:https?:)?//|javascript:|data:", names.get(name) or ""):
                self.found.append(f"{tag} {name}={names[name]}")


@pytest.mark.parametrize("path", PAGES)
def test_every_page_carries_the_policy_and_nothing_inline(client: TestClient, path: str) -> None:
    answer = client.get(path)
    assert answer.headers["content-security-policy"] == security.POLICY
    assert "unsafe" not in security.POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    parser = _Inline()
    parser.feed(answer.text)
    assert parser.found == []


def test_a_failure_shows_nothing_of_itself_and_is_hardened(rt: Runtime) -> None:
    def broken(_request: Request) -> Response:
        raise ZeroDivisionError("secret detail")

    app = create_app(rt)
    app.router.routes.insert(0, Route("/broken", broken))
    with TestClient(app, raise_server_exceptions=False) as client:
        answer = client.get("/broken?lang=en")
        assert answer.status_code == 500
        assert "Something broke on our side" in answer.text
        assert "secret detail" not in answer.text
        assert answer.headers["content-security-policy"] == security.POLICY


@pytest.mark.parametrize(
    ("path", "method", "status", "english", "malayalam"),
    [
        ("/nothing", "GET", 404, "There is no such page", "അങ്ങനെയൊരു പേജ് ഇല്ല"),
        ("/policy", "POST", 405, "This page cannot be used that way", "ഈ പേജ് അങ്ങനെ"),
    ],
)
def test_errors_are_pages_in_both_languages_and_problems_for_programs(
    client: TestClient, path: str, method: str, status: int, english: str, malayalam: str
) -> None:
    page = client.request(method, path)
    assert page.status_code == status and english in page.text
    assert malayalam in client.request(method, path + "?lang=ml").text
    problem = client.request(method, path, headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == status
    assert client.get("/api/nothing").json()["title"] == "Not Found"


def _with_form(rt: Runtime) -> Starlette:
    def show(request: Request) -> Response:
        return PlainTextResponse(security.csrf_token(request))

    def take(_request: Request, fields: FormData) -> Response:
        return PlainTextResponse(str(fields.get("word")))

    app = create_app(rt)
    app.router.routes.insert(0, Route("/form", show, methods=["GET"]))
    app.router.routes.insert(1, Route("/form", security.form(take), methods=["POST"]))
    return app


def test_a_form_needs_the_token_of_its_session(rt: Runtime) -> None:
    app = _with_form(rt)
    with TestClient(app) as client, TestClient(app) as other:
        token, again = client.get("/form").text, client.get("/form").text
        assert token != again, "masked anew each time"
        for good in (token, again):
            assert client.post("/form", data={"csrf": good, "word": "w"}).text == "w"
        foreign = other.get("/form").text
        for bad in ("", "x", foreign, token[:-4] + "AAAA", token + "AAAA", token[:32]):
            assert client.post("/form", data={"csrf": bad, "word": "w"}).status_code == 403
        assert TestClient(app).post("/form", data={"csrf": token}).status_code == 403


def test_the_session_cookie_is_signed_and_kept_from_scripts(rt: Runtime) -> None:
    with TestClient(_with_form(rt)) as client:
        token = client.get("/form").text
        cookie = client.get("/form", headers={"cookie": ""}).headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=lax" in cookie
        value = client.cookies["sakshi"]
        client.cookies.clear()
        forged = ("A" if value[0] != "A" else "B") + value[1:]
        client.cookies.set("sakshi", forged)
        assert client.post("/form", data={"csrf": token}).status_code == 403


@pytest.mark.parametrize(
    ("headers", "passes"),
    [
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"origin": "http://testserver"}, True),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "null"}, False),
    ],
)
def test_what_another_site_sends_is_refused(
    rt: Runtime, headers: dict[str, str], passes: bool
) -> None:
    with TestClient(_with_form(rt)) as client:
        token = client.get("/form").text
        answer = client.post("/form", data={"csrf": token, "word": "w"}, headers=headers)
        assert (answer.status_code == 200) is passes
        assert client.get("/form", headers=headers).status_code == 200


def test_every_post_of_the_application_is_closed_to_strangers_without_a_token(
    client: TestClient, app: Starlette
) -> None:
    posts = [
        route
        for route in app.router.routes
        if isinstance(route, Route) and route.methods and "POST" in route.methods
    ]
    app.state.throttle = Throttle(0)
    for route in posts:
        path = re.sub(r"\{(\w+)(?::\w+)?\}", "1", route.path)
        answer = client.post(path, data={"word": "w"})
        assert answer.status_code in (303, 400, 401, 403, 404, 415, 422), (path, answer.status_code)
        if answer.status_code == 303:
            assert answer.headers["location"].startswith("/login"), path


def test_too_large_is_a_page_of_ours(rt: Runtime) -> None:
    with TestClient(_with_form(rt)) as client:
        token = client.get("/form").text
        fields = {"csrf": token, "word": "x" * (MAX_BODY + 1)}
        answer = client.post("/form?lang=en", data=fields)
        assert answer.status_code == 413 and "That is too large" in answer.text
        assert answer.headers["content-security-policy"] == security.POLICY


def test_guessing_is_slowed_and_said_so(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "STEP_SECONDS", 0.0)
    early_in_a_minute()
    rule = guesses.ADDRESS
    wrong = {"login": "nobody", "password": "no"}
    answers = [client.post("/api/v1/login", json=wrong) for _ in range(rule.amount + 2)]
    policy = RULES[0]
    assert answers[0].headers["ratelimit-policy"] == f'"login";q={policy.amount};w={policy.seconds}'
    assert f"r={policy.amount - 1};" in answers[0].headers["ratelimit"]
    assert [answer.status_code for answer in answers[: rule.amount]] == [422] * rule.amount
    assert answers[-1].status_code == 429
    assert 0 < int(answers[-1].headers["retry-after"]) <= rule.seconds
    assert answers[-1].json()["type"] == "/problems/too-many-requests"
    assert client.get("/").status_code == 200, "reading is not slowed"


@pytest.mark.parametrize(
    "path", ["/login%0A", "/api/v1/login%0A", "/api/v1/me/meetings/a%0A/ballots"]
)
def test_a_line_feed_in_the_path_goes_past_no_rule(client: TestClient, path: str) -> None:
    """A route is found by a path with a line feed at its end; the throttle's rules are not."""
    answer = client.post(path, json={"login": "a", "password": "b"})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("target", "goes"),
    [
        ("/member", "/member"),
        ("//evil.example", "/start"),
        ("/\\evil.example", "/start"),
        ("https://evil.example", "/start"),
        ("", "/start"),
        (None, "/start"),
        ("/a\nSet-Cookie: x", "/start"),
    ],
)
def test_after_signing_in_one_stays_here(target: str | None, goes: str) -> None:
    assert security.safe_next(target) == goes


@pytest.mark.parametrize("body", ["[1]", "{", '{"a":1,"a":2}', '{"a":NaN}', "null", "[" * 5000])
def test_json_of_another_shape_is_refused(rt: Runtime, body: str) -> None:
    async def take(request: Request) -> Response:
        return PlainTextResponse(str(await security.json_object(request)))

    app = create_app(rt)
    app.router.routes.insert(0, Route("/api/take", take, methods=["POST"]))
    with TestClient(app) as client:
        right = {"content-type": "application/json"}
        assert client.post("/api/take", content='{"a":1}', headers=right).text == "{'a': 1}"
        answer = client.post("/api/take", content=body, headers=right)
        assert answer.status_code == 400
        assert answer.headers["content-type"] == "application/problem+json"
        plain = client.post("/api/take", content="{}", headers={"content-type": "text/plain"})
        assert plain.status_code == 415


def test_access_log_holds_no_address_no_query_no_code(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    client.get("/r/7K4M-92QX-AB3D-ZZ10?name=somebody")
    said = "".join(capsys.readouterr())
    assert "/r/{code}" in said
    for secret in ("7K4M", "somebody", "testclient"):
        assert secret not in said


def test_csv_cannot_run_in_a_spreadsheet() -> None:
    rows = [("=cmd()", 5), ("-1 apples", -5), ('വായ്പ, "x"', None)]
    data = bytes(negotiate.csv_answer("t.csv", ("ഇനം", "Amount"), rows).body)
    assert data.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert read == [["ഇനം", "Amount"], ["'=cmd()", "5"], ["'-1 apples", "-5"], ['വായ്പ, "x"', ""]]
