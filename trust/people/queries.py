"""Reads of the people room. Whoever shows member-level data to staff also calls
`service.record_access`."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Integer, Row, Select, and_, bindparam, func, or_, select

from trust.formats import canon, times
from trust.formats.canon import normalise_text
from trust.formats.commitments import commit_public
from trust.formats.origins import coop_origin, financial_year
from trust.log import lineage, sealed
from trust.log import queries as logs
from trust.log.errors import NotInstalledError
from trust.people import tables as t
from trust.people.errors import (
    NoSuchAccountError,
    NoSuchKeyError,
    NoSuchMemberError,
    NoSuchSocietyError,
)
from trust.people.model import (
    REQUEST_SECONDS,
    AccessRecord,
    Account,
    Actor,
    Grant,
    Member,
    MemberKey,
    OfficerKey,
    RegisterOpening,
    Request,
    SocietyProfile,
    Voter,
)


def society(conn: Connection, slug: str) -> SocietyProfile | None:
    """The society of that slug, or None."""
    row = conn.execute(select(t.society).where(t.society.c.slug == slug)).first()
    return None if row is None else _society(row)


def need_society(conn: Connection, slug: str) -> SocietyProfile:
    """The society of that slug; raises UnknownPersonError if there is none."""
    found = society(conn, slug)
    if found is None:
        raise NoSuchSocietyError(slug=slug)
    return found


def societies(
    conn: Connection, text: str = "", district: str | None = None
) -> list[SocietyProfile]:
    """Societies whose name in either script, number or taluk holds the text, by English name."""
    query = select(t.society).order_by(t.society.c.name_en)
    wanted = normalise_text(text.strip())
    if wanted:
        columns = (t.society.c.name_en, t.society.c.registration_number, t.society.c.taluk)
        query = query.where(
            or_(
                t.society.c.name_ml.contains(wanted, autoescape=True),
                *(func.lower(c).contains(wanted.lower(), autoescape=True) for c in columns),
            )
        )
    if district:
        query = query.where(t.society.c.district == district)
    return [_society(row) for row in conn.execute(query)]


def host(conn: Connection) -> str:
    """The host label of this state; raises LogError before it is installed."""
    label = logs.host(conn)
    if label is None:
        raise NotInstalledError
    return label


def book_origin(conn: Connection, slug: str, now: int) -> str:
    """Origin of the society's book log to read at `now` (UTC seconds): the newest shard there is.

    Whoever appends takes `service.open_book` instead, which turns the year when it is time.
    """
    newest = lineage.newest(conn, "coop", slug)
    return newest.origin if newest else coop_origin(host(conn), slug, financial_year(now))


def account(conn: Connection, login: str) -> Account | None:
    """The active account of that log-in name, or None."""
    found = conn.execute(
        select(t.account).where(t.account.c.login == login.strip().lower(), t.account.c.active)
    ).first()
    return None if found is None else _account(found)


def account_of_member(conn: Connection, member_id: int) -> Account | None:
    """The member's own account, or None."""
    query = select(t.account).where(t.account.c.member_id == member_id, t.account.c.active)
    row = conn.execute(query).first()
    return None if row is None else _account(row)


def account_of_key(conn: Connection, public_key: bytes) -> Account | None:
    """The account of the member whose key in force this is (for signing in with a card alone)."""
    query = (
        select(t.account)
        .join(t.member_key, t.member_key.c.member_id == t.account.c.member_id)
        .where(
            t.member_key.c.public_key == public_key,
            t.member_key.c.revoked_at.is_(None),
            t.account.c.active,
        )
    )
    row = conn.execute(query).first()
    return None if row is None else _account(row)


# Built once: asked with every request of somebody signed in.
_ACCOUNT = select(t.account).where(t.account.c.id == bindparam("which"), t.account.c.active)
_GRANTS = select(t.account_grant).where(t.account_grant.c.account_id == bindparam("which"))


def actor(conn: Connection, account_id: int) -> Actor:
    """An active account with its grants; raises UnknownPersonError if it is gone."""
    row = conn.execute(_ACCOUNT, {"which": account_id}).first()
    if row is None:
        raise NoSuchAccountError
    grants = conn.execute(_GRANTS, {"which": account_id}).all()
    return Actor(_account(row), tuple(Grant(g.role, g.scope_kind, g.scope) for g in grants))


def staff(conn: Connection, slug: str) -> list[Account]:
    """Staff accounts that belong to the society."""
    query = (
        select(t.account)
        .where(t.account.c.society == slug, t.account.c.kind == "staff", t.account.c.active)
        .order_by(t.account.c.login)
    )
    return [_account(row) for row in conn.execute(query)]


