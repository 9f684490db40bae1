"""A federation sees the indicators and due dates of the societies that let it, and nothing else.

The society's own secretary or president lets it and ends it; each is a public entry.
"""

from sqlalchemy import Connection

from trust.formats.canon import Json
from trust.people import queries
from trust.people.model import Actor, Grant, Role
from trust.people.offices import queries as offices
from trust.people.offices import requests, sealing
from trust.people.offices.errors import AccessError, NoSuchOfficeError

LETTING: tuple[Role, ...] = ("secretary", "president")


def let(conn: Connection, actor: Actor, society: str, office: str, *, now: int) -> None:
    """Let a federation see the society. Raises NotAllowedError, NoSuchOfficeError, AccessError."""
    if offices.need_office(conn, office).level != "federation":
        raise NoSuchOfficeError(slug=office)
    _change(conn, actor, society, office, "let", now)


def end_access(conn: Connection, actor: Actor, society: str, office: str, *, now: int) -> None:
    """Let it see the society no more. Raises NotAllowedError, AccessError."""
    _change(conn, actor, society, office, "end", now)


def _change(
    conn: Connection, actor: Actor, society: str, office: str, action: str, now: int
) -> None:
    profile = queries.need_society(conn, society)
    actor.require(LETTING, profile)
    is_let = bool(offices.let(conn, society=society, office=office))
    if is_let == (action == "let"):
        raise AccessError(slug=office)
    role = next(role for role in LETTING if actor.may(role, profile))
    record: dict[str, Json] = {
        "kind": "federation-access",
        "v": 1,
        "society": society,
        "office": office,
        "action": action,
        "by": [sealing.told(Grant(role, "society", society))],
    }
    name = f"federation-access {society} {office} {requests.fresh_key()}"
    sealing.seal(conn, record, name, (actor.account.login,), now=now)
