"""Appointments: who may ask, confirm and end; when they act; what is sealed of them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import pytest
from sqlalchemy import Connection, insert, select, update

from tests.conftest import StateMaker
from tests.simulator.clock import ManualClock
from tests.simulator.states import State
from tests.trust.people import scenario as w
from trust.formats import canon
from trust.formats.errors import SakshiError
from trust.log import queries as log_queries
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.sealed import document
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.errors import RoleNeededError
from trust.people.model import Actor, Grant, Role, Waiting
from trust.people.offices import carry, errors, seeing
from trust.people.offices import queries as offices
from trust.people.offices import service as s
from trust.people.offices.days import first_moment, moment_after

DAY = 86_400
SLUG = w.PROFILE.slug


@dataclass(slots=True)
class Desk:
    """The state, and what people do in it, each in a transaction of its own."""

    rt: Runtime
    numbers: dict[str, int] = field(default_factory=dict)

    def actor(self, login: str) -> Actor:
        with self.rt.db.read() as conn:
            found = people.account(conn, login)
            assert found is not None
            return people.actor(conn, found.id, self.rt.clock())

    def account(self, login: str, society: str | None = None) -> None:
        with self.rt.db.write() as conn:
            people_service.create_account(
                conn, login, login.title(), "staff", now=self.rt.clock(), society=society
            )

    def ask(self, by: str, login: str, role: Role, **more: Any) -> Waiting | int:
        options: dict[str, Any] = {"office": None, "society": None, "begins": None, "ends": None}
        with self.rt.db.write() as conn:
            return s.appoint(
                conn, self.actor(by), login, role, now=self.rt.clock(), **(options | more)
            )

    def confirm(self, by: str, asked: Waiting | int) -> int:
        assert isinstance(asked, Waiting)
        with self.rt.db.write() as conn:
            return s.confirm(conn, self.actor(by), asked.request, now=self.rt.clock())

    def appoint(self, login: str, role: Role, **more: Any) -> int:
        return self.confirm("admin-2", self.ask("admin-1", login, role, **more))

    def end(self, by: str, number: int, **more: Any) -> Waiting | int:
        with self.rt.db.write() as conn:
            return s.end(conn, self.actor(by), number, "other", now=self.rt.clock(), **more)

    def public(self, kind: str) -> list[dict[str, Any]]:
        """The public records of a kind, as anybody reads them."""
        with self.rt.db.read() as conn:
            (log,) = log_queries.logs(conn, "oversight")
            return [
                dict(canon.parse(document(conn, log.origin, one.index, kind)))
                for one in log_queries.entries(conn, log.origin, 0, 1_000)
                if one.kind == kind
            ]


def _with_two(rt: Runtime) -> Desk:
    with rt.db.write() as conn:
        now = rt.clock()
        people_service.register_society(conn, w.PROFILE, now=now)
        people_service.register_society(conn, w.OTHER, now=now)
        for login in ("admin-1", "admin-2"):
            made = people_service.create_account(conn, login, login, "staff", now=now)
            people_service.grant(conn, made.id, Grant("administrator", "state", ""), now=now)
        actor = people.actor(conn, 1, now)
        for slug, level, scope in (
            ("state", "state", ""),
            ("tvm", "district", w.PROFILE.district),
            ("nedumangad", "taluk", f"{w.PROFILE.district}/Nedumangad"),
            ("tsr", "district", w.OTHER.district),
            ("dairy", "sector", "dairy"),
            ("milk-fed", "federation", ""),
        ):
            parent = {"state": None, "nedumangad": "tvm"}.get(slug, "state")
            names = (slug.title(), "ഓഫീസ്")
            s.open_office(conn, actor, slug, level, names, scope=scope, parent=parent, now=now)  # type: ignore[arg-type]
    return Desk(rt)


@pytest.fixture(scope="session")
def state_offices(make_state: StateMaker) -> Iterator[State]:
    """Two administrators, five offices, two societies."""
    with make_state(_with_two) as state:
        yield state


@pytest.fixture
def desk(state_offices: State, rt: Runtime) -> Desk:
    return cast(Desk, state_offices.value(rt=rt))


def may(desk: Desk, login: str, role: Role, profile: Any = w.PROFILE) -> bool:
    return desk.actor(login).may(role, profile)


def sound(rt: Runtime) -> list[str]:
    return [str(one) for one in check(rt.db, Tally())]


def test_two_appoint_and_the_role_acts_within_its_jurisdiction(desk: Desk) -> None:
    for login, office in (("district", "tvm"), ("taluk", "nedumangad"), ("sector", "dairy")):
        desk.account(login)
        desk.appoint(login, "registrar", office=office)
    seen = {
        login: (may(desk, login, "registrar"), may(desk, login, "registrar", w.OTHER))
        for login in ("district", "taluk", "sector")
    }
    assert seen == {"district": (True, False), "taluk": (True, False), "sector": (False, True)}
    record = desk.public("appointment")[-3]
    assert (record["role"], record["scope"], record["basis"]) == (
        "registrar", w.PROFILE.district, "two",
    )  # fmt: skip
    assert [one["role"] for one in record["by"]] == ["administrator"] * 2
    assert "district" not in str({**record, "scope_kind": "", "scope": "", "office": ""})
    assert sound(desk.rt) == []


def test_one_person_alone_appoints_nobody(desk: Desk) -> None:
    desk.account("new")
    asked = desk.ask("admin-1", "new", "registrar", office="tvm")
    with pytest.raises(errors.SamePersonError):
        desk.confirm("admin-1", asked)
    with pytest.raises(errors.OwnAppointmentError):
        desk.ask("admin-1", "admin-1", "registrar", office="tvm")
    assert desk.actor("new").grants == ()
    for who in ("new",):
        with pytest.raises(errors.NotYourOfficeError):
            desk.confirm(who, desk.ask("admin-1", "admin-2", "auditor", office="tvm"))
    assert may(desk, "admin-2", "auditor") is False


def test_the_person_appointed_does_not_confirm(desk: Desk) -> None:
    asked = desk.ask("admin-1", "admin-2", "registrar", office="tvm")
    with pytest.raises(errors.OwnAppointmentError):
        desk.confirm("admin-2", asked)
    with desk.rt.db.read() as conn:
        assert len(offices.requests(conn, desk.rt.clock())) == 1, "nothing of it was kept"


def test_a_refused_confirmation_leaves_the_request_and_a_second_one_finds_it_over(
    desk: Desk,
) -> None:
    desk.account("new")
    asked = desk.ask("admin-1", "new", "registrar", office="tvm")
    with pytest.raises(errors.AppointedError):
        desk.ask("admin-2", "new", "registrar", office="tvm")
    desk.confirm("admin-2", asked)
    with pytest.raises(errors.RequestOverError):
        desk.confirm("admin-2", asked)
    with pytest.raises(errors.AppointedError):
        desk.ask("admin-2", "new", "registrar", office="tvm")


def test_a_request_lives_a_week_and_can_be_taken_back(desk: Desk, clock: ManualClock) -> None:
    desk.account("new")
    old = desk.ask("admin-1", "new", "registrar", office="tvm")
    clock.advance(7 * DAY + 1)
    with pytest.raises(errors.RequestOverError):
        desk.confirm("admin-2", old)
    asked = desk.ask("admin-1", "new", "registrar", office="tvm")
    assert isinstance(asked, Waiting)
    with desk.rt.db.write() as conn:
        s.withdraw(conn, desk.actor("admin-2"), asked.request, now=clock())
    with pytest.raises(errors.RequestOverError):
        desk.confirm("admin-2", asked)


def test_registrars_appoint_within_their_jurisdiction_only(desk: Desk) -> None:
    for login in ("reg-1", "reg-2"):
        desk.account(login)
        desk.appoint(login, "registrar", office="tvm")
    desk.account("sec", SLUG)
    desk.account("far", w.OTHER.slug)
    number = desk.confirm("reg-2", desk.ask("reg-1", "sec", "secretary", society=SLUG))
    assert may(desk, "sec", "secretary") and number > 0
    for login, role, more in (
        ("far", "secretary", {"society": w.OTHER.slug}),
        ("far", "administrator", {}),
        ("admin-1", "registrar", {"office": "state"}),
        ("admin-1", "registrar", {"office": "tsr"}),
    ):
        with pytest.raises(errors.NotYourOfficeError):
            desk.ask("reg-1", login, role, **more)  # type: ignore[arg-type]
    with pytest.raises(errors.NotYourOfficeError):
        desk.ask("sec", "reg-1", "auditor", office="tvm")


def test_each_sees_what_he_could_decide_about(desk: Desk) -> None:
    for login, office in (
        ("reg", "tvm"),
        ("taluk", "nedumangad"),
        ("far", "tsr"),
        ("milk", "dairy"),
    ):
        desk.account(login)
        desk.appoint(login, "registrar", office=office)
    for login, slug in (("sec", SLUG), ("sec-2", w.OTHER.slug)):
        desk.account(login, slug)
        desk.appoint(login, "secretary", society=slug)
    seen = {}
    for who in ("admin-1", "reg", "taluk", "milk", "sec"):
        with desk.rt.db.read() as conn:
            found = s.seen_appointments(conn, desk.actor(who), now=desk.rt.clock())
        seen[who] = {one.login for one in found}
        for one in found:
            over = Grant(one.role, one.scope_kind, one.scope)
            known = {w.PROFILE.slug: w.PROFILE, w.OTHER.slug: w.OTHER}
            assert one.login == who or seeing.may_decide(desk.actor(who), over, known)
    assert seen == {
        "admin-1": {"admin-1", "admin-2", "reg", "taluk", "far", "milk", "sec", "sec-2"},
        "reg": {"reg", "taluk", "sec"},
        "taluk": {"taluk", "sec"},
        "milk": {"milk", "sec-2"},
        "sec": {"sec"},
    }


def test_what_does_not_go_together_is_refused(desk: Desk) -> None:
    desk.account("new")
    desk.account("sec", SLUG)
    for role, more, refusal in (
        ("secretary", {}, errors.JurisdictionNeededError),
        ("secretary", {"office": "tvm"}, errors.JurisdictionNeededError),
        ("registrar", {"society": SLUG}, errors.JurisdictionNeededError),
        ("registrar", {}, errors.JurisdictionNeededError),
        ("federation", {"office": "tvm"}, errors.JurisdictionNeededError),
        ("registrar", {"office": "milk-fed"}, errors.JurisdictionNeededError),
        ("registrar", {"office": "none"}, errors.NoSuchOfficeError),
        ("registrar", {"office": "tvm", "ends": date(2020, 1, 1)}, errors.LastDayError),
        (
            "registrar",
            {"office": "tvm", "begins": date(2027, 1, 2), "ends": date(2027, 1, 1)},
            errors.LastDayError,
        ),
    ):
        with pytest.raises(refusal):
            desk.ask("admin-1", "new", role, **more)  # type: ignore[arg-type]
    with pytest.raises(errors.NotStaffError):
        desk.ask("admin-1", "sec", "registrar", office="tvm")
    with pytest.raises(errors.NotStaffError):
        desk.ask("admin-1", "sec", "secretary", society=w.OTHER.slug)
    with pytest.raises(errors.NoSuchLoginError):
        desk.ask("admin-1", "nobody", "registrar", office="tvm")


def test_an_appointment_acts_from_its_first_to_its_last_day(desk: Desk, clock: ManualClock) -> None:
    desk.account("new")
    first, last = date(2026, 6, 10), date(2026, 6, 11)
    desk.appoint("new", "auditor", society=SLUG, begins=first, ends=last)
    acts = []
    for moment in (
        clock(), first_moment(first) - 1, first_moment(first), moment_after(last) - 1,
        moment_after(last),
    ):  # fmt: skip
        clock.now = moment
        acts.append(may(desk, "new", "auditor"))
    assert acts == [False, False, True, True, False]
    assert sound(desk.rt) == []


def test_an_end_acts_at_once_and_puts_out_sessions_and_keys(desk: Desk) -> None:
    desk.account("reg")
    desk.appoint("reg", "registrar", office="tvm")
    desk.account("sec", SLUG)
    number = desk.appoint("sec", "secretary", society=SLUG)
    with desk.rt.db.write() as conn:
        key, holder = w.public_of("secretary"), desk.actor("sec").account.id
        people_service.bind_officer_key(
            conn, desk.actor("reg"), holder, key, "secretary", now=desk.rt.clock()
        )
    desk.end("reg", number)
    found = desk.actor("sec")
    assert found.grants == () and found.account.signed_out_at == desk.rt.clock()
    with desk.rt.db.read() as conn:
        assert people.officer_keys(conn, SLUG) == []
    with pytest.raises(errors.AppointmentOverError):
        desk.end("reg", number)
    assert desk.public("appointment-end")[0]["by"][0]["role"] == "registrar"
    assert sound(desk.rt) == []


def test_a_later_last_day_does_not_lengthen_a_term(desk: Desk) -> None:
    desk.account("new")
    number = desk.appoint("new", "auditor", society=SLUG, ends=date(2026, 6, 30))
    with pytest.raises(errors.AppointmentOverError):
        desk.end("admin-1", number, last_day=date(2026, 7, 31))
    desk.end("admin-1", number, last_day=date(2026, 6, 5))
    assert may(desk, "new", "auditor")
    with desk.rt.db.read() as conn:
        assert offices.appointment(conn, number).ends_at == moment_after(date(2026, 6, 5))


def number_of(desk: Desk, login: str) -> int:
    with desk.rt.db.read() as conn:
        account = desk.actor(login).account.id
        return offices.appointments(conn, desk.rt.clock(), account=account)[0].id


def test_one_administrator_does_not_end_the_other_and_nobody_the_last(desk: Desk) -> None:
    asked = desk.end("admin-1", number_of(desk, "admin-2"))
    assert isinstance(asked, Waiting)
    with pytest.raises(errors.SamePersonError):
        desk.confirm("admin-1", asked)
    desk.end("admin-1", number_of(desk, "admin-1"))
    with pytest.raises(errors.LastAdministratorError):
        desk.end("admin-2", number_of(desk, "admin-2"))
    with pytest.raises(errors.LastAdministratorError):
        desk.end("admin-2", number_of(desk, "admin-2"), last_day=date(2030, 1, 1))


def test_the_one_administrator_appoints_the_second_alone_and_nothing_else(desk: Desk) -> None:
    desk.account("new")
    desk.account("third")
    desk.end("admin-1", number_of(desk, "admin-1"))
    with pytest.raises(errors.OnlySecondError):
        desk.ask("admin-2", "new", "registrar", office="tvm")
    made = desk.ask("admin-2", "new", "administrator")
    assert not isinstance(made, Waiting)
    assert desk.public("appointment")[-1]["basis"] == "second"
    assert len(desk.public("appointment")[-1]["by"]) == 1
    assert isinstance(desk.ask("admin-2", "third", "administrator"), Waiting)


def test_offices_stand_in_a_tree(desk: Desk) -> None:
    admin, now = desk.actor("admin-1"), desk.rt.clock()
    for slug, level, scope, parent, refusal in (
        ("tvm", "sector", "credit", None, errors.OfficeThereError),
        ("tvm-2", "district", w.PROFILE.district, None, errors.OfficeThereError),
        ("x", "district", "", "state", errors.OfficePlaceError),
        ("x", "district", "Kollam!", "state", errors.OfficePlaceError),
        ("x", "taluk", "kollam", "tvm", errors.OfficePlaceError),
        ("x", "taluk", "kollam/Punalur", "tvm", errors.OfficePlaceError),
        ("x", "district", "kollam", "dairy", errors.OfficePlaceError),
        ("x", "district", "kollam", "nowhere", errors.NoSuchOfficeError),
        ("Bad Slug", "district", "kollam", "state", SakshiError),
    ):
        with pytest.raises(refusal), desk.rt.db.write() as conn:
            s.open_office(conn, admin, slug, level, ("X", "X"), scope=scope, parent=parent, now=now)  # type: ignore[arg-type]
    with pytest.raises(errors.OfficeHeldError), desk.rt.db.write() as conn:
        s.close_office(conn, admin, "state", now=now)
    with desk.rt.db.write() as conn:
        s.close_office(conn, admin, "nedumangad", now=now)
        s.close_office(conn, admin, "tvm", now=now)
    desk.account("new")
    with pytest.raises(RoleNeededError), desk.rt.db.write() as conn:
        s.close_office(conn, desk.actor("new"), "tsr", now=now)
    with desk.rt.db.read() as conn:
        assert {one.slug for one in offices.offices(conn)} == {"state", "tsr", "dairy", "milk-fed"}
    assert sound(desk.rt) == []


def test_a_federation_sees_only_who_lets_it(desk: Desk) -> None:
    desk.account("fed")
    desk.account("sec", SLUG)
    desk.appoint("fed", "federation", office="milk-fed")
    desk.appoint("sec", "secretary", society=SLUG)
    assert desk.actor("fed").has("federation") and not may(desk, "fed", "federation")
    now = desk.rt.clock()
    with desk.rt.db.write() as conn:
        s.let(conn, desk.actor("sec"), SLUG, "milk-fed", now=now)
    assert may(desk, "fed", "federation") and not may(desk, "fed", "federation", w.OTHER)
    for role in ("registrar", "secretary", "auditor"):
        assert not may(desk, "fed", role)
    with pytest.raises(errors.AccessError), desk.rt.db.write() as conn:
        s.let(conn, desk.actor("sec"), SLUG, "milk-fed", now=now)
    with pytest.raises(errors.NoSuchOfficeError), desk.rt.db.write() as conn:
        s.let(conn, desk.actor("sec"), SLUG, "tvm", now=now)
    with desk.rt.db.write() as conn:
        s.end_access(conn, desk.actor("sec"), SLUG, "milk-fed", now=now)
    assert not may(desk, "fed", "federation")
    assert sound(desk.rt) == []


def test_grants_of_earlier_versions_are_carried_over_once(desk: Desk) -> None:
    """As soon as an appointment is sealed, a row written by hand gives nothing."""
    rt = desk.rt
    desk.account("old")
    old = desk.actor("old").account.id
    row = {"account_id": old, "role": "registrar", "scope_kind": "state", "scope": ""}
    with rt.db.write() as conn:
        conn.execute(insert(t.account_grant).values(row | {"granted_at": rt.clock() - DAY}))
    assert carry.carry_grants(rt) == 0
    assert desk.actor("old").grants == ()


def test_an_upgrade_seals_what_the_rows_say(rt: Runtime) -> None:
    now = rt.clock()
    with rt.db.write() as conn:
        made = people_service.create_account(conn, "old", "Old", "staff", now=now)
        row = {"account_id": made.id, "role": "registrar", "scope_kind": "state", "scope": ""}
        conn.execute(insert(t.account_grant).values(row | {"granted_at": now - DAY}))
    assert (carry.carry_grants(rt), carry.carry_grants(rt)) == (1, 0)
    desk = Desk(rt)
    assert desk.actor("old").grants == (Grant("registrar", "state", ""),)
    assert [one["basis"] for one in desk.public("appointment")] == ["carried"]
    with rt.db.read() as conn:
        assert conn.execute(select(t.account_grant)).first() is None
    assert sound(rt) == []


def test_rows_come_back_from_the_log(desk: Desk) -> None:
    desk.account("new")
    number = desk.appoint("new", "registrar", office="tvm")
    with desk.rt.db.write() as conn:
        _bend(conn, number)
    named = sound(desk.rt)
    assert any("appointment.account_id" in one for one in named)
    assert any("appointment.scope" in one for one in named)
    assert rebuild(desk.rt.db).findings == []
    assert sound(desk.rt) == []
    assert may(desk, "new", "registrar")


def _bend(conn: Connection, number: int) -> None:
    here = t.appointment.c.id == number
    conn.execute(update(t.appointment).where(here).values(account_id=1, scope="kollam"))


def test_the_words_of_records_and_of_types_are_the_same() -> None:
    from trust.formats.kinds import offices as kinds
    from trust.people.offices import model

    assert model.ROLES == kinds.ROLES
    assert model.LEVELS == kinds.LEVELS
    assert model.REASONS == kinds.REASONS
