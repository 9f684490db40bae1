"""Read models of the Registrar's pages and of a society's own view of the alerts about it."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from dashboards import phrases
from dashboards.model import (
    AlertPage,
    Board,
    BoardLine,
    DistrictCount,
    EvidenceLink,
    MeasureLine,
    StandingLine,
    TimelineLine,
)
from dashboards.words import district as district_name
from dashboards.words import districts as all_districts
from dashboards.words import word
from oversight import queries as oversight
from oversight.errors import NotEntitledError
from oversight.model import Alert, BoardRow, MeasureReading, RuleReading, Step
from oversight.pure.periods import day_of_instant
from oversight.pure.policy import Rule
from oversight.pure.states import officer_steps
from oversight.words import Lang
from oversight.words import word as oversight_word
from trust import outbox
from trust.formats import receipts
from trust.formats.errors import Named
from trust.formats.places import Place
from trust.log import queries as log_queries
from trust.people import queries as people
from trust.people.model import Actor, SocietyProfile

DAY = 86_400
MAX_EVIDENCE = 60
"""Entries listed on an alert's page; the number of all is shown beside them."""


def registrar_board(
    conn: Connection, actor: Actor, lang: Lang, *, now: int, district: str | None = None
) -> Board:
    """Societies with open alerts within the actor's jurisdiction: severity, then age; and how many
    there are in each district."""
    rows = oversight.board(conn, actor)
    overseen = oversight.jurisdiction(conn, actor)
    board = _board(conn, rows, lang, now, district)
    return replace(board, districts=_districts(overseen, rows, lang))


def live_board(
    conn: Connection, actor: Actor, lang: Lang, *, now: int, district: str | None = None
) -> Board:
    """`registrar_board` without the districts: reads nothing of societies that are not on it."""
    return _board(conn, oversight.board(conn, actor), lang, now, district)


def _board(
    conn: Connection, rows: Sequence[BoardRow], lang: Lang, now: int, district: str | None
) -> Board:
    shown = [row for row in rows if district in (None, row.profile.district)]
    policies = phrases.Policies(conn)
    unassessed = oversight.count_unassessed(conn, [row.society for row in shown])
    owners = {owner: phrases.officer(conn, owner, lang) for owner in {row.owner for row in shown}}
    lines = tuple(
        _board_line(policies, row, unassessed[row.society], owners[row.owner], lang, now)
        for row in shown
    )
    tally = Counter(line.severity for line in lines)
    return Board(
        lines=lines,
        districts=(),
        chosen=district,
        act=tally["act"],
        watch=tally["watch"],
        cleared=tally["none"],
        last_event=outbox.last_live_id(conn),
    )


def alert_page(conn: Connection, actor: Actor, alert_id: str, lang: Lang, *, now: int) -> AlertPage:
    """The page of one alert.

    Raises:
        UnknownAlertError: there is no such alert.
        NotEntitledError: its society is outside the actor's jurisdiction.
    """
    alert = oversight.alert(conn, alert_id)
    profile = people.need_society(conn, alert.society)
    if not actor.may("registrar", profile):
        raise NotEntitledError(society=Named(profile.name_en, profile.name_ml))
    policies = phrases.Policies(conn)
    rule = policies.rule(alert.policy, alert.rule)
    said = phrases.of_alert(policies, alert, lang)
    today = day_of_instant(now)
    reading = oversight.reading(conn, alert.society, alert.rule, alert.period, today=today)
    return AlertPage(
        alert=alert.id,
        society=alert.society,
        name=_name(profile, lang),
        district_name=district_name(profile.district, lang),
        rule=alert.rule,
        rule_version=alert.rule_version,
        policy=alert.policy,
        policy_version=policies.of(alert.policy)[0],
        title=rule.title[lang],
        period=alert.period,
        severity=alert.severity.name,
        severity_word=phrases.severity_word(alert.severity, lang),
        state=alert.state,
        state_word=phrases.state_word(alert.state, alert.cleared, lang),
        cleared=alert.cleared,
        sentence=said.sentence,
        formula=said.formula,
        filled=said.filled,
        figures=alert.figures,
        measures=_measures(_rule_now(policies, rule, reading), reading, alert, profile, lang),
        help=rule.help[lang],
        legal=rule.legal,
        legal_confirm=rule.legal_confirm,
        clear_text=rule.clear_text[lang],
        evidence=tuple(_link(conn, *place) for place in alert.evidence[:MAX_EVIDENCE]),
        evidence_count=int(alert.figures["evidence_count"]),
        timeline=tuple(_timeline_line(conn, s, lang) for s in oversight.timeline(conn, alert.id)),
        owner=phrases.officer(conn, alert.owner, lang),
        owned=alert.owner is not None,
        opened_at=alert.opened_at,
        steps=officer_steps(alert.state),
        version=alert.version,
    )


def standing(conn: Connection, society: str, lang: Lang, *, now: int) -> list[StandingLine]:
    """What every rule says of a society now, for the society itself: newest period of each rule,
    and every period with an alert that is not closed."""
    policies = phrases.Policies(conn)
    open_alerts = {
        (a.rule, a.period): a for a in oversight.alerts(conn, society=society, open_only=True)
    }
    readings = oversight.readings(conn, society, today=day_of_instant(now))
    newest = {reading.rule: reading.period for reading in readings}
    return [
        _standing_line(policies, reading, open_alerts.get((reading.rule, reading.period)), lang)
        for reading in readings
        if newest[reading.rule] == reading.period or (reading.rule, reading.period) in open_alerts
    ]


