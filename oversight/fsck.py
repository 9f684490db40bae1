"""`sakshi fsck --rooms`, oversight: policies, steps and alerts against the oversight log.

Steps are compared with their entries; then each alert is told again by its steps. Readings and
facts are made anew from the books at every judgement, and an alert's `lead`, `value`, `measures`
and mark are what the engine remembers between two of them: none of these is sealed, none checked.
"""

import hashlib
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any, cast

from sqlalchemy import Connection, Table, select

from oversight import engine
from oversight import tables as t
from oversight.errors import OversightError
from oversight.pure.states import officer_step
from trust.formats import times
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.checks.fsckrows import Finding
from trust.log.checks.sealedrows import (
    AnyRow,
    Piece,
    Sealed,
    Tally,
    at_index,
    differences,
    orphans,
    pieces,
    the_row,
)
from trust.log.model import LogInfo

_TABLES: dict[str, Table] = {
    "policy": t.oversight_policy,
    "alert": t.oversight_step,
    "triage": t.oversight_step,
}
_ALERTS = 200
_LATE = 3600
"""Seconds an alert's own time may lie before its step's: it is read before the log's lock."""


def disagreements(conn: Connection, tally: Tally) -> Iterator[Finding]:
    """Everything in the rows of oversight that its logs do not say."""
    for info in lineage.shards(conn, "oversight", ""):
        for piece in pieces(conn, info, _TABLES, tally):
            yield from piece.faults
            yield from _piece(conn, info, piece, tally)
    yield from orphans(conn, t.oversight_policy, "entry_index", ("policy",))
    yield from orphans(conn, t.oversight_step, "entry_index", ("alert", "triage"))
    for row in _alerts(conn):
        yield from _alert(conn, row)
    yield from _without_alert(conn)


def _piece(conn: Connection, info: LogInfo, piece: Piece, tally: Tally) -> Iterator[Finding]:
    policies = at_index(conn, t.oversight_policy, "entry_index", info.origin, piece)
    steps = at_index(conn, t.oversight_step, "entry_index", info.origin, piece)
    for item in piece.entries:
        if item.record is None:
            continue
        rows = policies if item.kind == "policy" else steps
        row, faults = the_row(item, _TABLES[item.kind], rows.get(item.index, []), tally)
        yield from faults
        if row is not None:
            yield from differences(item, _TABLES[item.kind], _expected(item), row)


def _expected(item: Sealed) -> dict[str, object]:
    record = cast(dict[str, Any], item.record)
    if item.kind == "policy":
        return {
            "sha256": hashlib.sha256(item.document).hexdigest(),
            "version": times.parse_date(record["version"]),
            "toml": record["toml"],
            "adopted_at": item.time,
        }
    step: dict[str, object] = {name: record[name] for name in ("alert", "action")}
    step["at"] = item.time
    version = item.key.removeprefix(f"alert {record['alert']} ")
    if version.isascii() and version.isdigit():
        step["number"] = int(version)
    if item.kind == "triage":
        return step | {"officer": int(record["officer"]), "reason": record["reason"], "figures": {}}
    figures, severity = record["figures"], record["severity"]
    return step | {"officer": None, "reason": "", "figures": figures, "severity": severity}


def _alerts(conn: Connection) -> Iterator[AnyRow]:
    a, after = t.oversight_alert, ""
    query = select(a).order_by(a.c.id).limit(_ALERTS)
    while rows := conn.execute(query.where(a.c.id > after)).all():
        yield from rows
        after = rows[-1].id


