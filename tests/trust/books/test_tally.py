"""Tally XML: real files read with their known counts, hostile files refused, rules kept."""

from pathlib import Path

import pytest

from tests.trust.books.makers import daybook, group, ledger, voucher
from trust.books.model import ReadFile
from trust.books.pure.tally import opening_voucher
from trust.books.readers.tally import read_tally

REAL = [
    ("daybook_utf16_2sales.xml", {"vouchers": 2, "ledger lines": 8}, 0),
    ("daybook_utf16_payment_charref4.xml", {"vouchers": 1, "ledger lines": 2}, 5),
    ("daybook_utf8bom_payment_charref4.xml", {"vouchers": 1, "ledger lines": 2}, 5),
    ("http_collection_response_charref4.xml", {"groups": 28}, 15),
    ("master_utf16_38groups_9ledgers.xml", {"groups in file": 38, "ledgers": 9}, 0),
    ("transactions_utf16_2vouchers.xml", {"vouchers": 2, "ledger lines": 4}, 0),
    ("tallyconnector_v6/Groups_complete.xml", {"groups": 61}, 0),
    ("tallyconnector_v6/Vouchers_Contra_complete.xml", {"vouchers in file": 28}, 0),
    ("tallyconnector_v6/Vouchers_Journal_complete.xml", {"vouchers": 100}, 0),
    ("tallyconnector_v6/Vouchers_Payment_complete.xml", {"vouchers": 100}, 0),
    ("tallyconnector_v6/Vouchers_Receipt_complete.xml", {"vouchers": 100}, 0),
    ("tallyconnector_v6/Vouchers_Credit_Note_complete.xml", {"vouchers": 4}, 0),
    ("tallyconnector_v6/Vouchers_Debit_Note_complete.xml", {"vouchers": 4}, 0),
    ("tallyconnector_v6/Vouchers_Reversing_Journal_complete.xml", {"vouchers in file": 1}, 0),
    ("tallyconnector_v6/group_complete.xml", {"groups": 1}, 0),
    ("tallyconnector_v6/ledger_complete.xml", {"ledgers": 1}, 0),
    ("tallyconnector_v6/voucher_contra.xml", {"vouchers": 1, "ledger lines": 2}, 0),
]
PAIR = [("Cash", "-100.00"), ("Member Seven", "100.00")]


@pytest.mark.parametrize(("name", "counts", "cleaned"), REAL)
def test_real_files_read_with_their_known_counts(
    shared_dir: Path, name: str, counts: dict[str, int], cleaned: int
) -> None:
    found = read_tally((shared_dir / "data/books/inputs/tally" / name).read_bytes())
    assert found.refused == ()
    assert {key: found.counts.get(key) for key in counts} == counts
    assert found.cleaned.get("illegal character references removed", 0) == cleaned
    assert all(sum(line.paise for line in item.lines) == 0 for item in found.vouchers)


def test_both_encodings_of_one_export_say_the_same(shared_dir: Path) -> None:
    folder = shared_dir / "data/books/inputs/tally"
    wide = read_tally((folder / "daybook_utf16_payment_charref4.xml").read_bytes())
    narrow = read_tally((folder / "daybook_utf8bom_payment_charref4.xml").read_bytes())
    assert list(wide.vouchers) == list(narrow.vouchers)
    assert wide.vouchers[0].lines[0].paise == 1_200_000, "negative in the source is a debit"


def only(found: ReadFile) -> str:
    assert len(found.refused) == 1, found.refused
    return found.refused[0].code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (
            b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><ENVELOPE/>',
            "xml-doctype",
        ),
        (
            b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><ENVELOPE>&b;</ENVELOPE>',
            "xml-doctype",
        ),
        ("<!DOCTYPE x><ENVELOPE/>".encode("utf-16"), "xml-doctype"),
        (b"<!ENTITY x SYSTEM 'http://example.org/'><ENVELOPE/>", "xml-doctype"),
        (b"<ENVELOPE>&undeclared;</ENVELOPE>", "xml-malformed"),
        (b"<ENVELOPE><VOUCHER></ENVELOPE>", "xml-malformed"),
        (b"<" + b"A><" * 5000, "xml-malformed"),
        (b"<ENVELOPE>" + b"<A>" * 400 + b"</A>" * 400 + b"</ENVELOPE>", "xml-malformed"),
        (b"<Document><Stmt/></Document>", "nothing-known"),
        (b"\x00\x00\x00", "encoding"),
        (b"", "xml-malformed"),
    ],
)
def test_hostile_and_broken_xml_is_refused_whole(data: bytes, code: str) -> None:
    found = read_tally(data)
    assert only(found) == code
    assert found.unreadable
    assert found.vouchers == ()


def test_illegal_characters_and_a_missing_prefix_are_counted() -> None:
    text = (
        "<ENVELOPE><TALLYMESSAGE><VOUCHER><GUID>g\x04-1</GUID><DATE>20260401</DATE>"
        "<VOUCHERTYPENAME>Receipt&#x04;</VOUCHERTYPENAME><UDF:X>1</UDF:X>"
        "<ALLLEDGERENTRIES.LIST><LEDGERNAME>Cash</LEDGERNAME><AMOUNT>-1</AMOUNT>"
        "</ALLLEDGERENTRIES.LIST><LEDGERENTRIES.LIST><LEDGERNAME>X</LEDGERNAME><AMOUNT>1</AMOUNT>"
        "</LEDGERENTRIES.LIST></VOUCHER></TALLYMESSAGE></ENVELOPE>"
    )
    found = read_tally(text.encode())
    assert found.refused == ()
    assert found.vouchers[0].id == "g-1"
    assert found.cleaned == {
        "illegal character references removed": 1,
        "control characters removed": 1,
        "UDF prefix declared": 1,
    }


