"""The society's desk: files in with every fault told, a sheet signed and filed, cards, meetings."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from nacl.signing import SigningKey
from sqlalchemy import update

from tests.trust.books.makers import daybook, ledger, voucher
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from tests.web.books import trial_balance
from tests.web.desks.bringing import upload
from tests.web.desks.conftest import SLUG, Person, attribute
from trust.books import queries as books
from trust.books.tables import book_import
from trust.formats import receipts, signing
from trust.formats.times import IST
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from voting import queries as voting
from web.public.accounts import Prior
from web.secretary.drafts import DraftSheet

LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha">
<!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><ENVELOPE>&c;</ENVELOPE>"""
OUTSIDE = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>
<ENVELOPE>&a;</ENVELOPE>"""


def sale(guid: str, day: str) -> str:
    """A sale of 100 rupees against cash."""
    lines = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]
    return voucher(guid, lines, date=day, number=guid.removeprefix("g-"))


@pytest.fixture
def officer(person: Any, scenario: VotingScenario) -> Person:
    """The secretary, signed in."""
    made: Person = person().sign_in("secretary")
    return made


def test_a_file_in_is_reported_and_again_changes_nothing(officer: Person, rt: Runtime) -> None:
    first = upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    assert first.status_code == 200 and "Read and sealed" in first.text
    with rt.db.read() as conn:
        origin = people.book_origin(conn, SLUG, rt.clock())
        size = log_queries.info(conn, origin).next_index
        row = books.imports(conn, SLUG)[0]
    again = upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    assert "Nothing was changed" in again.text
    with rt.db.read() as conn:
        assert log_queries.info(conn, origin).next_index == size
    assert "tb.csv" in officer.get("/secretary/imports")
    assert row.sha256 in officer.get(f"/secretary/imports/{row.id}")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("laughs.xml", LAUGHS),
        ("outside.xml", OUTSIDE),
        ("broken.xml", b"<ENVELOPE><BODY>"),
        ("empty.csv", b""),
        ("noise.bin", bytes(range(256)) * 8),
        ("book.xlsx", b"PK\x03\x04" + b"\0" * 60),
    ],
)
def test_a_bad_file_is_refused_and_nothing_is_kept(
    officer: Person, rt: Runtime, name: str, data: bytes
) -> None:
    answer = upload(officer, name, data)
    assert answer.status_code == 422, answer.text[:3000]
    assert "The file was refused and nothing of it was kept." in answer.text
    assert "root:" not in answer.text
    with rt.db.read() as conn:
        assert books.imports(conn, SLUG) == []


def test_a_form_without_a_file_or_with_a_wrong_year_says_so(officer: Person) -> None:
    token = officer.token("/secretary/imports")
    answer = officer.client.post("/secretary/imports", data={"csrf": token})
    assert answer.status_code == 422 and "No file was chosen" in answer.text
    wrong = upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-29")
    assert wrong.status_code == 422 and "not a book year" in wrong.text


def test_a_sheet_is_drafted_signed_by_both_filed_and_sealed(
    person: Any, officer: Person, rt: Runtime
) -> None:
    nothing = officer.client.get("/secretary/statements/2024-25")
    assert nothing.status_code == 422 and "Import a trial balance" in nothing.text
    upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    page = "/secretary/statements/2024-25"
    text = officer.get(page)
    record = json.loads(attribute(text, "data-record"))
    signed = signed_by(record, "secretary")
    member = signing.with_signatures(
        record,
        [signing.sign(w.seed_of("member 1"), "secretary", "statement", record["origin"], record)],
    )
    changed = {**signed, "totals": {**record["totals"], "assets": 1}}
    for bad in (record, member, changed, {}, {**signed, "book_year": "2023-24"}):
        answer = officer.send(page, page, bad)
        assert answer.status_code == 422 and answer.json()["detail"], answer.text
    waits = officer.send(page, page, signed)
    assert waits.status_code == 202 and waits.json()["missing"] == ["president"]
    with rt.db.read() as conn:
        assert books.statements(conn, SLUG) == []
    assert "waits for the other signature" in officer.get(page)
    assert "waits for a signature" in officer.get("/secretary")
    assert json.loads(attribute(officer.get(page), "data-record")) == signed, "the very same draft"
    president = person().sign_in("president")
    seen = json.loads(attribute(president.get(page), "data-record"))
    answer = president.send(page, page, signed_by(seen, "president", *seen["signatures"]))
    assert answer.status_code == 201, answer.text
    assert "Sealed and published" in officer.get(answer.json()["url"])
    both = signed_by(seen, "president", *seen["signatures"])
    assert officer.send(page, page, both).json()["sha256"] == answer.json()["sha256"]
    with rt.db.read() as conn:
        assert len(books.statements(conn, SLUG)) == 1


@pytest.mark.parametrize(
    ("lang", "listed", "told"),
    [
        ("en", "contents lost, send the file again", "none of its entries counts"),
        ("ml", "ഉള്ളടക്കം നഷ്ടമായി, ഫയൽ വീണ്ടും അയയ്ക്കുക", "അതേ ഫയൽ വീണ്ടും അയയ്ക്കുക"),
    ],
)
def test_an_import_whose_contents_are_lost_says_what_to_do(
    officer: Person, rt: Runtime, lang: str, listed: str, told: str
) -> None:
    upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    with rt.db.write() as conn:
        conn.execute(update(book_import).values(state="lost"))
        (row,) = books.imports(conn, SLUG)
    assert listed in officer.get(f"/secretary/imports?lang={lang}")
    assert told in officer.get(f"/secretary/imports/{row.id}?lang={lang}")


def test_without_the_presidents_key_the_page_says_what_to_do(officer: Person, rt: Runtime) -> None:
    upload(officer, "tb.csv", trial_balance("2024-25"), book_year="2024-25")
    with rt.db.write() as conn:
        (key,) = [one for one in people.officer_keys(conn, SLUG) if one.role == "president"]
        account = people.account(conn, "president")
        assert account is not None
        president = people.actor(conn, account.id, rt.clock())
        people_service.revoke_officer_key(conn, president, key.id, now=rt.clock())
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    page = "/secretary/statements/2024-25"
    text = officer.get(page)
    assert "no key yet" in text and "the Registrar&#39;s office binds it" in text
    record = json.loads(attribute(text, "data-record"))
    answer = officer.send(page, page, signed_by(record, "secretary"))
    assert answer.status_code == 202 and answer.json()["missing"] == ["president"]


def signed_by(record: dict[str, Any], who: str, *others: Any) -> dict[str, Any]:
    """The record with that officer's signature beside others."""
    own = signing.sign(w.seed_of(who), who, "statement", record["origin"], record)
    return signing.with_signatures(record, [own, *others])


