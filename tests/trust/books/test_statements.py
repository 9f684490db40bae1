"""From vouchers to sheets: figures, carrying forward, the checks, and what a filed sheet shows."""

import hashlib
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.books.model import Check, Figures, Posting, Voucher
from trust.books.published import (
    line_labels_ml,
    load_mapping,
    mapping_by_hash,
    mapping_for,
    rows,
    versions,
)
from trust.books.pure import balances, checks, statements, years
from trust.books.pure.footing import Sheet, check_sheet
from trust.books.pure.mapping import SUSPENSE_DEBIT
from trust.books.pure.vouchers import content_id, correction, from_record
from trust.formats import canon, records
from trust.formats.errors import FormatError

MAPPING = load_mapping("1")
CODES = sorted(MAPPING.accounts)
OPENING = balances.OPENING_TYPE


def made(
    lines: Sequence[tuple[str, int]],
    *,
    date: str = "2025-06-01",
    kind: str = "Journal",
    number: str = "1",
    corrects: str | None = None,
) -> Voucher:
    return Voucher(
        f"v-{number}-{date}-{kind}",
        "s-1",
        years.book_year_of(date),
        date,
        kind,
        "test",
        tuple(Posting(code, paise) for code, paise in lines),
        corrects,
        "imp-1",
    )


def voucher_record(voucher: Voucher) -> dict[str, Any]:
    """The record of a voucher, as it is before its detail is committed to."""
    return {
        "kind": "voucher",
        "v": 1,
        "society": voucher.society,
        "book_year": voucher.book_year,
        "import": voucher.import_id,
        "detail": None,
        "id": voucher.id,
        "source": voucher.source,
        "date": voucher.date,
        "type": voucher.type,
        "corrects": voucher.corrects,
        "lines": [{"account": line.account, "paise": line.paise} for line in voucher.lines],
    }


@st.composite
def books(draw: st.DrawFn) -> list[Voucher]:
    """Balanced vouchers over three book years on any accounts of the chart."""
    found = []
    for number in range(draw(st.integers(1, 12))):
        amounts = draw(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=4))
        codes = draw(st.lists(st.sampled_from(CODES), min_size=len(amounts), max_size=4))
        lines = [(code, paise) for code, paise in zip(codes, amounts, strict=False)]
        lines.append((draw(st.sampled_from(CODES)), -sum(paise for _, paise in lines)))
        year = draw(st.sampled_from((2023, 2024, 2025)))
        kind = draw(st.sampled_from((OPENING, "Receipt", "Journal")))
        date = f"{year}-04-01" if kind == OPENING else f"{year}-11-0{number % 9 + 1}"
        found.append(made(lines, date=date, kind=kind, number=str(number)))
    return found


@given(books())
def test_balanced_vouchers_make_sheets_that_foot(vouchers: list[Voucher]) -> None:
    for year, trial in balances.trial_balances(vouchers, MAPPING).items():
        assert sum(row.closing for row in trial) == 0
        found = statements.figures(trial, MAPPING, year)
        assert found.assets == found.liabilities
        record: dict[str, Any] = {
            "lines": statements.statement_lines(found, None, MAPPING),
            "totals": statements.totals(found),
        }
        amounts = statements.filed_amounts(record)
        sums = statements.summed(amounts, MAPPING)
        assert sums["assets"] == found.assets
        assert sums["profit"] == found.profit
        assert statements.differences(record, found, MAPPING) == []
        full = statements.with_headings(amounts, MAPPING)
        assert {line: paise for line, paise in full.items() if paise} == {
            line: paise for line, paise in found.lines.items() if paise
        }
        for heading in ("L1", "L2", "L5", "A5", "A8"):
            children = [line.id for line in MAPPING.lines if line.parent == heading]
            assert found.lines[heading] == sum(found.lines[child] for child in children)


