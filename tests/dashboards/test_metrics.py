"""Metrics: counts, and no names."""

from prometheus_client.parser import text_string_to_metric_families

from dashboards import metrics
from tests.dashboards.test_board import judge, loans
from tests.oversight.conftest import Desk


def test_metrics_count_and_name_nobody(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    judge(desk, "test-2", loans(46))
    judge(desk, "test-3", loans(4))
    desk.rt.clock.advance(500)  # type: ignore[attr-defined]
    text = metrics.render(metrics.registry(desk.rt)).decode()
    samples = {
        (s.name, *sorted(s.labels.values())): s.value
        for family in text_string_to_metric_families(text)
        for s in family.samples
    }
    assert samples["sakshi_alerts", "K2", "act", "open"] == 2
    assert samples["sakshi_alerts", "K2", "open", "watch"] == 1
    assert samples["sakshi_rule_readings", "G1", "not-assessable"] == 3
    assert samples["sakshi_alert_oldest_unacknowledged_seconds", "act"] == 500
    assert samples["sakshi_outbox_rows",] > 0
    assert "test-" not in text and "Test Society" not in text
