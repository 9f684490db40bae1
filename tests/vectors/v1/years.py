"""A society whose book year 2026-27 stands in two log years, in records of version 1."""

from dataclasses import dataclass

from tests.vectors.v1 import books
from tests.vectors.v1.eras import Eras, first_second
from tests.vectors.v1.scenario import START, Log, Record
from trust.books.pure.vouchers import from_record
from trust.formats import origins

NEXT = "2027-28"
LATER = first_second(NEXT)


@dataclass(slots=True)
class Society:
    """A society whose book year 2026-27 stands in two log years; made in three steps."""

    scenario: Eras
    old: Log
    first: Record
    sealed: list[Record]
    new: Log

    def turn(self) -> None:
        """The state log turns, the old book log is closed, and the new one continues it."""
        self.scenario.turn_state(NEXT)
        after = origins.coop_origin(self.scenario.host, books.SLUG, NEXT)
        self.scenario.close(self.old, after, LATER + 5)
        self.new = self.scenario.continued(self.old, after)

    def finish(self) -> None:
        """The rest of 2026-27 and its sheet."""
        rest = movements()[2:]
        post(self.new, "imp-3", rest, LATER + 10)
        self.sealed += rest
        self.scenario.publish(self.new)
        self.new.append(self.second(), LATER + 30)
        self.scenario.publish(self.new)

    def second(self) -> Record:
        """The sheet of 2026-27, over the vouchers of both logs."""
        counted = [from_record(one) for one in self.sealed]
        return books.statement(self.new, counted, "2026-27", prior=self.first)


def begin(scenario: Eras) -> Society:
    """Registration, the sheet of 2025-26, and half of 2026-27; the log year has not ended."""
    old = scenario.open(origins.coop_origin(scenario.host, books.SLUG, "2026-27"))
    old.append(books.society_record())
    old.append(books.officer_record())
    early = books.vouchers()
    post(old, "imp-1", early, START + 10)
    scenario.publish(old)
    first = books.statement(old, [from_record(one) for one in early])
    old.append(first, START + 30)
    ours = movements()[:2]
    post(old, "imp-2", ours, START + 40)
    scenario.publish(old)
    return Society(scenario, old, first, [*early, *ours], old)


def society(scenario: Eras) -> Society:
    """The whole story, honestly told."""
    found = begin(scenario)
    found.turn()
    found.finish()
    return found


def post(log: Log, batch: str, records: list[Record], time: int) -> None:
    """One import with these vouchers."""
    year = "2025-26" if batch == "imp-1" else "2026-27"
    log.append({**books.import_open(batch, len(records)), "book_year": year}, time)
    for number, record in enumerate(records):
        log.append(record, time + 1 + number, books.detail(f"{batch}-{number}"))
    log.append(books.import_close(batch, len(records)), time + 1 + len(records))


def movements() -> list[Record]:
    """Vouchers of 2026-27: two sealed before the log turned, two after; the last one reverses."""
    cash, savings, *_ = books.accounts()
    return [
        movement("h-1", (cash, 7_000_00), (savings, -7_000_00), batch="imp-2"),
        movement("h-2", (cash, 300_00), (savings, -300_00), batch="imp-2"),
        movement("h-3", (cash, 1_000_00), (savings, -1_000_00), day="2027-03-30"),
        movement("h-2~1r", (cash, -300_00), (savings, 300_00), corrects="h-2"),
    ]


def movement(
    identity: str,
    *lines: tuple[str, int],
    day: str = "2026-05-01",
    batch: str = "imp-3",
    type: str = "Receipt",
    corrects: str | None = None,
) -> Record:
    """A voucher of 2026-27."""
    return books.voucher(
        identity, *lines, day=day, batch=batch, type=type, corrects=corrects, year="2026-27"
    )