def may_see(conn: Connection, actor: Actor, societies: Collection[str]) -> frozenset[str]:
    """Those of these societies that the actor oversees: the filter of the live stream."""
    found = people.profiles(conn, societies)
    return frozenset(profile.slug for profile in found if actor.may("registrar", profile))


def _name(profile: SocietyProfile, lang: Lang) -> str:
    return profile.name_ml if lang == "ml" else profile.name_en


def _board_line(
    policies: phrases.Policies, row: BoardRow, unassessed: int, owner: str, lang: Lang, now: int
) -> BoardLine:
    alert, profile = row.leading, row.profile
    days = max(0, now - row.oldest) // DAY
    return BoardLine(
        society=row.society,
        name=_name(profile, lang),
        district=profile.district,
        district_name=district_name(profile.district, lang),
        severity=row.severity.name,
        severity_word=phrases.severity_word(row.severity, lang),
        alerts=row.alerts,
        acknowledged=row.acknowledged,
        cleared=row.cleared,
        unassessed=unassessed,
        opened_at=row.oldest,
        age_days=days,
        age=phrases.age(days, lang),
        alert=alert.id,
        rule=alert.rule,
        title=policies.rule(alert.policy, alert.rule).title[lang],
        state=alert.state,
        state_word=phrases.state_word(alert.state, alert.cleared, lang),
        sentence=phrases.of_alert(policies, alert, lang).sentence,
        owner=owner,
        owned=row.owner is not None,
    )


def _districts(
    overseen: Sequence[SocietyProfile], rows: Sequence[BoardRow], lang: Lang
) -> tuple[DistrictCount, ...]:
    societies = Counter(profile.district for profile in overseen)
    worst = Counter((row.profile.district, row.severity.name) for row in rows)
    order = {name: place for place, name in enumerate(all_districts())}
    return tuple(
        DistrictCount(
            district=name,
            name=district_name(name, lang),
            societies=societies[name],
            act=worst[name, "act"],
            watch=worst[name, "watch"],
        )
        for name in sorted(societies, key=lambda n: (order.get(n, len(order)), n))
    )


def _rule_now(policies: phrases.Policies, rule: Rule, reading: RuleReading | None) -> Rule:
    """The rule as it reads now: a newer policy may have changed it since the alert's last step."""
    return rule if reading is None else policies.rule(reading.policy, reading.rule)


def _measures(
    rule: Rule, reading: RuleReading | None, alert: Alert, profile: SocietyProfile, lang: Lang
) -> tuple[MeasureLine, ...]:
    now = {item.measure: item for item in reading.measures} if reading else {}
    lines = []
    for measure in rule.measures:
        item = now.get(measure.id) or MeasureReading(measure.id, None, None, {}, "no-facts")
        said = phrases.of_reading(measure, item, lang)
        limits = measure.threshold(profile.class_, profile.sector)
        lines.append(
            MeasureLine(
                measure=measure.id,
                leading=measure.id == alert.lead,
                assessed=item.severity is not None,
                severity="not-assessable" if item.severity is None else item.severity.name,
                severity_word=phrases.severity_word(item.severity, lang),
                formula=said.formula,
                filled=said.filled,
                sentence=said.sentence,
                watch=phrases.limit(measure, limits.watch) if limits else "",
                act=phrases.limit(measure, limits.act) if limits else "",
                clear=phrases.limit(measure, limits.clear) if limits else "",
                source=limits.source if limits else "",
                confirm=limits.confirm if limits else True,
            )
        )
    return tuple(lines)


def _link(conn: Connection, origin: str, index: int) -> EvidenceLink:
    entry = log_queries.entry(conn, origin, index)
    at = Place(origin, index, entry.time)
    return EvidenceLink(at, entry.kind, receipts.code(entry.leaf))


def _timeline_line(conn: Connection, step: Step, lang: Lang) -> TimelineLine:
    entry = log_queries.entry(conn, step.sealed.origin, step.sealed.index)
    by_engine = step.officer is None
    return TimelineLine(
        number=step.number,
        action=step.action,
        action_word=oversight_word("action", step.action, lang),
        who=(
            word("board", "engine", lang)
            if by_engine
            else phrases.officer(conn, step.officer, lang)
        ),
        by_engine=by_engine,
        reason=step.reason,
        severity=step.severity.name,
        severity_word=phrases.severity_word(step.severity, lang),
        state_word=oversight_word("state", step.state, lang),
        at=step.sealed,
        receipt=receipts.code(entry.leaf),
    )


def _standing_line(
    policies: phrases.Policies, reading: RuleReading, alert: Alert | None, lang: Lang
) -> StandingLine:
    rule = policies.rule(reading.policy, reading.rule)
    assessed = [item for item in reading.measures if item.severity is not None]
    lead = max(assessed, key=lambda item: item.severity or 0, default=reading.measures[0])
    measure = rule.measure(lead.measure)
    said = phrases.of_reading(measure, lead, lang) if measure else None
    return StandingLine(
        rule=rule.id,
        title=rule.title[lang],
        period=reading.period,
        severity="not-assessable" if reading.severity is None else reading.severity.name,
        severity_word=phrases.severity_word(reading.severity, lang),
        sentence=said.sentence if said else "",
        help=rule.help[lang],
        alert=alert.id if alert else None,
    )