def test_a_running_year_shows_figures_and_cannot_be_signed(officer: Person, rt: Runtime) -> None:
    upload(officer, "a.xml", daybook(sale("g-1", "20260415")))
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    page = "/secretary/statements/2026-27"
    text = officer.get(page)
    assert "figures so far" in text and "data-record" not in text
    asked = f"{page}?new=1&as_of=2026-05-01&ground=merger&reference=&ordered_on=2026-04-30"
    half = officer.get(asked)
    assert "number and the date of the order" in half and "data-record" not in half
    assert 'value="2026-05-01"' in half, "what was typed is kept"
    record = json.loads(
        attribute(officer.get(asked.replace("reference=", "reference=A1")), "data-record")
    )
    assert record["reason"] == {"ground": "merger", "reference": "A1", "ordered_on": "2026-04-30"}


def test_the_society_says_why_entries_came_later(person: Any, officer: Person, rt: Runtime) -> None:
    late = "/secretary/statements/2024-25/late"
    assert officer.client.get(late).status_code == 404
    upload(officer, "a.xml", daybook(sale("g-1", "20240601")))
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, SLUG, rt.clock()))
    page = "/secretary/statements/2024-25"
    record = json.loads(attribute(officer.get(page), "data-record"))
    one = signed_by(record, "secretary")
    assert officer.send(page, page, signed_by(one, "president", *one["signatures"])).is_success
    assert "nothing to explain" in officer.get(late)
    upload(officer, "b.xml", daybook(sale("g-2", "20240701")))
    for bad, words in (("", "Say in at most 400"), ("Ask 98470 12345 / 9847012345", "personal")):
        answer = officer.post(late, late, reason=bad)
        assert answer.status_code == 422 and words in answer.text and bad in answer.text
    said = "A bill was found in an old file."
    assert officer.post(late, late, reason=said).status_code == 303
    assert said in officer.get(late)
    shown = officer.client.get(f"/s/{SLUG}/2024-25.json").json()
    assert any(said in item["text_en"] for item in shown["findings"])
    assert shown["colour"] == "red", "a reason changes no colour"
    clerk = person().sign_in("clerk")
    assert clerk.post(late, late, reason="Another one.").status_code == 403


