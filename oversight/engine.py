"""From findings to sealed steps: what changes for one society, and writing it down.

`plan` only reads and decides, outside the write lock; `carry_out` writes, unless what the plan
rests on has changed since.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date

from sqlalchemy import Connection, delete, select, tuple_

from oversight import judged, queries, sealing, unread
from oversight import tables as t
from oversight.judged import Judged
from oversight.model import AlertChange, MeasureReading, RuleReading
from oversight.pure.facts import Fact, FactBook, Gap
from oversight.pure.policy import Policy
from oversight.pure.rules import Finding, Severity, blinded, holds_until, judge_all
from oversight.pure.states import EngineStep, Life, cleared, engine_step
from trust.bulk import insert_many
from trust.formats import canon
from trust.formats.canon import Json
from trust.people.model import SocietyProfile

_ID_LETTERS = 16
_FACT = (
    "society", "digest", "name", "period", "value", "as_of", "known_at", "evidence", "labels",
    "read_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Held:
    """An alert as the plan sees it: its life and the version it was read at (0: not there yet)."""

    period: str
    life: Life | None
    version: int


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """A step the engine will take; ``period`` is the alert's, the finding may be of a later one."""

    rule: str
    period: str
    step: EngineStep
    finding: Finding
    version: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that changes for one society.

    Attributes:
        until: first day on which the same books may read otherwise; None if they never do.
        readings: those that are not stored as they are now.
        gone: rule and period of stored readings that no finding bears out.
        facts: all of them, those stored before included.
        unread: what of the books could not be read.
    """

    seen: Judged
    policy_sha256: str
    until: date | None
    steps: tuple[PlannedStep, ...]
    readings: tuple[RuleReading, ...]
    gone: tuple[tuple[str, str], ...]
    facts: tuple[Fact, ...]
    unread: tuple[Gap, ...]


def alert_id(society: str, rule: str, period: str) -> str:
    """The name of the alert of a society, rule and period; the same for ever."""
    key = canon.canonical({"period": period, "rule": rule, "society": society})
    return "a-" + hashlib.sha256(key).hexdigest()[:_ID_LETTERS]


def plan(
    conn: Connection,
    profile: SocietyProfile,
    book: FactBook,
    policy: Policy,
    policy_sha256: str,
    seen: Judged,
) -> Plan:
    """Decides what changes for a society, given its facts and the policy in force."""
    findings = judge_all(policy, book, profile.class_, profile.sector)
    new = [_reading(profile.slug, found, policy_sha256) for found in findings]
    old = queries.readings(conn, profile.slug, today=book.today)
    kept = {(one.rule, one.period) for one in new}
    return Plan(
        seen=seen,
        policy_sha256=policy_sha256,
        until=holds_until(findings, book),
        steps=tuple(_steps(findings, _held(conn, profile.slug))),
        readings=tuple(one for one in new if one not in old),
        gone=tuple((one.rule, one.period) for one in old if (one.rule, one.period) not in kept),
        facts=book.facts,
        unread=tuple(blinded(findings, book)),
    )


def carry_out(conn: Connection, plan: Plan, *, now: int) -> list[AlertChange]:
    """Writes a plan: facts, readings, and the steps as entries of the oversight log.

    Raises:
        AlertOvertakenError: what the plan rests on has changed; the transaction must be given up.
    """
    judged.claim(conn, plan.seen, plan.policy_sha256, until=plan.until, now=now)
    rows = [_fact_row(plan.seen.society, fact, now) for fact in plan.facts]
    insert_many(conn, t.oversight_fact, _FACT, rows, unless=("society", "digest"))
    _write_readings(conn, plan)
    unread.write(conn, plan.seen.society, plan.unread, now=now)
    return sealing.take(conn, [_sealed_step(plan, item) for item in plan.steps], now=now)


def _held(conn: Connection, society: str) -> dict[tuple[str, str], _Held]:
    query = select(t.oversight_alert).where(t.oversight_alert.c.society == society)
    return {
        (row.rule, row.period): _Held(
            row.period,
            Life(
                state=row.state,
                cleared=bool(row.cleared),
                severity=Severity[row.severity],
                lead=row.lead,
                value=row.value,
                measures=frozenset(row.measures),
                mark=(row.mark_time, row.mark_index),
            ),
            row.version,
        )
        for row in conn.execute(query)
    }


def _steps(findings: Sequence[Finding], held: dict[tuple[str, str], _Held]) -> list[PlannedStep]:
    steps: list[PlannedStep] = []

    def take(finding: Finding, at: _Held, step: EngineStep | None) -> None:
        if step is not None:
            rule = finding.rule.id
            steps.append(PlannedStep(rule, at.period, step, finding, at.version))
            held[rule, at.period] = _Held(at.period, step.life, at.version + 1)

    for at, finding in enumerate(findings):
        rule = finding.rule
        own = held.get((rule.id, finding.period), _Held(finding.period, None, 0))
        later = _later(findings[at + 1 :], finding)
        take(finding, own, engine_step(own.life, finding, later))
        if rule.clears != "later-period" or finding.severity is not Severity.none:
            continue
        for (other, period), earlier in sorted(held.items()):
            if other == rule.id and period < finding.period and earlier.life is not None:
                since = [
                    one
                    for one in findings
                    if one.rule is rule and period <= one.period <= finding.period
                ]
                take(finding, earlier, cleared(earlier.life, finding, since))
    return steps


def _later(after: Sequence[Finding], own: Finding) -> list[Finding]:
    """The findings of later periods that may clear an alert of this one."""
    if own.rule.clears != "later-period":
        return []
    return [one for one in after if one.rule is own.rule and one.severity is Severity.none]


def _reading(society: str, finding: Finding, policy_sha256: str) -> RuleReading:
    measures = tuple(
        MeasureReading(
            item.measure.id, item.reading.value, item.severity, dict(item.figures), item.reading.why
        )
        for item in finding.measured
    )
    return RuleReading(
        society, finding.rule.id, finding.period, finding.severity, policy_sha256, measures
    )


def _write_readings(conn: Connection, plan: Plan) -> None:
    key = ("society", "rule", "period")
    rows = [
        (one.society, one.rule, one.period, _name(one.severity), one.policy,
         json.dumps([asdict(item) | {"severity": _name(item.severity)} for item in one.measures]))
        for one in plan.readings
    ]  # fmt: skip
    columns = (*key, "severity", "policy", "measures")
    insert_many(conn, t.oversight_reading, columns, rows, unless=key, replace=True)
    if plan.gone:
        r = t.oversight_reading.c
        these = (r.society == plan.seen.society) & tuple_(r.rule, r.period).in_(plan.gone)
        conn.execute(delete(t.oversight_reading).where(these))


def _name(severity: Severity | None) -> str | None:
    return None if severity is None else severity.name


def _fact_digest(fact: Fact) -> str:
    record: dict[str, Json] = {
        "as_of": fact.as_of,
        "evidence": [[at.origin, at.index] for at in fact.evidence],
        "labels": dict(fact.labels),
        "name": fact.name,
        "period": fact.period,
        "value": fact.value,
    }
    return hashlib.sha256(canon.canonical(record)).hexdigest()


def _fact_row(society: str, fact: Fact, now: int) -> tuple[object, ...]:
    evidence, labels = sealing.evidence_json(fact.evidence), dict(fact.labels)
    return (
        society, _fact_digest(fact), fact.name, fact.period, fact.value, fact.as_of, fact.known_at,
        json.dumps(evidence), json.dumps(labels), now,
    )  # fmt: skip


def _sealed_step(plan: Plan, item: PlannedStep) -> sealing.Step:
    life = item.step.life
    annex: dict[str, Json] = {"mark": list(life.mark), "measures": [*sorted(life.measures)]}
    return sealing.Step(_record(plan, item), item.version, annex)


def _record(plan: Plan, item: PlannedStep) -> dict[str, Json]:
    """The `alert` record of docs/formats.md 6.6."""
    evidence = item.finding.evidence[-sealing.MAX_EVIDENCE :]
    return {
        "action": item.step.action,
        "alert": alert_id(plan.seen.society, item.rule, item.period),
        "evidence": list(sealing.evidence_json(evidence)),
        "figures": _figures(item),
        "kind": "alert",
        "period": item.period,
        "policy": plan.policy_sha256,
        "rule": item.rule,
        "rule_version": item.finding.rule.version,
        "severity": item.step.life.severity.name,
        "society": plan.seen.society,
        "v": 1,
    }


def _figures(item: PlannedStep) -> dict[str, Json]:
    """The leading measure's figures, the other measures' values under their ids."""
    lead = item.finding.lead
    figures: dict[str, Json] = {**lead.figures, "measure": lead.measure.id}
    figures["figures_of"] = item.finding.period
    figures["evidence_count"] = item.finding.entries
    for other in item.finding.measured:
        if other is not lead and other.reading.value is not None:
            figures[f"value of {other.measure.id}"] = other.reading.value
    return figures
