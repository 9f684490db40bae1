"""Applications from receipt to decision, and the bye-laws that follow."""

from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256

import pytest
from sqlalchemy import update

from oversight.applications import errors as e
from oversight.applications import queries, registering, service
from oversight.applications import tables as t
from oversight.applications.model import Applied
from oversight.applications.registering import NewBylaws
from oversight.pure.filing import india_day
from tests.oversight.conftest import Desk, profile
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.errors import NotAllowedError
from trust.people.model import Actor, Grant, Role

TEXT = "1. The society is called as registered.\n2. A share is of ₹100."
SLUG = "test-1"


def applied(desk: Desk, **changes: object) -> Applied:
    """An amendment of the society's bye-laws, received today."""
    today = india_day(desk.rt.clock())
    made = Applied(
        "bye-laws", SLUG, "Test Society 1", "പരീക്ഷണ സംഘം 1", "thrissur", "mukundapuram", "credit",
        today, "Nobody Real", "by post", today - timedelta(days=3), TEXT,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def society_officer(desk: Desk, role: Role = "secretary", slug: str = SLUG) -> Actor:
    with desk.rt.db.write() as conn:
        now = desk.rt.clock()
        made = people_service.create_account(
            conn, f"{role}-{slug}", role, "staff", now=now, society=slug
        )
        people_service.grant(conn, made.id, Grant(role, "society", slug), now=now)
        return people.actor(conn, made.id, now)


def receive(desk: Desk, actor: Actor, said: Applied) -> str:
    with desk.rt.db.write() as conn:
        return service.receive(conn, actor, said, now=desk.rt.clock())


def test_an_amendment_becomes_the_next_version(desk: Desk) -> None:
    secretary, officer = society_officer(desk), desk.officer("registrar")
    number = receive(desk, secretary, applied(desk))
    now = desk.rt.clock()
    assert number == f"thrissur-{india_day(now).year}-1"
    with desk.rt.db.write() as conn:
        service.query(conn, officer, number, "12(2)", "Which share?", now=now)
        with pytest.raises(e.StepNotNowError):
            service.decide(conn, officer, number, "register", "12", "Right.", "A-1", now=now)
        service.answer(conn, secretary, number, "Of one hundred rupees.", now=now)
        service.decide(conn, officer, number, "register", "12(5)", "In order.", "A-1", now=now)
        found = queries.application(conn, number)
        (version,) = queries.versions(conn, SLUG)
    assert found.state == "registered" and found.channel == "society"
    assert [one.by for one in found.steps] == ["office", "society", "office"]
    assert (version.version, version.text, version.application) == (1, TEXT, number)
    assert version.adopted_on == found.said.adopted_on
    assert sha256(version.text.encode()).hexdigest() == found.text_digest
    with desk.rt.db.write() as conn, pytest.raises(e.StepNotNowError):
        service.withdraw(conn, secretary, number, "No more.", now=now)


def test_refused_needs_section_and_reason_and_changes_no_bye_laws(desk: Desk) -> None:
    secretary, officer = society_officer(desk), desk.officer("registrar")
    number = receive(desk, secretary, applied(desk))
    now = desk.rt.clock()
    with desk.rt.db.write() as conn:
        with pytest.raises(e.SectionMissingError):
            service.decide(conn, officer, number, "refuse", " ", "No.", "", now=now)
        with pytest.raises(e.WhyMissingError):
            service.decide(conn, officer, number, "refuse", "12", " ", "", now=now)
        with pytest.raises(e.OrderMissingError):
            service.decide(conn, officer, number, "register", "12", "Yes.", " ", now=now)
        service.decide(conn, officer, number, "refuse", "12", "Against section 22.", "", now=now)
        assert queries.versions(conn, SLUG) == []
        assert queries.application(conn, number).state == "refused"
    assert receive(desk, secretary, applied(desk)).endswith("-2"), "the next one has a new number"


def test_one_amendment_at_a_time(desk: Desk) -> None:
    secretary = society_officer(desk)
    receive(desk, secretary, applied(desk))
    with pytest.raises(e.PendingThereError):
        receive(desk, secretary, applied(desk))


def test_who_may_do_what(desk: Desk) -> None:
    secretary = society_officer(desk)
    with desk.rt.db.write() as conn:
        people_service.register_society(conn, profile(2), now=desk.rt.clock())
    stranger = society_officer(desk, slug="test-2")
    elsewhere = desk.officer("registrar.kollam", scope="kollam")
    clerk = society_officer(desk, "clerk")
    new = applied(desk, subject="registration", society=None)
    for actor in (stranger, clerk):
        with pytest.raises(e.SocietyOnlyError):
            receive(desk, actor, applied(desk))
    with pytest.raises(e.OfficeOnlyError):
        receive(desk, elsewhere, applied(desk))
    with pytest.raises(e.OfficeOnlyError):
        receive(desk, secretary, new)
    number = receive(desk, secretary, applied(desk))
    now = desk.rt.clock()
    with desk.rt.db.write() as conn:
        with pytest.raises(e.OfficeOnlyError):
            service.decide(conn, elsewhere, number, "refuse", "1", "No.", "", now=now)
        with pytest.raises(e.OfficeOnlyError):
            service.decide(conn, secretary, number, "register", "1", "Yes.", "1", now=now)
        with pytest.raises(NotAllowedError):
            registering.enter(conn, secretary, _bylaws(now), now=now)


def test_whoever_entered_it_does_not_decide_it(desk: Desk) -> None:
    first, second = desk.officer("one"), desk.officer("two")
    number = receive(desk, first, applied(desk, subject="registration", society=None))
    now = desk.rt.clock()
    with desk.rt.db.write() as conn:
        with pytest.raises(e.OwnEntryError):
            service.decide(conn, first, number, "register", "7", "Yes.", "R-1", now=now)
        service.decide(conn, second, number, "register", "7", "Yes.", "R-1", now=now)
        assert queries.versions(conn, SLUG) == [], "there is no society yet"
        with pytest.raises(e.OtherTextError):
            registering.enter(conn, first, _bylaws(now, number, "Another text."), now=now)
        assert registering.enter(conn, first, _bylaws(now, number), now=now) == 1
        with pytest.raises(e.NotRegisteredError):
            registering.enter(conn, first, _bylaws(now, number), now=now)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"text": " \n"}, e.TextMissingError),
        ({"applicant": ""}, e.ApplicantMissingError),
        ({"name_ml": ""}, e.NameMissingError),
        ({"received_on": date(2098, 1, 1)}, e.ReceivedLaterError),
        ({"received_on": date(2020, 1, 1)}, e.AdoptedLaterError),
    ],
)
def test_what_is_missing_is_named(
    desk: Desk, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        receive(desk, society_officer(desk), applied(desk, **changes))


def test_late_entry_shortens_nothing(desk: Desk) -> None:
    """The day of receipt counts, though it was entered much later."""
    officer = desk.officer("registrar")
    today = india_day(desk.rt.clock())
    early = today - timedelta(days=100)
    said = applied(desk, received_on=early, adopted_on=None)
    receive(desk, officer, said)
    with desk.rt.db.read() as conn:
        whole, each = queries.clock(conn, now=desk.rt.clock())
    assert (whole.open, whole.oldest, whole.overdue) == (1, 100, 1)
    assert [one.district for one in each] == ["thrissur"]


def test_rows_are_those_of_the_entries(desk: Desk) -> None:
    secretary, officer = society_officer(desk), desk.officer("registrar")
    number = receive(desk, secretary, applied(desk))
    now = desk.rt.clock()
    with desk.rt.db.write() as conn:
        service.decide(conn, officer, number, "register", "12", "In order.", "A-1", now=now)
    tally = Tally()
    assert [str(one) for one in check(desk.rt.db, tally) if "appl" in one.column] == []
    assert tally.checked >= 3
    with desk.rt.db.write() as conn:
        conn.execute(update(t.application_step).values(reason="Another reason."))
        conn.execute(update(t.bye_laws).values(text="Another text."))
    columns = {one.column for one in check(desk.rt.db, Tally())}
    assert {"application_step.reason", "bye_laws.text"} <= columns


def _bylaws(now: int, application: str | None = None, text: str = TEXT) -> NewBylaws:
    return NewBylaws(SLUG, application, None, india_day(now), "B-1", "9", text)
