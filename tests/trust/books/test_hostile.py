"""Whatever the bytes are, reading ends in values and faults, never in an exception; and two who
import at once do not import twice."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.books.makers import SMALL_BOOKS, daybook, group, ledger, voucher
from tests.trust.books.scenario import SLUG, BooksScenario
from trust.books import posting
from trust.books import queries as books
from trust.books.model import Fault
from trust.books.readers.files import KINDS, Hints, detect, read_file
from trust.books.readers.sourcefile import SourceFile
from trust.log import queries as log_queries

HINTS = Hints("2025-26", "2026-03-31")
LOANS = (
    b"loan_id,member_ref,sanctioned_on,sanctioned,outstanding,purpose,in_area\n"
    b'L1,M1,01/05/2025,"5,00,000","4,00,000",business,yes\n'
)
DATES = b"kind,date,book_year,note\ngeneral_meeting,30/09/2025,2024-25,held\n"
GOOD = (
    daybook(
        group("G", "Sundry Debtors"),
        ledger("L", "G", "-5.00"),
        voucher("g-1", [("Cash", "-1.00"), ("L", "1.00")], narration="text"),
    ),
    SMALL_BOOKS,
    LOANS,
    DATES,
)


def read_anyhow(data: bytes) -> None:
    kind = detect(SourceFile(data))
    for form in KINDS if isinstance(kind, Fault) else (kind,):
        found = read_file(SourceFile(data), form, HINTS)
        assert all(sum(line.paise for line in item.lines) == 0 for item in found.vouchers)
        assert all(fault.message and fault.code for fault in found.refused)
        assert found.refused or found.counts


@given(st.binary(max_size=300))
def test_any_bytes(data: bytes) -> None:
    read_anyhow(data)


@settings(max_examples=300)
@given(st.sampled_from(GOOD), st.data())
def test_any_change_to_a_good_file(good: bytes, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 8))
    put = data.draw(st.one_of(st.binary(max_size=6), st.sampled_from([b"<", b'"', b"\n", b"&#4;"])))
    read_anyhow(good[:at] + put + good[at + cut :])


@pytest.mark.parametrize("text", ["<!DOCTYPE", "<!EnTiTy", "<! DOCTYPE"])
def test_a_document_type_is_refused_in_every_encoding(text: str) -> None:
    body = f"<?xml version='1.0'?>{text} x [ ]><ENVELOPE/>"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        found = read_file(SourceFile(body.encode(encoding)), "tally-xml", HINTS)
        assert [fault.code for fault in found.refused] == ["xml-doctype"], encoding


def test_two_who_import_the_same_file_at_once_import_it_once(
    scenario: BooksScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "CHUNK", 5)
    pair = [("Cash", "-1.00"), ("L", "1.00")]
    same = daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(20)))
    overlapping = daybook(*(voucher(f"g-{n}", pair, number=str(n)) for n in range(15, 30)))
    with ThreadPoolExecutor(6) as pool:
        files = [same, overlapping, same, same, overlapping, same]
        reports = list(pool.map(scenario.import_file, files))
    # A file that comes again after the other one grew lacks vouchers of these days: it is asked.
    assert {report.state for report in reports} <= {"posted", "unchanged", "asked"}
    assert {one.code for report in reports for one in report.questions} <= {"vanished"}
    with scenario.rt.db.read() as conn:
        ids = [item.voucher.id for item in books.vouchers(conn, SLUG)]
        kinds = [item.kind for item in log_queries.entries(conn, scenario.origin, 0, 1000)]
    assert sorted(ids) == sorted(f"g-{n}" for n in range(30))
    assert kinds.count("import-open") == kinds.count("import-close")
