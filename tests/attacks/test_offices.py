"""One officer, two who collude, and an operator with a shell try to give somebody a role."""

from typing import Any

import pytest
from sqlalchemy import insert, select, update

from tests.trust.people import scenario as w
from tests.trust.people.offices.test_offices import Desk, desk, sound, state_offices
from trust.log.replay.rebuild import rebuild
from trust.people import queries as people
from trust.people import tables as t
from trust.people.errors import PeopleError
from trust.people.model import Actor, Grant, Waiting
from trust.people.offices import errors
from trust.people.offices import service as s

__all__ = ["desk", "state_offices"]
SLUG = w.PROFILE.slug


def test_one_administrator_gets_no_second_pair_of_hands(desk: Desk) -> None:
    """He makes an account of his own for the second step: it has no role to take it with."""
    desk.account("puppet")
    asked = desk.ask("admin-1", "puppet", "registrar", office="state")
    with pytest.raises(errors.OwnAppointmentError):
        desk.confirm("puppet", asked)
    other = desk.ask("admin-1", "admin-2", "registrar", office="state")
    with pytest.raises(errors.NotYourOfficeError):
        desk.confirm("puppet", other)
    assert desk.actor("puppet").grants == ()


def test_one_administrator_does_not_become_the_only_one_to_choose_the_next(desk: Desk) -> None:
    from tests.trust.people.offices.test_offices import number_of

    asked = desk.end("admin-1", number_of(desk, "admin-2"))
    assert isinstance(asked, Waiting)
    assert desk.actor("admin-2").has("administrator")
    desk.account("puppet")
    assert isinstance(desk.ask("admin-1", "puppet", "administrator"), Waiting)


def test_two_who_collude_are_seen_by_everybody(desk: Desk) -> None:
    """The server cannot refuse two; the public record shows one more Registrar than there is, at
    its time, by two administrators; and no name."""
    desk.account("their-third-hand")
    desk.appoint("their-third-hand", "registrar", office="tvm")
    (record,) = [one for one in desk.public("appointment") if one["role"] == "registrar"]
    assert (record["scope"], record["basis"], len(record["by"])) == ("thiruvananthapuram", "two", 2)
    assert "their-third-hand" not in str(desk.public("appointment"))


def test_two_of_a_district_reach_nothing_outside_it(desk: Desk) -> None:
    for login in ("reg-1", "reg-2"):
        desk.account(login)
        desk.appoint(login, "registrar", office="tvm")
    desk.account("puppet")
    for role, more in (
        ("registrar", {"office": "state"}),
        ("registrar", {"office": "tsr"}),
        ("auditor", {"society": w.OTHER.slug}),
        ("administrator", {}),
    ):
        with pytest.raises(errors.NotYourOfficeError):
            desk.ask("reg-1", "puppet", role, **more)  # type: ignore[arg-type]


def test_an_asker_who_lost_his_office_gives_nothing(desk: Desk) -> None:
    desk.account("reg-1")
    desk.account("puppet")
    number = desk.appoint("reg-1", "registrar", office="tvm")
    asked = desk.ask("reg-1", "puppet", "auditor", society=SLUG)
    desk.end("admin-1", number)
    with pytest.raises(PeopleError):
        desk.confirm("admin-2", asked)
    assert desk.actor("puppet").grants == ()


def test_a_program_that_makes_up_rights_gives_nothing_that_lasts(desk: Desk) -> None:
    """What a request carries is looked up again by whoever confirms."""
    made_up = Actor(desk.actor("admin-1").account, (Grant("registrar", "district", "kollam"),))
    desk.account("puppet")
    with pytest.raises(errors.NotYourOfficeError), desk.rt.db.write() as conn:
        s.appoint(
            conn, made_up, "puppet", "registrar", office="tvm", society=None, begins=None,
            ends=None, now=desk.rt.clock(),
        )  # fmt: skip


def _row(desk: Desk, account: int) -> dict[str, Any]:
    with desk.rt.db.read() as conn:
        row = dict(conn.execute(select(t.appointment)).mappings().first() or {})
    return row | {"id": 4711, "idx": 4711, "account_id": account, "role": "registrar"}


def test_the_operator_writes_a_right_into_the_database(desk: Desk) -> None:
    """It acts until somebody compares rows with the log; then it is named, and goes."""
    desk.account("puppet")
    account = desk.actor("puppet").account.id
    with desk.rt.db.write() as conn:
        conn.execute(insert(t.appointment).values(_row(desk, account)))
    assert any("appointment" in one for one in sound(desk.rt))
    rebuild(desk.rt.db)
    assert sound(desk.rt) == [] and desk.actor("puppet").grants == ()


def test_the_operator_gives_an_appointment_to_another_account(desk: Desk) -> None:
    desk.account("puppet")
    account = desk.actor("puppet").account.id
    with desk.rt.db.write() as conn:
        conn.execute(update(t.appointment).values(account_id=account))
    assert any("appointment.account_id" in one for one in sound(desk.rt))
    rebuild(desk.rt.db)
    with desk.rt.db.read() as conn:
        assert people.actor(conn, account, desk.rt.clock()).grants == ()


def test_the_operator_has_the_installation_appoint_and_everybody_reads_it(desk: Desk) -> None:
    desk.account("puppet")
    with desk.rt.db.write() as conn:
        account = desk.actor("puppet").account.id
    with desk.rt.db.write() as conn:
        s.grant(conn, account, Grant("registrar", "state", ""), now=desk.rt.clock())
    newest = desk.public("appointment")[-1]
    assert (newest["basis"], newest["by"], newest["role"]) == ("installation", [], "registrar")
