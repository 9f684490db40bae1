"""A lost officer's key is given up: the committee decides, two officers say so, and it is sealed.

Without a way out a society whose president lost a key could file nothing and help nobody to vote.
The entry is public, names the office and no person, and ends the key at once; then the Registrar's
office binds a new one, as it binds every officer's key.
"""

from datetime import date

from sqlalchemy import Connection, select

from trust.formats import b64
from trust.formats.canon import Json, normalise_text
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import pending, queries, rolls
from trust.people import tables as t
from trust.people.errors import (
    FutureDateError,
    KeyRevokedError,
    NoSuchKeyError,
    ReferenceMissingError,
    TextTooLongError,
)
from trust.people.model import OFFICERS, Actor, OfficerKey
from trust.people.registerrules import today

MAX_REFERENCE = 200


def begin_officer_key_loss(
    conn: Connection, actor: Actor, key_id: int, decided_on: date, reference: str, *, now: int
) -> int:
    """First officer: the committee decided that a key is lost; returns the request's id.

    `reference` is the number of the decision in the minutes. Raises NotAllowedError,
    KeyRevokedError, FutureDateError, ReferenceMissingError, TextTooLongError.
    """
    key = _key(conn, key_id)
    actor.require(OFFICERS, queries.need_society(conn, key.society))
    book = rolls.lock_book(conn, key.society, now=now)
    _check_bound(conn, key_id)
    told = normalise_text(reference.strip())
    if not told:
        raise ReferenceMissingError
    if len(told) > MAX_REFERENCE:
        raise TextTooLongError(most=MAX_REFERENCE, begins=told[:40])
    if decided_on > today(book.at):
        raise FutureDateError("decided_on", decided_on)
    body: dict[str, Json] = {"decided_on": decided_on.isoformat(), "reference": told}
    return pending.ask(conn, actor, key.society, "key-loss", body, now=now, key_id=key_id)


def confirm_officer_key_loss(
    conn: Connection, actor: Actor, request_id: int, *, now: int
) -> Sequenced:
    """Second officer: the key ends here, in the book log and for every drawn roll.

    Raises SameOfficerError, RequestClosedError, KeyRevokedError.
    """
    taken = pending.take(conn, actor, request_id, "key-loss", now=now)
    assert taken.request.key_id is not None
    key = _check_bound(conn, taken.request.key_id)
    record: dict[str, Json] = {
        "kind": "officer-key-loss",
        "v": 1,
        "society": key.society,
        "key": b64.encode(key.public_key),
        "role": key.role,
        "officers": taken.offices(conn),
        **taken.request.body,
    }
    item = NewEntry("officer-key-loss", record, f"officer-key:loss:{key.public_key.hex()}")
    (sealed,) = logs.append(conn, taken.book.origin, [item], now=now)
    rolls.tell(conn, taken.book, sealed, key.public_key, key.role, "stop")
    pending.finish(conn, taken, now=now)
    return sealed


def _key(conn: Connection, key_id: int) -> OfficerKey:
    k = t.officer_key
    row = conn.execute(select(k).where(k.c.id == key_id)).first()
    if row is None:
        raise NoSuchKeyError
    return queries.officer_key_of(row)


def _check_bound(conn: Connection, key_id: int) -> OfficerKey:
    key = _key(conn, key_id)
    if key.revoked_at is not None:
        raise KeyRevokedError
    return key