@given(books())
def test_a_year_opens_as_the_year_before_closed(vouchers: list[Voucher]) -> None:
    plain = [item for item in vouchers if item.type != OPENING]
    trials = balances.trial_balances(plain, MAPPING)
    for year, trial in trials.items():
        before = trials.get(years.year_before(year))
        if before is not None:
            openings = {row.account: row.opening for row in trial if row.opening}
            assert openings == balances.carry(before, MAPPING)
            assert sum(openings.values()) == 0


def test_profit_goes_to_liabilities_and_loss_to_assets() -> None:
    sale = made([("20101", 900), ("31103", -900)])
    cost = made([("41103", 400), ("20101", -400)], number="2")
    wages = made([("40201", 100), ("20101", -100)], number="3")
    found = figures([sale, cost, wages])
    assert (found.gross, found.profit) == (500, 400)
    assert {name: found.lines[name] for name in ("TD12", "I1", "E16", "L3", "A8-11", "A1")} == {
        "TD12": 500,
        "I1": 500,
        "E16": 400,
        "L3": 400,
        "A8-11": 0,
        "A1": 400,
    }
    loss = figures([sale, cost, made([("40201", 950), ("20101", -950)], number="4")])
    assert loss.profit == -450
    assert (loss.lines["L3"], loss.lines["A8-11"], loss.lines["I7"]) == (0, 450, 450)
    assert loss.assets == loss.liabilities


def figures(vouchers: list[Voucher], year: str = "2025-26") -> Figures:
    trial = balances.trial_balances(vouchers, MAPPING)[year]
    return statements.figures(trial, MAPPING, year)


def test_contra_assets_are_deductions_on_their_own_side() -> None:
    found = figures([made([("20803", 1000), ("20804", -300), ("20519", -200), ("10101", -500)])])
    assert found.lines["A8-1b"] == -300
    assert found.lines["A5b"] == -200
    assert found.lines["A8"] == 700
    assert found.liabilities == 500


def ran(
    vouchers: list[Voucher], *, sealed: list[checks.Checked] | None = None, **more: Any
) -> dict[int, Check]:
    trials = balances.trial_balances(vouchers, MAPPING)
    year = "2025-26"
    trial = trials[year]
    before = trials.get("2024-25")
    chosen = [item for item in vouchers if item.book_year == year]
    base = checks.Books(
        book_year=year,
        mapping=MAPPING,
        vouchers=sealed or [checks.Checked(item, n) for n, item in enumerate(chosen)],
        rows=trial,
        figures=statements.figures(trial, MAPPING, year),
        today="2026-06-01",
        carried=None if before is None else balances.carry(before, MAPPING),
        **more,
    )
    return {check.number: check for check in checks.run(base)}


def test_every_check_speaks_and_says_what_it_could_not_do() -> None:
    found = ran([made([("20101", 100), ("10101", -100)])])
    assert sorted(found) == list(range(1, 23))
    states = {number: check.state for number, check in found.items()}
    assert {n for n, state in states.items() if state == "wrong"} == set()
    assert {n for n, state in states.items() if state == "right"} == {1, 2, 3, 6, 7, 15, 16, 17}
    assert all(check.says for check in found.values())


def test_unbalanced_vouchers_show_by_voucher_day_trial_balance_and_sheet() -> None:
    found = ran([made([("20101", 100), ("10101", -90)])])
    assert {n for n, check in found.items() if check.state == "wrong"} == {1, 2, 3, 7}
    assert "0.10" in found[1].says


def test_opening_against_last_closing_line_by_line() -> None:
    last = made([("20101", 100), ("30101", -100)], date="2025-03-01")
    good = made([("20101", 100), ("10301", -100)], date="2025-04-01", kind=OPENING, number="2")
    bad = made([("20101", 90), ("10301", -90)], date="2025-04-01", kind=OPENING, number="2")
    assert ran([last, good])[5].state == "right"
    wrong = ran([last, bad])[5]
    assert wrong.state == "wrong"
    assert {fault.column for fault in wrong.faults} == {"A1", "L3/A8-11"}
    assert ran([last, made([("20101", 5), ("30101", -5)])])[5].state == "unchecked"


