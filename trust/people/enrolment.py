"""Members' keys: binding a key or voting card by two officers, stopping it, re-issuing it.

A member's key decides votes, so no single officer binds one: the first begins, a different one
confirms, and the binding is sealed in the society's book log as a private `enrolment` entry, whose
detail alone says whose key it is. A lost card is a routine: one officer stops it at once, then a
new one is enrolled the same way. A key serves one person once and is never bound again. While a
roll is drawn, each of these is told in the meeting's log too (`trust/people/rolls.py`).
"""

from sqlalchemy import Connection, insert, select, update

from trust.formats import b64
from trust.formats.canon import Json, normalised
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import queries, rolls
from trust.people import tables as t
from trust.people.errors import (
    BadDetailsError,
    KeyInUseError,
    KeyRevokedError,
    KeyStillBoundError,
    RequestClosedError,
    SameOfficerError,
    UnknownPersonError,
)
from trust.people.keypoints import check_point
from trust.people.model import OFFICERS, Actor, Medium, Member
from trust.people.register import member_account
from trust.people.rolls import Book, Change

REQUEST_SECONDS = 7 * 86_400
"""How long the second officer may take; an older request must be begun again."""


def begin_enrolment(
    conn: Connection,
    actor: Actor,
    member_id: int,
    public_key: bytes,
    medium: Medium,
    *,
    now: int,
) -> int:
    """First officer: ask to bind a key to a member whose ID was seen. Gives the request's id.

    An earlier open request of the member is dropped. Raises NotAllowedError, BadKeyError,
    KeyInUseError, KeyStillBoundError.
    """
    member = queries.member(conn, member_id)
    actor.require(OFFICERS, queries.need_society(conn, member.society))
    if member.left_on is not None:
        raise BadDetailsError("The member has left the society; no key can be bound.")
    if medium not in ("card", "device"):
        raise BadDetailsError(f"A key is on a card or a device, not {medium!r}.")
    _check_free(conn, member_id, public_key, now)
    request = t.enrolment_request
    conn.execute(
        update(request)
        .where(request.c.member_id == member_id, request.c.ended_at.is_(None))
        .values(ended_at=now)
    )
    added = conn.execute(
        insert(request)
        .returning(request.c.id)
        .values(
            member_id=member_id,
            public_key=public_key,
            medium=medium,
            first_officer=actor.account.id,
            started_at=now,
        )
    )
    return int(added.scalar_one())


def confirm_enrolment(conn: Connection, actor: Actor, request_id: int, *, now: int) -> int:
    """Second officer: bind the key and seal the enrolment. Gives the id of the member's key.

    The member gets an account to sign in with, if there is none yet.
    Raises SameOfficerError for the officer who began it, RequestClosedError, NotAllowedError.
    """
    table = t.enrolment_request
    row = conn.execute(select(table).where(table.c.id == request_id).with_for_update()).first()
    if row is None:
        raise UnknownPersonError("There is no such enrolment.")
    member = queries.member(conn, row.member_id)
    actor.require(OFFICERS, queries.need_society(conn, member.society))
    if row.ended_at is not None or now - row.started_at > REQUEST_SECONDS:
        raise RequestClosedError(
            "This enrolment was confirmed, replaced or is too old. Begin a new one."
        )
    if row.first_officer == actor.account.id:
        raise SameOfficerError(
            "You began this enrolment. Another officer of the society must confirm it."
        )
    key = bytes(row.public_key)
    book = rolls.lock_book(conn, member.society, now=now)
    _check_free(conn, member.id, key, now)
    action: Change = "reissue" if queries.keys_of(conn, member.id) else "bind"
    officers = [_login(conn, row.first_officer), actor.account.login]
    sealed = _seal(conn, book, member, key, row.medium, action, officers, "", now)
    added = conn.execute(
        insert(t.member_key)
        .returning(t.member_key.c.id)
        .values(
            member_id=member.id,
            public_key=key,
            medium=row.medium,
            bound_at=sealed.time,
            origin=sealed.origin,
            entry_index=sealed.index,
        )
    )
    conn.execute(
        update(table)
        .where(table.c.id == request_id)
        .values(ended_at=now, second_officer=actor.account.id)
    )
    member_account(conn, member.id, now=now)
    return int(added.scalar_one())


def revoke_key(conn: Connection, actor: Actor, key_id: int, reason: str, *, now: int) -> Sequenced:
    """Stop a member's key at once; one officer is enough, or the member's own account.

    Raises KeyRevokedError when it was stopped before.
    """
    member = queries.member(conn, queries.key(conn, key_id).member_id)
    herself = actor.account.member_id == member.id
    if not herself:
        actor.require(OFFICERS, queries.need_society(conn, member.society))
    book = rolls.lock_book(conn, member.society, now=now)
    key = queries.key(conn, key_id)
    if key.revoked_at is not None:
        raise KeyRevokedError("This key was revoked before.")
    # A member's own log-in name would say whose key it is.
    officers = [] if herself else [actor.account.login]
    sealed = _seal(conn, book, member, key.public_key, key.medium, "stop", officers, reason, now)
    conn.execute(
        update(t.member_key)
        .where(t.member_key.c.id == key_id)
        .values(revoked_at=sealed.time, reason=reason)
    )
    return sealed


def reissue(
    conn: Connection,
    actor: Actor,
    member_id: int,
    public_key: bytes,
    medium: Medium,
    reason: str,
    *,
    now: int,
) -> int:
    """Lost or spoilt card: stop the old key now and begin the enrolment of a new one."""
    old = queries.member_key(conn, member_id, now)
    if old is not None:
        revoke_key(conn, actor, old.id, reason, now=now)
    return begin_enrolment(conn, actor, member_id, public_key, medium, now=now)


def _check_free(conn: Connection, member_id: int, public_key: bytes, now: int) -> None:
    check_point(public_key)
    used = select(t.member_key.c.id).where(t.member_key.c.public_key == public_key)
    if conn.execute(used).first() is not None:
        raise KeyInUseError("This key or card was bound before; make a new one.")
    if queries.member_key(conn, member_id, now) is not None:
        raise KeyStillBoundError("The member has a key in force. Revoke it first, then bind anew.")


def _login(conn: Connection, account_id: int) -> str:
    query = select(t.account.c.login).where(t.account.c.id == account_id)
    return str(conn.execute(query).scalar_one())


def _seal(
    conn: Connection,
    book: Book,
    member: Member,
    key: bytes,
    medium: str,
    action: Change,
    officers: list[str],
    reason: str,
    now: int,
) -> Sequenced:
    """Append an `enrolment` to the book log, and tell the meetings whose roll is drawn."""
    word = "revoke" if action == "stop" else action
    record: dict[str, Json] = {
        "kind": "enrolment",
        "v": 2,
        "society": member.society,
        "key": b64.encode(key),
        "medium": medium,
        "action": word,
        "officers": list(officers),
    }
    detail: dict[str, Json] = {
        "kind": "enrolment-detail",
        "v": 1,
        "member": member.number,
        "reason": reason,
    }
    entry = NewEntry("enrolment", record, f"enrolment:{word}:{key.hex()}", normalised(detail))
    (sealed,) = logs.append(conn, book.origin, [entry], now=now)
    rolls.tell(conn, book, sealed, key, "member", action)
    return sealed
