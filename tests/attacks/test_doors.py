"""Outsiders, members and dishonest officers at the doors: log-in, keys, numbers, hostile bytes."""

import json
from typing import Any

import pytest
from sqlalchemy import exc, insert
from starlette.applications import Starlette
from starlette.testclient import TestClient

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.books.pure.csvtext import Unreadable, read_csv
from trust.books.pure.years import parse_date
from trust.formats import b64, signing
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as people_tables
from trust.people.errors import NotAllowedError

BIG = "9" * 30
HUGE = "9" * 5000
ENDLESS = "a" * 200_000


# --- who is who ----------------------------------------------------------------------------------


def test_a_public_key_from_a_package_does_not_tell_whose_it_is(
    person: Any, scenario: VotingScenario
) -> None:
    """Roll lines carry keys; with a name for each key every reader knew how everybody voted."""
    made = person()

    def asked(key: bytes) -> dict[str, Any]:
        body = {"key": b64.encode(key)}
        return dict(made.send("/login", "/login/challenge", body).json()["record"])

    bound, unbound = asked(w.public_of("member 1")), asked(w.public_of("nobody at all"))
    assert "tvm-101" not in json.dumps(bound)
    assert bound["account"][:4] == unbound["account"][:4]
    assert len(bound["account"]) == len(unbound["account"])
    person().sign_in_with_card("member 1").get("/member")


def test_a_challenge_for_one_key_signs_no_other_key_in(
    person: Any, scenario: VotingScenario
) -> None:
    made = person()
    body = {"key": b64.encode(w.public_of("member 1"))}
    given = made.send("/login", "/login/challenge", body).json()
    other = signing.sign(w.seed_of("member 2"), "member", "login", given["origin"], given["record"])
    record = signing.with_signatures(given["record"], [other])
    answer = made.send("/login", "/login/signed", {"record": record})
    assert answer.json()["type"] == "/problems/login-refused"


def test_one_officer_cannot_make_up_the_second_ones_key(
    rt: Runtime, scenario: VotingScenario
) -> None:
    """With both keys in one hand, one officer could vote for everybody who has not voted yet."""
    with rt.db.write() as conn:
        secretary = scenario.people_setting.actor(conn, "secretary")
        (theirs,) = [
            key
            for key in people.officer_keys(conn, w.PROFILE.slug, rt.clock())
            if key.account_id == scenario.people_setting.accounts["president"]
        ]
        with pytest.raises(NotAllowedError):
            people_service.revoke_officer_key(conn, secretary, theirs.id, now=rt.clock())
        president = scenario.people_setting.actor(conn, "president")
        people_service.revoke_officer_key(conn, president, theirs.id, now=rt.clock())
        with pytest.raises(NotAllowedError):
            people_service.bind_officer_key(
                conn,
                secretary,
                scenario.people_setting.accounts["president"],
                w.public_of("made by the secretary"),
                "president",
                now=rt.clock(),
            )


def test_a_copied_cookie_is_worth_nothing_after_signing_out(
    person: Any, scenario: VotingScenario
) -> None:
    officer, thief = person().sign_in("secretary"), person()
    thief.client.cookies.set("sakshi", officer.client.cookies["sakshi"])
    thief.get("/secretary/members")
    officer.post("/secretary", "/logout")
    assert thief.client.get("/secretary/members").status_code == 303
    assert thief.client.get("/api/v1/statements/2025-26/draft").status_code == 401
    officer.sign_in("secretary").get("/secretary/members")


# --- numbers and texts that no form sends --------------------------------------------------------


