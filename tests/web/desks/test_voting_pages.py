"""A member votes: signing in with a card, the ballot, the receipt, and every refusal."""

import html
import json
from typing import Any

import pytest

from tests.minutes import early_in_a_minute
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, call
from tests.web.desks.conftest import Person, attribute
from trust.formats import b64, signing, times
from trust.formats.proofs import parse_proof
from trust.log.runtime import Runtime
from voting import queries as voting
from voting.casting import Caster
from web import guesses


def _ballot(
    member: Person, scenario: VotingScenario, choice: str, number: int = 1, **changes: Any
) -> Any:
    """What the ballot page's script signs."""
    text = member.get(f"/member/meetings/{scenario.id}/{number}")
    draft = json.loads(attribute(text, "data-draft")) | {"choice": choice} | changes
    name = next(
        name
        for name in (f"member {n}" for n in scenario.people_setting.members)
        if attribute(text, "data-key") == b64.encode(w.public_of(name))
    )
    origin = attribute(text, "data-origin")
    return signing.with_signatures(
        draft, [signing.sign(w.seed_of(name), "member", "ballot", origin, draft)]
    )


def _cast(member: Person, scenario: VotingScenario, ballot: object) -> Any:
    page = f"/member/meetings/{scenario.id}/1"
    return member.send(page, f"/member/meetings/{scenario.id}/ballots", ballot)


def test_a_vote_gives_a_receipt_as_page_file_and_qr(person: Any, scenario: VotingScenario) -> None:
    member = person().sign_in_with_card("member 1")
    assert "You can vote now: 2" in member.get("/member")
    answer = _cast(member, scenario, _ballot(member, scenario, "yes"))
    assert (answer.status_code, answer.json()["status"]) == (201, "published"), answer.text
    url = answer.json()["url"]
    page = member.get(url)
    assert "sealed and published" in page and "/r/" in page
    proof = parse_proof(member.client.get(url + ".sakshi-proof").content)
    assert b'"choice":"yes"' in proof.opening.record
    drawing = member.client.get(url + ".svg")
    assert drawing.headers["content-type"] == "image/svg+xml" and b"<svg" in drawing.content
    assert "You can vote now: 1" in member.get("/member")


