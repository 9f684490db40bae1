"""Workbooks: rows and columns as the program shows them, exact money, sides that only a format
says, errors that no reader reports, and which of several sheets is meant."""

import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from tests.trust.books.cases.sheets import (
    EMPTY,
    TRIAL,
    Cell,
    ods,
    ods_number,
    ods_row,
    ods_text,
    raw_xlsx,
    text_cell,
    xlsx,
)
from tests.trust.books.cases.taking import codes
from tests.trust.books.scenario import BooksScenario
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.numberformats import exact, shown
from trust.books.readers.sourcefile import SourceFile
from trust.books.readers.workbook import read_workbook

BALANCES = '#,##0.00" Dr";#,##0.00" Cr"'


def test_a_table_that_starts_in_b4_keeps_its_rows_and_columns() -> None:
    table = SourceFile(xlsx({"One": TRIAL}, at=(4, 2))).table
    assert [number for number, _ in table.rows] == [4, 5, 6, 7]
    assert table.rows[2] == (6, ["", "Cash in hand", "1000.5"])
    assert (table.container, table.sheet) == ("xlsx", "One")


def test_every_cell_is_what_another_reader_finds() -> None:
    rows: list[list[Cell]] = [
        ["Name", "Amount", "Day", "Yes"],
        [None, None, None, None],
        ["last", 0.1 + 0.2, None, True],
    ]
    for number in range(200):
        day = date(2024, 4, 1 + number % 28)
        rows.append([f"ലെഡ്ജർ {number}", number * 1.1 + 0.05, day, number % 2 > 0])
    data = xlsx({"One": rows}, at=(3, 3))
    table = SourceFile(data).table
    sheet = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    ours = {
        (number, column + 1): text
        for number, cells in table.rows
        for column, text in enumerate(cells)
        if text
    }
    theirs = {
        (cell.row, cell.column): cell.value
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert ours.keys() == theirs.keys()
    for place, value in theirs.items():
        if isinstance(value, bool):
            assert ours[place] == str(value).upper()
        elif isinstance(value, int | float):
            assert Decimal(ours[place]) == Decimal(repr(value))
        else:
            assert ours[place] == str(value).removesuffix(" 00:00:00")


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("1.1000000000000001", "1.1"),
        ("1.005", "1.005"),
        ("3E+04", "30000"),
        ("-2.5", "-2.5"),
        ("45000000000000.13", "45000000000000.13"),
        ("0.30000000000000004", "0.30000000000000004"),
        ("soon", None),
        ("1e999", None),
        ("NaN", None),
    ],
)
def test_the_text_of_a_number_is_exact(stored: str, said: str | None) -> None:
    assert exact(stored) == said


@pytest.mark.parametrize(
    ("stored", "code", "said"),
    [
        ("5000", BALANCES, "5000 Dr"),
        ("-5000", BALANCES, "5000 Cr"),
        ("0", BALANCES, "0 Dr"),
        ("2827", '""0.00" Cr"', "2827 Cr"),
        ("-2827", '""0.00" Cr"', "-2827 Cr"),
        ("-7", '0.00" Dr";-0.00" Cr"', "-7 Cr"),
        ("5", "0.00\\ \\D\\r", "5 Dr"),
        ("5", "#,##0.00 [$Cr]", "5 Cr"),
        ("7", '[>0]0.00" Dr";[<0]0.00" Cr";0', "7 Dr"),
        ("-7", '[>0]0.00" Dr";[<0]0.00" Cr";0', "7 Cr"),
        ("0", '[>0]0.00" Dr";[<0]0.00" Cr";0', "0"),
        ("-123456", "[>=10000000]##\\,##\\,##\\,##0.00;[>=100000]##\\,##0.00;##,##0.00", "-123456"),
        ("0.12", "0%", "12.00%"),
        ("12", "0000", "0012"),
        ("12", "00", "12"),
        ("5.25", '0.00" Lakhs"', "5.25 Lakhs"),
        ("5.25", '"Rs. "0.00', "5.25"),
        ("5.25", "[$₹-4009] #,##0.00", "5.25"),
        ("12", "General", "12"),
        ("12", "", "12"),
    ],
)
def test_a_number_format_says_the_side(stored: str, code: str, said: str) -> None:
    assert shown(stored, code) == said


def test_balances_with_dr_and_cr_by_format_only(scenario: BooksScenario) -> None:
    rows = [
        ("Trial Balance 2024-25",),
        ("Head of account", "Opening Balance", "Debit", "Credit", "Closing Balance"),
        ("Cash", 1000, 500, 0, 1500),
        ("Share capital", -1000, 0, 500, -1500),
    ]
    cells = dict.fromkeys(("B3", "B4", "E3", "E4"), BALANCES)
    report = scenario.import_file(xlsx({"One": rows}, formats=cells), "tb.xlsx", dry_run=True)
    assert not report.refused and report.debit == report.credit == 150_000


@pytest.mark.parametrize("text", ["#REF!", "#N/A", "#DIV/0!", "#VALUE!", "#GETTING_DATA"])
def test_an_error_cell_refuses_the_sheet_with_row_and_column(
    scenario: BooksScenario, text: str
) -> None:
    titles = (("A1", "Head of account"), ("B1", "Debit"), ("C1", "Credit"))
    head = "".join(text_cell(*title) for title in titles)
    rows = [
        f'<row r="1">{head}</row>',
        f'<row r="3">{text_cell("A3", "Cash")}<c r="B3" t="e"><v>{text}</v></c></row>',
        f'<row r="4">{text_cell("A4", "Shares")}<c r="C4"><v>5</v></c></row>',
    ]
    report = scenario.import_file(raw_xlsx("".join(rows)), "tb.xlsx", dry_run=True)
    assert report.state == "refused"
    assert [(one.code, one.row, one.column) for one in report.refused] == [("cell-error", 3, "B")]
    assert text in report.refused[0].message


