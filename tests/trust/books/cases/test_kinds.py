"""Every file is named for what it is, whether it is read or not."""

import pytest

from tests.trust.books.cases.sheets import packed
from tests.trust.books.cases.taking import content, take
from tests.trust.books.scenario import BooksScenario
from trust.books.pure.faultwords import WORDS
from trust.books.readers.files import KINDS, detect, name_of
from trust.books.readers.sourcefile import SourceFile
from web.i18n import phrases

REFUSED = ("not-a-book/", "other-kind/")


def named(data: bytes) -> str:
    """What a file is called."""
    found = detect(SourceFile(data))
    return found if isinstance(found, str) else name_of(found)


@pytest.mark.parametrize(
    ("case", "kind"),
    [
        ("01", "tally-daybook"),
        ("08b", "general-ledger"),
        ("09", "bank-statement"),
        ("09b", "bank-statement"),
        ("15", "receipts-and-payments"),
        ("36", "mt940"),
        ("37", "gnucash"),
        ("39", "cash-book"),
        ("40", "tally-report"),
        ("41", "tally-json"),
    ],
)
def test_a_case_is_named(case: str, kind: str) -> None:
    assert named(content(case)) == kind


@pytest.mark.parametrize(("case", "kind"), [("59", "zip"), ("59b", "pdf"), ("59d", "xls-binary")])
def test_bytes_that_hold_no_table_are_unreadable(
    scenario: BooksScenario, case: str, kind: str
) -> None:
    report = take(scenario, case, dry_run=True)
    assert report.format == kind and report.unreadable and report.state == "refused"


def test_what_is_recognised_is_refused_and_not_unreadable(scenario: BooksScenario) -> None:
    report = take(scenario, "09b", dry_run=True)
    assert report.state == "refused" and report.incomplete and not report.unreadable


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Tran Date,Remarks,Withdrawals,Deposits,Balance\n1/4/25,x,,5,5\n", "bank-statement"),
        ("Date;Description;Debit (Rs.);Credit (Rs.);Balance (Rs.)\n", "bank-statement"),
        ("തീയതി,വിവരണം,പറ്റ്,വരവ്,ബാക്കി\n01/04/2025,പണം,,5,5\n", "bank-statement"),
        ("Date,Receipts,Amount,Date,Payments,Amount\n", "cash-book"),
        ("വരവ്,തുക,ചെലവ്,തുക\nഓഹരി,5,ശമ്പളം,5\n", "receipts-and-payments"),
        ("Liabilities,Amount,Assets,Amount\nShare capital,5,Cash,5\n", "statement-of-accounts"),
        ("item,2024-25,2023-24\nInterest earned,5,5\nOther income,1,1\nNet profit,6,6\n",
         "statement-of-accounts"),
        ("Date,Particulars,Debit,Credit\n1/4/2025,Cash,5,\n", "general-ledger"),
        ("Voucher No,Account,Debit,Credit\n1,Cash,5,\n", "general-ledger"),
        ("Posting Date,Account,Debit,Credit,Balance,Voucher Type,Voucher No\n", "general-ledger"),
        ("Ledger: Cash,,,,,\nDate,Particulars,Vch Type,Vch No.,Debit,Credit\n", "ledger-account"),
        ("Account,Debit,Credit\nCash,5,\nShares,,5\n", "trial-balance"),
        ("OFXHEADER:100\nDATA:OFXSGML\n", "ofx"),
        ("<?xml version='1.0'?>\n<OFX><A/></OFX>", "ofx"),
        ("!Type:Bank\nD1/4/25\n", "qif"),
        ("{1:F01NAVOINBBAXXX}{4:\n:20:X\n:25:1\n", "mt940"),
        ('[{"a": 1}]', "json"),
        ("2025/04/01 Cash sale\n    Assets:Cash  5\n    Income\n", "ledger-journal"),
        ("2025-04-01 open Assets:Cash INR\n", "beancount"),
        ('<?xml version="1.0"?>\n<?mso-application p="Excel.Sheet"?>\n<Workbook/>', "excel-xml"),
        ("<html><body>Please log in</body></html>", "web-page"),
        ("Dear Sir\nplease find the accounts enclosed\n", "text"),
        ("a,b\n1,2\n", "unknown"),
        ("", "empty"),
    ],
)  # fmt: skip
def test_variants_are_named(text: str, kind: str) -> None:
    assert named(text.encode()) == kind
    if kind not in ("unknown", "empty"):
        assert named(text.replace("\n", "\r\n").encode("utf-16")) == kind


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "image"),
        (b"\xff\xd8\xff\xe0", "image"),
        (b"\x1f\x8b\x08", "archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "encrypted"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"), "word"),
        (packed({"xl/workbook.bin": b""}), "xlsb"),
        (packed({"word/document.xml": b""}), "word"),
        (packed({"inner.zip": packed({"a.xml": b"<x/>"})}), "zip"),
    ],
)
def test_bytes_are_named(data: bytes, kind: str) -> None:
    assert named(data) == kind


def test_every_name_has_its_words_on_the_page() -> None:
    names = {words.partition("/")[2] for words in WORDS if words.startswith(REFUSED)}
    for name in names | {*KINDS, "text", "empty", "unknown"}:
        assert phrases()[f"format.{name}"].en


def test_a_kind_named_against_the_contents_is_refused(scenario: BooksScenario) -> None:
    report = scenario.import_file(content("08b"), "gl.csv", kind="trial-balance", dry_run=True)
    assert [one.code for one in report.refused] == ["kind-differs"]
    assert report.format == "general-ledger" and not report.unreadable
    report = scenario.import_file(content("09"), "b.csv", kind="trial-balance", dry_run=True)
    assert report.format == "bank-statement"


def test_a_page_under_the_name_xls_is_read(scenario: BooksScenario) -> None:
    report = take(scenario, "29", dry_run=True)
    assert report.format == "trial-balance" and report.debit == report.credit == 100_000


def test_cells_of_a_page_that_reach_over_others_keep_the_columns() -> None:
    page = (
        "<!DOCTYPE html><table><tr><th rowspan=2>Head<th colspan=2>Closing</tr>"
        "<tr><th>Debit<th>Credit</tr><tr><td>Cash &amp; bank<td align=right>1,000.00"
        "<td>&nbsp;</tr></table>"
    )
    table = SourceFile(page.encode()).table
    assert table.rows == [
        (1, ["Head", "Closing", ""]),
        (2, ["", "Debit", "Credit"]),
        (3, ["Cash & bank", "1,000.00", ""]),
    ]
