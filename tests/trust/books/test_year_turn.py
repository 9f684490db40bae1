"""Books over the turn of the financial year: imports, filing, voiding, and what still counts."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import cast

import pytest

from tests.simulator.clock import ManualClock
from tests.trust.books.house import SLUG, House
from tests.trust.books.makers import SMALL_BOOKS, daybook, voucher
from trust.books import posting, queries, service
from trust.books.errors import StatementRefusedError
from trust.books.package import book_log
from trust.formats.times import IST
from trust.log import lineage
from trust.log import queries as logs
from trust.log.checks import fsck
from trust.log.publish.publication import publish

TURN = int(datetime(2027, 4, 1, tzinfo=IST).timestamp())
CASH = [("Cash", "-100.00"), ("Member Seven", "100.00")]


@pytest.fixture
def clock(clock: ManualClock) -> ManualClock:
    """The last minute of the year 2026-27."""
    clock.now = TURN - 60
    return clock


def kinds(house: House, origin: str) -> Counter[str]:
    with house.rt.db.read() as conn:
        return Counter(item.kind for item in logs.entries(conn, origin, 0, 10_000))


def test_an_import_over_midnight_stands_whole_in_the_new_year(
    house: House, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 4)
    old = house.origin
    data = daybook(*(voucher(f"g-{n}", CASH, number=str(n)) for n in range(10)))
    real = posting._fill

    def over_midnight(*arguments: object) -> None:
        real(*arguments)  # type: ignore[arg-type]
        clock.now = TURN + 5

    monkeypatch.setattr(posting, "_fill", over_midnight)
    report = house.import_file(data)
    new = house.origin
    assert (report.state, report.posted) == ("posted", {"voucher": 10})
    assert new.endswith("/2027-28") and new != old
    assert kinds(house, old)["voucher"] == 4 and kinds(house, old)["import-close"] == 0
    assert kinds(house, new) == Counter({"import-open": 1, "voucher": 10, "import-close": 1})
    with house.rt.db.read() as conn:
        listed = queries.vouchers(conn, SLUG)
        details = [queries.voucher_detail(conn, item.at) for item in listed]
        sums = queries.year_sums(conn, SLUG)
    assert [item.at.origin for item in listed] == [new] * 10
    assert sorted(str(detail["number"]) for detail in details if detail) == sorted(
        map(str, range(10))
    )
    assert sum(year.debit.get("14101", 0) for year in sums.values()) in (0, 100_000)
    publish(house.rt, [old, new])
    assert list(fsck.check(house.rt.db, house.rt.signer)) == []
    assert house.import_file(data).state == "unchanged"


def test_books_of_two_log_years_make_one_sheet(house: House, clock: ManualClock) -> None:
    """Vouchers sealed before the turn and after it are one book year's figures."""
    house.import_file(SMALL_BOOKS, year="2025-26")
    before = house.draft("2025-26").figures
    clock.now = TURN + 60
    sale = [("Cash", "-100.00"), ("Sales: consumer goods", "100.00")]
    house.import_file(daybook(voucher("g-1", sale)))
    filed = house.file("2025-26")
    assert filed.origin.endswith("/2027-28")
    with house.rt.db.read() as conn:
        stored = queries.statement(conn, SLUG, "2025-26")
        shards = [info.origin for info in lineage.shards(conn, "coop", SLUG)]
        assert book_log(conn, SLUG) == shards[-1] == filed.origin
        assert book_log(conn, SLUG, "2026-27") == shards[0]
    assert stored is not None
    totals = cast(dict[str, int], stored.record["totals"])
    assert totals["assets"] == before.assets
    house.publish()
    assert list(fsck.check(house.rt.db, house.rt.signer)) == []


def test_a_sheet_drafted_before_the_turn_is_drafted_again(house: House, clock: ManualClock) -> None:
    house.import_file(SMALL_BOOKS, year="2025-26")
    signed = house.sign(house.draft("2025-26").record)
    clock.now = TURN
    with pytest.raises(StatementRefusedError, match="Draft it again") as refused:
        service.file_statement(house.rt, SLUG, signed)
    assert refused.value.code == "other-log"
    # The refusal undid its transaction; the sweep or the next writer turns the year.
    house.import_file(daybook(voucher("g-1", CASH)))
    assert service.file_statement(
        house.rt, SLUG, house.sign(house.draft("2025-26").record)
    ).origin.endswith("/2027-28")


def test_last_years_import_is_voided_in_this_years_log(house: House, clock: ManualClock) -> None:
    report = house.import_file(daybook(voucher("g-1", CASH)))
    old = house.origin
    clock.now = TURN + 1
    assert service.void_import(house.rt, report.import_id).state == "void"
    assert kinds(house, old)["log-closed"] == 1
    assert kinds(house, house.origin)["import-close"] == 1
    with house.rt.db.read() as conn:
        assert queries.vouchers(conn, SLUG) == []
    house.publish()
    assert list(fsck.check(house.rt.db, house.rt.signer)) == []
