"""One-time links: an hour in which somebody of the staff chooses a first password.

A link is a random token; its digest alone is kept. A newer link of an account ends the older one.
It serves accounts without a password alone: nobody who makes accounts can take one over later.

The first administrator is made by a link of the installation: whoever runs `sakshi init` gets it.
The office itself begins when the link is used, as a public entry with the basis `installation`. As
soon as one administrator was ever appointed, no such link is made and none works, so that a person
with a shell cannot become one without the others.
"""

import secrets
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal

from sqlalchemy import Connection, delete, insert, select, update

from trust.people import queries
from trust.people import tables as t
from trust.people.errors import NoSuchAccountError
from trust.people.model import Account, Actor, Grant
from trust.people.offices import appointing
from trust.people.offices import queries as offices
from trust.people.offices.accounts import MAKERS, require_any
from trust.people.offices.errors import (
    AdministratorThereError,
    LinkOverError,
    NoSuchLoginError,
    PasswordThereError,
)
from trust.people.register import ARGON2_MEMORY_KIB, create_account, set_password

Purpose = Literal["password", "first-administrator"]
LINK_SECONDS: Final = 3600
FIRST_LOGIN: Final = "administrator"
_ADMINISTRATOR: Final = Grant("administrator", "state", "")
_c = t.one_time_link.c


@dataclass(frozen=True, slots=True)
class Link:
    """A link that still works: whose it is, and what for."""

    account: Account
    purpose: Purpose


def make_link(conn: Connection, account_id: int, purpose: Purpose, *, now: int) -> str:
    """A token for an hour; an older one of the account ends."""
    token = secrets.token_urlsafe(32)
    conn.execute(delete(t.one_time_link).where(_c.account_id == account_id))
    conn.execute(
        insert(t.one_time_link).values(
            digest=_digest(token), account_id=account_id, purpose=purpose,
            expires=now + LINK_SECONDS,
        )
    )  # fmt: skip
    return token


def link_for(conn: Connection, actor: Actor, login: str, *, now: int) -> str:
    """A token for somebody's first password, by whoever may make such accounts.

    Raises RoleNeededError, NotAllowedError (a Registrar and a society elsewhere),
    NoSuchLoginError, PasswordThereError.
    """
    require_any(actor, MAKERS)
    account = queries.account(conn, login)
    if account is None or account.kind != "staff":
        raise NoSuchLoginError(login=login)
    if not actor.has("administrator") and account.society is not None:
        actor.require(("registrar",), queries.need_society(conn, account.society))
    _without_password(conn, account)
    return make_link(conn, account.id, "password", now=now)


def first_link(conn: Connection, *, now: int) -> str:
    """A token for the first administrator; raises AdministratorThereError if there ever was one."""
    _never_one(conn, now)
    account = queries.account(conn, FIRST_LOGIN) or create_account(
        conn, FIRST_LOGIN, FIRST_LOGIN.capitalize(), "staff", now=now
    )
    _without_password(conn, account)
    return make_link(conn, account.id, "first-administrator", now=now)


def look(conn: Connection, token: str, *, now: int) -> Link:
    """What a link is for; raises LinkOverError if it works no more, or never did."""
    found = select(_c.account_id, _c.purpose).where(_c.digest == _digest(token), _c.expires > now)
    row = conn.execute(found).first()
    if row is None:
        raise LinkOverError
    try:
        account = queries.actor(conn, row.account_id, now).account
    except NoSuchAccountError:
        raise LinkOverError from None
    return Link(account, row.purpose)


def use(
    conn: Connection, token: str, password: str, *, now: int, memory_kib: int = ARGON2_MEMORY_KIB
) -> Account:
    """Give the account its first password, once; the first administrator begins with it.

    Raises LinkOverError, PasswordShortError, PasswordThereError, AdministratorThereError.
    """
    link = look(conn, token, now=now)
    _without_password(conn, link.account)
    if link.purpose == "first-administrator":
        _never_one(conn, now)
    ended = conn.execute(
        update(t.one_time_link)
        .where(_c.digest == _digest(token), _c.expires > now)
        .values(expires=0)
    )
    if ended.rowcount != 1:
        raise LinkOverError
    set_password(conn, link.account.id, password, now=now, memory_kib=memory_kib)
    if link.purpose == "first-administrator":
        appointing.grant(conn, link.account.id, _ADMINISTRATOR, now=now)
    return link.account


def _digest(token: str) -> bytes:
    return sha256(token.encode()).digest()


def _never_one(conn: Connection, now: int) -> None:
    held = offices.appointments(conn, now, over=True, scope=("state", ""))
    if any(one.role == "administrator" for one in held):
        raise AdministratorThereError


def _without_password(conn: Connection, account: Account) -> None:
    query = select(t.account.c.password_hash).where(t.account.c.id == account.id)
    if conn.execute(query).scalar() is not None:
        raise PasswordThereError(login=account.login)