@pytest.fixture
def no_roll(rt: Runtime, scenario: VotingScenario) -> None:
    """No roll is drawn, so one officer is enough for what moves a vote while one is."""
    with rt.db.write() as conn:
        people_service.roll_closed(conn, scenario.meeting(conn).origin)


@pytest.mark.usefixtures("no_roll")
def test_a_card_needs_two_officers_and_its_seed_is_never_asked_for(
    person: Any, officer: Person, scenario: VotingScenario
) -> None:
    new = officer.post(
        "/secretary/members",
        "/secretary/members",
        number="70",
        name="Fictitious Member",
        gender="f",
        joined="2020-01-01",
        share_paid_on="2020-01-01",
    )
    place = new.headers["location"]
    seed = w.seed_of("a new card")
    public = receipts.grouped(receipts.encode32(bytes(SigningKey(seed).verify_key)))
    assert officer.post(place, f"{place}/enrol", key=public, medium="card").status_code == 303
    assert "waits for the second officer" in officer.get(place)
    same = officer.post("/secretary/enrolments", "/secretary/enrolments/7")
    assert same.status_code == 409 and "Another officer" in same.text
    assert "I have seen the member" not in officer.get("/secretary/enrolments")
    clerk = person().sign_in("clerk")
    assert "I have seen the member" in clerk.get("/secretary/enrolments")
    assert "(desk)" in officer.get("/secretary/members"), "the society sees who read its register"
    done = clerk.post("/secretary/enrolments", "/secretary/enrolments/7")
    assert done.headers["location"] == place
    assert "in force since" in officer.get(place)
    twice = clerk.post("/secretary/enrolments", "/secretary/enrolments/7")
    assert twice.status_code == 409
    person().sign_in_with_card("a new card").get("/member")


@pytest.mark.usefixtures("no_roll")
def test_a_lost_card_is_replaced_and_bad_keys_are_refused(
    person: Any, officer: Person, scenario: VotingScenario
) -> None:
    place = f"/secretary/members/{scenario.people_setting.members['1']}"
    low = receipts.encode32(b"\x01" + bytes(31))
    for key in ("", "ABCD", "U" * 52, low):
        answer = officer.post(place, f"{place}/enrol", key=key, medium="card")
        assert answer.status_code == 422 and 'class="note note-act"' in answer.text
    assert "in force since" in officer.get(place)
    used = receipts.encode32(w.public_of("member 2"))
    assert officer.post(place, f"{place}/enrol", key=used, medium="card").status_code == 422
    assert "in force since" in officer.get(place), "a refused re-issue must not stop the old card"
    fresh = receipts.encode32(w.public_of("second card"))
    answer = officer.post(place, f"{place}/enrol", key=fresh, medium="card", reason="lost")
    assert answer.status_code == 303
    text = officer.get(place)
    assert "revoked" in text and "in force since" not in text


def test_reading_members_is_recorded(
    officer: Person, scenario: VotingScenario, rt: Runtime
) -> None:
    member = scenario.people_setting.members["1"]
    officer.get("/secretary/members")
    officer.get(f"/secretary/members/{member}")
    with rt.db.read() as conn:
        found = [(item.what, item.member_id) for item in people.access_records(conn, SLUG)]
    assert ("register", None) in found and ("member", member) in found


def test_members_of_another_society_are_not_there(person: Any, scenario: VotingScenario) -> None:
    stranger = person().sign_in("stranger")
    assert (
        stranger.client.get(
            f"/secretary/members/{scenario.people_setting.members['1']}"
        ).status_code
        == 404
    )
    assert stranger.client.get(f"/secretary/meetings/{scenario.id}").status_code == 404
    assert stranger.post("/secretary/keys", "/secretary/keys/1/revoke").status_code == 404


