"""A fictitious society that puts two of its own ledgers on accounts, and one of them elsewhere."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG
from tests.vectors.v1.scenario import START, AuditScenario, Log, Record
from tests.vectors.v2.society import PRESIDENT, SECRETARY


def book(scenario: AuditScenario) -> Log:
    """Two officers' keys; a map of two ledgers by one officer, a change of it by another."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    for secret, role in ((SECRETARY, "secretary"), (PRESIDENT, "president")):
        log.append(books.officer_record(secret, role))
    first = chosen("k-12.secretary", ("20505", None), ("10501", None))
    log.append(first, START + 5, named("Gold loans", "S.B. A/c"))
    second = chosen("k-12.president", ("20703", "20505"))
    log.append(second, START + 6, named("Gold loans"))
    scenario.publish(log)
    return log


def chosen(officer: str, *choices: tuple[str, str | None]) -> Record:
    """Accounts for ledgers, each with the one before."""
    return {
        "kind": "ledger-map",
        "v": 1,
        "society": SLUG,
        "detail": None,
        "officer": officer,
        "choices": [{"account": account, "before": before} for account, before in choices],
    }


def named(*ledgers: str) -> Record:
    """Which ledgers they are."""
    return {"kind": "ledger-map-detail", "v": 1, "ledgers": list(ledgers)}
