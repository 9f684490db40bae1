"""A fictitious society's log with a sealed register, keys without names, a sheet of version 2."""

from tests.vectors.v1 import books
from tests.vectors.v1.books import SLUG, digest, public
from tests.vectors.v1.scenario import START, AuditScenario, Log, Record, seed
from trust.books.model import Voucher
from trust.books.pure.vouchers import from_record
from trust.formats import b64, canon, commitments, signing
from trust.formats.canon import Json

SECRETARY, PRESIDENT = books.OFFICER, seed("president")
NEXT_PRESIDENT = seed("president", 2)
OFFICES: list[Json] = ["secretary", "president"]
STAFF: list[Json] = ["k-12.secretary", "k-12.president"]
VOTERS = 6


def member(number: int) -> bytes:
    """The seed of a member's key."""
    return seed("member", number)


def book(scenario: AuditScenario) -> Log:
    """Two officers, the register sealed, six keys (two carried over), one admission, books of
    2025-26 and their sheet, signed by two; then a lost key of the president and the next one."""
    log = scenario.coop(SLUG)
    log.append(books.society_record())
    log.append(books.officer_record())
    log.append(books.officer_record(PRESIDENT, "president"))
    for number in (1, 2):
        enrol(log, number, "bind", 1)
    log.append(opening(), START + 5)
    for number in (2, 1):
        enrol(log, number, "carry")
    for number in range(3, VOTERS + 1):
        enrol(log, number, "bind")
    admit(log, "admission", member="M-7", name="New Member")
    scenario.publish(log)
    log.append(books.import_open(), START + 10)
    for number, record in enumerate(books.vouchers()):
        log.append(record, START + 11 + number, books.detail(str(number + 1)))
    log.append(books.import_close(), START + 20)
    scenario.publish(log)
    log.append(statement(log, [from_record(one) for one in books.vouchers()]), START + 30)
    scenario.publish(log)
    return log


def turned(scenario: AuditScenario) -> Log:
    """The same with what came after: an entry sealed into the filed year and its reason, the
    register changed, the president's key lost and another one bound."""
    log = book(scenario)
    filed = digest(canon.parse(log.document(len(log.entries) - 1)))
    cash, savings, *_ = books.accounts()
    late = books.voucher("late-1", (cash, 50_00), (savings, -50_00), batch="imp-2", corrects="g-2")
    log.append(books.import_open("imp-2", 1), START + 40)
    log.append(late, START + 41, books.detail("5"))
    log.append(books.import_close("imp-2", 1), START + 42)
    scenario.publish(log)
    log.append(
        {
            "kind": "late-entries",
            "v": 1,
            "society": SLUG,
            "book_year": "2025-26",
            "statement": filed,
            **place(log),
            "reason": "A receipt was found.",
        },
        START + 43,
    )
    admit(log, "admission-change", START + 44, member="M-7", name="New Member, corrected")
    enrol(log, 6, "revoke", at=START + 45, reason="lost")
    admit(log, "admission-end", START + 46, member="M-6", left_on="2026-05-28")
    log.append(
        {
            "kind": "officer-key-loss",
            "v": 1,
            "society": SLUG,
            "key": public(PRESIDENT),
            "role": "president",
            "decided_on": "2026-05-27",
            "reference": "14/2026",
            "officers": OFFICES,
        },
        START + 47,
    )
    log.append(books.officer_record(NEXT_PRESIDENT, "president"), START + 48)
    scenario.publish(log)
    return log


def place(log: Log) -> Record:
    """Where the society's books stand now, as other records name it."""
    return {
        "book_origin": log.origin,
        "book_size": len(log.entries),
        "book_root": b64.encode(log.root()),
    }


def opening() -> Record:
    """The register as it was sealed, once."""
    return {
        "kind": "register-opening",
        "v": 1,
        "society": SLUG,
        "as_of": "2026-05-28",
        "count": VOTERS,
        "root": b64.encode(seed("register")),
        "officers": OFFICES,
    }


def hidden(log: Log, kind: str, members: Record) -> str:
    """The commitment of a detail that no package opens."""
    body = canon.canonical({"kind": f"{kind}-detail", "v": 1, **members})
    salt = seed(log.origin, len(log.entries), "hidden")
    return b64.encode(commitments.commit_private(f"{kind}-detail", salt, body))


def admit(log: Log, kind: str, at: int = START + 6, **members: str) -> None:
    """A member admitted, changed or let go, by two officers."""
    told: Record = {"reason": "", **members}
    if "left_on" not in members:
        told |= {"class": "A", "joined": "2026-05-28", "share_paid_on": "2026-05-28"}
    detail = hidden(log, kind, told)
    record: Record = {"kind": kind, "v": 1, "society": SLUG, "officers": STAFF, "detail": detail}
    log.append(record, at)


def enrol(
    log: Log, number: int, action: str, version: int = 2, at: int = START + 5, reason: str = ""
) -> None:
    """A member's key bound, carried over or stopped."""
    record: Record = {
        "kind": "enrolment",
        "v": version,
        "society": SLUG,
        "medium": "card",
        "key": public(member(number)),
        "action": action,
        "officers": [] if action == "carry" else STAFF,
    }
    if version == 1:
        record |= {"member": f"M-{number}", "reason": reason}
        log.append(record, START)
        del log.openings[len(log.entries) - 1]  # no package opens it any more
        return
    record["detail"] = hidden(log, "enrolment", {"member": f"M-{number}", "reason": reason})
    log.append(record, at)


def statement(log: Log, sealed: list[Voucher]) -> Record:
    """The sheet of 2025-26 in version 2, signed by secretary and president."""
    record = books.statement(log, sealed)
    del record["signatures"]
    record |= {"v": 2, "reason": None, "open_checks": []}
    both = [
        signing.sign(secret, role, "statement", log.origin, record)
        for secret, role in ((SECRETARY, "secretary"), (PRESIDENT, "president"))
    ]
    return signing.with_signatures(record, both)
