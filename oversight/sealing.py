"""How every step of an alert is written: row, step, entry of the oversight log, line for pages.

All four are in the caller's transaction, so that there is no step without its entry and no entry
without its step.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, update

from oversight import tables as t
from oversight.errors import AlertOvertakenError
from oversight.model import AlertChange
from oversight.pure.facts import Evidence
from oversight.pure.rules import Severity
from trust import outbox
from trust.formats import origins
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log import shards
from trust.log.model import NewEntry, Sequenced
from trust.people import queries as people

TOPIC = "alerts"
MAX_EVIDENCE = 2_000
"""Most entries a sealed record names (docs/formats.md 6.6); the newest are kept."""


def oversight_origin(conn: Connection, now: int) -> str:
    """The oversight log that takes entries now; made, or turned to the new year, if need be."""
    first = origins.oversight_origin(people.host(conn), origins.financial_year(now))
    return shards.current(conn, first, now=now)


def seal(conn: Connection, record: Mapping[str, Json], key: str, *, now: int) -> Sequenced:
    """Appends one record to the oversight log."""
    origin = oversight_origin(conn, now)
    entry = NewEntry(kind=str(record["kind"]), record=record, key=key)
    return logs.append(conn, origin, [entry], now=now)[0]


def evidence_json(evidence: Sequence[Evidence]) -> list[dict[str, Json]]:
    """Evidence as a record and the tables hold it."""
    return [{"index": ref.index, "origin": ref.origin} for ref in evidence]


def write_step(
    conn: Connection,
    change: AlertChange,
    record: Mapping[str, Json],
    *,
    officer: int | None,
    reason: str,
    figures: Mapping[str, Json],
    now: int,
) -> None:
    """Seals a step and writes it down beside its entry, then tells the open pages."""
    sealed = seal(conn, record, f"alert {change.alert} {change.version}", now=now)
    conn.execute(
        insert(t.oversight_step).values(
            alert=change.alert,
            number=change.version,
            action=change.action,
            state=change.state,
            severity=change.severity.name,
            officer=officer,
            reason=reason,
            figures=dict(figures),
            at=sealed.time,
            origin=sealed.origin,
            entry_index=sealed.index,
        )
    )
    payload = {
        "alert": change.alert,
        "society": change.society,
        "rule": change.rule,
        "action": change.action,
        "severity": change.severity.name,
        "state": change.state,
    }
    outbox.live(conn, TOPIC, payload)


def advance(conn: Connection, alert_id: str, seen: int, values: Mapping[str, Any]) -> int:
    """Changes an alert if it still is at the version that was seen; gives the new version.

    Raises:
        AlertChangedError: somebody else's step came first.
    """
    changed = conn.execute(
        update(t.oversight_alert)
        .where(t.oversight_alert.c.id == alert_id, t.oversight_alert.c.version == seen)
        .values(version=seen + 1, **values)
    )
    if changed.rowcount != 1:
        raise AlertOvertakenError
    return seen + 1


def severity(name: str) -> Severity:
    """The severity of that name."""
    return Severity[name]
