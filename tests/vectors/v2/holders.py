"""A fictitious society whose log says whose its officers' keys are, in entries nobody is shown."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG, public
from tests.vectors.v1.scenario import START, AuditScenario, Log, Record
from tests.vectors.v2.society import PRESIDENT, SECRETARY, opening


def book(scenario: AuditScenario) -> Log:
    """Two officers' keys, each with its holder; the register sealed, lost, and sealed again."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    for secret, role in ((SECRETARY, "secretary"), (PRESIDENT, "president")):
        log.append(books.officer_record(secret, role))
        log.append(holder(secret, f"k-12.{role}"))
        del log.openings[len(log.entries) - 1]  # no package opens it
    log.append(opening(), START + 5)
    log.append(opening() | {"as_of": "2026-05-29"}, START + 6)
    scenario.publish(log)
    return log


def holder(secret: bytes, account: str) -> Record:
    """Whose an officer's key is."""
    return {
        "kind": "officer-holder",
        "v": 1,
        "society": SLUG,
        "key": public(secret),
        "account": account,
    }