def _alert(conn: Connection, row: AnyRow) -> Iterator[Finding]:
    """One alert, told again by its steps and by the records of the engine's."""
    s = t.oversight_step
    query = select(s).where(s.c.alert == row.id).order_by(s.c.number)
    steps = conn.execute(query).all()
    place: tuple[str, int | None] = ("oversight", None)
    if steps:
        place = (steps[-1].origin, steps[-1].entry_index)
    if not steps or [step.number for step in steps] != list(range(1, len(steps) + 1)):
        words = f"the alert {row.id} does not have the steps 1, 2, … without a gap"
        column = "oversight_step.number" if steps else "oversight_alert.id"
        yield Finding(*place, column, words)
        return
    yield from _sequence(steps)
    expected, life = _life(steps)
    for step, state, severity in life:
        for column, told in (("state", state), ("severity", severity)):
            if step._mapping[column] != told:
                words = f"the row {row.id}, {step.number} is not what the steps amount to"
                yield Finding(step.origin, step.entry_index, f"oversight_step.{column}", words)
    for column, value in (expected | _told(conn, steps)).items():
        if row._mapping[column] != value:
            words = f"the alert {row.id} is not what its sealed steps amount to"
            yield Finding(*place, f"oversight_alert.{column}", words)
    for column, at in (("opened_at", steps[0].at), ("changed_at", steps[-1].at)):
        if not 0 <= at - row._mapping[column] <= _LATE:
            words = f"the alert {row.id} is not of the time of its sealed step"
            yield Finding(*place, f"oversight_alert.{column}", words)


def _sequence(steps: Sequence[AnyRow]) -> Iterator[Finding]:
    """Steps are numbered in the order in which they were sealed."""
    for one, other in pairwise(steps):
        same = one.origin == other.origin
        if one.entry_index >= other.entry_index if same else one.at > other.at:
            words = f"step {other.number} of {other.alert} was sealed before the step ahead of it"
            yield Finding(other.origin, other.entry_index, "oversight_step.number", words)


def _without_alert(conn: Connection) -> Iterator[Finding]:
    """Steps of an alert that is not there."""
    s, a = t.oversight_step, t.oversight_alert
    there = select(a.c.id).where(a.c.id == s.c.alert).exists()
    for row in conn.execute(select(s).where(~there)):
        words = f"the alert {row.alert} of this step has no row"
        yield Finding(row.origin, row.entry_index, "oversight_alert.id", words)


def _life(steps: Any) -> tuple[dict[str, object], list[tuple[AnyRow, str, str]]]:
    """What an alert's row must hold after these steps, and state and severity after each."""
    state, severity, cleared = "open", "", False
    owner: int | None = None
    life: list[tuple[AnyRow, str, str]] = []
    for step in steps:
        if step.action in ("open", "raise", "clear"):
            # A step of the engine leaves the state alone, unless it brings a closed alert back.
            state = "reopened" if (step.action, state) == ("raise", "closed") else state
            severity, cleared = step.severity, step.action == "clear"
        else:
            try:
                state = officer_step(step.action, state, step.reason)
            except (OversightError, KeyError):
                state = "a state that this step cannot lead to"
            owner = {"acknowledge": step.officer, "reopen": None}.get(step.action, owner)
        life.append((step, state, severity))
    expected: dict[str, object] = {
        "state": state,
        "severity": severity,
        "cleared": cleared,
        "owner": owner,
        "version": len(steps),
    }
    return expected, life


def _told(conn: Connection, steps: Any) -> dict[str, object]:
    """What the records of the engine's steps say of the alert, as far as they still open."""
    expected: dict[str, object] = {}
    for step in steps:
        if step.action not in ("open", "raise", "clear"):
            continue
        record = _record(conn, step.origin, step.entry_index)
        if record is None:
            return {}
        names = ("society", "rule", "rule_version", "policy", "period")
        expected |= {name: record[name] for name in names}
        expected["id"] = engine.alert_id(record["society"], record["rule"], record["period"])
        if step.action != "clear":
            # What the alert says stays what it was opened or raised for.
            expected |= {name: record[name] for name in ("figures", "evidence")}
    return expected


def _record(conn: Connection, origin: str, index: int) -> dict[str, Any] | None:
    """The record of an engine's step; None where it cannot be opened, which is named elsewhere."""
    try:
        parsed = parse_entry(log_queries.entry(conn, origin, index).entry)
        held = log_queries.opening(conn, origin, index)
        if held is None or held.record is None or not isinstance(parsed, Entry):
            return None
        opening = Opening(held.record, held.salt)
        return cast(dict[str, Any], open_commitment("alert", parsed.commitment, opening))
    except SakshiError:
        return None