def test_unknown_accounts_suspense_negative_cash_and_dates() -> None:
    found = ran(
        [
            made([("20101", -50), ("77777", 30), (SUSPENSE_DEBIT, 20)], number="1"),
            made([("20101", 90), ("10101", -90)], date="2025-06-02", number="2"),
        ]
    )
    assert found[6].faults[0].column == "77777"
    assert found[15].faults[0].column == SUSPENSE_DEBIT
    assert "2025-06-01" in found[16].says
    assert found[17].state == "right"
    ahead = ran([made([("20101", 1), ("10101", -1)], date="2026-03-31")])
    assert ahead[17].state == "right"
    two = [made([("20101", 1), ("10101", -1)]), made([("20101", 1), ("10101", -1)], number="2")]
    late = ran(two, sealed=[checks.Checked(two[0], 0), checks.Checked(two[1], 1, late=True)])
    assert late[17].faults[0].row == 1


def test_duplicates_and_numbers_need_the_details() -> None:
    one, two = (made([("20101", 1), ("10101", -1)], number=n) for n in "12")
    closed = ran([one, two])
    assert (closed[18].state, closed[19].state) == ("unchecked", "unchecked")
    alike = [checks.Checked(item, n, f"R-{n * 2}", "P", "n") for n, item in enumerate((one, two))]
    found = ran([one, two], sealed=alike)
    assert "2 vouchers are alike" in found[18].says
    assert "R-1" in found[19].says
    apart = [checks.Checked(item, n, f"R-{n}", "P", str(n)) for n, item in enumerate((one, two))]
    found = ran([one, two], sealed=apart)
    assert (found[18].state, found[19].state) == ("right", "right")


def sheet(lines: Sequence[tuple[str, int, int | None]], profit: int = 0) -> dict[str, Any]:
    amounts = {name: paise for name, paise, _ in lines}
    sums = statements.summed(amounts, MAPPING)
    return {
        "lines": [{"id": name, "paise": paise, "prior": prior} for name, paise, prior in lines],
        "totals": {"assets": sums["assets"], "liabilities": sums["liabilities"], "profit": profit},
    }


def test_a_comparative_column_out_by_119_crore_is_caught() -> None:
    crore = 1_000_000_000
    good = [("L5i", 500 * crore, 400 * crore), ("A5i", 500 * crore, 400 * crore)]
    found = {c.number: c for c in check_sheet(Sheet(sheet(good)), MAPPING)}
    assert (found[7].state, found[8].state, found[9].state) == ("right", "right", "unchecked")
    bad = [("L5i", 500 * crore, 400 * crore), ("A5i", 500 * crore, 519 * crore)]
    found = {c.number: c for c in check_sheet(Sheet(sheet(bad)), MAPPING)}
    assert found[8].state == "wrong"
    assert "119,00,00,000.00" in found[8].says or "1,19,00,00,000.00" in found[8].says


def test_last_years_column_is_held_against_what_was_filed() -> None:
    filed = sheet([("L5i", 70, None), ("A1", 70, None)])
    same = sheet([("L5i", 90, 70), ("A1", 90, 70)])
    other = sheet([("L5i", 90, 71), ("A1", 90, 71)])
    missing = sheet([("L5i", 90, None), ("A1", 90, None)])

    def ninth(record: dict[str, Any]) -> Check:
        return next(c for c in check_sheet(Sheet(record, filed), MAPPING) if c.number == 9)

    assert ninth(same).state == "right"
    assert {fault.column for fault in ninth(other).faults} == {"L5i", "A1"}
    assert ninth(missing).faults[0].code == "prior-missing"


