"""Keys: binding a member's key or voting card by two officers, revoking it, officers' own keys.

A member's key decides votes, so no single officer binds one: the first begins, a different one
confirms, and the binding is sealed in the society's book log as a private `enrolment` entry. A lost
card is a routine: one officer stops it at once, then a new one is enrolled the same way. A key
serves one person once and is never bound again. Officers' keys are public entries without a name.
"""

import nacl.bindings
from sqlalchemy import Connection, insert, select, update

from trust.formats import b64
from trust.formats.canon import Json, normalised
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import queries
from trust.people import tables as t
from trust.people.errors import (
    BadDetailsError,
    BadKeyError,
    KeyInUseError,
    KeyRevokedError,
    KeyStillBoundError,
    NotAllowedError,
    RequestClosedError,
    SameOfficerError,
    UnknownPersonError,
)
from trust.people.model import OFFICERS, Actor, Medium, OfficerRole
from trust.people.register import member_account, open_book

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
    _check_free(conn, member.id, key, now)
    officers = [_login(conn, row.first_officer), actor.account.login]
    sealed = _seal(conn, member.society, key, "bind", row.medium, member.number, officers, "", now)
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
    key = queries.key(conn, key_id)
    member = queries.member(conn, key.member_id)
    if actor.account.member_id != member.id:
        actor.require(OFFICERS, queries.need_society(conn, member.society))
    if key.revoked_at is not None:
        raise KeyRevokedError("This key was revoked before.")
    sealed = _seal(
        conn,
        member.society,
        key.public_key,
        "revoke",
        key.medium,
        member.number,
        [actor.account.login],
        reason,
        now,
    )
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


def bind_officer_key(
    conn: Connection,
    actor: Actor,
    account_id: int,
    public_key: bytes,
    role: OfficerRole,
    *,
    now: int,
) -> int:
    """Bind an officer's key by a public entry. Only the Registrar's office does it.

    Two officers sign for a member who needs help. If one officer could bind the other's key, one
    alone could make up both signatures, and vote for everybody who has not voted.
    Raises NotAllowedError when an officer of the society does it or the account lacks the role.
    """
    officer = queries.actor(conn, account_id)
    slug = officer.account.society
    society = queries.need_society(conn, slug) if slug else None
    if society is None or not officer.may(role, society):
        raise NotAllowedError(f"That account is not {role} of a society.")
    actor.require(("registrar",), society)
    if actor.account.society is not None or actor.account.id == account_id:
        raise NotAllowedError("The Registrar's office binds officers' keys, nobody of a society.")
    _check_point(public_key)
    table = t.officer_key
    held = [key for key in queries.officer_keys_of(conn, account_id) if key.revoked_at is None]
    if any(key.role == role for key in held):
        raise KeyStillBoundError("The officer has a key in force; revoke it first.")
    there = select(table.c.id).where(
        table.c.society == society.slug, table.c.public_key == public_key
    )
    if conn.execute(there).first() is not None:
        raise KeyInUseError("This key was bound before; make a new one.")
    sealed = _seal_officer(conn, society.slug, public_key, role, "bind", now)
    added = conn.execute(
        insert(table)
        .returning(table.c.id)
        .values(
            society=society.slug,
            account_id=account_id,
            public_key=public_key,
            role=role,
            bound_at=sealed.time,
            origin=sealed.origin,
            entry_index=sealed.index,
        )
    )
    return int(added.scalar_one())


def revoke_officer_key(conn: Connection, actor: Actor, key_id: int, *, now: int) -> Sequenced:
    """End an officer's key by a public entry; the officer may do it too."""
    table = t.officer_key
    row = conn.execute(select(table).where(table.c.id == key_id).with_for_update()).first()
    if row is None:
        raise UnknownPersonError("There is no such key.")
    if actor.account.id != row.account_id:
        society = queries.need_society(conn, row.society)
        actor.require(("registrar", "secretary", "president"), society)
    if row.revoked_at is not None:
        raise KeyRevokedError("This key was revoked before.")
    sealed = _seal_officer(conn, row.society, bytes(row.public_key), row.role, "revoke", now)
    conn.execute(update(table).where(table.c.id == key_id).values(revoked_at=sealed.time))
    return sealed


def _check_point(public_key: bytes) -> None:
    """Refuse what is no point of the prime-order group: some such keys verify any message."""
    if len(public_key) != nacl.bindings.crypto_sign_PUBLICKEYBYTES:
        raise BadKeyError("An Ed25519 public key has 32 bytes.")
    if not nacl.bindings.crypto_core_ed25519_is_valid_point(public_key):
        raise BadKeyError("These bytes are no safe Ed25519 public key.")


def _check_free(conn: Connection, member_id: int, public_key: bytes, now: int) -> None:
    _check_point(public_key)
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
    society: str,
    key: bytes,
    action: str,
    medium: str,
    number: str,
    officers: list[str],
    reason: str,
    now: int,
) -> Sequenced:
    record: dict[str, Json] = {
        "kind": "enrolment",
        "v": 1,
        "society": society,
        "key": b64.encode(key),
        "member": number,
        "medium": medium,
        "action": action,
        "officers": list(officers),
        "reason": reason,
    }
    return _append(conn, society, "enrolment", record, f"enrolment:{action}:{key.hex()}", now)


def _seal_officer(
    conn: Connection, society: str, key: bytes, role: str, action: str, now: int
) -> Sequenced:
    record: dict[str, Json] = {
        "kind": "officer-key",
        "v": 1,
        "society": society,
        "key": b64.encode(key),
        "role": role,
        "action": action,
    }
    return _append(conn, society, "officer-key", record, f"officer-key:{action}:{key.hex()}", now)


def _append(
    conn: Connection, society: str, kind: str, record: dict[str, Json], key: str, now: int
) -> Sequenced:
    origin = open_book(conn, society, now=now)
    return logs.append(conn, origin, [NewEntry(kind, normalised(record), key)], now=now)[0]
