"""Exports and metrics: the same figures in other clothes, and no names where none belong."""

import csv
import io
import json

from prometheus_client.parser import text_string_to_metric_families

from dashboards import exports, metrics
from dashboards.model import Table
from tests.dashboards.test_board import board, judge, loans
from tests.oversight.conftest import Desk

TABLE = Table("Sheet", ("ഇനം", "Amount"), [("=cmd()", 5), ("-1 apples", -5), ('വായ്പ, "x"', 0)])


def test_csv_cannot_run_in_a_spreadsheet() -> None:
    data = exports.table_csv(TABLE)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert rows == [["ഇനം", "Amount"], ["'=cmd()", "5"], ["'-1 apples", "-5"], ['വായ്പ, "x"', "0"]]


def test_json() -> None:
    read = json.loads(exports.table_json(TABLE))
    assert read["rows"][0] == {"ഇനം": "=cmd()", "Amount": 5}


def test_board_exports_agree(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    judge(desk, "test-2", loans(4))
    lines = board(desk).lines
    (head, *rows) = csv.reader(io.StringIO(exports.board_csv(lines).decode("utf-8-sig")))
    read = json.loads(exports.board_json(lines))["rows"]
    assert tuple(head) == exports.BOARD_COLUMNS
    assert [[str(item[name]) for name in head] for item in read] == rows
    assert [item["society"] for item in read] == ["test-1", "test-2"]


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
