"""Applications, their steps and bye-laws as rows of their entries (`trust.log.projections`).

The annex has what no log seals: `applicant`, `contact`, `text`, `adopted_on` and `entered_by` of an
application, `officer` of a step.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, insert, select

from oversight.applications import tables as t
from trust.formats import times
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects

_SEALED = (
    "application", "subject", "society", "name_en", "name_ml", "district", "taluk", "sector",
    "channel", "text_digest",
)  # fmt: skip
_STEP = ("application", "action", "by", "section", "reason", "order")
_BYLAWS = ("society", "version", "application", "order", "section", "text")
LOST = "the applicant, the text and who entered it"


@projects("application", tables=(ReadTable(t.application),), lost=LOST)
def applications(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each application."""
    conn.execute(insert(t.application), [_application(one) for one in placed])


def _application(one: Placed) -> dict[str, Any]:
    annex: Mapping[str, Any] = one.annex
    row = {name: one.said[name] for name in _SEALED} | one.place
    row |= {"received_on": times.parse_date(one.said["received_on"]), "sealed_at": one.time}
    row |= {name: annex.get(name, "") for name in ("applicant", "contact", "adopted_on", "text")}
    return row | {"entered_by": annex.get("entered_by")}


@projects("application-step", tables=(ReadTable(t.application_step),), lost="who took the step")
def steps(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each step, numbered within its application."""
    s = t.application_step.c
    names = {one.said["application"] for one in placed}
    counted = select(s.application, func.count()).where(s.application.in_(names))
    known: dict[str, int] = defaultdict(int)
    known.update({row[0]: row[1] for row in conn.execute(counted.group_by(s.application))})
    rows = []
    for one in placed:
        known[one.said["application"]] += 1
        row = {name: one.said[name] for name in _STEP} | one.place
        row |= {"number": known[one.said["application"]], "at": one.time}
        rows.append(row | {"officer": one.annex.get("officer")})
    conn.execute(insert(t.application_step), rows)


@projects("bye-laws", tables=(ReadTable(t.bye_laws),))
def bylaws(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each version."""
    conn.execute(insert(t.bye_laws), [_version(one) for one in placed])


def _version(one: Placed) -> dict[str, Any]:
    row = {name: one.said[name] for name in _BYLAWS} | one.place | {"at": one.time}
    adopted = one.said["adopted_on"]
    row["adopted_on"] = None if adopted is None else times.parse_date(adopted)
    return row | {"registered_on": times.parse_date(one.said["registered_on"])}
