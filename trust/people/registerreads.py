"""Reads of the register: members, its sealed opening, voters, what waits, drawn rolls."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, or_, select

from trust.formats import canon, times
from trust.formats.canon import normalise_text
from trust.formats.commitments import commit_public
from trust.log import queries as log_queries
from trust.log import sealed
from trust.log.tables import log
from trust.people import tables as t
from trust.people.errors import NoSuchMemberError
from trust.people.keyreads import HOLDS
from trust.people.model import REQUEST_SECONDS, Member, RegisterOpening, Request, Voter


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


def numbers(conn: Connection, member_ids: Iterable[int]) -> dict[int, str]:
    """Member numbers by row id; an id that is not in the register is left out."""
    query = select(t.member.c.id, t.member.c.number).where(t.member.c.id.in_(list(member_ids)))
    return {row.id: row.number for row in conn.execute(query)}


def ids(conn: Connection, slug: str, wanted: Iterable[str]) -> dict[str, int]:
    """Row ids by member number; a number that is not in the register is left out."""
    m, numbers, found = t.member.c, list(wanted), {}
    for start in range(0, len(numbers), 1_000):
        some = numbers[start : start + 1_000]
        query = select(m.number, m.id).where(m.society == slug, m.number.in_(some))
        found.update({row.number: row.id for row in conn.execute(query)})
    return found


def voters(conn: Connection, slug: str) -> list[Voter]:
    """All members of a society with the key in force, in register order."""
    k, line, opening = t.member_key.c, t.register_line.c, t.register_opening.c
    in_force = and_(HOLDS, k.revoked_at.is_(None))
    in_opening = and_(
        line.log_id == opening.log_id, line.idx == opening.idx, line.member_id == t.member.c.id
    )
    joined = (
        t.member.outerjoin(t.member_key, in_force)
        .outerjoin(t.register_opening, opening.society == t.member.c.society)
        .outerjoin(t.register_line, in_opening)
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
    placed = select(opening.c.idx, log.c.origin).join(log, log.c.id == opening.c.log_id)
    row = conn.execute(placed.where(opening.c.society == slug)).first()
    if row is None:
        return None
    document = sealed.document(conn, row.origin, row.idx, "register-opening")
    record = canon.parse(document)
    day, digest = times.parse_date(str(record["as_of"])), commit_public(document).hex()
    return RegisterOpening(row.origin, row.idx, record, digest, day, int(str(record["count"])))


def requests(conn: Connection, slug: str, now: int, member_id: int | None = None) -> list[Request]:
    """What waits for a second officer of the society, oldest first; of one member, if named.

    What is too old to be confirmed at `now` (UTC seconds) waits no more.
    """
    r = t.officer_request.c
    query = select(t.officer_request).where(r.society == slug, _waits(now)).order_by(r.id)
    if member_id is not None:
        query = query.where(r.member_id == member_id)
    return [request_of(row) for row in conn.execute(query)]


def stop_asked(conn: Connection, key_id: int, now: int) -> Request | None:
    """The open request of one officer to stop this member's key: the key does not sign in."""
    r = t.officer_request.c
    query = select(t.officer_request).where(r.what == "stop", r.key_id == key_id, _waits(now))
    row = conn.execute(query).first()
    return None if row is None else request_of(row)


def _waits(now: int) -> ColumnElement[bool]:
    r = t.officer_request.c
    return and_(r.ended_at.is_(None), r.started_at >= now - REQUEST_SECONDS)


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


def drawn_rolls(conn: Connection, slug: str) -> list[str]:
    """Origins of the logs of the society's meetings whose roll is drawn and not closed, by name.

    Meetings that were given up after a disaster are left out.
    """
    table = t.drawn_roll
    query = select(table.c.origin).where(table.c.society == slug).order_by(table.c.origin)
    return [o for o in conn.execute(query).scalars() if not log_queries.abandoned(conn, o)]


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
