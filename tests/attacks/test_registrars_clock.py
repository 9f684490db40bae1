"""The Registrar's own clock, bent from inside: who tries what, and where it shows."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, update

from oversight.applications import errors as e
from oversight.applications import queries, service
from oversight.applications import tables as t
from oversight.pure.filing import india_day
from tests.oversight.applications import papers
from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario, opened
from trust.log import queries as log_queries
from trust.log.replay.check import check
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.people.model import Grant

DAY = 86_400


@pytest.fixture
def office(rt: Runtime) -> VotingScenario:
    """A society, its officers, and a second officer of the Registrar over it."""
    made = opened(rt)
    district = Grant("registrar", "district", w.PROFILE.district)
    with rt.db.write() as conn:
        w.add_staff(conn, made.people_setting, "deputy", district, None, rt.clock())
    return made


def handed_in(rt: Runtime, office: VotingScenario) -> str:
    with rt.db.write() as conn:
        secretary = office.people_setting.actor(conn, "secretary")
        return service.receive(conn, secretary, papers.amendment(rt.clock()), now=rt.clock())


def test_the_office_lets_it_lie_and_everybody_sees_for_how_long(
    rt: Runtime, office: VotingScenario
) -> None:
    handed_in(rt, office)
    rt.clock.advance(70 * DAY)  # type: ignore[attr-defined]
    with rt.db.read() as conn:
        whole, _ = queries.clock(conn, now=rt.clock())
    assert (whole.oldest, whole.overdue) == (70, 1)


def test_a_query_without_end_does_not_hide_the_age(rt: Runtime, office: VotingScenario) -> None:
    """The office asks on the last day, so that the days are the applicants'."""
    number = handed_in(rt, office)
    rt.clock.advance(59 * DAY)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        officer = office.people_setting.actor(conn, "registrar")
        service.query(conn, officer, number, "", "Another copy, please.", now=rt.clock())
    rt.clock.advance(100 * DAY)  # type: ignore[attr-defined]
    with rt.db.read() as conn:
        whole, _ = queries.clock(conn, now=rt.clock())
    assert (whole.waiting, whole.oldest) == (1, 159), "it waits in public, with its whole age"


def test_the_text_is_not_changed_between_receipt_and_decision(
    rt: Runtime, office: VotingScenario
) -> None:
    """The operator alters the row; what was received is in the log as a hash."""
    number = handed_in(rt, office)
    with rt.db.write() as conn:
        conn.execute(update(t.application).values(text="1. The secretary may lend at will."))
    with rt.db.write() as conn, pytest.raises(e.OtherTextError):
        officer = office.people_setting.actor(conn, "registrar")
        service.decide(conn, officer, number, "register", "12", "Yes.", "A-1", now=rt.clock())
    assert "application.text" in {one.column for one in check(rt.db, Tally())}


def test_an_application_does_not_disappear(rt: Runtime, office: VotingScenario) -> None:
    handed_in(rt, office)
    with rt.db.write() as conn:
        conn.execute(delete(t.application))
    assert any(one.column.startswith("application") for one in check(rt.db, Tally()))


def test_two_decide_at_one_moment_and_one_counts(rt: Runtime, office: VotingScenario) -> None:
    number = handed_in(rt, office)
    with rt.db.write() as conn:
        first = office.people_setting.actor(conn, "registrar")
        second = office.people_setting.actor(conn, "deputy")
        service.decide(conn, first, number, "register", "12", "Yes.", "A-1", now=rt.clock())
        with pytest.raises(e.StepNotNowError):
            service.decide(conn, second, number, "refuse", "12", "No.", "", now=rt.clock())
        assert len(queries.versions(conn, w.PROFILE.slug)) == 1


def test_no_name_is_in_the_public_log(rt: Runtime, office: VotingScenario) -> None:
    number = handed_in(rt, office)
    with rt.db.write() as conn:
        officer = office.people_setting.actor(conn, "registrar")
        service.query(conn, officer, number, "12", "Which?", now=rt.clock())
        documents = b"".join(
            data
            for info in log_queries.logs(conn, "oversight")
            for _, data in log_queries.documents(conn, info.origin)
        )
    assert number.encode() in documents
    for name in (b"Nobody Real", b"by post", b"Registrar", b"Secretary"):
        assert name not in documents


def test_the_office_dates_the_receipt_later_than_it_was(
    rt: Runtime, office: VotingScenario
) -> None:
    said = papers.amendment(rt.clock() + 5 * DAY)
    with rt.db.write() as conn, pytest.raises(e.ReceivedLaterError):
        officer = office.people_setting.actor(conn, "registrar")
        service.receive(conn, officer, said, now=rt.clock())
    assert said.received_on == india_day(rt.clock()) + timedelta(days=5)
