"""A fictitious society with an import that counts and one that was declared void."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG
from tests.vectors.v1.scenario import AuditScenario, Log, Record


def book(scenario: AuditScenario) -> Log:
    """Two imports of nothing, both posted; the second void afterwards."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    for batch in ("imp-1", "imp-2"):
        log.append(books.import_open(batch, 0))
        log.append(close(batch, "posted", None))
    log.append(close("imp-2", "void", "The file of another society was brought in."))
    scenario.publish(log)
    return log


def close(batch: str, outcome: str, reason: str | None) -> Record:
    """The end of an import, in version 2 of its record."""
    return books.import_close(batch, 0) | {"v": 2, "outcome": outcome, "reason": reason}
