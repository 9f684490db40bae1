"""Applications and bye-laws on every page: the society's, the office's, everybody's."""

from typing import Any

import pytest

from oversight.applications import queries as applications
from oversight.applications.model import Bylaws
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, Person
from web.public import clock

TEXT = "1. A share is of ₹100.\n2. <script>alert(1)</script> is no rule."
NAME = "Canary Applicant Kanakam"


@pytest.fixture
def desks(person: Any, scenario: VotingScenario) -> tuple[Person, Person]:
    """The society's secretary, who took back what waited, and an officer of the Registrar."""
    secretary = person().sign_in("secretary")
    with scenario.rt.db.read() as conn:
        (waits,) = applications.applications(conn)
    page = f"/secretary/applications/{waits.id}"
    done = secretary.post(page, page, action="withdraw", reason="Another text comes.")
    assert done.status_code == 303
    return secretary, person().sign_in("registrar")


def hand_in(secretary: Person, **changes: str) -> Any:
    fields = {"adopted_on": "", "applicant": NAME, "contact": "PB 12", "text": TEXT} | changes
    return secretary.post("/secretary/applications", "/secretary/applications", **fields)


def number_of(answer: Any) -> str:
    assert answer.status_code == 303, answer.text[-3000:]
    return str(answer.headers["location"].rsplit("/", 1)[1])


def test_from_the_society_to_the_registered_bye_laws(
    person: Any, desks: tuple[Person, Person]
) -> None:
    secretary, officer = desks
    number = number_of(hand_in(secretary))
    page = f"/registrar/applications/{number}"
    assert NAME in officer.get(page) and number in officer.get("/registrar/applications")
    asked = officer.post(page, page, action="query", section="12(2)", reason="Which share?")
    assert asked.status_code == 303
    own = f"/secretary/applications/{number}"
    assert "Which share?" in secretary.get(own)
    assert secretary.post(own, own, action="answer", reason="One hundred.").status_code == 303
    done = officer.post(
        page, page, action="register", section="12(5)", reason="In order.", order="A-1/2026"
    )
    assert done.status_code == 303, done.text[-3000:]
    public = person()
    shown = public.get(f"/s/{SLUG}/bye-laws")
    assert "A share is of ₹100." in shown and "A-1/2026" in shown
    assert "<script>alert(1)" not in shown and "&lt;script&gt;" in shown
    assert public.client.get(f"/s/{SLUG}/bye-laws/1.txt").text == TEXT + "\n"
    assert f'href="/s/{SLUG}/bye-laws"' in public.get(f"/s/{SLUG}")
    row = public.get("/clock.csv").splitlines()[1].split(",")
    assert row[0] == "thiruvananthapuram" and row[1:3] == ["0", "0"] and row[5] == "1"
    said = public.client.get(f"/clock/{number}.json").json()
    assert [step["action"] for step in said["steps"]] == ["query", "answer", "register"]
    for path in ("/clock", "/clock.json", f"/clock/{number}", f"/clock/{number}.json"):
        text = public.get(path)
        assert NAME not in text and "PB 12" not in text, path


def test_a_refused_form_keeps_what_was_typed(desks: tuple[Person, Person]) -> None:
    secretary, officer = desks
    answer = hand_in(secretary, applicant=" ")
    assert answer.status_code == 422 and "A share is of ₹100." in answer.text
    answer = hand_in(secretary, text="x" * 200_001)
    assert answer.status_code == 422 and NAME in answer.text
    number = number_of(hand_in(secretary))
    again = hand_in(secretary)
    assert again.status_code == 409 and number in again.text
    page = f"/registrar/applications/{number}"
    answer = officer.post(page, page, action="refuse", section="", reason="Against section 22.")
    assert answer.status_code == 422 and "Against section 22." in answer.text
    answer = officer.post(page, page, action="burn", section="1", reason="x")
    assert answer.status_code == 422


def test_a_registration_on_paper_is_decided_by_another_officer(
    person: Any, desks: tuple[Person, Person]
) -> None:
    _, officer = desks
    page = "/registrar/applications"
    fields = {
        "subject": "registration", "society": "", "name_en": "New Weavers", "name_ml": "നെയ്ത്ത്",
        "district": "thiruvananthapuram", "taluk": "Nedumangad", "sector": "credit",
        "received_on": "2026-05-01", "adopted_on": "", "applicant": NAME, "contact": "",
        "text": TEXT,
    }  # fmt: skip
    number = number_of(officer.post(page, page, **fields))
    here = f"{page}/{number}"
    assert '<option value="register"' not in officer.get(here)
    decided = {"action": "register", "section": "7", "reason": "In order.", "order": "R-1"}
    assert officer.post(here, here, **decided).status_code == 403
    deputy = person().sign_in("deputy")
    assert deputy.post(here, here, **decided).status_code == 303
    elsewhere = person().sign_in("elsewhere")
    elsewhere.get(here, 404)
    assert elsewhere.post(page, here, **decided).status_code == 404
    entered = {
        "registered_on": "2026-05-20", "order": "R-1", "section": "7", "adopted_on": "",
        "application": number, "text": TEXT,
    }  # fmt: skip
    form = f"/registrar/societies/{SLUG}/bye-laws"
    assert officer.post(form, form, **entered | {"text": "Other."}).status_code == 422
    assert officer.post(form, form, **entered).status_code == 303


def test_others_see_no_application_of_a_society(person: Any, desks: tuple[Person, Person]) -> None:
    secretary, _ = desks
    number = number_of(hand_in(secretary))
    stranger = person().sign_in("stranger")
    stranger.get(f"/secretary/applications/{number}", 404)
    person().sign_in("clerk").get("/secretary/applications", 403)
    person().get("/clock/thrissur-1900-1", 404)
    person().get(f"/s/{SLUG}/bye-laws/7", 404)


def test_what_a_version_changed_is_shown_by_lines() -> None:
    def version(number: int, *lines: str) -> Bylaws:
        return Bylaws("s", number, None, None, None, "", "", "\n".join(lines), "", 0, 0)  # type: ignore[arg-type]

    found = clock.pieces(version(1, "a", "b", "c"), version(2, "a", "x", "c", "d"))
    assert found is not None
    assert [(one.change, one.lines) for one in found] == [
        ("equal", ("a",)), ("removed", ("b",)), ("added", ("x",)), ("equal", ("c",)),
        ("added", ("d",)),
    ]  # fmt: skip
    long = ["x"] * 100_000
    assert clock.pieces(version(1, *long), version(2, *long)) is None, "it would take minutes"
