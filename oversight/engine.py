"""From findings to sealed steps: what changes for one society, and writing it down.

`plan` only reads and decides, `carry_out` writes; both inside one transaction of the caller. The
same facts give an empty plan, so judging a society twice changes nothing.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from oversight import sealing
from oversight import tables as t
from oversight.model import AlertChange
from oversight.pure.facts import Fact, FactBook
from oversight.pure.policy import Policy
from oversight.pure.rules import Finding, Severity, judge_all
from oversight.pure.states import EngineStep, Life, cleared, engine_step
from trust.formats import canon
from trust.formats.canon import Json
from trust.people.model import SocietyProfile

_ID_LETTERS = 16


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
    """Everything that changes for one society."""

    society: str
    policy_sha256: str
    steps: tuple[PlannedStep, ...]
    readings: tuple[Mapping[str, Any], ...] | None
    facts: tuple[tuple[str, Fact], ...]

    @property
    def empty(self) -> bool:
        """Whether nothing is to be written."""
        return not self.steps and self.readings is None and not self.facts


def alert_id(society: str, rule: str, period: str) -> str:
    """The name of the alert of a society, rule and period; the same for ever."""
    key = canon.canonical({"period": period, "rule": rule, "society": society})
    return "a-" + hashlib.sha256(key).hexdigest()[:_ID_LETTERS]


def plan(
    conn: Connection, profile: SocietyProfile, book: FactBook, policy: Policy, policy_sha256: str
) -> Plan:
    """Decides what changes for a society, given its facts and the policy in force."""
    findings = judge_all(policy, book, profile.class_, profile.sector)
    return Plan(
        society=profile.slug,
        policy_sha256=policy_sha256,
        steps=tuple(_steps(findings, _held(conn, profile.slug))),
        readings=_readings(conn, profile.slug, findings, policy_sha256),
        facts=tuple(_new_facts(conn, profile.slug, book)),
    )


def carry_out(conn: Connection, plan: Plan, *, now: int) -> list[AlertChange]:
    """Writes a plan: facts, readings, and each step with its entry of the oversight log."""
    for digest, fact in plan.facts:
        conn.execute(insert(t.oversight_fact).values(_fact_row(plan.society, digest, fact, now)))
    if plan.readings is not None:
        held = t.oversight_reading.c.society == plan.society
        conn.execute(delete(t.oversight_reading).where(held))
        if plan.readings:
            conn.execute(insert(t.oversight_reading), [dict(row) for row in plan.readings])
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

    for finding in findings:
        rule = finding.rule
        own = held.get((rule.id, finding.period), _Held(finding.period, None, 0))
        take(finding, own, engine_step(own.life, finding))
        if rule.clears != "later-period" or finding.severity is not Severity.none:
            continue
        for (other, period), earlier in sorted(held.items()):
            if other == rule.id and period < finding.period and earlier.life is not None:
                take(finding, earlier, cleared(earlier.life, finding))
    return steps


def _readings(
    conn: Connection, society: str, findings: Sequence[Finding], policy_sha256: str
) -> tuple[Mapping[str, Any], ...] | None:
    """The new readings, or None when they are what is stored."""
    new = [_reading_row(society, finding, policy_sha256) for finding in findings]
    query = select(t.oversight_reading).where(t.oversight_reading.c.society == society)
    old = {(row.rule, row.period): dict(row._mapping) for row in conn.execute(query)}
    return None if {(row["rule"], row["period"]): row for row in new} == old else tuple(new)


def _reading_row(society: str, finding: Finding, policy_sha256: str) -> dict[str, Any]:
    measures = [
        {
            "measure": item.measure.id,
            "value": item.reading.value,
            "severity": None if item.severity is None else item.severity.name,
            "figures": dict(item.figures),
            "why": item.reading.why,
        }
        for item in finding.measured
    ]
    return {
        "society": society,
        "rule": finding.rule.id,
        "period": finding.period,
        "severity": None if finding.severity is None else finding.severity.name,
        "measures": measures,
        "policy": policy_sha256,
    }


def _new_facts(conn: Connection, society: str, book: FactBook) -> list[tuple[str, Fact]]:
    query = select(t.oversight_fact.c.digest).where(t.oversight_fact.c.society == society)
    known = set(conn.execute(query).scalars())
    found = {_fact_digest(fact): fact for fact in book.facts}
    return [(digest, fact) for digest, fact in found.items() if digest not in known]


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


def _fact_row(society: str, digest: str, fact: Fact, now: int) -> dict[str, Any]:
    return {
        "society": society,
        "digest": digest,
        "name": fact.name,
        "period": fact.period,
        "value": fact.value,
        "as_of": fact.as_of,
        "known_at": fact.known_at,
        "evidence": sealing.evidence_json(fact.evidence),
        "labels": dict(fact.labels),
        "read_at": now,
    }


def _sealed_step(plan: Plan, item: PlannedStep) -> sealing.Step:
    life = item.step.life
    annex: dict[str, Json] = {"mark": list(life.mark), "measures": [*sorted(life.measures)]}
    return sealing.Step(_record(plan, item), item.version, annex)


def _record(plan: Plan, item: PlannedStep) -> dict[str, Json]:
    """The `alert` record of docs/formats.md 6.6."""
    evidence = item.finding.evidence[-sealing.MAX_EVIDENCE :]
    return {
        "action": item.step.action,
        "alert": alert_id(plan.society, item.rule, item.period),
        "evidence": list(sealing.evidence_json(evidence)),
        "figures": _figures(item),
        "kind": "alert",
        "period": item.period,
        "policy": plan.policy_sha256,
        "rule": item.rule,
        "rule_version": item.finding.rule.version,
        "severity": item.step.life.severity.name,
        "society": plan.society,
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
