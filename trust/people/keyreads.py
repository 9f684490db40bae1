"""Reads of keys: members' and officers'."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, bindparam, or_, select

from trust.log.tables import log
from trust.people import tables as t
from trust.people.errors import NoSuchKeyError
from trust.people.model import MemberKey, OfficerKey

HOLDS = and_(
    t.member_key.c.society == t.member.c.society, t.member_key.c.member == t.member.c.number
)
"""Whether a key is, or was, a member's."""


def member_key(conn: Connection, member_id: int) -> MemberKey | None:
    """The key bound to the member and in force, or None.

    No clock decides: a key that was stopped never comes into force again.
    """
    query = _keys(t.member.c.id == member_id)
    row = conn.execute(query.where(t.member_key.c.revoked_at.is_(None))).first()
    return None if row is None else _key(row)


def keys_of(conn: Connection, member_id: int) -> list[MemberKey]:
    """Every key the member ever had, newest first."""
    return [_key(row) for row in conn.execute(_keys(t.member.c.id == member_id))]


def key(conn: Connection, key_id: int) -> MemberKey:
    """The member key of that row; raises UnknownPersonError if there is none."""
    row = conn.execute(_keys(t.member_key.c.id == key_id)).first()
    if row is None:
        raise NoSuchKeyError
    return _key(row)


_STANDING = select(t.member_key.c.id).where(
    t.member_key.c.id.in_(bindparam("key_ids", expanding=True)), t.member_key.c.revoked_at.is_(None)
)


def standing_keys(conn: Connection, key_ids: Iterable[int | None]) -> frozenset[int]:
    """Those of these rows whose member key was not stopped; on the path of each ballot.

    No clock is asked: one that went back would bring a stopped key back.
    """
    return frozenset(conn.execute(_STANDING, {"key_ids": list(key_ids)}).scalars())


def public_keys(conn: Connection, key_ids: Iterable[int]) -> dict[int, bytes]:
    """Members' public keys by row id, revoked ones included; an unknown id is left out."""
    k = t.member_key.c
    query = select(k.id, k.public_key).where(k.id.in_(list(key_ids)))
    return {row.id: bytes(row.public_key) for row in conn.execute(query)}


def officer_keys(conn: Connection, slug: str, at: int | None = None) -> list[OfficerKey]:
    """Keys of the society's officers in force, oldest first; or in force at a time in the past.

    Now is told without a clock: a key that was revoked never comes into force again. A key is left
    out if nobody knows whose it is: one person could sign with two.
    """
    k = t.officer_key.c
    known = k.account_id.is_not(None)
    query = select(t.officer_key).where(k.society == slug, known).order_by(k.id)
    if at is None:
        query = query.where(k.revoked_at.is_(None))
    else:
        query = query.where(k.bound_at <= at, or_(k.revoked_at.is_(None), k.revoked_at > at))
    return [officer_key_of(row) for row in conn.execute(query)]


def officer_keys_of(conn: Connection, account_id: int) -> list[OfficerKey]:
    """Every officer key the account ever had, newest first."""
    query = select(t.officer_key).where(t.officer_key.c.account_id == account_id)
    return [officer_key_of(row) for row in conn.execute(query.order_by(t.officer_key.c.id.desc()))]


def _keys(condition: ColumnElement[bool]) -> Select[tuple[Any, ...]]:
    k = t.member_key.c
    query = (
        select(t.member_key, t.member.c.id.label("member_id"), log.c.origin)
        .join(t.member, HOLDS)
        .join(log, log.c.id == k.log_id)
    )
    return query.where(condition).order_by(k.id.desc())


def _key(row: Row[Any]) -> MemberKey:
    return MemberKey(
        row.id,
        row.member_id,
        bytes(row.public_key),
        row.medium,
        row.bound_at,
        row.revoked_at,
        row.origin,
        row.idx,
    )


def officer_key_of(row: Row[Any]) -> OfficerKey:
    """An officer's key from its row."""
    return OfficerKey(
        row.id,
        row.society,
        row.account_id,
        bytes(row.public_key),
        row.role,
        row.bound_at,
        row.revoked_at,
    )
