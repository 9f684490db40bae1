"""Bye-laws in a package: a version left out, one that comes twice, a day that was to come."""

from typing import Any

import pytest

from tests.audit import books
from tests.audit.helpers import check, said
from tests.audit.scenario import AuditScenario


def version(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "kind": "bye-laws",
        "v": 1,
        "society": "k-12",
        "version": number,
        "application": None,
        "adopted_on": None,
        "registered_on": "2026-05-20",
        "order": f"B-{number}",
        "section": "12",
        "text": f"Version {number}.",
    } | changes


def verified(*records: dict[str, Any]) -> dict[str, str]:
    """What is wrong with the bye-laws of a society with these versions."""
    scenario = AuditScenario("bye-laws")
    log = scenario.coop()
    log.append(books.society_record())
    for record in records:
        log.append(record)
    scenario.publish(log)
    report = check(scenario, scenario.members(log))
    assert set(said(report)) <= {"bye-laws"}, said(report)
    assert report.exit_code == (1 if said(report) else 0)
    return said(report)


def test_versions_in_order_are_right() -> None:
    assert verified(version(1), version(2), version(3)) == {}


@pytest.mark.parametrize(
    ("records", "words"),
    [
        ([version(2)], "does not follow version 0"),
        ([version(1), version(3)], "does not follow version 1"),
        ([version(1), version(1)], "does not follow version 1"),
        ([version(1, registered_on="2026-09-01")], "which was to come"),
        ([version(1, adopted_on="2098-01-01")], "which was to come"),
    ],
)
def test_a_gap_a_repeat_and_a_day_to_come_are_wrong(
    records: list[dict[str, Any]], words: str
) -> None:
    assert words in verified(*records)["bye-laws"]
