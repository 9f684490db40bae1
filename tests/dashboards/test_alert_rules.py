"""Every alert rule rests on a metric that there is; what a page would not show is among them."""

import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from dashboards import metrics
from tests.conftest import ROOT
from tests.oversight.conftest import Desk

RULES = ROOT / "deploy" / "alerts.yml"
NAME = re.compile(r"\bsakshi_\w+")
UNITS = re.compile(r"[1-9]\d*[smhd]")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def test_every_rule_names_a_metric_that_is_served(desk: Desk) -> None:
    text = metrics.render(metrics.registry(desk.rt)).decode()
    served = {s.name for f in text_string_to_metric_families(text) for s in f.samples}
    for rule in rules():
        named = NAME.findall(rule["expr"])
        assert set(named) <= served, rule["alert"]
        assert named or rule["expr"].startswith("up{"), rule["alert"]
        assert re.search(r"(>|==) \d+$", rule["expr"]), rule["alert"]
        assert UNITS.fullmatch(rule.get("for", "1s")), rule["alert"]
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert rule["annotations"]["summary"].endswith(".")
    assert len({rule["alert"] for rule in rules()}) == len(rules())


def test_a_failed_judgement_a_dead_worker_old_work_silence_and_the_clock_have_a_rule() -> None:
    watched = {name for rule in rules() for name in NAME.findall(rule["expr"])}
    assert watched >= {
        "sakshi_judgements_failing",
        "sakshi_facts_unread",
        "sakshi_worker_pulse_age_seconds",
        "sakshi_outbox_oldest_seconds",
        "sakshi_societies_silent",
        "sakshi_clock_behind_seconds",
        "sakshi_clock_moves",
        "sakshi_state_unwitnessed_seconds",
    }


def test_prometheus_and_the_compose_file_name_the_rules() -> None:
    config = yaml.safe_load((ROOT / "deploy" / "prometheus.yml").read_text("utf-8"))
    assert config["rule_files"] == [RULES.name]
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    mounts = compose["services"]["prometheus"]["volumes"]
    assert f"./deploy/{RULES.name}:/etc/prometheus/{RULES.name}:ro" in mounts


def test_no_health_check_restarts_or_unroutes_on_readiness() -> None:
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    checks = [
        str(one["healthcheck"]) for one in compose["services"].values() if "healthcheck" in one
    ]
    assert any("/healthz" in check for check in checks)
    assert not any("readyz" in check for check in checks)
    for name in ("Containerfile", "Procfile", "deploy/prometheus.yml"):
        assert "readyz" not in (ROOT / name).read_text("utf-8"), name


def test_prometheus_itself_reads_the_rules() -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed")
    done = subprocess.run([promtool, "check", "rules", RULES], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
