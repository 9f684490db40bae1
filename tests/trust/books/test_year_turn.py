"""Books over the turn of the financial year: imports, filing, voiding, and what still counts."""

from collections import Counter
from datetime import datetime
from typing import cast

import pytest

from tests.simulator.clock import ManualClock
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import posting, staging
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.errors import StatementRefusedError
from trust.books.package import book_log
from trust.formats.times import IST
from trust.log import lineage
from trust.log import queries as log_queries
from trust.log.checks import fsck

TURN = int(datetime(2027, 4, 1, tzinfo=IST).timestamp())
CASH = [("Cash", "-100.00"), ("Member Seven", "100.00")]


@pytest.fixture
def clock(clock: ManualClock) -> ManualClock:
    """The last minute of the year 2026-27."""
    clock.now = TURN - 60
    return clock


def kinds(scenario: BooksScenario, origin: str) -> Counter[str]:
    with scenario.rt.db.read() as conn:
        return Counter(item.kind for item in log_queries.entries(conn, origin, 0, 10_000))


def test_an_import_over_midnight_stands_whole_in_the_new_year(
    scenario: BooksScenario, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 4)
    old = scenario.origin
    data = daybook(*(voucher(f"g-{n}", CASH, number=str(n)) for n in range(10)))
    real = staging.take

    def over_midnight(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        clock.now = TURN + 5

    monkeypatch.setattr(staging, "take", over_midnight)
    report = scenario.import_file(data)
    new = scenario.origin
    assert (report.state, report.posted) == ("posted", {"voucher": 10})
    assert new.endswith("/2027-28") and new != old
    assert kinds(scenario, old)["voucher"] == 4 and kinds(scenario, old)["import-close"] == 0
    assert kinds(scenario, new) == Counter({"import-open": 1, "voucher": 10, "import-close": 1})
    with scenario.rt.db.read() as conn:
        listed = books.vouchers(conn, SLUG)
        details = [books.voucher_detail(conn, item.at) for item in listed]
        sums = books.year_sums(conn, SLUG)
    assert [item.at.origin for item in listed] == [new] * 10
    assert sorted(str(detail["number"]) for detail in details if detail) == sorted(
        map(str, range(10))
    )
    assert sum(year.debit.get("14101", 0) for year in sums.values()) in (0, 100_000)
    scenario.rt.publish([old, new])
    assert list(fsck.check(scenario.rt.db, scenario.rt.signer)) == []
    assert scenario.import_file(data).state == "unchanged"


def test_books_of_two_log_years_make_one_sheet(scenario: BooksScenario, clock: ManualClock) -> None:
    """Vouchers sealed before the turn and after it are one book year's figures."""
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    before = scenario.draft("2025-26").figures
    clock.now = TURN + 60
    sale = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]
    scenario.import_file(daybook(voucher("g-1", sale)))
    filed = scenario.file("2025-26")
    assert filed.origin.endswith("/2027-28")
    with scenario.rt.db.read() as conn:
        stored = books.statement(conn, SLUG, "2025-26")
        shards = [info.origin for info in lineage.shards(conn, "coop", SLUG)]
        assert book_log(conn, SLUG) == shards[-1] == filed.origin
        assert book_log(conn, SLUG, "2026-27") == shards[0]
    assert stored is not None
    totals = cast(dict[str, int], stored.record["totals"])
    assert totals["assets"] == before.assets
    scenario.publish()
    assert list(fsck.check(scenario.rt.db, scenario.rt.signer)) == []


def test_a_sheet_drafted_before_the_turn_is_drafted_again(
    scenario: BooksScenario, clock: ManualClock
) -> None:
    scenario.import_file(SMALL_BOOKS, year="2025-26")
    signed = scenario.sign(scenario.draft("2025-26").record)
    clock.now = TURN
    with pytest.raises(StatementRefusedError, match="Draft it again") as refused:
        books_service.file_statement(scenario.rt, SLUG, signed)
    assert refused.value.code == "other-log"
    # The refusal undid its transaction; the sweep or the next writer turns the year.
    scenario.import_file(daybook(voucher("g-1", CASH)))
    assert books_service.file_statement(
        scenario.rt, SLUG, scenario.sign(scenario.draft("2025-26").record)
    ).origin.endswith("/2027-28")


def test_last_years_import_is_voided_in_this_years_log(
    scenario: BooksScenario, clock: ManualClock
) -> None:
    report = scenario.import_file(daybook(voucher("g-1", CASH)))
    old = scenario.origin
    clock.now = TURN + 1
    assert (
        books_service.void_import(scenario.rt, report.import_id, reason="wrong file").state
        == "void"
    )
    assert kinds(scenario, old)["log-closed"] == 1
    assert kinds(scenario, scenario.origin)["import-close"] == 1
    with scenario.rt.db.read() as conn:
        assert books.vouchers(conn, SLUG) == []
    scenario.publish()
    assert list(fsck.check(scenario.rt.db, scenario.rt.signer)) == []
