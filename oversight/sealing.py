"""How every step of an alert is written: its entry of the oversight log, and a line for open pages.

The entry's projection makes the rows (`oversight.projections`). All is in the caller's transaction,
so that there is no step without its entry and no entry without its step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from oversight import queries
from oversight.errors import AlertOvertakenError
from oversight.model import AlertChange
from trust import outbox
from trust.formats.canon import Json
from trust.formats.places import Place
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.people.offices import service as offices

TOPIC = "alerts"
MAX_EVIDENCE = 2_000
"""Most entries a sealed record names (docs/formats.md 6.6); the newest are kept."""


@dataclass(frozen=True, slots=True)
class Step:
    """A step to be sealed: its record, the alert's version before it, and what no log seals."""

    record: Mapping[str, Json]
    seen: int
    annex: Mapping[str, Json] | None = None


def evidence_json(evidence: Sequence[Place]) -> list[dict[str, Json]]:
    """Evidence as a record and the tables hold it."""
    return [{"index": at.index, "origin": at.origin} for at in evidence]


def current_log(conn: Connection, now: int) -> str:
    """The oversight log that takes entries now; made, or turned to the new year, if need be."""
    return offices.oversight_log(conn, now)


def take(conn: Connection, steps: Sequence[Step], *, now: int) -> list[AlertChange]:
    """Seal steps in order, and tell the open pages.

    Raises:
        AlertOvertakenError: somebody else's step came first; the transaction must be given up.
    """
    if not steps:
        return []
    entries = [
        NewEntry(
            str(one.record["kind"]),
            one.record,
            f"alert {one.record['alert']} {one.seen + 1}",
            annex=one.annex,
        )
        for one in steps
    ]
    origin = current_log(conn, now)
    sealed = logs.append(conn, origin, entries, now=now)
    changes = queries.changes(conn, origin, [one.index for one in sealed])
    versions = [one.seen + 1 for one in steps]
    if any(one.repeated for one in sealed) or [one.version for one in changes] != versions:
        raise AlertOvertakenError
    for change in changes:
        outbox.live(conn, TOPIC, _told(change))
    return changes


def _told(change: AlertChange) -> dict[str, Json]:
    return {
        "alert": change.alert,
        "society": change.society,
        "rule": change.rule,
        "action": change.action,
        "severity": change.severity.name,
        "state": change.state,
    }
