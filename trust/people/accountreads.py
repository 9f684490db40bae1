"""Reads of societies, accounts, and who looked at members' data."""

from collections.abc import Collection, Iterable

from sqlalchemy import BigInteger, BindParameter, Connection, Row, bindparam, func, or_, select

from trust.formats.origins import coop_origin, financial_year
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.errors import NotInstalledError
from trust.log.tables import log
from trust.people import tables as t
from trust.people.errors import NoSuchAccountError, NoSuchSocietyError
from trust.people.keyreads import HOLDS
from trust.people.model import AccessRecord, Account, Actor, Grant, SocietyProfile


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


def societies(conn: Connection, district: str | None = None) -> list[SocietyProfile]:
    """Every society, or those of a district, by English name; `finding.search` looks for some."""
    query = select(t.society).order_by(t.society.c.name_en)
    if district:
        query = query.where(t.society.c.district == district)
    return [_society(row) for row in conn.execute(query)]


def profiles(conn: Connection, slugs: Collection[str]) -> list[SocietyProfile]:
    """Those of these societies that there are, by slug."""
    query = select(t.society).where(t.society.c.slug.in_(slugs)).order_by(t.society.c.slug)
    return [_society(row) for row in conn.execute(query)]


def entered(conn: Connection, society: str | None = None) -> dict[str, int]:
    """When each society, or that one, was entered here; UTC seconds by slug."""
    query = select(t.society.c.slug, t.society.c.added_at)
    if society is not None:
        query = query.where(t.society.c.slug == society)
    return {row.slug: int(row.added_at) for row in conn.execute(query)}


def host(conn: Connection) -> str:
    """The host label of this state; raises LogError before it is installed."""
    label = log_queries.host(conn)
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
        .join(t.member, t.member.c.id == t.account.c.member_id)
        .join(t.member_key, HOLDS)
        .where(
            t.member_key.c.public_key == public_key,
            t.member_key.c.revoked_at.is_(None),
            t.account.c.active,
        )
    )
    row = conn.execute(query).first()
    return None if row is None else _account(row)


# Built once: asked with every request of somebody signed in.
# A clock that was set back must neither put everybody out nor bring back who has ended: what is
# sealed in the oversight log has happened.
_SEALED = (
    select(func.coalesce(func.max(log.c.last_time), 0))
    .where(log.c.kind == "oversight")
    .scalar_subquery()
)
_NOW: BindParameter[int] = bindparam("now", type_=BigInteger)
_IN_FORCE = (
    (t.appointment.c.account_id == t.account.c.id)
    & or_(t.appointment.c.begins_at <= _NOW, t.appointment.c.begins_at <= _SEALED)
    & or_(
        t.appointment.c.ends_at.is_(None),
        (t.appointment.c.ends_at > _NOW) & (t.appointment.c.ends_at > _SEALED),
    )
)
_ACTORS = (
    select(t.account, t.appointment.c.role, t.appointment.c.scope_kind, t.appointment.c.scope)
    .select_from(t.account)
    .outerjoin(t.appointment, _IN_FORCE)
    .where(t.account.c.id.in_(bindparam("ids", expanding=True)), t.account.c.active)
    .order_by(t.appointment.c.id)
)
_LET = (
    select(t.federation_access.c.office, t.federation_access.c.society)
    .where(
        t.federation_access.c.office.in_(bindparam("offices", expanding=True)),
        t.federation_access.c.ended_at.is_(None),
    )
    .order_by(t.federation_access.c.society)
)
_ENDED = select(t.ended_session.c.id).where(
    t.ended_session.c.id.in_(bindparam("ids", expanding=True))
)


def actors(conn: Connection, account_ids: Iterable[int], now: int) -> dict[int, Actor]:
    """Active accounts with what they may do at `now` (UTC seconds), by number; an account that is
    gone is left out. Rights come from appointments in force: one that begins later or has ended
    gives none, whatever a clock that was set back says."""
    found: dict[int, Actor] = {}
    for row in conn.execute(_ACTORS, {"ids": list(set(account_ids)), "now": now}):
        held = () if row.role is None else (Grant(row.role, row.scope_kind, row.scope),)
        before = found.get(row.id)
        found[row.id] = Actor(_account(row), (before.grants if before else ()) + held)
    return _with_societies(conn, found)


def _with_societies(conn: Connection, found: dict[int, Actor]) -> dict[int, Actor]:
    """To the grants of a federation, one for each society that lets it."""
    offices = {g.scope for it in found.values() for g in it.grants if g.scope_kind == "federation"}
    if not offices:
        return found
    let = conn.execute(_LET, {"offices": list(offices)}).all()
    for number, it in found.items():
        mine = {g.scope for g in it.grants if g.scope_kind == "federation"}
        more = [Grant("federation", "society", r.society) for r in let if r.office in mine]
        found[number] = Actor(it.account, it.grants + tuple(more))
    return found


def actor(conn: Connection, account_id: int, now: int) -> Actor:
    """An active account with what it may do at `now`; raises UnknownPersonError if it is gone."""
    found = actors(conn, [account_id], now).get(account_id)
    if found is None:
        raise NoSuchAccountError
    return found


def ended_sessions(conn: Connection, session_ids: Iterable[str]) -> set[str]:
    """Those of the sessions that were signed out."""
    return set(conn.execute(_ENDED, {"ids": list(set(session_ids))}).scalars())


def staff(conn: Connection, slug: str) -> list[Account]:
    """Staff accounts that belong to the society."""
    query = (
        select(t.account)
        .where(t.account.c.society == slug, t.account.c.kind == "staff", t.account.c.active)
        .order_by(t.account.c.login)
    )
    return [_account(row) for row in conn.execute(query)]


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
        row.id, row.login, row.display_name, row.kind, row.society, row.member_id, row.signed_out_at
    )
