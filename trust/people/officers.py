"""Officers' own keys: public entries without a name, bound by the Registrar's office alone.

Two officers sign for a member who needs help. If one officer could bind the other's key, one alone
could make up both signatures, and vote for everybody who has not voted. While a roll is drawn, each
change is told in the meeting's log too (`trust/people/rolls.py`).
"""

from sqlalchemy import Connection, select

from trust.formats import b64
from trust.formats.canon import Json
from trust.formats.errors import Word
from trust.log import service as logs
from trust.log.model import NewEntry, Sequenced
from trust.people import keyentries, queries, rolls
from trust.people import tables as t
from trust.people.errors import (
    KeyInUseError,
    KeyRevokedError,
    KeyStillBoundError,
    NoSuchKeyError,
    NotThatOfficerError,
    RegistrarBindsError,
)
from trust.people.keypoints import check_point
from trust.people.model import Actor, OfficerRole, Role
from trust.people.rolls import Book, Holder


def bind_officer_key(
    conn: Connection,
    actor: Actor,
    account_id: int,
    public_key: bytes,
    role: OfficerRole,
    *,
    now: int,
) -> int:
    """Bind an officer's key by a public entry, and seal whose it is in a private one.

    Only the Registrar's office does it. One key a person, whatever offices they hold: what two
    officers sign is signed by two people. A key in force whose holder is lost since a recovery gets
    a holder and no new binding. Raises NotAllowedError when an officer of the society does it or
    the account lacks the role.
    """
    officer = queries.actor(conn, account_id, now)
    slug = officer.account.society
    society = queries.need_society(conn, slug) if slug else None
    if society is None or not officer.may(role, society):
        raise NotThatOfficerError(role=Word("role", role))
    actor.require(("registrar",), society)
    if actor.account.society is not None or actor.account.id == account_id:
        raise RegistrarBindsError
    check_point(public_key)
    book = rolls.lock_book(conn, society.slug, now=now)
    table = t.officer_key
    if any(key.revoked_at is None for key in queries.officer_keys_of(conn, account_id)):
        raise KeyStillBoundError
    here = (table.c.society == society.slug) & (table.c.public_key == public_key)
    held = conn.execute(select(table).where(here)).first()
    if held is None:
        _seal(conn, book, society.slug, public_key, role, "bind", now)
    elif (held.account_id, held.revoked_at, held.role) != (None, None, role):
        raise KeyInUseError
    holder = keyentries.holder(society.slug, public_key, officer.account.login)
    logs.append(conn, book.origin, [holder], now=now)
    return int(conn.execute(select(table.c.id).where(here)).scalar_one())


def revoke_officer_key(conn: Connection, actor: Actor, key_id: int, *, now: int) -> Sequenced:
    """End an officer's key by a public entry: the officer's own, or by the Registrar's office.

    A colleague's key is given up by two officers together (`trust/people/keyloss.py`): one alone
    could take from the society its second signature. Raises NotAllowedError, KeyRevokedError.
    """
    table = t.officer_key
    here = select(table).where(table.c.id == key_id)
    row = conn.execute(here).first()
    if row is None:
        raise NoSuchKeyError
    book = rolls.lock_book(conn, row.society, now=now)
    row = conn.execute(here).one()
    if actor.account.id != row.account_id:
        society = queries.need_society(conn, row.society)
        actor.require(("registrar",), society)
    if row.revoked_at is not None:
        raise KeyRevokedError
    return _seal(conn, book, row.society, bytes(row.public_key), row.role, "revoke", now)


def end_officer_keys(
    conn: Connection, society: str, account_id: int, role: Role, *, now: int
) -> None:
    """End the keys that an account has for a role in a society, because the role has ended."""
    mine = [
        key
        for key in queries.officer_keys_of(conn, account_id)
        if (key.society, key.role, key.revoked_at) == (society, role, None)
    ]
    if mine:
        book = rolls.lock_book(conn, society, now=now)
        for key in mine:
            _seal(conn, book, society, key.public_key, key.role, "revoke", now)


def _seal(
    conn: Connection, book: Book, society: str, key: bytes, role: Holder, action: str, now: int
) -> Sequenced:
    """Append an `officer-key` to the book log, and tell the meetings whose roll is drawn."""
    record: dict[str, Json] = {
        "kind": "officer-key",
        "v": 1,
        "society": society,
        "key": b64.encode(key),
        "role": role,
        "action": action,
    }
    entry = NewEntry("officer-key", record, f"officer-key:{action}:{key.hex()}")
    (sealed,) = logs.append(conn, book.origin, [entry], now=now)
    rolls.tell(conn, book, sealed, key, role, "bind" if action == "bind" else "stop")
    return sealed
