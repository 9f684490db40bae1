"""One-time links: a first password, once, within an hour; and the first administrator."""

from typing import Any

import pytest
from sqlalchemy import select

from tests.conftest import START
from tests.trust.people import scenario as w
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as t
from trust.people.accounterrors import LoginRefusedError, PasswordShortError
from trust.people.errors import RoleNeededError
from trust.people.offices import links
from trust.people.offices import queries as offices
from trust.people.offices import service as offices_service
from trust.people.offices.errors import (
    AdministratorThereError,
    LinkOverError,
    NoSuchLoginError,
    OnlySecondError,
    PasswordThereError,
)

NEW = "a long enough password"


def _first(rt: Runtime, now: int = START) -> int:
    with rt.db.write() as conn:
        token = links.first_link(conn, now=now)
        return links.use(conn, token, NEW, now=now + 1, memory_kib=64).id


def test_the_first_administrator_begins_when_the_link_is_used(rt: Runtime) -> None:
    with rt.db.write() as conn:
        token = links.first_link(conn, now=START)
        assert offices.holders(conn, "administrator", START) == set()
        assert links.look(conn, token, now=START).purpose == "first-administrator"
        account = links.use(conn, token, NEW, now=START + 1, memory_kib=64)
        assert offices.holders(conn, "administrator", START + 1) == {account.id}
        (sealed,) = offices.appointments(conn, START + 1)
        assert (sealed.role, sealed.basis) == ("administrator", "installation")
        assert "/oversight/" in sealed.origin
        found = people_service.login_with_password(conn, "administrator", NEW, memory_kib=64)
        assert found.id == account.id


def test_a_link_works_once_and_for_an_hour(rt: Runtime) -> None:
    with rt.db.write() as conn:
        older = links.first_link(conn, now=START)
        token = links.first_link(conn, now=START)
        tries = ((older, START), (token, START + 3600), ("", START), ("x" * 5000, START))
        for wrong, at in (*tries, ("\u0d15", START)):
            with pytest.raises(LinkOverError):
                links.use(conn, wrong, NEW, now=at, memory_kib=64)
        with pytest.raises(PasswordShortError):
            links.use(conn, token, "short", now=START, memory_kib=64)
    with rt.db.write() as conn:  # the refusal used nothing up
        token = links.first_link(conn, now=START)
        links.use(conn, token, NEW, now=START + 3599, memory_kib=64)
        with pytest.raises(LinkOverError):
            links.use(conn, token, NEW, now=START + 3599, memory_kib=64)


def test_the_token_stands_nowhere(rt: Runtime) -> None:
    with rt.db.write() as conn:
        token = links.first_link(conn, now=START)
        assert token.encode() not in conn.execute(select(t.one_time_link.c.digest)).scalar_one()


def test_a_person_with_a_shell_does_not_become_one_later(rt: Runtime) -> None:
    with rt.db.write() as conn:
        other = links.first_link(conn, now=START)
        kept = conn.execute(select(t.one_time_link)).one()
    number = _first(rt)
    with rt.db.write() as conn:
        with pytest.raises(AdministratorThereError):
            links.first_link(conn, now=START + 2)
        # Not when the account was closed by hand, nor with a link kept from before.
        people_service.close_account(conn, number)
        with pytest.raises(AdministratorThereError):
            links.first_link(conn, now=START + 2)
        clerk = people_service.create_account(conn, "clerk", "C", "staff", now=START)
        row = dict(kept._mapping) | {"account_id": clerk.id, "expires": START + 99}
        conn.execute(t.one_time_link.insert().values(row))
        with pytest.raises((AdministratorThereError, LinkOverError)):
            links.use(conn, other, NEW, now=START + 3, memory_kib=64)
        assert offices.holders(conn, "administrator", START + 3) == set()


def test_one_administrator_makes_the_second_and_nothing_else(rt: Runtime) -> None:
    number = _first(rt)
    with rt.db.write() as conn:
        actor = people.actor(conn, number, START + 2)
        offices_service.add_account(conn, actor, "second", "S. Two", None, now=START + 2)
        term: dict[str, Any] = {"office": None, "society": None, "begins": None, "ends": None}
        term["now"] = START + 2
        token = links.link_for(conn, actor, "second", now=START + 2)
        offices_service.open_office(
            conn, actor, "kerala", "state", ("K", "K"), scope="", parent=None, now=START + 2
        )
        with pytest.raises(OnlySecondError):
            offices_service.appoint(
                conn, actor, "second", "registrar", **term | {"office": "kerala"}
            )
        offices_service.appoint(conn, actor, "second", "administrator", **term)
        links.use(conn, token, NEW, now=START + 3, memory_kib=64)
        assert len(offices.holders(conn, "administrator", START + 3)) == 2
        # From now on an administrator cannot take the other's account over.
        with pytest.raises(PasswordThereError):
            links.link_for(conn, actor, "second", now=START + 4)


def test_who_makes_links_for_whom(rt: Runtime) -> None:
    number = _first(rt)
    with rt.db.write() as conn:
        scenario = w.build(conn, START + 5, 2, 1)
        with pytest.raises(RoleNeededError):
            links.link_for(conn, scenario.actor(conn, "clerk"), "administrator", now=START + 6)
        actor = people.actor(conn, number, START + 6)
        with pytest.raises(NoSuchLoginError):
            links.link_for(conn, actor, "nobody", now=START + 6)
        fresh = people_service.create_account(conn, "fresh", "F", "staff", now=START)
        token = links.link_for(conn, actor, "fresh", now=START + 6)
        people_service.close_account(conn, fresh.id)
        with pytest.raises(LinkOverError):
            links.use(conn, token, NEW, now=START + 7, memory_kib=64)
    with rt.db.read() as conn, pytest.raises(LoginRefusedError):
        people_service.login_with_password(conn, "fresh", NEW, memory_kib=64)
