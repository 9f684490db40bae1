"""Counts for Prometheus: how many alerts in which state, never a person, never a society's name.

The platform's own health is what Prometheus is right for; alerts themselves live in the ledger,
because there a society that falls silent must not look resolved.
"""

from collections import Counter
from collections.abc import Iterable

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector
from sqlalchemy import Connection

from dashboards import silences
from oversight import queries as oversight
from oversight.pure.rules import Severity
from trust import outbox
from trust.log.runtime import Runtime
from trust.log.witnesses import witness_status, witnessfaults

CONTENT_TYPE = CONTENT_TYPE_LATEST


class DeskCollector(Collector):
    """Reads the counts at each scrape, in one read transaction."""

    def __init__(self, rt: Runtime) -> None:
        self._rt = rt

    def describe(self) -> Iterable[Metric]:
        """Empty: registering must not touch the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        """The families of one scrape."""
        with self._rt.db.read() as conn:
            now = self._rt.clock()
            return [
                _alerts(conn),
                _readings(conn),
                _oldest(conn, now),
                _work(conn),
                _unwitnessed(conn, now),
                _witness_findings(conn),
                *silences.families(conn, now),
            ]


def registry(rt: Runtime) -> CollectorRegistry:
    """A registry of its own with the counts of the alerts; other packages may add theirs."""
    made = CollectorRegistry()
    made.register(DeskCollector(rt))
    return made


def render(made: CollectorRegistry) -> bytes:
    """The text of one scrape; its content type is ``CONTENT_TYPE``."""
    return generate_latest(made)


def _alerts(conn: Connection) -> Metric:
    family = GaugeMetricFamily(
        "sakshi_alerts",
        "Alerts by rule, severity and state; cleared ones wait for an officer to close them.",
        labels=["rule", "severity", "state"],
    )
    tally: Counter[tuple[str, str, str]] = Counter()
    for rule, severity, state, cleared, count in oversight.count_by_state(conn):
        shown = "cleared" if cleared and state != "closed" else state
        tally[rule, severity, shown] += count
    for labels, count in sorted(tally.items()):
        family.add_metric(list(labels), count)
    return family


def _readings(conn: Connection) -> Metric:
    family = GaugeMetricFamily(
        "sakshi_rule_readings",
        "Newest judgements by rule and outcome, not assessable ones included.",
        labels=["rule", "outcome"],
    )
    for rule, outcome, count in sorted(oversight.count_readings(conn)):
        family.add_metric([rule, outcome], count)
    return family


def _oldest(conn: Connection, now: int) -> Metric:
    family = GaugeMetricFamily(
        "sakshi_alert_oldest_unacknowledged_seconds",
        "Age of the oldest alert that nobody has acknowledged, by severity; 0 when there is none.",
        labels=["severity"],
    )
    waiting = [a for a in oversight.alerts(conn, open_only=True) if a.state != "acknowledged"]
    for severity in (Severity.watch, Severity.act):
        ages = [now - a.opened_at for a in waiting if a.severity is severity and not a.cleared]
        family.add_metric([severity.name], max(ages, default=0))
    return family


def _work(conn: Connection) -> Metric:
    return GaugeMetricFamily(
        "sakshi_outbox_rows",
        "Work committed and not yet done; it must return to zero.",
        value=outbox.backlog(conn),
    )


def _witness_findings(conn: Connection) -> Metric:
    return GaugeMetricFamily(
        "sakshi_witness_faults",
        "What witnesses say of another history, and nobody has acknowledged; it must be zero.",
        value=witnessfaults.count(conn),
    )


def _unwitnessed(conn: Connection, now: int) -> Metric:
    found = witness_status.of_state(conn)
    since = found.behind if found is not None else None
    return GaugeMetricFamily(
        "sakshi_state_unwitnessed_seconds",
        "How long the State's heads have been published without the outside quorum; else 0.",
        value=0 if since is None else max(1, now - since),
    )
