"""Signing in: a password for staff, a signed challenge for members.

The challenge is a `login` record (docs/formats.md section 5): account, random nonce, expiry. The
member's key signs it for the origin `<host>/login`. It is valid for five minutes and used once.
What was wrong (name, password, key) is never told, so that nobody can list the members. Whoever
shows a card alone gets a challenge for the key itself: public keys stand in meeting packages, and
a challenge with a name in it would tell every reader whose key, and so whose vote, it is.
"""

import secrets
from functools import cache
from hashlib import sha256

from argon2 import extract_parameters
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import Connection, delete, func, insert, select, update

from trust.formats import b64, canon, records, signing, times
from trust.formats.canon import Json
from trust.formats.errors import SakshiError
from trust.formats.times import Moment
from trust.people import queries
from trust.people import tables as t
from trust.people.accounterrors import (
    LoginExpiredError,
    LoginRefusedError,
    LoginUsedError,
    NotAChallengeError,
)
from trust.people.errors import KeySuspendedError
from trust.people.model import Account
from trust.people.register import ARGON2_MEMORY_KIB, hasher

CHALLENGE_SECONDS = 300
NONCE = 32
ROLE = "member"
_KEY = "key:"


def login_origin(conn: Connection) -> str:
    """The origin in the signed message of a log-in challenge."""
    return f"{queries.host(conn)}/login"


def key_name(public_key: bytes) -> str:
    """What stands for an account in the challenge of a key alone; says nothing of its holder."""
    return _KEY + sha256(public_key).hexdigest()[:32]


def login_challenge(conn: Connection, login: str, *, now: int) -> dict[str, Json]:
    """A fresh challenge for that log-in name, whether it exists or not."""
    name = canon.normalise_text(login.strip().lower())
    nonce = secrets.token_bytes(NONCE)
    record: dict[str, Json] = {
        "kind": "login",
        "v": 1,
        "account": name,
        "nonce": b64.encode(nonce),
        "expires": times.format_time(now + CHALLENGE_SECONDS),
    }
    records.check_record(record)
    conn.execute(
        delete(t.login_challenge).where(t.login_challenge.c.expires < now - CHALLENGE_SECONDS)
    )
    conn.execute(
        insert(t.login_challenge).values(nonce=nonce, login=name, expires=now + CHALLENGE_SECONDS)
    )
    return record


def login_with_signature(conn: Connection, record: dict[str, Json], *, now: int) -> Account:
    """Sign a member in with a signed challenge.

    Raises FormatError for a record that is no login challenge, LoginExpiredError, LoginUsedError,
    LoginRefusedError, KeySuspendedError (told to whoever holds the key, and to nobody else).
    """
    if records.check_record(record).name != "login":
        raise NotAChallengeError
    _take_challenge(conn, record, now)
    try:
        signers = signing.verify(record, "login", login_origin(conn))
    except SakshiError:
        raise LoginRefusedError from None
    if len(signers) != 1:
        raise LoginRefusedError
    account = _named(conn, str(record["account"]), signers[0].key)
    bound = None
    if account is not None and account.member_id is not None:
        bound = queries.member_key(conn, account.member_id)
    if account is None or bound is None:
        raise LoginRefusedError
    if signers[0].key != bound.public_key or signers[0].role != ROLE:
        raise LoginRefusedError
    asked = queries.stop_asked(conn, bound.id, now)
    if asked is not None:
        raise KeySuspendedError(at=Moment(asked.started_at))
    return account


def end_session(conn: Connection, session_id: str, *, until: int, now: int) -> None:
    """Note that a session was signed out; kept until it would have ended by itself (UTC seconds).

    The session is a cookie, and whoever copied it must not go on after its owner signed out.
    """
    table = t.ended_session
    conn.execute(delete(table).where(table.c.until < now))
    if not queries.ended_sessions(conn, [session_id]):
        conn.execute(insert(table).values(id=session_id, until=until))


def _named(conn: Connection, name: str, key: bytes) -> Account | None:
    """The account a challenge is for: the one of that log-in name, or the holder of the key."""
    if not name.startswith(_KEY):
        return queries.account(conn, name)
    return queries.account_of_key(conn, key) if name == key_name(key) else None


def login_with_password(
    conn: Connection, login: str, password: str, *, memory_kib: int = ARGON2_MEMORY_KIB
) -> Account:
    """Sign staff in; raises LoginRefusedError. Takes as long for a name that does not exist:
    it costs what the password of somebody on the staff costs, or `memory_kib` if there is nobody.
    """
    account, cost = queries.account(conn, login), _cost_of_somebody(conn, login)
    stored = None
    if account is not None:
        query = select(t.account.c.password_hash).where(t.account.c.id == account.id)
        stored = conn.execute(query).scalar_one()
    try:
        hasher().verify(stored or _nobody(cost or memory_kib), password)
    except (VerificationError, InvalidHashError):
        raise LoginRefusedError from None
    if account is None or stored is None:
        raise LoginRefusedError
    return account


def _take_challenge(conn: Connection, record: dict[str, Json], now: int) -> None:
    """Mark the challenge used; its members must be those that were handed out."""
    c = t.login_challenge.c
    nonce = b64.decode(str(record["nonce"]))
    row = conn.execute(select(t.login_challenge).where(c.nonce == nonce)).first()
    if row is None or row.login != record["account"]:
        raise LoginRefusedError
    if now >= row.expires:
        raise LoginExpiredError
    if record["expires"] != times.format_time(row.expires):
        raise LoginRefusedError
    taken = conn.execute(
        update(t.login_challenge).where(c.nonce == nonce, c.used_at.is_(None)).values(used_at=now)
    )
    if taken.rowcount != 1:
        raise LoginUsedError


def _cost_of_somebody(conn: Connection, login: str) -> int | None:
    """KiB that one of the stored passwords costs, always the same one for a name.

    They differ once the setting was changed; a cost of its own would say that a name is nobody's.
    """
    c = t.account.c
    kept = select(c.password_hash).where(c.password_hash.is_not(None)).order_by(c.id)
    among = conn.execute(select(func.count(c.id)).where(c.password_hash.is_not(None))).scalar_one()
    if not among:
        return None
    drawn = int.from_bytes(sha256(login.strip().lower().encode()).digest()) % among
    return extract_parameters(conn.execute(kept.offset(drawn).limit(1)).scalar_one()).memory_cost


@cache
def _nobody(memory_kib: int) -> str:
    """A hash nothing verifies against, so that an unknown name costs what a known one costs."""
    return hasher(memory_kib).hash(secrets.token_hex(NONCE))
