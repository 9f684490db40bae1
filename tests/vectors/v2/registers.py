"""A fictitious society's registers: loans and dates in records of version 1 and of version 2."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG
from tests.vectors.v1.scenario import AuditScenario, Log, Record


def book(scenario: AuditScenario) -> Log:
    """Two registers, a year apart, and two meetings."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    for batch, form, items in (
        ("imp-1", "loan-register", ((first(), source(1)),)),
        ("imp-2", "loan-register", ((second(), source(2)),)),
        ("imp-3", "governance-dates", ((meeting(1, "general-meeting"), None),
                                       (meeting(2, "special-meeting"), None))),
    ):  # fmt: skip
        log.append(books.import_open(batch, len(items)) | {"format": form})
        for record, detail in items:
            log.append(record | {"import": batch}, detail=detail)
        log.append(books.import_close(batch, len(items)))
    scenario.publish(log)
    return log


def first() -> Record:
    """A loan of version 1: its tags compare with nothing."""
    return {
        "kind": "loan",
        "v": 1,
        "society": SLUG,
        "detail": None,
        "id": "t-00112233445566aa",
        "as_of": "2025-03-31",
        "sanctioned_on": "2024-06-15",
        "sanctioned": 50_000_00,
        "outstanding": 45_000_00,
        "overdue": 0,
        "overdue_days": 0,
        "purpose": "Paddy",
        "in_area": True,
        "disbursed_to": "t-00112233445566bb",
        "collateral": None,
    }


def second() -> Record:
    """A loan of version 2."""
    return first() | {
        "v": 2,
        "as_of": "2026-03-31",
        "outstanding": 30_000_00,
        "tag_key": "k-8899aabbccddeeff",
        "id": "t-8899aabbccddee01",
        "number": "t-8899aabbccddee02",
        "member": "t-8899aabbccddee03",
    }


def source(version: int) -> Record:
    """The references of a loan."""
    detail: Record = {
        "kind": "loan-detail",
        "v": version,
        "loan_id": "12/24",
        "member": "M 11",
        "payee": "SB 101",
        "collateral": "",
    }
    return detail if version == 1 else detail | {"scheme": "Crop loan"}


def meeting(version: int, event: str) -> Record:
    """A meeting of the members."""
    return {
        "kind": "governance-date",
        "v": version,
        "society": SLUG,
        "book_year": "2025-26",
        "event": event,
        "date": "2025-09-25",
    }