def member(conn: Connection, member_id: int) -> Member:
    """The member of that row; raises UnknownPersonError if there is none."""
    row = conn.execute(select(t.member).where(t.member.c.id == member_id)).first()
    if row is None:
        raise NoSuchMemberError
    return _member(row)


def member_by_number(conn: Connection, slug: str, number: str) -> Member | None:
    """The member with that number in the society's register, or None."""
    query = select(t.member).where(
        t.member.c.society == slug, t.member.c.number == normalise_text(number.strip())
    )
    row = conn.execute(query).first()
    return None if row is None else _member(row)


def members(conn: Connection, slug: str, limit: int = 10_000, after: str = "") -> list[Member]:
    """Members of a society by number, those who left included; `after` is the last number seen.

    Numbers are text; the shorter come first, so that 2 stands before 10.
    """
    number, length = t.member.c.number, func.length(t.member.c.number)
    later = or_(length > len(after), and_(length == len(after), number > after))
    query = (
        select(t.member)
        .where(t.member.c.society == slug, later)
        .order_by(length, number)
        .limit(limit)
    )
    return [_member(row) for row in conn.execute(query)]


def member_count(conn: Connection, slug: str) -> int:
    """Members of the society who have not left."""
    query = select(func.count()).where(t.member.c.society == slug, t.member.c.left_on.is_(None))
    return int(conn.execute(query).scalar_one())


def member_key(conn: Connection, member_id: int) -> MemberKey | None:
    """The key bound to the member and in force, or None.

    No clock decides: a key that was stopped never comes into force again.
    """
    query = _keys(t.member_key.c.member_id == member_id)
    row = conn.execute(query.where(t.member_key.c.revoked_at.is_(None))).first()
    return None if row is None else _key(row)


def keys_of(conn: Connection, member_id: int) -> list[MemberKey]:
    """Every key the member ever had, newest first."""
    return [_key(row) for row in conn.execute(_keys(t.member_key.c.member_id == member_id))]


def key(conn: Connection, key_id: int) -> MemberKey:
    """The member key of that row; raises UnknownPersonError if there is none."""
    row = conn.execute(_keys(t.member_key.c.id == key_id)).first()
    if row is None:
        raise NoSuchKeyError
    return _key(row)


_STANDS = select(t.member_key.c.id).where(
    t.member_key.c.id == bindparam("key_id", type_=Integer), t.member_key.c.revoked_at.is_(None)
)


def key_stands(conn: Connection, key_id: int) -> bool:
    """Whether the member key of that row is bound and was not stopped; on the path of each ballot.

    No clock is asked: one that went back would bring a stopped key back.
    """
    return conn.execute(_STANDS, {"key_id": key_id}).first() is not None


def voters(conn: Connection, slug: str) -> list[Voter]:
    """All members of a society with the key in force, in register order."""
    k, line = t.member_key.c, t.register_line.c
    in_force = and_(k.member_id == t.member.c.id, k.revoked_at.is_(None))
    joined = t.member.outerjoin(t.member_key, in_force).outerjoin(
        t.register_line, line.member_id == t.member.c.id
    )
    query = (
        select(t.member, k.id.label("key_id"), k.public_key, line.place)
        .select_from(joined)
        .where(t.member.c.society == slug)
        .order_by(t.member.c.number)
    )
    return [_voter(row) for row in conn.execute(query)]


def register_sealed(conn: Connection, slug: str) -> bool:
    """Whether the society's register was sealed, so that every change of it is sealed too."""
    opening = t.register_opening
    return conn.execute(select(opening).where(opening.c.society == slug)).first() is not None


def register_opening(conn: Connection, slug: str) -> RegisterOpening | None:
    """The society's opening register as sealed, or None before two officers sealed it.

    Raises AlteredError when the database holds the sealed record no more.
    """
    opening = t.register_opening
    row = conn.execute(select(opening).where(opening.c.society == slug)).first()
    if row is None:
        return None
    document = sealed.document(conn, row.origin, row.entry_index, "register-opening")
    record = canon.parse(document)
    day, digest = times.parse_date(str(record["as_of"])), commit_public(document).hex()
    return RegisterOpening(
        row.origin, row.entry_index, record, digest, day, int(str(record["count"]))
    )


def numbers(conn: Connection, member_ids: Iterable[int]) -> dict[int, str]:
    """Member numbers by row id; an id that is not in the register is left out."""
    query = select(t.member.c.id, t.member.c.number).where(t.member.c.id.in_(list(member_ids)))
    return {row.id: row.number for row in conn.execute(query)}


def public_keys(conn: Connection, key_ids: Iterable[int]) -> dict[int, bytes]:
    """Members' public keys by row id, revoked ones included; an unknown id is left out."""
    k = t.member_key.c
    query = select(k.id, k.public_key).where(k.id.in_(list(key_ids)))
    return {row.id: bytes(row.public_key) for row in conn.execute(query)}


