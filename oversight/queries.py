"""Reads of oversight: alerts, their steps, readings, the Registrar's board."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, Select, Table, func, select

from oversight import tables as t
from oversight.errors import UnknownAlertError
from oversight.failing import listed as failures
from oversight.filing import silent
from oversight.model import (
    AdoptedPolicy,
    Alert,
    AlertChange,
    BoardRow,
    MeasureReading,
    RuleReading,
    Step,
)
from oversight.pure.indicators import on_day
from oversight.pure.rules import Severity
from oversight.pure.states import OPEN_STATES
from oversight.standing import count_judged, judgement
from oversight.unread import listed as unread_facts
from trust.formats.places import Place
from trust.log import queries as log_queries
from trust.people import queries as people
from trust.people.model import Actor, SocietyProfile

__all__ = [
    "adopted",
    "alert",
    "alerts",
    "board",
    "changes",
    "count_by_state",
    "count_judged",
    "count_readings",
    "count_unassessed",
    "failures",
    "judgement",
    "jurisdiction",
    "policies",
    "policy",
    "reading",
    "readings",
    "silent",
    "timeline",
    "unread_facts",
    "with_origin",
]


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
    query = with_origin(t.oversight_step).where(t.oversight_step.c.alert == alert_id)
    return [_step(row) for row in conn.execute(query.order_by(t.oversight_step.c.number))]


def changes(conn: Connection, origin: str, indexes: Sequence[int]) -> list[AlertChange]:
    """The steps that entries of an oversight log seal, in the order of the log."""
    s, a = t.oversight_step.c, t.oversight_alert.c
    log_id = log_queries.info(conn, origin).id
    query = (
        select(s.alert, a.society, a.rule, a.period, s.action, s.severity, s.state, s.number)
        .join_from(t.oversight_step, t.oversight_alert)
        .where(s.log_id == log_id, s.idx.in_(indexes))
        .order_by(s.idx)
    )
    return [
        AlertChange(*row[:5], Severity[row.severity], row.state, row.number)
        for row in conn.execute(query)
    ]


def readings(conn: Connection, society: str, *, today: date) -> list[RuleReading]:
    """The newest judgement of each rule and period, the not assessable ones included; what counts
    days counts them up to `today`."""
    query = (
        select(t.oversight_reading)
        .where(t.oversight_reading.c.society == society)
        .order_by(t.oversight_reading.c.rule, t.oversight_reading.c.period)
    )
    return [_reading(row, today) for row in conn.execute(query)]


def reading(
    conn: Connection, society: str, rule: str, period: str, *, today: date
) -> RuleReading | None:
    """The newest judgement of one rule about one period, as `readings`."""
    all_of_it = readings(conn, society, today=today)
    found = (r for r in all_of_it if (r.rule, r.period) == (rule, period))
    return next(found, None)


def policies(conn: Connection) -> list[AdoptedPolicy]:
    """Every adopted policy, oldest version first."""
    query = with_origin(t.oversight_policy).order_by(t.oversight_policy.c.version)
    return [adopted(row) for row in conn.execute(query)]


def policy(conn: Connection, sha256: str) -> AdoptedPolicy | None:
    """The adopted policy of that document hash."""
    return next((p for p in policies(conn) if p.sha256 == sha256), None)


def board(conn: Connection, actor: Actor, district: str | None = None) -> list[BoardRow]:
    """Societies with alerts that are not closed: worst severity first, then the oldest.

    Only societies within the actor's jurisdiction as Registrar's officer or auditor stand on it.
    """
    by_society: dict[str, list[Alert]] = defaultdict(list)
    for item in alerts(conn, open_only=True):
        by_society[item.society].append(item)
    rows = [
        _board_row(profile, by_society[profile.slug])
        for profile in people.profiles(conn, by_society.keys())
        if actor.may("registrar", profile) and district in (None, profile.district)
    ]
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


def count_unassessed(conn: Connection, societies: Collection[str]) -> Counter[str]:
    """For each of these societies, how many rules could not be judged in their newest period."""
    r = t.oversight_reading.c
    query = select(r.society, r.rule, r.severity).where(r.society.in_(societies))
    newest: dict[tuple[str, str], str | None] = {}
    for row in conn.execute(query.order_by(r.period)):
        newest[row.society, row.rule] = row.severity
    return Counter(slug for (slug, _), severity in newest.items() if severity is None)


def _board_row(profile: SocietyProfile, found: Sequence[Alert]) -> BoardRow:
    def weight(item: Alert) -> tuple[int, int, str]:
        return (-_holding(item), item.opened_at, item.id)

    leading = min(found, key=weight)
    return BoardRow(
        profile=profile,
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


def with_origin(table: Table) -> Select[Any]:
    """Rows by place, with the origin of their log."""
    return select(table, log_queries.origin_of(table))


def adopted(row: Row[Any]) -> AdoptedPolicy:
    """A policy, from its row with the origin of its log."""
    at = Place(row.origin, row.idx, row.adopted_at)
    return AdoptedPolicy(row.sha256, row.version.isoformat(), row.toml, at)


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


def _reading(row: Row[Any], today: date) -> RuleReading:
    return RuleReading(
        society=row.society,
        rule=row.rule,
        period=row.period,
        severity=None if row.severity is None else Severity[row.severity],
        policy=row.policy,
        measures=tuple(_measure(item, today) for item in row.measures),
    )


def _measure(item: Mapping[str, Any], today: date) -> MeasureReading:
    figures = on_day(item["figures"], today)
    return MeasureReading(
        measure=item["measure"],
        value=figures["value"] if item["value"] is not None else None,
        severity=None if item["severity"] is None else Severity[item["severity"]],
        figures=figures,
        why=item["why"],
    )
