"""Members' keys: binding a key or voting card by two officers, and re-issuing it.

A member's key decides votes, so no single officer binds one: the first begins, a different one
confirms, and the binding is sealed in the society's book log (`trust/people/keyentries.py`). A lost
card is a routine: it is stopped (`trust/people/stopping.py`), then a new one is enrolled the same
way. A key serves one person once and is never bound again.
"""

from sqlalchemy import Connection, select

from trust.formats import b64
from trust.formats.canon import Json
from trust.people import keyentries, pending, queries, stopping
from trust.people import tables as t
from trust.people.errors import (
    BadKeyError,
    KeyInUseError,
    KeyStillBoundError,
    MediumError,
    MemberLeftError,
)
from trust.people.keypoints import SALT, check_point
from trust.people.model import OFFICERS, Actor, Medium, MemberKey
from trust.people.pending import Taken
from trust.people.register import member_account
from trust.people.rolls import Change


def begin_enrolment(
    conn: Connection,
    actor: Actor,
    member_id: int,
    public_key: bytes,
    medium: Medium,
    *,
    now: int,
    salt: bytes = b"",
) -> int:
    """First officer: ask to bind a key to a member whose ID was seen. Returns the request's id.

    `salt` is the one under which the card bears its check (`keypoints.check_code`), empty if it
    bears none. An earlier open request of the member is dropped. Raises NotAllowedError,
    BadKeyError, KeyInUseError, KeyStillBoundError.
    """
    member = queries.member(conn, member_id)
    actor.require(OFFICERS, queries.need_society(conn, member.society))
    if member.left_on is not None:
        raise MemberLeftError
    if medium not in ("card", "device"):
        raise MediumError
    _check_free(conn, member_id, public_key, now)
    if len(salt) not in (0, SALT):
        raise BadKeyError
    body: dict[str, Json] = {
        "key": b64.encode(public_key),
        "medium": medium,
        "salt": b64.encode(salt),
    }
    return pending.ask(conn, actor, member.society, "enrolment", body, now=now, member_id=member_id)


def confirm_enrolment(conn: Connection, actor: Actor, request_id: int, *, now: int) -> int:
    """Second officer: bind the key and seal the enrolment. Returns the id of the member's key.

    Where the first officer asked to stop the member's old key in the same breath (`reissue` while
    a roll is drawn), both officers stop it now. The member gets an account to sign in with, if
    there is none yet. Raises SameOfficerError for the officer who began it, RequestClosedError,
    NotAllowedError.
    """
    taken = pending.take(conn, actor, request_id, "enrolment", now=now)
    assert taken.request.member_id is not None
    member = queries.member(conn, taken.request.member_id)
    if member.left_on is not None:
        raise MemberLeftError
    key = b64.decode(str(taken.request.body["key"]))
    medium: Medium = "card" if taken.request.body["medium"] == "card" else "device"
    _check_free(conn, member.id, key, now)
    _stop_old(conn, taken, now)
    action: Change = "reissue" if queries.keys_of(conn, member.id) else "bind"
    keyentries.seal(conn, taken.book, member, key, medium, action, taken.logins, "", now=now)
    pending.finish(conn, taken, now=now)
    member_account(conn, member.id, now=now)
    bound = queries.member_key(conn, member.id)
    assert bound is not None
    return bound.id


def reissue(
    conn: Connection,
    actor: Actor,
    member_id: int,
    public_key: bytes,
    medium: Medium,
    reason: str,
    *,
    now: int,
    salt: bytes = b"",
) -> int:
    """Lost or spoilt card: stop the old key and begin the enrolment of a new one.

    While a roll is drawn the old key only stops signing in; the second officer, who confirms the
    new one, stops it for votes too.
    """
    old = queries.member_key(conn, member_id)
    if old is not None:
        stopping.revoke_key(conn, actor, old.id, reason, now=now)
    return begin_enrolment(conn, actor, member_id, public_key, medium, now=now, salt=salt)


def _stop_old(conn: Connection, taken: Taken, now: int) -> None:
    """Confirm the stop of the member's old key, if it waits for a second officer."""
    assert taken.request.member_id is not None
    old = queries.member_key(conn, taken.request.member_id)
    asked = None if old is None else queries.stop_asked(conn, old.id, now)
    if asked is not None:
        stop = pending.take(conn, taken.second, asked.id, "stop", now=now)
        stopping.confirm_stop(conn, stop, now=now)


def _check_free(conn: Connection, member_id: int, public_key: bytes, now: int) -> None:
    check_point(public_key)
    used = select(t.member_key.c.id).where(t.member_key.c.public_key == public_key)
    if conn.execute(used).first() is not None:
        raise KeyInUseError
    held: MemberKey | None = queries.member_key(conn, member_id)
    if held is not None and queries.stop_asked(conn, held.id, now) is None:
        raise KeyStillBoundError
