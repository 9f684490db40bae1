"""A fictitious society whose bye-laws were entered and then amended."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG
from tests.vectors.v1.scenario import AuditScenario, Log, Record

FIRST = "1. The name of the society is as registered.\n2. A share is of one hundred rupees."
SECOND = FIRST.replace("one hundred", "two hundred")


def book(scenario: AuditScenario) -> Log:
    """Two versions, the second under an application."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    log.append(version(1, FIRST, None, None))
    log.append(version(2, SECOND, "thrissur-2026-4", "2026-04-11"))
    scenario.publish(log)
    return log


def version(number: int, text: str, application: str | None, adopted: str | None) -> Record:
    """The record of one version."""
    return {
        "kind": "bye-laws",
        "v": 1,
        "society": SLUG,
        "version": number,
        "application": application,
        "adopted_on": adopted,
        "registered_on": "2026-04-20",
        "order": f"B-{number}/2026",
        "section": "12",
        "text": text,
    }
