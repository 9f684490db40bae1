"""The verbs about offices, collected. Each takes an open connection and shares its transaction;
`now` is UTC seconds."""

from sqlalchemy import Connection

from trust.people import queries as people
from trust.people.model import Actor
from trust.people.offices import appointing, ending, queries, requests, rights
from trust.people.offices.access import end_access, let
from trust.people.offices.accounts import add_account
from trust.people.offices.appointing import Term, appoint, grant, is_alone
from trust.people.offices.ending import end
from trust.people.offices.errors import NoSuchOfficeRequestError, RequestOverError
from trust.people.offices.handing import after_of, seal_hand_over, take_requests
from trust.people.offices.sealing import oversight_log
from trust.people.offices.seeing import about, seen_appointments, seen_requests
from trust.people.offices.tree import close_office, open_office

__all__ = [
    "Term",
    "add_account",
    "after_of",
    "appoint",
    "close_office",
    "confirm",
    "end",
    "end_access",
    "grant",
    "is_alone",
    "let",
    "open_office",
    "oversight_log",
    "seal_hand_over",
    "seen_appointments",
    "seen_requests",
    "take_requests",
    "withdraw",
]


def confirm(conn: Connection, actor: Actor, number: int, *, now: int) -> int:
    """Second person: do what was asked for; returns the number of the appointment.

    Raises SamePersonError, RequestOverError, NoSuchOfficeRequestError, and whatever stands against
    the thing itself by now.
    """
    taken = requests.take(conn, actor, number, "appointment", "end", now=now)
    if taken.request.what == "end":
        return ending.confirm(conn, actor, taken, now=now)
    return appointing.confirm(conn, actor, taken, now=now)


def withdraw(conn: Connection, actor: Actor, number: int, *, now: int) -> None:
    """Whoever asked, or might confirm: what was asked for is not to be.

    Raises NotYourOfficeError, RequestOverError, NoSuchOfficeRequestError.
    """
    found, is_open = queries.request(conn, number)
    if found.what not in ("appointment", "end"):
        raise NoSuchOfficeRequestError
    if not is_open:
        raise RequestOverError
    if found.asked_by != actor.account.id:
        over = about(conn, found)
        slug = over.scope if over.scope_kind == "society" else None
        rights.capacity(actor, over, None if slug is None else people.need_society(conn, slug))
    requests.withdraw(conn, number, now=now)
