"""Reads of the oversight room: alerts, their steps, readings, the Registrar's board."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, select

from oversight import tables as t
from oversight.errors import UnknownAlertError
from oversight.model import (
    AdoptedPolicy,
    Alert,
    AlertChange,
    BoardRow,
    MeasureReading,
    RuleReading,
    Step,
)
from oversight.pure.rules import Severity
from oversight.pure.states import OPEN_STATES
from trust.formats.places import Place
from trust.log.tables import log
from trust.people import queries as people
from trust.people.model import Actor, SocietyProfile


def alert(conn: Connection, alert_id: str) -> Alert:
    """One alert.

    Raises:
        UnknownAlertError: there is none of that id.
    """
    row = conn.execute(select(t.oversight_alert).where(t.oversight_alert.c.id == alert_id)).first()
    if row is None:
        raise UnknownAlertError(alert=alert_id)
    return _alert(row)


def alerts(conn: Connection, *, society: str | None = None, open_only: bool = False) -> list[Alert]:
    """Alerts of a society or of all, in the order they were opened."""
    query = select(t.oversight_alert)
    if society is not None:
        query = query.where(t.oversight_alert.c.society == society)
    if open_only:
        query = query.where(t.oversight_alert.c.state.in_(OPEN_STATES))
    order = query.order_by(t.oversight_alert.c.opened_at, t.oversight_alert.c.id)
    return [_alert(row) for row in conn.execute(order)]


def timeline(conn: Connection, alert_id: str) -> list[Step]:
    """Every step of an alert, oldest first."""
    query = _with_origin(t.oversight_step).where(t.oversight_step.c.alert == alert_id)
    return [_step(row) for row in conn.execute(query.order_by(t.oversight_step.c.number))]


def changes(conn: Connection, origin: str, indexes: Sequence[int]) -> list[AlertChange]:
    """The steps that entries of an oversight log seal, in the order of the log."""
    s, a = t.oversight_step.c, t.oversight_alert.c
    query = (
        select(s.alert, a.society, a.rule, a.period, s.action, s.severity, s.state, s.number)
        .join_from(t.oversight_step, t.oversight_alert)
        .join(log, log.c.id == s.log_id)
        .where(log.c.origin == origin, s.idx.in_(indexes))
        .order_by(s.idx)
    )
    return [
        AlertChange(*row[:5], Severity[row.severity], row.state, row.number)
        for row in conn.execute(query)
    ]


def readings(conn: Connection, society: str) -> list[RuleReading]:
    """The newest judgement of each rule and period, the not assessable ones included."""
    query = (
        select(t.oversight_reading)
        .where(t.oversight_reading.c.society == society)
        .order_by(t.oversight_reading.c.rule, t.oversight_reading.c.period)
    )
    return [_reading(row) for row in conn.execute(query)]


def reading(conn: Connection, society: str, rule: str, period: str) -> RuleReading | None:
    """The newest judgement of one rule about one period."""
    found = (r for r in readings(conn, society) if (r.rule, r.period) == (rule, period))
    return next(found, None)


def policies(conn: Connection) -> list[AdoptedPolicy]:
    """Every adopted policy, oldest version first."""
    query = _with_origin(t.oversight_policy).order_by(t.oversight_policy.c.version)
    return [
        AdoptedPolicy(
            row.sha256,
            row.version.isoformat(),
            row.toml,
            Place(row.origin, row.idx, row.adopted_at),
        )
        for row in conn.execute(query)
    ]


def policy(conn: Connection, sha256: str) -> AdoptedPolicy | None:
    """The adopted policy of that document hash."""
    return next((p for p in policies(conn) if p.sha256 == sha256), None)


def board(conn: Connection, actor: Actor, district: str | None = None) -> list[BoardRow]:
    """Societies with alerts that are not closed: worst severity first, then the oldest.

    Only societies within the actor's jurisdiction as Registrar's officer or auditor stand on it.
    """
    covered = {profile.slug for profile in jurisdiction(conn, actor, district)}
    by_society: dict[str, list[Alert]] = defaultdict(list)
    for item in alerts(conn, open_only=True):
        if item.society in covered:
            by_society[item.society].append(item)
    rows = [_board_row(slug, found) for slug, found in by_society.items()]
    return sorted(rows, key=lambda row: (-row.severity, row.oldest, row.society))


def jurisdiction(
    conn: Connection, actor: Actor, district: str | None = None
) -> list[SocietyProfile]:
    """Societies the actor oversees, all or those of a district, by name."""
    return [
        profile
        for profile in people.societies(conn, district=district)
        if actor.may("registrar", profile)
    ]


def count_by_state(conn: Connection) -> list[tuple[str, str, str, bool, int]]:
    """Numbers of alerts by rule, severity, state and whether cleared; names no society."""
    a = t.oversight_alert.c
    query: Select[Any] = select(a.rule, a.severity, a.state, a.cleared, func.count()).group_by(
        a.rule, a.severity, a.state, a.cleared
    )
    return [(r[0], r[1], r[2], bool(r[3]), int(r[4])) for r in conn.execute(query)]


def count_readings(conn: Connection) -> list[tuple[str, str, int]]:
    """Numbers of judgements by rule and severity (``not-assessable`` among them)."""
    r = t.oversight_reading.c
    query: Select[Any] = select(r.rule, r.severity, func.count()).group_by(r.rule, r.severity)
    return [(row[0], row[1] or "not-assessable", int(row[2])) for row in conn.execute(query)]


def count_unassessed(conn: Connection) -> dict[str, int]:
    """For each society, how many rules could not be judged in their newest period."""
    r = t.oversight_reading.c
    newest: dict[tuple[str, str], str | None] = {}
    for row in conn.execute(select(r.society, r.rule, r.severity).order_by(r.period)):
        newest[row.society, row.rule] = row.severity
    return Counter(slug for (slug, _), severity in newest.items() if severity is None)


def opened(conn: Connection, since: int) -> list[tuple[str, Severity, int]]:
    """Society, severity and time of every alert opened since a moment, oldest first."""
    a = t.oversight_alert.c
    query = select(a.society, a.severity, a.opened_at).where(a.opened_at >= since)
    rows = conn.execute(query.order_by(a.opened_at, a.id))
    return [(row.society, Severity[row.severity], row.opened_at) for row in rows]


def _board_row(slug: str, found: Sequence[Alert]) -> BoardRow:
    def weight(item: Alert) -> tuple[int, int, str]:
        return (-_holding(item), item.opened_at, item.id)

    leading = min(found, key=weight)
    return BoardRow(
        society=slug,
        severity=_holding(leading),
        alerts=len(found),
        acknowledged=sum(1 for item in found if item.state == "acknowledged"),
        cleared=sum(1 for item in found if item.cleared),
        oldest=leading.opened_at,
        owner=leading.owner,
        leading=leading,
    )


def _holding(item: Alert) -> Severity:
    return Severity.none if item.cleared else item.severity


def _with_origin(table: Table) -> Select[Any]:
    """Rows by place, with the origin of their log."""
    return select(table, log.c.origin).join(log, log.c.id == table.c.log_id)


def _alert(row: Row[Any]) -> Alert:
    return Alert(
        id=row.id,
        society=row.society,
        rule=row.rule,
        rule_version=row.rule_version,
        period=row.period,
        policy=row.policy,
        state=row.state,
        cleared=bool(row.cleared),
        severity=Severity[row.severity],
        lead=row.lead,
        figures=row.figures,
        evidence=tuple((item["origin"], item["index"]) for item in row.evidence),
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        owner=row.owner,
        version=row.version,
    )


def _step(row: Row[Any]) -> Step:
    return Step(
        alert=row.alert,
        number=row.number,
        action=row.action,
        state=row.state,
        severity=Severity[row.severity],
        officer=row.officer,
        reason=row.reason,
        figures=row.figures,
        sealed=Place(row.origin, row.idx, row.at),
    )


def _reading(row: Row[Any]) -> RuleReading:
    return RuleReading(
        society=row.society,
        rule=row.rule,
        period=row.period,
        severity=None if row.severity is None else Severity[row.severity],
        policy=row.policy,
        measures=tuple(
            MeasureReading(
                measure=item["measure"],
                value=item["value"],
                severity=None if item["severity"] is None else Severity[item["severity"]],
                figures=item["figures"],
                why=item["why"],
            )
            for item in row.measures
        ),
    )