def test_nobody_binds_their_own_key(person: Any, officer: Person, scenario: VotingScenario) -> None:
    me = scenario.people_setting.accounts["secretary"]
    key = receipts.encode32(w.public_of("another key"))
    token = officer.token("/secretary/keys")
    own = officer.client.post(
        "/secretary/keys", data={"csrf": token, "account": me, "role": "secretary", "key": key}
    )
    assert own.status_code == 405
    page = "/registrar/societies/tvm-101"
    registrar = person().sign_in("registrar")
    twice = registrar.post(page, page + "/keys", account=me, role="secretary", key=key)
    assert twice.status_code == 422 and "in force" in twice.text


def test_a_meeting_from_notice_to_certificate(
    person: Any, officer: Person, scenario: VotingScenario, rt: Runtime
) -> None:
    opens = datetime.fromtimestamp(rt.clock(), IST) + timedelta(days=20)
    form = {
        "kind": "special-general-body",
        "title_en": "Special body",
        "title_ml": "പ്രത്യേക യോഗം",
        "held_on": opens.date().isoformat(),
        "opens": opens.strftime("%Y-%m-%dT%H:%M"),
        "closes": (opens + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M"),
        "text_en_1": "Buy a cold room.",
        "text_ml_1": "ശീതമുറി വാങ്ങുക.",
        "majority_1": "ordinary",
    }
    soon = {
        **form,
        "opens": (opens - timedelta(days=15)).strftime("%Y-%m-%dT%H:%M"),
        "held_on": (opens - timedelta(days=15)).date().isoformat(),
    }
    early = officer.post("/secretary/meetings", "/secretary/meetings", **soon)
    assert early.status_code == 422 and "days of notice" in early.text
    assert "Buy a cold room." in early.text, "what was typed must not be lost"
    for broken in ({"held_on": "soon"}, {"title_ml": ""}, {"text_ml_1": ""}, {"opens": "x"}):
        answer = officer.post("/secretary/meetings", "/secretary/meetings", **(form | broken))
        assert answer.status_code == 422, broken
    made = officer.post("/secretary/meetings", "/secretary/meetings", **form)
    place = made.headers["location"]
    assert officer.post(place, f"{place}/close").status_code == 409
    assert officer.post(place, f"{place}/roll").status_code == 303
    with rt.db.read() as conn:
        assert voting.meeting(conn, place.rpartition("/")[2]).roll_count == 6
    rt.clock.advance(21 * 86_400)  # type: ignore[attr-defined]
    officer = person().sign_in("president")
    assert officer.post(place, f"{place}/close").status_code == 303
    text = officer.get(place)
    assert "No quorum" in text and "Members on the roll" in text


def test_an_unbalanced_voucher_is_refused_with_its_row(officer: Person, rt: Runtime) -> None:
    data = daybook(
        ledger("Sales", "Sales Accounts"),
        ledger("Cash", "Cash-in-hand"),
        voucher("good", [("Cash", "-100.00"), ("Sales", "100.00")]),
        voucher("bad", [("Cash", "-100.00"), ("Sales", "90.00")]),
    )
    answer = upload(officer, "day.xml", data)
    assert "Refused, and why" in answer.text
    with rt.db.read() as conn:
        assert books.imports(conn, SLUG) == []
    upload(officer, "day.xml", data, **{"answer.incomplete": "yes"})
    with rt.db.read() as conn:
        listed = books.vouchers(conn, SLUG)
        report = books.imports(conn, SLUG)[0].report
    assert [item.voucher.id for item in listed] == ["good"]
    assert [fault.row for fault in report.refused] == [2]


@pytest.mark.parametrize("day", ["2027-03-31", "2026-11-22", "2026-04-01"])
def test_last_years_column_is_dated_by_the_year_that_was_filed(day: str) -> None:
    record = {"as_of": day, "book_year": "2026-27"}
    assert DraftSheet(record, Prior("sheet.last_year", None), ()).prior_as_of == "2026-03-31"
