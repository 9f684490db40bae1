"""Accounts of staff: made by an administrator or the Registrar's office, without a password.

An account alone may do nothing. Its rights come from appointments that two people made.
"""

from collections.abc import Iterable

from sqlalchemy import Connection

from trust.formats.errors import Several, Word
from trust.people import queries
from trust.people.errors import RoleNeededError
from trust.people.model import Account, Actor, Role
from trust.people.register import create_account

MAKERS: tuple[Role, ...] = ("administrator", "registrar")


def add_account(
    conn: Connection, actor: Actor, login: str, name: str, society: str | None, *, now: int
) -> Account:
    """Make an account for somebody of the staff of an office, or of a society.

    Raises RoleNeededError, NotAllowedError (a Registrar and a society elsewhere),
    NoSuchSocietyError, LoginTakenError, LoginNameError.
    """
    require_any(actor, MAKERS)
    if society is not None:
        profile = queries.need_society(conn, society)
        if not actor.has("administrator"):
            actor.require(("registrar",), profile)
    return create_account(conn, login, name, "staff", now=now, society=society)


def require_any(actor: Actor, roles: Iterable[Role]) -> None:
    """Raise RoleNeededError unless the account has one of the roles, over whatever."""
    wanted = tuple(roles)
    if not any(actor.has(role) for role in wanted):
        raise RoleNeededError(roles=Several(Word("role", role) for role in wanted))