def test_a_formula_without_a_result_refuses_the_sheet(scenario: BooksScenario) -> None:
    rows = [*TRIAL, ("Bank", "=B3*2", None)]
    report = scenario.import_file(xlsx({"One": rows}), "tb.xlsx", dry_run=True)
    assert [(one.code, one.row, one.column) for one in report.refused] == [
        ("formula-unsaved", 5, "B")
    ]


def test_a_stored_result_is_taken_unless_the_workbook_says_it_is_old() -> None:
    row = f'<row r="1">{text_cell("A1", "x")}<c r="B1"><f>1+1</f><v>2</v></c></row>'
    assert SourceFile(raw_xlsx(row)).table.rows == [(1, ["x", "2"])]
    (fault,) = SourceFile(raw_xlsx(row, workbook='<calcPr fullCalcOnLoad="1"/>')).table.faults
    assert fault.code == "formula-unsaved"


def test_half_a_paisa_is_refused(scenario: BooksScenario) -> None:
    rows = [*TRIAL[:2], ("Cash", 1.005, None), ("Shares", None, 1.005)]
    report = scenario.import_file(xlsx({"One": rows}), "tb.xlsx", dry_run=True)
    assert codes(report)[0] == {"amount-decimals"} and report.vouchers == 0


def test_several_sheets_are_asked_about_and_the_others_named(scenario: BooksScenario) -> None:
    other = [*TRIAL[:2], ("Cash", 7, None), ("Shares", None, 7)]
    data = xlsx({"Main": TRIAL, "Old": other, "Notes": [("see page 4",)]})
    report = scenario.import_file(data, "tb.xlsx", dry_run=True)
    (asked,) = report.questions
    assert asked.code == "sheet" and asked.answers == ("Main", "Old")
    assert report.debit == 100_050
    report = scenario.import_file(data, "tb.xlsx", answers={"sheet": "Old"}, dry_run=True)
    assert "sheet" not in codes(report)[1] and report.debit == 700
    (note,) = [one for one in report.notes if one.code == "sheet-read"]
    assert note.places == {"sheet": "Old", "left": "Main, Notes"}


def test_a_hidden_sheet_is_not_taken_without_being_asked_for(scenario: BooksScenario) -> None:
    data = xlsx({"Notes": [("see page 4",)], "Behind": TRIAL}, hidden=["Behind"])
    report = scenario.import_file(data, "tb.xlsx", dry_run=True)
    assert codes(report)[1] >= {"sheet"} and "Behind (hidden)" in report.questions[0].message
    report = scenario.import_file(data, "tb.xlsx", answers={"sheet": "Behind"}, dry_run=True)
    assert "sheet" not in codes(report)[1] and report.debit == 100_050


def test_an_opendocument_sheet_is_read_like_the_others(scenario: BooksScenario) -> None:
    rows = (
        ods_row(EMPTY, times=2),
        ods_row(ods_text("Trial Balance 2024-25")),
        ods_row(*map(ods_text, ("Head of account", "Opening", "Debit", "Credit", "Closing"))),
        ods_row(
            ods_text("Cash"), ods_number("10", "10.00 Dr"), ods_number("5.10"), EMPTY,
            ods_number("15.1", "15.10 Dr"),
        ),
        ods_row(
            ods_text("Shares"), ods_number("-10", "10.00 Cr"), EMPTY, ods_number("5.1"),
            ods_number("-15.1", "15.10 Cr"),
        ),
        ods_row('<table:table-cell table:number-columns-repeated="16384"/>', times=1_048_000),
    )  # fmt: skip
    table = SourceFile(ods("".join(rows))).table
    assert table.rows[2] == (5, ["Cash", "10 Dr", "5.1", "", "15.1 Dr"])
    report = scenario.import_file(ods("".join(rows)), "tb.ods", dry_run=True)
    assert not report.refused and report.debit == report.credit == 1_510


def test_an_error_in_an_opendocument_sheet_refuses_it() -> None:
    wrong = (
        '<table:table-cell table:formula="of:=1/0" office:value-type="string" '
        'office:string-value="" calcext:value-type="error"><text:p>#DIV/0!</text:p>'
        "</table:table-cell>"
    )
    unsaved = '<table:table-cell table:formula="of:=1"/>'
    body = ods_row(ods_text("a"), wrong) + ods_row(unsaved)
    found = SourceFile(ods(body)).table.faults
    assert [(one.code, one.row, one.column) for one in found] == [
        ("cell-error", 1, "B"),
        ("formula-unsaved", 2, "A"),
    ]


def test_a_cell_that_stands_twice_refuses_the_workbook() -> None:
    """One reader keeps the first, another the last."""
    for row in (
        '<row r="1"><c r="A1"><v>5</v></c><c r="A1"><v>6</v></c></row>',
        '<row r="2"><c r="A2"><v>5</v></c></row><row r="1"><c r="A1"><v>6</v></c></row>',
    ):
        with pytest.raises(Unreadable, match="stands twice"):
            read_workbook(io.BytesIO(raw_xlsx(row)), "xlsx")