def requests(conn: Connection, slug: str, member_id: int | None = None) -> list[Request]:
    """What waits for a second officer of the society, oldest first; of one member, if named."""
    r = t.officer_request.c
    query = select(t.officer_request).where(r.society == slug, r.ended_at.is_(None)).order_by(r.id)
    if member_id is not None:
        query = query.where(r.member_id == member_id)
    return [request_of(row) for row in conn.execute(query)]


def stop_asked(conn: Connection, key_id: int, now: int) -> Request | None:
    """The open request of one officer to stop this member's key: the key does not sign in."""
    r = t.officer_request.c
    query = select(t.officer_request).where(
        r.what == "stop",
        r.key_id == key_id,
        r.ended_at.is_(None),
        r.started_at >= now - REQUEST_SECONDS,
    )
    row = conn.execute(query).first()
    return None if row is None else request_of(row)


def request_of(row: Row[Any]) -> Request:
    """A request from its row."""
    return Request(
        row.id,
        row.society,
        row.what,
        row.member_id,
        row.key_id,
        canon.parse(row.body.encode()),
        row.first_officer,
        row.started_at,
    )


def officer_keys(conn: Connection, slug: str, at: int | None = None) -> list[OfficerKey]:
    """Keys of the society's officers in force, oldest first; or in force at a time in the past.

    Now is told without a clock: a key that was revoked never comes into force again.
    """
    k = t.officer_key.c
    query = select(t.officer_key).where(k.society == slug).order_by(k.id)
    if at is None:
        query = query.where(k.revoked_at.is_(None))
    else:
        query = query.where(k.bound_at <= at, or_(k.revoked_at.is_(None), k.revoked_at > at))
    return [officer_key_of(row) for row in conn.execute(query)]


def officer_keys_of(conn: Connection, account_id: int) -> list[OfficerKey]:
    """Every officer key the account ever had, newest first."""
    query = select(t.officer_key).where(t.officer_key.c.account_id == account_id)
    return [officer_key_of(row) for row in conn.execute(query.order_by(t.officer_key.c.id.desc()))]


def drawn_rolls(conn: Connection, slug: str) -> list[str]:
    """Origins of the logs of the society's meetings whose roll is drawn and not closed, by name.

    Meetings that were given up after a disaster are left out.
    """
    table = t.drawn_roll
    query = select(table.c.origin).where(table.c.society == slug).order_by(table.c.origin)
    return [o for o in conn.execute(query).scalars() if not logs.abandoned(conn, o)]


def access_records(conn: Connection, slug: str, limit: int = 200) -> list[AccessRecord]:
    """Who of the staff read member-level data of the society, newest first."""
    a = t.access_record.c
    query = select(t.access_record).where(a.society == slug).order_by(a.id.desc()).limit(limit)
    return [
        AccessRecord(r.at, r.account_id, r.society, r.member_id, r.what, r.purpose)
        for r in conn.execute(query)
    ]


def account_names(conn: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Display names of accounts, those that are no longer active included."""
    query = select(t.account.c.id, t.account.c.display_name).where(t.account.c.id.in_(set(ids)))
    return {row.id: row.display_name for row in conn.execute(query)}


def _keys(condition: object) -> Select[tuple[object, ...]]:
    query = select(t.member_key).where(condition)  # type: ignore[arg-type]
    return query.order_by(t.member_key.c.id.desc())


def _society(row: Row[tuple[object, ...]]) -> SocietyProfile:
    return SocietyProfile(
        row.slug,
        row.registration_number,
        row.name_en,
        row.name_ml,
        row.district,
        row.taluk,
        row.sector,
        row.class_,
        row.registered_on,
    )


def _account(row: Row[tuple[object, ...]]) -> Account:
    return Account(
        row.id,
        row.login,
        row.display_name,
        row.kind,
        row.society,
        row.member_id,
        row.signed_out_at,
    )


def _member(row: Row[tuple[object, ...]]) -> Member:
    return Member(
        row.id,
        row.society,
        row.number,
        row.name,
        row.gender,
        row.class_,
        row.joined,
        row.share_paid_on,
        row.left_on,
    )


def _voter(row: Row[tuple[object, ...]]) -> Voter:
    member = _member(row)
    paid = member.share_paid_on
    return Voter(
        member,
        row.key_id,
        row.public_key,
        row.joined_counts or member.joined,
        None if paid is None else row.share_counts or paid,
        row.place is not None,
    )


def _key(row: Row[tuple[object, ...]]) -> MemberKey:
    return MemberKey(
        row.id,
        row.member_id,
        bytes(row.public_key),
        row.medium,
        row.bound_at,
        row.revoked_at,
        row.origin,
        row.entry_index,
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
        row.origin,
        row.entry_index,
    )
