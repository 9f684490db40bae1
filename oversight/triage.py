"""What an officer does about an alert: acknowledge, comment, close, reopen.

Each verb checks the officer's jurisdiction, the state the alert is in and the version the officer
saw; the step is sealed in the same transaction, with the reason, privately.
"""

from sqlalchemy import Connection

from oversight import judged, queries, sealing
from oversight.errors import AlertChangedError, NotEntitledError
from oversight.model import Alert, AlertChange
from oversight.pure import periods
from oversight.pure.states import require_step
from trust.formats.canon import Json, normalise_text
from trust.formats.errors import Named, Word
from trust.people import queries as people
from trust.people.model import Actor


def acknowledge(
    conn: Connection,
    actor: Actor,
    alert_id: str,
    comment: str,
    *,
    now: int,
    seen: int | None = None,
) -> AlertChange:
    """Takes an alert over: the officer becomes its owner.

    Args:
        seen: version of the alert on the page the officer acted from; None: whatever it is now.

    Raises:
        NotEntitledError: the society is outside the officer's jurisdiction.
        AlertChangedError: another step came in between.
        StepRefusedError: it is acknowledged or closed already.
    """
    return _step(conn, actor, alert_id, "acknowledge", comment, now=now, seen=seen)


def comment(
    conn: Connection, actor: Actor, alert_id: str, text: str, *, now: int, seen: int | None = None
) -> AlertChange:
    """Adds a note to an alert in any state. Raises as `acknowledge`, and when the text is empty."""
    return _step(conn, actor, alert_id, "comment", text, now=now, seen=seen)


def close(
    conn: Connection, actor: Actor, alert_id: str, reason: str, *, now: int, seen: int | None = None
) -> AlertChange:
    """Closes an alert for a written reason. Raises as `acknowledge`, and when there is none."""
    return _step(conn, actor, alert_id, "close", reason, now=now, seen=seen)


def reopen(
    conn: Connection, actor: Actor, alert_id: str, reason: str, *, now: int, seen: int | None = None
) -> AlertChange:
    """Opens a closed alert again for a written reason. Raises as `close`."""
    return _step(conn, actor, alert_id, "reopen", reason, now=now, seen=seen)


def take_over(conn: Connection, actor: Actor, alert_id: str, *, now: int) -> AlertChange:
    """Becomes the owner of an alert that another officer acknowledged (`oversight/handover.py`)."""
    return _step(conn, actor, alert_id, "take-over", "", now=now, seen=None)


def _step(
    conn: Connection,
    actor: Actor,
    alert_id: str,
    action: str,
    reason: str,
    *,
    now: int,
    seen: int | None,
) -> AlertChange:
    found = queries.alert(conn, alert_id)
    _require(conn, actor, found)
    if seen is not None and seen != found.version:
        raise _changed(conn, found)
    text = normalise_text(reason).strip()
    require_step(action, found.state, text)
    record: dict[str, Json] = {
        "action": action,
        "alert": alert_id,
        "kind": "triage",
        "officer": str(actor.account.id),
        "reason": text,
        "v": 2,
    }
    annex = {"value": _current_value(conn, found, now)} if action == "close" else None
    judged.ask_again(conn, found.society)
    (change,) = sealing.take(conn, [sealing.Step(record, found.version, annex)], now=now)
    return change


def _require(conn: Connection, actor: Actor, found: Alert) -> None:
    profile = people.need_society(conn, found.society)
    if not actor.may("registrar", profile):
        raise NotEntitledError(society=Named(profile.name_en, profile.name_ml))


def _changed(conn: Connection, found: Alert) -> AlertChangedError:
    last = queries.timeline(conn, found.id)[-1]
    action, state = Word("oversight.action", last.action), Word("oversight.state", found.state)
    return AlertChangedError(action=action, state=state)


def _current_value(conn: Connection, found: Alert, now: int) -> int:
    """The leading figure as it is now: what is worse later is measured against this."""
    today = periods.day_of_instant(now)
    reading = queries.reading(conn, found.society, found.rule, found.period, today=today)
    for item in reading.measures if reading else ():
        if item.measure == found.lead and item.value is not None:
            return item.value
    return int(found.figures["value"])