@pytest.mark.parametrize("number", [BIG, HUGE, "2147483648"])
@pytest.mark.parametrize(
    "path",
    [
        "/secretary/members/{}",
        "/secretary/meetings/{meeting}/assisted/{}",
        "/auditor/societies/tvm-101/books/2026-27/entries/{}",
        "/auditor/societies/tvm-101/books/2026-27/entries/{}.sakshi-proof",
        "/member/meetings/{meeting}/{}",
        "/api/v1/me/meetings/{meeting}/ballots/{}",
    ],
)
def test_a_number_no_row_has_is_no_page(
    person: Any, scenario: VotingScenario, path: str, number: str
) -> None:
    who = path.split("/")[1]
    made = person()
    made = made.sign_in_with_card("member 1") if who in ("member", "api") else made.sign_in(who)
    address = path.replace("{meeting}", scenario.id).replace("{}", number)
    assert made.client.get(address).status_code == 404


@pytest.mark.parametrize(
    "path, status",
    [
        (f"/api/v1/societies?limit={HUGE}", 400),
        ("/api/v1/societies?text=%00", 400),
        ("/?q=%00", 400),
        ("/s/%00", 400),
        ("/static/x/%00", 400),
        ("/static/x/" + "a" * 5000, 404),
        ("/static/x/%2e%2e/app.py", 404),
        ("/static/x/..%2f..%2fapp.py", 404),
        ("/static/x//etc/passwd", 404),
        ("/l/..%2f..%2fetc/passwd", 404),
    ],
)
def test_an_address_made_to_hurt_is_refused_not_failed(
    app: Starlette, path: str, status: int
) -> None:
    assert TestClient(app).get(path).status_code == status


@pytest.mark.parametrize(
    "path, body",
    [
        ("/api/v1/login", b'{"login":"\\ud800","password":"x"}'),
        ("/api/v1/login", b'{"login":"secretary","password":"\\ud800"}'),
        ("/api/v1/login", b'{"login":"a\\u0000","password":"x"}'),
        ("/api/v1/login/challenge", b'{"account":"\\udfff"}'),
        ("/api/v1/login/challenge", b'{"account":"a\\u0000"}'),
        ("/api/v1/login/signed", b'{"record":{"kind":"login","\\ud800":1}}'),
        ("/api/v1/login/signed", b'{"record":{"kind":"login","v":' + b"9" * 6000 + b"}}"),
        ("/api/v1/login/signed", b'{"record":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    ],
)
def test_json_that_no_program_means_is_refused_not_failed(
    app: Starlette, path: str, body: bytes
) -> None:
    headers = {"content-type": "application/json"}
    assert TestClient(app).post(path, content=body, headers=headers).status_code == 400


@pytest.mark.parametrize("version", [10**40, -1, 2**31])
def test_a_version_no_alert_has_is_refused(person: Any, alert: str, version: int) -> None:
    registrar = person().sign_in("registrar")
    body = {"action": "comment", "reason": "x", "version": version}
    answer = registrar.send("/registrar", f"/api/v1/alerts/{alert}/steps", body)
    assert answer.status_code == 422


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ['"' + ENDLESS, ENDLESS, "Particulars,Debit,Credit\n" + ENDLESS + ",1,\n", "x;" * 10 + ENDLESS],
)
def test_a_cell_without_end_is_a_fault_of_the_file(text: str) -> None:
    with pytest.raises(Unreadable):
        read_csv(text.encode())


def test_a_table_of_very_many_columns_is_refused() -> None:
    with pytest.raises(Unreadable, match="columns"):
        read_csv((",".join("c" * 50_000) + "\n1\n").encode())


def test_dates_outside_every_book_year_are_no_dates() -> None:
    assert parse_date("99991231") is None
    assert parse_date("0001-01-01") is None
    assert parse_date("31-Mar-2099") == "2099-03-31"
    assert parse_date("1901-04-01") == "1901-04-01"


# --- what the server writes down -----------------------------------------------------------------


def test_a_failing_statement_does_not_put_a_members_name_in_the_log(rt: Runtime) -> None:
    with rt.db.write() as conn, pytest.raises(exc.IntegrityError) as caught:
        conn.execute(
            insert(people_tables.member).values(
                society="no-such", number="7", name="Fictitious Person", gender="f"
            )
        )
    assert "Fictitious" not in str(caught.value)