def test_totals_profit_stock_and_repeated_figures() -> None:
    record = sheet([("L5i", 90, None), ("A1", 80, None)])
    record["totals"]["assets"] = 90
    found = {c.number: c for c in check_sheet(Sheet(record), MAPPING)}
    assert (found[7].state, found[8].state) == ("wrong", "wrong")
    trading = [("A6", 30, None), ("TC1", 10, None), ("TC6", 40, None)]
    found = {c.number: c for c in check_sheet(Sheet(sheet(trading, 40)), MAPPING)}
    assert (found[10].state, found[12].state) == ("wrong", "wrong")
    again = [(name, 10 + n, 10 + n) for n, name in enumerate(("L1a", "L5i", "A1", "A2", "A5i"))]
    found = {c.number: c for c in check_sheet(Sheet(sheet(again)), MAPPING)}
    assert found[20].state == "wrong"
    moved = [*again[:4], ("A5i", 15, 14)]
    assert {c.number: c for c in check_sheet(Sheet(sheet(moved)), MAPPING)}[20].state == "right"


def test_differences_name_the_line_and_the_total() -> None:
    found = figures([made([("20101", 100), ("10101", -100)])])
    record: dict[str, Any] = {
        "lines": statements.statement_lines(found, None, MAPPING),
        "totals": statements.totals(found),
    }
    record["lines"][0]["paise"] = 101
    record["lines"].append({"id": "L99", "paise": 5, "prior": None})
    record["totals"]["profit"] = 1
    faults = statements.differences(record, found, MAPPING)
    assert [fault.column for fault in faults] == ["L1a", "L99", "profit"]


@given(books())
def test_records_are_canonical_and_read_back(vouchers: list[Voucher]) -> None:
    for item in vouchers:
        record = voucher_record(item)
        records.check_record(record)
        assert from_record(canon.parse(canon.canonical(record))) == item
        reversal, new = map(from_record, correction(record, record, 1))
        assert sum(line.paise for line in (*item.lines, *reversal.lines)) == 0
        assert (reversal.corrects, new.corrects) == (item.id, item.id)


def test_content_ids_do_not_depend_on_import_or_id() -> None:
    one = canon.canonical(voucher_record(made([("20101", 1), ("10101", -1)])))
    other = canon.parse(one) | {"id": "other", "import": "imp-2", "detail": "x", "corrects": "y"}
    assert content_id(one) == content_id(canon.canonical(other))
    assert content_id(one) != content_id(canon.canonical(other | {"date": "2025-06-02"}))


@given(
    st.fixed_dictionaries(
        {
            name: st.text('\\":{},aà\n') | st.sampled_from(('"kind":', ',"date":', '"detail":'))
            for name in ("id", "import", "type", "society")
        }
    )
)
def test_a_content_id_is_the_hash_of_the_record_without_three_members(
    texts: dict[str, str],
) -> None:
    record = voucher_record(made([("20101", 1), ("10101", -1)])) | texts
    said = {name: record[name] for name in record if name not in ("id", "import", "detail")}
    digest = hashlib.sha256(canon.canonical(said)).hexdigest()
    changes: tuple[dict[str, str], ...] = ({}, {"corrects": texts["id"], "detail": texts["type"]})
    for change in changes:
        assert content_id(canon.canonical(record | change)) == f"c-{digest[:32]}"


@pytest.mark.parametrize(
    "change", [{"lines": [{"account": "20101", "paise": 1}]}, {"date": "2026-06-01"}]
)
def test_a_record_that_does_not_balance_or_lies_outside_its_year_is_refused(
    change: dict[str, Any],
) -> None:
    record = voucher_record(made([("20101", 1), ("10101", -1)])) | change
    with pytest.raises(FormatError):
        from_record(record)


def test_the_published_tables_are_the_published_ones() -> None:
    for name, facts in versions()["files"].items():
        assert rows(name), name
        assert len(facts["sha256"]) == 64
    assert mapping_for("2026-01-01") is MAPPING
    assert mapping_by_hash(MAPPING.sha256) is MAPPING
    assert mapping_by_hash("0" * 64) is None
    assert set(line_labels_ml()) == {line.id for line in MAPPING.lines}
    assert all(canon.normalise_text(text) == text for text in line_labels_ml().values())
    mapped = {account.line for account in MAPPING.accounts.values()}
    assert {line.id for line in MAPPING.lines if line.role == "leaf"} == mapped - {"L3", "A8-11"}