def test_the_last_vote_counts_and_the_first_stays_in_the_log(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    member = person().sign_in_with_card("member 1")
    first = _cast(member, scenario, _ballot(member, scenario, "yes")).json()["url"]
    second = _cast(member, scenario, _ballot(member, scenario, "no")).json()["url"]
    assert first != second
    assert "You voted again later" in member.get(first)
    assert "You voted again later" not in member.get(second)
    with rt.db.read() as conn:
        assert voting.turnout(conn, scenario.id).present == 1


def test_no_receipt_before_the_head_is_published(
    person: Any, scenario: VotingScenario, rt: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = person().sign_in_with_card("member 1")
    ballot = _ballot(member, scenario, "yes")
    monkeypatch.setattr(rt.publisher, "wait", lambda *_args: None)
    answer = _cast(member, scenario, ballot)
    assert answer.status_code == 202
    assert answer.json()["status"] == "pending, not a receipt"
    url = answer.json()["url"]
    text = member.get(url, 202)
    assert "Pending, not a receipt" in text and "/r/" not in text
    assert member.client.get(url + ".svg").status_code == 409
    monkeypatch.undo()
    with rt.db.read() as conn:
        origin = voting.meeting(conn, scenario.id).origin
    rt.publisher.flush(origin)
    assert "sealed and published" in member.get(url)


def test_refused_ballots_leave_nothing_behind(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    member = person().sign_in_with_card("member 1")
    good = _ballot(member, scenario, "yes")
    stranger = _ballot(person().sign_in_with_card("member 2"), scenario, "yes")
    wrong = json.loads(json.dumps(good))
    wrong["choice"] = "no"
    login = {**good, "kind": "login"}
    other_kind = {key: value for key, value in good.items() if key != "signatures"}
    origin = str(good["meeting"])
    other_kind = signing.with_signatures(
        other_kind, [signing.sign(w.seed_of("member 1"), "member", "form", origin, other_kind)]
    )
    cases: list[tuple[object, int, str]] = [
        (wrong, 422, "ballot-signature"),
        (other_kind, 422, "ballot-signature"),
        (login, 422, "ballot-shape"),
        ({"kind": "ballot"}, 422, "ballot-shape"),
        ({**good, "choice": 7}, 422, "ballot-shape"),
        ({**good, "roll_number": 999}, 422, "ballot-not-on-roll"),
        ({**good, "resolution": "00" * 32}, 422, "ballot-unknown-resolution"),
        ([1, 2], 400, "bad-request"),
    ]
    for body, status, code in cases:
        answer = _cast(member, scenario, body)
        assert answer.status_code == status, (code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == f"/problems/{code}"
        assert answer.json()["detail"].strip()
    with rt.db.read() as conn:
        assert voting.turnout(conn, scenario.id).present == 0
    assert _cast(member, scenario, good).status_code == 201
    repeated = _cast(member, scenario, good)
    assert repeated.status_code == 201, "the very same bytes get their receipt again"
    replayed = _cast(member, scenario, _ballot(member, scenario, "no", sequence=1))
    assert replayed.json()["type"] == "/problems/ballot-replayed"
    assert stranger["roll_number"] != good["roll_number"]


def test_after_close_nothing_is_taken_and_the_page_says_so(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    member = person().sign_in_with_card("member 1")
    ballot = _ballot(member, scenario, "yes")
    token = member.token("/member")
    rt.clock.advance(86_400)  # type: ignore[attr-defined]
    member = person().sign_in_with_card("member 1")
    token = member.token("/member")
    answer = member.client.post(
        f"/member/meetings/{scenario.id}/ballots", json=ballot, headers={"X-CSRF-Token": token}
    )
    assert answer.json()["type"] == "/problems/ballot-after-close"
    assert "Voting closed on" in member.get(f"/member/meetings/{scenario.id}/1", 409)


def test_what_is_another_members_is_not_there(person: Any, scenario: VotingScenario) -> None:
    first, second = (person().sign_in_with_card(f"member {n}") for n in (1, 2))
    url = _cast(first, scenario, _ballot(first, scenario, "yes")).json()["url"]
    for suffix in ("", ".sakshi-proof", ".svg"):
        assert second.client.get(url + suffix).status_code == 404
    answer = second.post("/member", "/member/keys/1/revoke", reason="not mine")
    assert answer.status_code == 404


def test_a_lost_card_is_stopped_by_its_member(person: Any, scenario: VotingScenario) -> None:
    member = person().sign_in_with_card("member 1")
    path = attribute(member.get("/member").replace('action="/logout"', ""), "action")
    answer = member.post("/member", path, reason="lost it")
    assert answer.status_code == 303
    assert "The card or key is stopped" in member.get(answer.headers["location"])
    assert member.client.get("/member").status_code == 303, "she is signed out too"
    stopped = person()
    key = b64.encode(w.public_of("member 1"))
    given = stopped.send("/login", "/login/challenge", {"key": key}).json()
    made = signing.sign(w.seed_of("member 1"), "member", "login", given["origin"], given["record"])
    record = signing.with_signatures(given["record"], [made])
    answer = stopped.send("/login", "/login/signed", {"record": record})
    assert answer.json()["type"] == "/problems/login-refused"


def test_log_in_refusals_tell_nothing_and_use_the_challenge_up(
    person: Any, scenario: VotingScenario
) -> None:
    made = person()
    unknown = made.post("/login", "/login", login="nobody", password="wrong")
    wrong = made.post("/login", "/login", login="secretary", password="wrong")
    assert unknown.status_code == wrong.status_code == 422
    assert "does not fit" in wrong.text or "do not fit" in wrong.text
    key = b64.encode(w.public_of("member 1"))
    given = made.send("/login", "/login/challenge", {"key": key}).json()
    forged = signing.sign(
        w.seed_of("member 2"), "member", "login", given["origin"], given["record"]
    )
    record = signing.with_signatures(given["record"], [forged])
    assert made.send("/login", "/login/signed", {"record": record}).status_code == 422
    own = signing.sign(w.seed_of("member 1"), "member", "login", given["origin"], given["record"])
    record = signing.with_signatures(given["record"], [own])
    assert made.send("/login", "/login/signed", {"record": record}).status_code == 422
    for body in ({"record": 3}, {}, {"record": {"kind": "ballot"}}):
        answer = made.send("/login", "/login/signed", body)
        assert answer.status_code == 422 and answer.json()["detail"]


def test_guessing_one_password_is_slowed_down(
    person: Any, scenario: VotingScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "STEP_SECONDS", 0.0)
    early_in_a_minute()
    made = person()
    codes = {
        made.client.post(
            "/login", data={"csrf": token, "login": "secretary", "password": "no"}
        ).status_code
        for token in [made.token("/login")]
        for _ in range(25)
    }
    assert 429 in codes


def test_signing_out_ends_the_session(person: Any, scenario: VotingScenario) -> None:
    made = person().sign_in("secretary")
    answer = made.post("/secretary", "/logout")
    assert answer.headers["location"] == "/login?out=1"
    assert made.client.get("/secretary").status_code == 303
    assert "has forgotten any voting card" in made.get("/login?out=1")


def test_the_address_after_signing_in_is_never_another_site(
    person: Any, scenario: VotingScenario
) -> None:
    made = person()
    for bad in ("//evil.example", "https://evil.example", "/\\evil.example"):
        answer = made.post("/login", "/login", login="secretary", password=w.PASSWORD, next=bad)
        assert answer.headers["location"] == "/start"
        made = person()


def test_assisted_ballots_need_two_officers(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    officer = person().sign_in("secretary")
    place = f"/secretary/meetings/{scenario.id}"
    paper = officer.post(place, f"{place}/assist", number="6", resolution="1")
    assert paper.status_code == 200, paper.text[:2000]
    draft = json.loads(attribute(paper.text, "data-draft")) | {"choice": "yes"}
    keys = json.loads(attribute(paper.text, "data-keys"))
    assert sorted(keys.values(), key=lambda k: k["role"])[0]["role"] == "president"

    def signed(*who: str) -> dict[str, Any]:
        made = [signing.sign(w.seed_of(n), n, "ballot", draft["meeting"], draft) for n in who]
        return signing.with_signatures(draft, made)

    alone = officer.send(place, f"{place}/ballots", signed("secretary"))
    assert alone.json()["type"] == "/problems/ballot-signer-count"
    both = officer.send(place, f"{place}/ballots", signed("secretary", "president"))
    assert both.status_code == 201, both.text
    receipt = officer.get(both.json()["url"])
    assert "help of two officers" in receipt and "yes" not in receipt.split("<main")[1]
    unknown = officer.post(place, f"{place}/assist", number="77", resolution="1")
    assert unknown.status_code == 422 and "roll" in unknown.text


_CALL = {
    "kind": "annual-general-body",
    "title_en": "A meeting",
    "title_ml": "ഒരു യോഗം",
    "text_en_1": "To do it.",
    "text_ml_1": "അത് ചെയ്യുക.",
}


@pytest.mark.parametrize(
    "given, meant",
    [
        ("2026-07-20T10:00", "2026-07-20T04:30:00Z"),
        ("2026-07-20T10:00+05:30", "2026-07-20T04:30:00Z"),
        ("2026-07-20T10:00+00:00", "2026-07-20T10:00:00Z"),
        ("2026-07-20T10:00Z", "2026-07-20T10:00:00Z"),
    ],
)
def test_an_offset_in_a_time_is_honoured(
    person: Any, scenario: VotingScenario, rt: Runtime, given: str, meant: str
) -> None:
    officer = person().sign_in("secretary")
    fields = _CALL | {"held_on": "2026-07-20", "opens": given, "closes": "2026-07-20T18:00"}
    answer = officer.post("/secretary/meetings", "/secretary/meetings", **fields)
    assert answer.status_code == 303, answer.text
    with rt.db.read() as conn:
        made = voting.meeting(conn, answer.headers["location"].rsplit("/", 1)[1])
    assert times.format_time(made.opens) == meant


@pytest.mark.parametrize(
    "change",
    [
        {"opens": "2026-07-20"},
        {"opens": "2026-07-20T10:00:30"},
        {"opens": "tomorrow"},
        {"opens": "9999-12-31T23:59"},
        {"closes": "2026-07-20T25:00"},
        {"held_on": "20/07/2026"},
        {"held_on": "2026-W30-1"},
        {"closes": "2036-07-20T18:00"},
    ],
)
def test_a_time_that_is_not_understood_is_refused_and_what_was_typed_stays(
    person: Any, scenario: VotingScenario, change: dict[str, str]
) -> None:
    officer = person().sign_in("secretary")
    fields = (
        _CALL
        | {"held_on": "2026-07-20", "opens": "2026-07-20T10:00", "closes": "2026-07-20T18:00"}
        | change
    )
    answer = officer.post("/secretary/meetings", "/secretary/meetings", **fields)
    assert answer.status_code == 422
    page = html.unescape(answer.text)
    assert "note-act" in page
    assert all(value in page for value in fields.values())


def test_an_assisted_ballot_goes_the_way_of_all_ballots(
    person: Any, scenario: VotingScenario, app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    handed: list[str] = []
    cast = Caster.cast

    def watched(self: Caster, meeting: str, ballot: object, society: str | None = None) -> Any:
        handed.append(meeting)
        return cast(self, meeting, ballot, society)

    monkeypatch.setattr(Caster, "cast", watched)
    officer = person().sign_in("secretary")
    with scenario.rt.db.read() as conn:
        ballot = scenario.assisted(conn, "6", "yes", "secretary", "president")
    place = f"/secretary/meetings/{scenario.id}"
    assert officer.send(place, f"{place}/ballots", ballot).status_code == 201
    assert handed == [scenario.id]


def test_opening_an_assisted_ballot_is_told_to_the_member(
    person: Any, scenario: VotingScenario
) -> None:
    officer = person().sign_in("clerk")
    place = f"/secretary/meetings/{scenario.id}"
    assert "told to the member" in officer.get(place)
    assert officer.post(place, f"{place}/assist", number="2", resolution="2").status_code == 200
    for lang, words in (("en", "saw your number on the roll"), ("ml", "നിങ്ങളുടെ നമ്പർ കണ്ടു")):
        member = person(lang).sign_in_with_card("member 2")
        assert words in member.get(f"/member/meetings/{scenario.id}")
        other = person(lang).sign_in_with_card("member 3")
        assert words not in other.get(f"/member/meetings/{scenario.id}")


def test_no_paper_over_the_members_own_ballot(person: Any, scenario: VotingScenario) -> None:
    member = person().sign_in_with_card("member 1")
    assert _cast(member, scenario, _ballot(member, scenario, "yes")).status_code == 201
    officer = person().sign_in("clerk")
    place = f"/secretary/meetings/{scenario.id}"
    paper = officer.post(place, f"{place}/assist", number="1", resolution="1").text
    assert "officers cannot replace that ballot" in paper and "data-draft" not in paper
    assert "saw your number on the roll" in member.get(f"/member/meetings/{scenario.id}")


def test_a_refused_opening_keeps_what_was_typed(person: Any, scenario: VotingScenario) -> None:
    officer = person("ml").sign_in("clerk")
    place = f"/secretary/meetings/{scenario.id}"
    answer = officer.post(place, f"{place}/assist", number="77", resolution="2")
    assert answer.status_code == 422 and 'value="77"' in answer.text
    assert '<option value="2" selected>' in answer.text and "പട്ടികയിൽ ഇല്ല" in answer.text


def test_a_roll_needs_the_sealed_register_and_the_page_says_what_to_do(
    person: Any, rt: Runtime, scenario: VotingScenario
) -> None:
    with rt.db.write() as conn:
        conn.exec_driver_sql("DELETE FROM register_line")
        conn.exec_driver_sql("DELETE FROM register_opening")
        fresh = call(conn, rt, scenario.people_setting)
    officer = person().sign_in("secretary")
    place = f"/secretary/meetings/{fresh}"
    answer = officer.post(place, f"{place}/roll")
    assert answer.status_code == 409 and "Two officers seal it" in answer.text


def test_a_deadline_of_midnight_is_shown_with_the_day_it_belongs_to(
    person: Any, scenario: VotingScenario
) -> None:
    officer = person().sign_in("secretary")
    fields = _CALL | {
        "held_on": "2026-07-20",
        "opens": "2026-07-20T10:00",
        "closes": "2026-07-21T00:00",
    }
    answer = officer.post("/secretary/meetings", "/secretary/meetings", **fields)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"]
    assert "to 20/07/2026 24:00 IST" in officer.get(path)
    refused = officer.post(path, f"{path}/close").text
    assert "open until 20/07/2026 24:00 IST" in refused
    late = officer.post(
        "/secretary/meetings", "/secretary/meetings", **fields | {"held_on": "2026-07-21"}
    )
    assert late.status_code == 422 and "A deadline of 00:00 belongs to the day before" in late.text
