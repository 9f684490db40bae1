"""Reads of applications, of the clock they amount to, and of bye-laws."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import resources
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from oversight.applications import tables as t
from oversight.applications.errors import NoSuchApplicationError, NoSuchBylawsError
from oversight.applications.model import Application, Applied, Bylaws, Step
from oversight.pure.applications import Course, Figures, Terms, figures, parse_terms
from oversight.pure.filing import india_day
from trust.formats import times
from trust.log import queries as log_queries


@cache
def terms() -> tuple[Terms, ...]:
    """Every file of `oversight/terms`, by name; raises PolicyError."""
    folder = resources.files("oversight").joinpath("terms")
    names = sorted(item.name for item in folder.iterdir() if item.name.endswith(".toml"))
    return tuple(parse_terms(folder.joinpath(n).read_text(encoding="utf-8")) for n in names)


def application(conn: Connection, number: str) -> Application:
    """One application; raises NoSuchApplicationError."""
    found = _read(conn, [t.application.c.application == number])
    if not found:
        raise NoSuchApplicationError(application=number)
    return found[0]


def applications(
    conn: Connection, *, districts: Iterable[str] | None = None, society: str | None = None
) -> list[Application]:
    """Applications in the order of their receipt; of some districts, or of a society."""
    a = t.application.c
    where: list[ColumnElement[bool]] = []
    if districts is not None:
        where.append(a.district.in_(set(districts)))
    if society is not None:
        where.append(a.society == society)
    return _read(conn, where)


def clock(conn: Connection, *, now: int) -> tuple[Figures, list[Figures]]:
    """The figures of the whole state, and of each district that had an application."""
    courses = _courses(conn)
    today, rules = india_day(now), terms()
    districts = sorted({one.district for one in courses})
    each = [figures(courses, rules, today, district=name) for name in districts]
    return figures(courses, rules, today), each


def versions(conn: Connection, society: str) -> list[Bylaws]:
    """The versions of a society's bye-laws, the newest first."""
    b = t.bye_laws
    query = select(b, log_queries.origin_of(b)).where(b.c.society == society)
    query = query.order_by(b.c.version.desc())
    return [_bylaws(row) for row in conn.execute(query)]


def version(conn: Connection, society: str, number: int) -> Bylaws:
    """One version; raises NoSuchBylawsError."""
    for found in versions(conn, society):
        if found.version == number:
            return found
    raise NoSuchBylawsError


def last_number(conn: Connection, prefix: str) -> int:
    """The highest number given to applications that begin with the prefix; zero if none."""
    a = t.application.c.application
    query = select(a).where(a.startswith(prefix, autoescape=True))
    numbers = (name.removeprefix(prefix) for name in conn.execute(query).scalars())
    return max((int(text) for text in numbers if text.isdecimal()), default=0)


def used(conn: Connection, number: str) -> bool:
    """Whether bye-laws were entered under that application."""
    b = t.bye_laws.c
    query = select(func.count()).select_from(t.bye_laws).where(b.application == number)
    return bool(conn.execute(query).scalar_one())


def _courses(conn: Connection) -> list[Course]:
    """What the figures need of every application."""
    a, s = t.application.c, t.application_step.c
    taken: dict[str, list[Any]] = defaultdict(list)
    order = select(s.application, s.action, s.at).order_by(s.application, s.number)
    for row in conn.execute(order):
        taken[row.application].append(row)
    query = select(a.application, a.subject, a.district, a.received_on, a.sealed_at)
    return [_course(row, taken[row.application]) for row in conn.execute(query)]


def _course(row: Any, steps: Sequence[Any]) -> Course:
    received = min(row.received_on, india_day(row.sealed_at))
    taken = tuple((step.action, max(received, india_day(step.at))) for step in steps)
    return Course(row.subject, row.district, received, taken)


def _read(conn: Connection, where: Sequence[ColumnElement[bool]]) -> list[Application]:
    a, s = t.application, t.application_step
    query = select(a, log_queries.origin_of(a)).where(*where)
    rows = conn.execute(query.order_by(a.c.received_on, a.c.log_id, a.c.idx)).all()
    taken: dict[str, list[Any]] = defaultdict(list)
    names = [row.application for row in rows]
    for step in conn.execute(
        select(s).where(s.c.application.in_(names)).order_by(s.c.application, s.c.number)
    ):
        taken[step.application].append(step)
    return [_application(row, taken[row.application]) for row in rows]


def _application(row: Any, steps: Sequence[Any]) -> Application:
    said = Applied(
        row.subject, row.society, row.name_en, row.name_ml, row.district, row.taluk, row.sector,
        row.received_on, row.applicant, row.contact,
        times.parse_date(row.adopted_on) if row.adopted_on else None, row.text,
    )  # fmt: skip
    return Application(
        row.application,
        said,
        row.channel,
        row.sealed_at,
        row.entered_by,
        row.text_digest,
        tuple(_step(step) for step in steps),
        _course(row, steps),
        row.origin,
        row.idx,
    )


def _step(row: Any) -> Step:
    return Step(
        row.number, row.action, row.by, row.section, row.reason, row.order, row.at, row.officer
    )


def _bylaws(row: Any) -> Bylaws:
    return Bylaws(
        row.society, row.version, row.application, row.adopted_on, row.registered_on, row.order,
        row.section, row.text, row.origin, row.idx, row.at,
    )  # fmt: skip
