"""The projections of oversight: its sealed entries as rows (`trust.log.projections`).

An alert is the sum of its steps: each sets what it says, and the rest stays. The annex holds what
of a step no log seals: `measures` and `mark` of the engine's, `value` of a
closing one (`oversight.pure.states.Life`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    MetaData,
    Table,
    func,
    insert,
    select,
    true,
    tuple_,
    update,
)

from oversight import tables as t
from oversight.errors import UnknownAlertError
from oversight.pure.states import state_after
from trust.formats import times
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects

Values = dict[str, Any]


def _changed_by(alerts: Table, entries: Sequence[Placed]) -> ColumnElement[bool]:
    """The alerts of which these entries are steps."""
    step = t.oversight_step.to_metadata(MetaData(), schema=str(alerts.schema)).c
    places = [(one.log_id, one.index) for one in entries]
    return alerts.c.id.in_(select(step.alert).where(tuple_(step.log_id, step.idx).in_(places)))


@projects("policy", tables=(ReadTable(t.oversight_policy),))
def policies(conn: Connection, placed: Sequence[Placed]) -> None:
    """Policies as they were adopted."""
    rows = [
        one.place
        | {
            "sha256": sha256(one.document).hexdigest(),
            "version": times.parse_date(one.said["version"]),
            "toml": one.said["toml"],
            "adopted_at": one.time,
        }
        for one in placed
    ]
    conn.execute(insert(t.oversight_policy), rows)


@projects(
    "alert",
    "triage",
    tables=(
        ReadTable(t.oversight_alert, of=lambda _table, _office: true(), changed_by=_changed_by),
        ReadTable(t.oversight_step),
    ),
)
def steps(conn: Connection, placed: Sequence[Placed]) -> None:
    """Steps of alerts, and the alerts as they stand after them."""
    last = _last_steps(conn, {one.said["alert"] for one in placed})
    held, rows = set(last), list[Values]()
    changed = defaultdict[str, Values](dict)
    for one in placed:
        alert = one.said["alert"]
        last[alert] = _step(one, last.get(alert))
        rows.append(last[alert])
        changed[alert] |= _alert(one, last[alert])
    new = [{"id": alert, **values} for alert, values in changed.items() if alert not in held]
    if new:
        conn.execute(insert(t.oversight_alert), new)
    for alert in changed.keys() & held:
        this = t.oversight_alert.c.id == alert
        conn.execute(update(t.oversight_alert).where(this).values(changed[alert]))
    conn.execute(insert(t.oversight_step), rows)


def _last_steps(conn: Connection, alerts: Collection[str]) -> dict[str, Values]:
    """The newest step so far of each of these alerts that has one."""
    s = t.oversight_step
    newest = select(s.c.alert, func.max(s.c.number)).where(s.c.alert.in_(alerts))
    query = select(s).where(tuple_(s.c.alert, s.c.number).in_(newest.group_by(s.c.alert)))
    return {row.alert: dict(row._mapping) for row in conn.execute(query)}


def _step(one: Placed, before: Values | None) -> Values:
    """The row of a step, after the step before it."""
    said, engine = one.said, one.kind == "alert"
    if before is None and said["action"] != "open":
        raise UnknownAlertError(alert=said["alert"])
    state, severity = ("open", "") if before is None else (before["state"], before["severity"])
    return one.place | {
        "alert": said["alert"],
        "number": 1 if before is None else before["number"] + 1,
        "action": said["action"],
        "state": state_after(said["action"], state),
        "severity": said["severity"] if engine else severity,
        "officer": None if engine else int(said["officer"]),
        "reason": "" if engine else said["reason"],
        "figures": _sorted(said["figures"]) if engine else {},
        "at": one.time,
    }


def _alert(one: Placed, step: Values) -> Values:
    """What a step changes in its alert's row."""
    action = step["action"]
    values = {"state": step["state"], "version": step["number"], "changed_at": one.time}
    if one.kind == "alert":
        values |= _judged(one)
    if action == "open":
        values |= {name: one.said[name] for name in ("society", "rule", "period")}
        values |= {"opened_at": one.time, "owner": None}
    if action in ("acknowledge", "take-over"):
        values["owner"] = step["officer"]
    if action == "reopen":
        values["owner"] = None
    if action == "close" and "value" in one.annex:
        values["value"] = one.annex["value"]
    return values


def _judged(one: Placed) -> Values:
    """What a step of the engine says; the figures of a clearing one stand in the step alone."""
    said, figures = one.said, one.said["figures"]
    annex: Mapping[str, Any] = one.annex
    values: Values = {
        "rule_version": said["rule_version"],
        "policy": said["policy"],
        "severity": said["severity"],
        "cleared": said["action"] == "clear",
        "measures": annex.get("measures", [figures["measure"]]),
    }
    newest = max((item["index"] for item in said["evidence"]), default=-1)
    values["mark_time"], values["mark_index"] = annex.get("mark", (one.time, newest))
    if said["action"] != "clear":
        values |= {"lead": figures["measure"], "value": figures["value"]}
        values |= {"figures": _sorted(figures), "evidence": [*map(_sorted, said["evidence"])]}
    return values


def _sorted(values: Values) -> Values:
    """In the order of the canonical record, because rows are compared as text."""
    return dict(sorted(values.items()))
