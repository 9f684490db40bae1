"""A society is registered by two officers of its place; what one does alone."""

from dataclasses import replace
from datetime import date

import pytest

from tests.trust.people import scenario as w
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.people import finding
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.accounterrors import SocietyThereError
from trust.people.model import Actor, Grant, SocietyProfile
from trust.people.offices import registration
from trust.people.offices import service as offices_service
from trust.people.offices.errors import (
    AppointedError,
    NoSuchOfficeRequestError,
    NoSuchTalukError,
    NotYourPlaceError,
    ProfileNamesError,
    RegisteredLaterError,
    RequestOverError,
    SamePersonError,
)

NEW = SocietyProfile(
    "", "TVM/900", "Pulari Growers' Co-operative Society", "പുലരി കർഷക സഹകരണ സംഘം",
    "thiruvananthapuram", "വർക്കല", "credit", "Class I", date(2026, 5, 1),
)  # fmt: skip
WEEK = 7 * 86_400


@pytest.fixture
def office(rt: Runtime) -> w.PeopleScenario:
    """Two officers of Thiruvananthapuram, one of Kollam, one of the whole State."""
    with rt.db.write() as conn:
        made = w.build(conn, rt.clock(), 1, 0)
        for login, given in (
            ("deputy", Grant("registrar", "district", "thiruvananthapuram")),
            ("kollam", Grant("registrar", "district", "kollam")),
            ("head", Grant("registrar", "state", "")),
            ("auditor", Grant("auditor", "state", "")),
        ):
            w.add_staff(conn, made, login, given, None, rt.clock())
    return made


def actor(rt: Runtime, office: w.PeopleScenario, who: str) -> Actor:
    with rt.db.read() as conn:
        return people.actor(conn, office.accounts[who], rt.clock())


def ask(rt: Runtime, office: w.PeopleScenario, who: str, profile: SocietyProfile = NEW) -> int:
    with rt.db.write() as conn:
        waits = registration.ask(conn, actor(rt, office, who), profile, now=rt.clock())
    return waits.request


def confirm(rt: Runtime, office: w.PeopleScenario, who: str, number: int) -> SocietyProfile:
    with rt.db.write() as conn:
        return registration.confirm(conn, actor(rt, office, who), number, now=rt.clock())


def test_two_officers_register_and_the_book_log_is_open(
    rt: Runtime, office: w.PeopleScenario
) -> None:
    number = ask(rt, office, "registrar")
    with rt.db.read() as conn:
        assert people.society(conn, "tvm-900") is None, "one officer alone registers nothing"
        (waits,) = registration.waiting(conn, actor(rt, office, "deputy"), now=rt.clock())
        assert registration.waiting(conn, actor(rt, office, "kollam"), now=rt.clock()) == []
        seen = offices_service.seen_requests(conn, actor(rt, office, "head"), now=rt.clock())
        assert seen == [], "it is no appointment"
    assert (waits.request, waits.asked_by) == (number, "registrar")
    made = confirm(rt, office, "deputy", number)
    assert (made.slug, made.taluk) == ("tvm-900", "Varkala"), "the taluk as the table has it"
    with rt.db.read() as conn:
        assert people.society(conn, "tvm-900") == made
        assert log_queries.exists(conn, people.book_origin(conn, "tvm-900", rt.clock()))
        assert finding.search(conn, "പുലരി").societies == (made,)
    with pytest.raises(RequestOverError):
        confirm(rt, office, "head", number)


def test_who_asked_does_not_confirm_and_others_have_no_say(
    rt: Runtime, office: w.PeopleScenario
) -> None:
    number = ask(rt, office, "registrar")
    with pytest.raises(SamePersonError):
        confirm(rt, office, "registrar", number)
    for who in ("kollam", "auditor", "secretary"):
        with pytest.raises(NotYourPlaceError):
            ask(rt, office, who, replace(NEW, registration_number=f"{who} 1"))
        with pytest.raises(NotYourPlaceError):
            confirm(rt, office, who, number)
    assert confirm(rt, office, "head", number).slug == "tvm-900"


def test_an_officer_who_was_moved_meanwhile_does_not_count(
    rt: Runtime, office: w.PeopleScenario
) -> None:
    number = ask(rt, office, "registrar")
    with rt.db.write() as conn:
        head = actor(rt, office, "head")
        mine = offices_service.seen_appointments(conn, head, now=rt.clock())
        (one,) = [item for item in mine if item.login == "registrar"]
        offices_service.end(conn, head, one.id, "transfer", now=rt.clock())
    with pytest.raises(NotYourPlaceError):
        confirm(rt, office, "deputy", number)
    with rt.db.read() as conn:
        assert people.society(conn, "tvm-900") is None


def test_what_waits_can_be_taken_back_and_ends_by_itself(
    rt: Runtime, office: w.PeopleScenario
) -> None:
    number = ask(rt, office, "registrar")
    with pytest.raises(AppointedError):
        ask(rt, office, "registrar")
    with rt.db.write() as conn, pytest.raises(NotYourPlaceError):
        registration.withdraw(conn, actor(rt, office, "kollam"), number, now=rt.clock())
    with rt.db.write() as conn:
        registration.withdraw(conn, actor(rt, office, "deputy"), number, now=rt.clock())
    with pytest.raises(RequestOverError):
        confirm(rt, office, "deputy", number)
    again = ask(rt, office, "registrar")
    rt.clock.advance(WEEK + 1)  # type: ignore[attr-defined]
    with pytest.raises(RequestOverError):
        confirm(rt, office, "deputy", again)


def test_one_kind_of_request_is_not_confirmed_as_another(
    rt: Runtime, office: w.PeopleScenario
) -> None:
    number = ask(rt, office, "registrar")
    with rt.db.write() as conn, pytest.raises(NoSuchOfficeRequestError):
        offices_service.confirm(conn, actor(rt, office, "deputy"), number, now=rt.clock())
    with rt.db.write() as conn, pytest.raises(NoSuchOfficeRequestError):
        offices_service.withdraw(conn, actor(rt, office, "deputy"), number, now=rt.clock())
    with rt.db.write() as conn:
        deputy = actor(rt, office, "deputy")
        people_service.create_account(conn, "clerk.9", "Clerk", "staff", now=rt.clock())
        waits = offices_service.appoint(
            conn, deputy, "clerk.9", "auditor", office=None, society=w.PROFILE.slug,
            begins=None, ends=None, now=rt.clock(),
        )  # fmt: skip
        assert not isinstance(waits, int)
    with pytest.raises(NoSuchOfficeRequestError):
        confirm(rt, office, "registrar", waits.request)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"taluk": "Koyilandy"}, NoSuchTalukError),
        ({"name_ml": " "}, ProfileNamesError),
        ({"registered_on": date(2098, 1, 1)}, RegisteredLaterError),
        ({"registration_number": "tvm 101"}, SocietyThereError),
    ],
)
def test_what_does_not_fit_is_refused_at_once(
    rt: Runtime, office: w.PeopleScenario, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        ask(rt, office, "registrar", replace(NEW, **changes))  # type: ignore[arg-type]
