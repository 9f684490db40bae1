"""Trial balances: tolerant headings, signs found out, and nothing unbalanced let in."""

from pathlib import Path

import pytest

from tests.trust.books.makers import SMALL_BOOKS, trial_balance
from trust.books.model import ReadFile
from trust.books.readers.files import Hints, read_file
from trust.books.readers.sourcefile import SourceFile

YEAR = "2025-26"


def read(data: bytes, **answers: str) -> ReadFile:
    hints = Hints("", "", today="2026-06-01", answers={"year": YEAR} | answers)
    return read_file(SourceFile(data), "trial-balance", hints)


def codes(found: ReadFile) -> set[str]:
    return {fault.code for fault in found.refused}


def test_a_real_bank_trial_balance_reads(shared_dir: Path) -> None:
    data = (shared_dir / "data/books/inputs/csv/bank_trial_balance_ok.csv").read_bytes()
    found = read(data)
    assert found.refused == ()
    assert found.counts == {"rows": 15}
    opening, movements = found.vouchers
    assert (opening.type, opening.date) == ("Opening balances", "2025-04-01")
    assert (movements.type, movements.date) == ("Movements per trial balance", "2026-03-31")
    assert opening.lines[0].paise == -225_300_000, "the file writes credit as plus"
    assert sum(line.paise for line in opening.lines) == 0
    debits = sum(line.paise for line in movements.lines if line.paise > 0)
    assert debits == 2_074_124, "the file's own total of debits"


def test_dr_and_cr_beside_the_figures() -> None:
    found = read(SMALL_BOOKS)
    assert found.refused == ()
    assert found.vouchers[0].lines[0].paise == -50_000_000


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_encodings_by_their_mark(encoding: str) -> None:
    assert read(SMALL_BOOKS.decode().encode(encoding)).refused == ()


def test_windows_text_and_semicolons() -> None:
    text = SMALL_BOOKS.decode().replace('","', '";"').replace("Code,Account Name,", "Code;Name;")
    text = text.replace("Opening Balance,Debit,Credit,Closing Balance", "Opening;Dr;Cr;Closing")
    found = read(text.replace("crop loans", "cr\u00f6p loans").encode("cp1252"))
    assert found.refused == ()
    assert [note.code for note in found.notes] == ["encoding"]


def test_debit_positive_balances_are_found_out() -> None:
    rows = [("1", "Cash", "100", "50", "20", "130"), ("2", "Capital", "-100", "20", "50", "-130")]
    found = read(trial_balance(rows))
    assert found.refused == ()
    assert found.vouchers[0].lines[0].paise == 10_000


def test_split_columns_for_debit_and_credit() -> None:
    text = (
        "Trial balance as on 31/03/2026\nParticulars,Opening Dr,Opening Cr,Debit,Credit,"
        "Closing Dr,Closing Cr\nCash,100,,50,20,130,\nCapital,,100,20,50,,130\nTotal,,,70,70,,\n"
    )
    found = read(text.encode())
    assert found.refused == ()
    assert [line.paise for line in found.vouchers[0].lines] == [10_000, -10_000]


def test_nothing_moves_so_the_sign_is_asked_for() -> None:
    rows = [("1", "Cash", "100", "0", "0", "100"), ("2", "Capital", "-100", "0", "0", "-100")]
    found = read(trial_balance(rows))
    assert [(one.code, one.answers) for one in found.questions] == [("sign", ("debit", "credit"))]
    for said, paise in (("debit", 10_000), ("credit", -10_000)):
        found = read(trial_balance(rows), sign=said)
        assert not found.questions and found.vouchers[0].lines[0].paise == paise


def test_a_row_that_does_not_roll_is_named() -> None:
    bad = SMALL_BOOKS.replace(b"1,60,000.00 Dr", b"1,70,000.00 Dr")
    found = read(bad)
    assert found.vouchers == ()
    row = next(fault for fault in found.refused if fault.code == "row-does-not-roll")
    assert (row.row, row.column) == (5, "closing")
    assert "10,000.00" in row.message
    assert "does-not-balance" in codes(found)


def test_movements_that_do_not_balance_are_refused() -> None:
    rows = [("1", "Cash", "0 Dr", "50", "0", "50 Dr"), ("2", "Sales", "0 Cr", "0", "49", "49 Cr")]
    assert codes(read(trial_balance(rows))) == {"does-not-balance"}


def test_malformed_amounts_carry_row_and_column() -> None:
    found = read(SMALL_BOOKS.replace(b'"6,00,000"', b'"943..74"').replace(b"10,000", b"298,40"))
    places = {(fault.code, fault.row, fault.column) for fault in found.refused}
    assert ("amount-decimals", 6, "Debit") in places
    assert ("amount-grouping", 2, "Credit") in places
    assert found.vouchers == ()


def test_a_total_row_that_lies_is_refused() -> None:
    rows = [
        ("1", "Cash", "0 Dr", "50", "0", "50 Dr"),
        ("2", "Sales", "0 Cr", "0", "50", "50 Cr"),
        ("", "Total", "", "60", "50", ""),
    ]
    assert codes(read(trial_balance(rows))) == {"total-differs"}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "empty"),
        (b"a,b,c\n1,2,3\n", "no-header"),
        (b"\x00\x01\x02", "encoding"),
        (b"Code,Name,Debit,Credit\n", "empty"),
        (b'Code,Name,Debit,Credit\n"1,Cash,5', "csv"),
    ],
)
def test_what_is_no_trial_balance(data: bytes, code: str) -> None:
    assert code in codes(read(data))
