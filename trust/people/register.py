"""The register: societies, accounts, and who read members' data."""

from collections.abc import Sequence

from argon2 import PasswordHasher
from sqlalchemy import Connection, insert, select, update

from trust.formats import origins
from trust.formats.canon import Json, normalise_text
from trust.log import service as logs
from trust.log import shards
from trust.log.model import NewEntry
from trust.people import queries
from trust.people import tables as t
from trust.people.accounterrors import (
    AccountKindError,
    AccountThereError,
    LoginNameError,
    LoginTakenError,
    PasswordShortError,
    SlugDiffersError,
    SocietyThereError,
)
from trust.people.errors import NoSuchAccountError
from trust.people.model import Account, AccountKind, Actor, SocietyProfile

ARGON2_MEMORY_KIB = 19_456
ARGON2_PASSES = 2
MIN_PASSWORD = 8
MAX_LOGIN = 80


def hasher(memory_kib: int = ARGON2_MEMORY_KIB) -> PasswordHasher:
    """Argon2id with the memory of the settings (OWASP: 19 MiB, two passes, one lane)."""
    return PasswordHasher(time_cost=ARGON2_PASSES, memory_cost=memory_kib, parallelism=1)


def register_society(
    conn: Connection, profile: SocietyProfile, *, now: int, officers: Sequence[str] = ()
) -> None:
    """Enter a society, open its book log and append its registration as the log's first entry.

    Args:
        officers: log-in names of the two who did it, kept beside the entry.

    Raises AlreadyThereError for a slug or registration number in use, BadDetailsError when the
    slug is not that of the number.
    """
    if profile.slug != origins.slug(profile.registration_number):
        raise SlugDiffersError(
            number=profile.registration_number,
            wanted=origins.slug(profile.registration_number),
            found=profile.slug,
        )
    if queries.society(conn, profile.slug) is not None:
        raise SocietyThereError(slug=profile.slug)
    record: dict[str, Json] = {
        "kind": "society",
        "v": 1,
        "society": profile.slug,
        "registration_number": profile.registration_number,
        "name_en": normalise_text(profile.name_en),
        "name_ml": normalise_text(profile.name_ml),
        "district": profile.district,
        "taluk": normalise_text(profile.taluk),
        "sector": profile.sector,
        "class": profile.class_,
        "registered_on": profile.registered_on.isoformat(),
    }
    origin = open_book(conn, profile.slug, now=now)
    annex: dict[str, Json] | None = {"officers": [*officers]} if officers else None
    logs.append(conn, origin, [NewEntry("society", record, "society", annex=annex)], now=now)


def open_book(conn: Connection, slug: str, *, now: int) -> str:
    """The book log that takes entries now; made, or turned to the new year, if need be."""
    first = origins.coop_origin(queries.host(conn), slug, origins.financial_year(now))
    return shards.current(conn, first, now=now)


def create_account(
    conn: Connection,
    login: str,
    display_name: str,
    kind: AccountKind,
    *,
    now: int,
    password: str | None = None,
    society: str | None = None,
    member_id: int | None = None,
    memory_kib: int = ARGON2_MEMORY_KIB,
) -> Account:
    """Make an account. Staff get a password; a member's account needs the member's row.

    Log-in names are lower case. Raises AlreadyThereError or BadDetailsError.
    """
    login = login.strip().lower()
    if not login or len(login) > MAX_LOGIN or not login.isprintable() or " " in login:
        raise LoginNameError(most=MAX_LOGIN)
    if (kind == "member") != (member_id is not None) or (kind == "member" and society is None):
        raise AccountKindError
    if conn.execute(select(t.account.c.id).where(t.account.c.login == login)).first():
        raise LoginTakenError(login=login)
    if member_id is not None and queries.account_of_member(conn, member_id) is not None:
        raise AccountThereError
    added = conn.execute(
        insert(t.account)
        .returning(t.account.c.id)
        .values(
            login=login,
            display_name=normalise_text(display_name),
            kind=kind,
            society=society,
            member_id=member_id,
            password_hash=None if password is None else _hash(password, memory_kib),
            active=True,
            created_at=now,
        )
    )
    return Account(int(added.scalar_one()), login, display_name, kind, society, member_id)


def member_account(conn: Connection, member_id: int, *, now: int) -> Account:
    """The member's account, made if there is none: log-in name "<society>-<member number>".

    Where that is too long, the name is "m-" and the row's id. It has no password: members sign in
    with their key or card.
    """
    found = queries.account_of_member(conn, member_id)
    if found is not None:
        return found
    member = queries.member(conn, member_id)
    login = "-".join(f"{member.society}-{member.number}".split())
    if len(login) > MAX_LOGIN:
        login = f"m-{member_id}"
    return create_account(
        conn, login, member.name, "member", now=now, society=member.society, member_id=member_id
    )


def set_password(
    conn: Connection,
    account_id: int,
    password: str,
    *,
    now: int,
    memory_kib: int = ARGON2_MEMORY_KIB,
) -> None:
    """Give an account a new password. Its sessions end: others may have known the old one."""
    hashed = _hash(password, memory_kib)
    _touch(conn, account_id, password_hash=hashed, signed_out_at=now)


def close_account(conn: Connection, account_id: int) -> None:
    """Nobody can sign in with the account any more; what it did keeps naming it."""
    _touch(conn, account_id, active=False)


def belongs_to(conn: Connection, account_id: int, society: str) -> None:
    """The account is of the staff of that society from now on."""
    _touch(conn, account_id, society=society)


def put_out(conn: Connection, account_id: int, *, now: int) -> None:
    """The sessions of an account that began by now have ended."""
    _touch(conn, account_id, signed_out_at=now)


def record_access(
    conn: Connection,
    actor: Actor,
    society: str,
    what: str,
    purpose: str,
    *,
    now: int,
    member_id: int | None = None,
) -> None:
    """Note that a member of the staff read member-level data, and for what."""
    conn.execute(
        insert(t.access_record).values(
            at=now,
            account_id=actor.account.id,
            society=society,
            member_id=member_id,
            what=what,
            purpose=purpose,
        )
    )


def end_sessions(conn: Connection, member_id: int, *, now: int) -> None:
    """A member's sessions that began by now have ended: somebody else may hold the card."""
    account = t.account
    conn.execute(update(account).where(account.c.member_id == member_id).values(signed_out_at=now))


def _hash(password: str, memory_kib: int) -> str:
    if len(password) < MIN_PASSWORD:
        raise PasswordShortError(least=MIN_PASSWORD)
    return hasher(memory_kib).hash(password)


def _touch(conn: Connection, account_id: int, **values: object) -> None:
    changed = conn.execute(update(t.account).where(t.account.c.id == account_id).values(**values))
    if changed.rowcount != 1:
        raise NoSuchAccountError
