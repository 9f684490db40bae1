"""Filed sheets of version 2, sealed in a `scenario`: two officers, a day, open faults stated."""

from collections.abc import Sequence

from audit.verify.report import Report
from tests.audit import books
from tests.audit.helpers import check
from tests.audit.scenario import START, AuditScenario, Log, Record, seed
from trust.books import published
from trust.books.pure import balances, checks, findinglist, statements
from trust.books.pure.footing import Sheet
from trust.books.pure.mapping import SUSPENSE_CREDIT
from trust.books.pure.vouchers import from_record
from trust.formats import signing
from trust.formats.canon import Json

SECRETARY, PRESIDENT = books.OFFICER, seed("president")
BOTH = (("secretary", SECRETARY), ("president", PRESIDENT))
YEAR = "2025-26"
FILED = START + 30


def president_record() -> Record:
    """The president's key, bound."""
    return books.officer_record(PRESIDENT) | {"role": "president"}


def begin(scenario: AuditScenario, vouchers: Sequence[Record] | None = None) -> Log:
    """A society with both officers' keys and one posted import of `YEAR`; nothing is filed."""
    log = scenario.coop(books.SLUG)
    log.append(books.society_record())
    log.append(books.officer_record())
    log.append(president_record())
    post(log, vouchers or books.vouchers(), "imp-1", START + 10)
    scenario.publish(log)
    return log


def post(log: Log, listed: Sequence[Record], batch: str, at: int) -> None:
    """One posted import."""
    log.append(books.import_open(batch, len(listed)), at)
    for number, record in enumerate(listed):
        log.append(record | {"import": batch}, at, books.detail(str(number + 1)))
    log.append(books.import_close(batch, len(listed)), at)


def draft(log: Log, listed: Sequence[Record], before: Record | None = None) -> Record:
    """The statement over everything in the log, unsigned; `listed` are its vouchers."""
    record = {
        name: value
        for name, value in books.statement(
            log, [from_record(one) for one in listed], prior=before
        ).items()
        if name != "signatures"
    }
    record |= {"v": 2, "reason": None}
    return record | {"open_checks": open_checks(record, listed)}


def open_checks(record: Record, listed: Sequence[Record]) -> list[Json]:
    """What the platform's checks find over these vouchers, all of the first filing of a year."""
    mapping = published.mapping_for("2026-03-31")
    sealed = [from_record(one) for one in listed]
    rows = balances.trial_balances(sealed, mapping)[YEAR]
    found = checks.run(
        checks.Books(
            book_year=YEAR,
            mapping=mapping,
            vouchers=[checks.Checked(one) for one in sealed],
            rows=rows,
            figures=statements.figures(rows, mapping, YEAR),
            today="2026-03-31",
            sheet=Sheet(record),
        )
    )
    return findinglist.to_state(found)


def file(
    scenario: AuditScenario,
    log: Log,
    record: Record,
    signers: Sequence[tuple[str, bytes]] = BOTH,
    at: int = FILED,
) -> Record:
    """Sign and seal a statement; gives it as sealed."""
    made = [signing.sign(key, role, "statement", log.origin, record) for role, key in signers]
    signed = signing.with_signatures(record, made)
    log.append(signed, at)
    scenario.publish(log)
    return signed


def filed(scenario: AuditScenario, **change: Json) -> tuple[Log, Record]:
    """A society that filed its books; `change` alters the record before it is signed."""
    log = begin(scenario)
    return log, file(scenario, log, draft(log, books.vouchers()) | change)


def late(corrects: str | None = None) -> Record:
    """A voucher of the filed year: 100 rupees more of interest."""
    cash, _, _, interest, _ = books.accounts()
    lines = ((cash, 100_00), (interest, -100_00))
    return books.voucher("g-9", *lines, day="2026-03-30", corrects=corrects)


def on_suspense() -> list[Record]:
    """The vouchers of a year in which an amount was left on suspense."""
    cash = books.accounts()[0]
    return [*books.vouchers(), books.voucher("g-8", (cash, 50_00), (SUSPENSE_CREDIT, -50_00))]


def verify(scenario: AuditScenario, log: Log) -> Report:
    """The verdict on the package that an auditor holds."""
    return check(scenario, scenario.members(log))