def test_lines_of_all_three_lists_count() -> None:
    stock = (
        "<ALLINVENTORYENTRIES.LIST><AMOUNT>90</AMOUNT><ACCOUNTINGALLOCATIONS.LIST>"
        "<LEDGERNAME>Sales</LEDGERNAME><AMOUNT>90</AMOUNT></ACCOUNTINGALLOCATIONS.LIST>"
        "</ALLINVENTORYENTRIES.LIST><LEDGERENTRIES.LIST><LEDGERNAME>Tax</LEDGERNAME>"
        "<AMOUNT>10</AMOUNT></LEDGERENTRIES.LIST>"
    )
    found = read_tally(daybook(voucher("g-1", [("Cash", "-100")], extra=stock)))
    assert found.counts["ledger lines"] == 3
    assert sum(line.paise for line in found.vouchers[0].lines) == 0


def test_the_sign_decides_not_the_flag_and_foreign_amounts_are_in_rupees() -> None:
    lines = [("Cash", "-$ 1.00 @ ₹ 80/$ = -₹80.00"), ("Export", "$ 1.00 @ ₹ 80/$ = ₹80.00")]
    found = read_tally(daybook(voucher("g-1", lines)))
    assert [line.paise for line in found.vouchers[0].lines] == [8_000, -8_000]


def test_each_voucher_lands_in_exactly_one_place() -> None:
    found = read_tally(
        daybook(
            voucher("g-1", PAIR, number="1"),
            voucher("g-2", [("Cash", "-100.00"), ("Member Seven", "99.99")], number="2"),
            voucher("g-3", PAIR, number="3", extra="<ISCANCELLED>Yes</ISCANCELLED>"),
            voucher("g-4", PAIR, number="4", extra="<ISOPTIONAL>Yes</ISOPTIONAL>"),
            voucher("g-5", [("Cash", "-1")], kind="Delivery Note"),
            voucher("g-6", PAIR, kind="Reversing Journal"),
            voucher("g-1", PAIR, number="1"),
            voucher("g-7", PAIR, number="7", date="20261301"),
            voucher("g-8", [("Cash", "1..2"), ("X", "1")], number="8"),
            voucher("g-1", [("Cash", "-5"), ("X", "5")], number="9"),
            voucher("g-9", PAIR, number="1"),
        )
    )
    assert [item.id for item in found.vouchers] == ["g-1", "g-9"]
    assert [fault.code for fault in found.refused] == [
        "unbalanced",
        "date",
        "amount-decimals",
        "same-id-other-content",
    ]
    assert found.refused[0].row == 2
    assert sum(item.count for item in found.skipped) == 4
    by_id, by_content = found.duplicates
    assert (by_id.by, by_id.ids, by_id.count) == ("id", ("g-1",), 2)
    assert (by_content.by, by_content.ids) == ("content", ("g-1", "g-9"))


def test_own_voucher_types_inherit_what_they_are() -> None:
    kinds = (
        '<VOUCHERTYPE NAME="Weekly order"><PARENT>Sales Order</PARENT></VOUCHERTYPE>',
        voucher("g-1", PAIR, kind="Weekly order"),
    )
    found = read_tally(daybook(*kinds))
    assert found.vouchers == ()
    assert found.skipped[0].reason == "an order posts nothing"


def test_payroll_posts_when_it_balances() -> None:
    found = read_tally(
        daybook(voucher("g-1", PAIR, kind="Payroll"), voucher("g-2", [("X", "1")], kind="Payroll"))
    )
    assert [item.id for item in found.vouchers] == ["g-1"]
    assert len(found.skipped) == 1


def test_masters_stand_once_and_openings_need_not_balance() -> None:
    found = read_tally(
        daybook(
            group("Ward loans", "Loans & Advances (Asset)".replace("&", "&amp;")),
            group("Ward loans", "Loans & Advances (Asset)".replace("&", "&amp;")),
            ledger("Member One loan", "Ward loans", "-12000.00"),
            ledger("Cash", "Cash-in-Hand", "-500.00"),
            ledger("Capital", "Capital Account", "500.00"),
        )
    )
    assert (found.counts["groups in file"], found.counts["groups"]) == (2, 1)
    opening, note = opening_voucher(found.ledgers, "2026-04-01")
    assert opening is not None
    assert note is not None
    assert [line.paise for line in opening.lines] == [1_200_000, 50_000, -50_000, -1_200_000]
    assert opening.lines[-1].ledger == "Difference in opening balances"
    assert "12,000.00" in note.message


def test_narrations_are_counted_for_identifiers_but_keys_of_the_product_are_not() -> None:
    data = daybook(
        voucher("123456789012345", PAIR, narration="a/c 123456789012 of a member, 9876543210")
    )
    assert read_tally(data).pii == {"account": 1, "mobile": 1}
