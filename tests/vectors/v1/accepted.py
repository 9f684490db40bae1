"""What version 1 accepted and version 2 does not: its artefacts verify for ever all the same."""

from tests.vectors.v1 import books, meeting
from tests.vectors.v1.meeting import Gathering
from tests.vectors.v1.scenario import START, AuditScenario, Log, Record, seed
from tests.vectors.v1.years import movements, post
from trust.books.pure.vouchers import from_record
from trust.formats import canon
from trust.formats.canon import Json

PRESIDENT = seed("president")


def running(scenario: AuditScenario) -> Log:
    """A society that filed 2026-27 as of a day in that very year, with one signature."""
    log = books.book(scenario)
    first = canon.parse(log.document(len(log.entries) - 1))
    ours = movements()[:2]
    post(log, "imp-2", ours, START + 40)
    scenario.publish(log)
    counted = [from_record(one) for one in [*books.vouchers(), *ours]]
    record = books.statement(log, counted, "2026-27", prior=first, as_of="2026-05-20")
    log.append(record, START + 60)
    scenario.publish(log)
    return log


def late(scenario: AuditScenario) -> Log:
    """A society that sealed a voucher into 2025-26 after the sheet of that year was filed."""
    log = books.book(scenario)
    cash, savings, *_ = books.accounts()
    voucher = books.voucher("late-1", (cash, 50_00), (savings, -50_00), batch="imp-2")
    log.append(books.import_open("imp-2", 1), START + 40)
    log.append(voucher, START + 41, books.detail("5"))
    log.append(books.import_close("imp-2", 1), START + 42)
    scenario.publish(log)
    return log


def keys(scenario: AuditScenario) -> Log:
    """A society whose log binds two officers' keys and six members', and stops one of these."""
    log = books.book(scenario)
    log.append(books.officer_record(PRESIDENT, "president"), START + 50)
    for number in range(1, meeting.VOTERS + 1):
        log.append(enrolment(number, "bind"), START + 50 + number)
    log.append(enrolment(6, "revoke", "lost"), START + 60 * meeting.DAY)
    scenario.publish(log)
    return log


def enrolment(number: int, action: str, reason: str = "") -> Record:
    """A member's key bound or stopped by two officers."""
    officers: list[Json] = ["k-12-secretary", "k-12-president"]
    return {
        "kind": "enrolment",
        "v": 1,
        "society": books.SLUG,
        "medium": "card",
        "key": books.public(meeting.member(number)),
        "member": f"M-{number}",
        "action": action,
        "officers": officers,
        "reason": reason,
    }


def gap(scenario: AuditScenario) -> Gathering:
    """A meeting whose ballots leave numbers out of their sequence, and one that officers cast."""
    found = meeting.call(scenario)
    officers = (books.OFFICER, "secretary"), (PRESIDENT, "president")
    for step, record in enumerate(
        (
            found.ballot(1, "yes"),
            found.ballot(1, "no", 7),
            found.ballot(3, "yes", 3),
            found.ballot(2, "yes", 2_147_483_647),
            found.assisted(4, "yes", *officers),
        )
    ):
        found.log.append(record, found.opens + step)
    found.log.append(meeting.result(found, COUNTS), found.closes + 5)
    scenario.publish(found.log)
    return found


COUNTS: Record = {
    "notice_days_given": 17, "members": 6, "quorum": 2, "present": 4, "voted": 4, "for": 3,
    "against": 1, "abstained": 0, "accepted": 5, "superseded": 1, "quorate": True, "carried": True,
}  # fmt: skip
