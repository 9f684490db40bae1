"""Offices and appointments as rows of their entries (`trust.log.projections`).

An appointment is in a public entry without a name; the `appointment-people` entry that is sealed
with it says whose it is. The first one holds: a later entry gives an appointment to nobody else.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, insert, or_, select, update

from trust.formats import times
from trust.log import annex
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects, without_rows
from trust.log.tables import log
from trust.people import tables as t
from trust.people.offices.days import first_moment, moment_after

OFFICE = ReadTable(t.office)
APPOINTMENT = ReadTable(t.appointment)
ACCESS = ReadTable(t.federation_access)
_OFFICE = ("level", "parent", "scope", "name_en", "name_ml")
_GIVEN = ("role", "scope_kind", "scope", "office", "basis")


@projects("office", tables=(OFFICE,))
def project_offices(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each office; it closes and may be opened again."""
    table = t.office
    for one in placed:
        here = table.c.slug == one.said["office"]
        if one.said["action"] == "close":
            conn.execute(update(table).where(here).values(closed_at=one.time))
            continue
        values = {name: one.said[name] for name in _OFFICE} | one.place
        values |= {"opened_at": one.time, "closed_at": None}
        if conn.execute(update(table).where(here).values(values)).rowcount == 0:
            conn.execute(insert(table).values(values | {"slug": one.said["office"]}))


@projects("appointment", tables=(APPOINTMENT,), numbered=t.appointment)
def project_appointments(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each appointment, without its holder."""
    conn.execute(insert(t.appointment), [_given(one) for one in placed])


def _given(one: Placed) -> dict[str, Any]:
    ends = one.said["ends"]
    return {name: one.said[name] for name in _GIVEN} | one.place | {
        "id": one.annex[annex.ID],
        "begins_at": first_moment(times.parse_date(one.said["begins"])),
        "ends_at": None if ends is None else moment_after(times.parse_date(ends)),
    }  # fmt: skip


@projects("appointment-people", tables=(APPOINTMENT,))
def project_people(conn: Connection, placed: Sequence[Placed]) -> None:
    """Whose an appointment is."""
    a = t.account.c
    for one in placed:
        if one.said["account"] is None:
            continue
        free = _at(one.said) & t.appointment.c.holder_idx.is_(None)
        whose = select(a.id).where(a.login == one.said["account"]).scalar_subquery()
        place = {"holder_log_id": one.log_id, "holder_idx": one.index}
        conn.execute(update(t.appointment).where(free).values(account_id=whose, **place))


@projects("appointment-end", tables=(APPOINTMENT,))
def project_ends(conn: Connection, placed: Sequence[Placed]) -> None:
    """The end of an appointment; a later entry makes it earlier, never later."""
    ends_at = t.appointment.c.ends_at
    for one in placed:
        day = one.said["last_day"]
        end = one.time if day is None else moment_after(times.parse_date(day))
        earlier = _at(one.said) & or_(ends_at.is_(None), ends_at > end)
        conn.execute(update(t.appointment).where(earlier).values(ends_at=end))


def _at(said: Mapping[str, Any]) -> ColumnElement[bool]:
    """The appointment that a record names by its place."""
    c = t.appointment.c
    which = select(log.c.id).where(log.c.origin == said["origin"]).scalar_subquery()
    return and_(c.log_id == which, c.idx == said["index"])


@projects("federation-access", tables=(ACCESS,))
def project_access(conn: Connection, placed: Sequence[Placed]) -> None:
    """What a federation may see, from when to when."""
    table = t.federation_access
    for one in placed:
        names = {"society": one.said["society"], "office": one.said["office"]}
        here = (table.c.society == names["society"]) & (table.c.office == names["office"])
        if one.said["action"] == "end":
            conn.execute(update(table).where(here).values(ended_at=one.time))
            continue
        values = {"let_at": one.time, "ended_at": None} | one.place
        if conn.execute(update(table).where(here).values(values)).rowcount == 0:
            conn.execute(insert(table).values(values | names))


without_rows("hand-over")
