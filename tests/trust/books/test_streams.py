"""A file of any size is read in little memory, and hostile ones are refused early."""

import tracemalloc
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.trust.books.makers import daybook, voucher
from tests.trust.books.scenario import BooksScenario
from trust.books import spool
from trust.books.model import ReadFile
from trust.books.pure import tally_clean
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.tally_clean import CleanXml
from trust.books.readers import sourcefile, xml
from trust.books.readers.sourcefile import SourceFile
from trust.books.readers.tally import read_tally
from trust.books.tables import book_import, book_stage

PAIR = [("Cash", "-100.00"), ("Member Seven", "100.00")]
NOISY = (
    "<ENVELOPE><BODY><TALLYMESSAGE><VOUCHER><GUID>g-\x041</GUID><DATE>20260401</DATE>"
    "<VOUCHERTYPENAME>Receipt&#4;</VOUCHERTYPENAME><NARRATION>രസീത് &#x1F; &amp; ₹</NARRATION>"
    "<UDF:X>1</UDF:X><ALLLEDGERENTRIES.LIST><LEDGERNAME>Cash</LEDGERNAME><AMOUNT>-1</AMOUNT>"
    "</ALLLEDGERENTRIES.LIST><ALLLEDGERENTRIES.LIST><LEDGERNAME>X</LEDGERNAME><AMOUNT>1</AMOUNT>"
    "</ALLLEDGERENTRIES.LIST></VOUCHER></TALLYMESSAGE></BODY></ENVELOPE>"
)


def many(count: int) -> bytes:
    return daybook(*(voucher(f"g-{n}", PAIR, number=str(n)) for n in range(count)))


def told(found: ReadFile) -> tuple[object, ...]:
    return list(found.vouchers), found.counts, found.cleaned, found.refused, found.pii


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("part", [3, 7, 64])
def test_where_a_part_ends_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, encoding: str, part: int
) -> None:
    data = f'<?xml version="1.0"?>{NOISY}'.encode(encoding)
    whole = read_tally(data)
    assert whole.counts["vouchers"] == 1 and whole.cleaned == {
        "illegal character references removed": 2,
        "control characters removed": 1,
        "UDF prefix declared": 1,
    }
    monkeypatch.setattr(sourcefile, "_PART", part)
    assert told(read_tally(data)) == told(whole)


def test_a_part_may_end_inside_a_letter_of_windows_text(monkeypatch: pytest.MonkeyPatch) -> None:
    data = NOISY.replace("രസീത്", "caf\xe9").replace("₹", "\x80").encode("latin-1")
    whole = read_tally(data)
    assert whole.vouchers[0].narration == "café & €"
    monkeypatch.setattr(sourcefile, "_PART", 1)
    assert told(read_tally(data)) == told(whole)


def test_memory_does_not_grow_with_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of each voucher its identity and two digests are kept."""
    monkeypatch.setattr(spool, "_IN_MEMORY", 1 << 16)

    def peak(count: int) -> int:
        file = SourceFile(many(count))
        assert file.size and file.sha256
        tracemalloc.start()
        try:
            found = read_tally(file)
            assert sum(1 for _ in found.vouchers) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    peak(500)
    more = (peak(6000) - peak(2000)) / 4000
    assert more < 700, f"{more:.0f} bytes a voucher"


def test_a_voucher_type_told_of_behind_its_vouchers_counts() -> None:
    master = '<VOUCHERTYPE NAME="Weekly"><PARENT>Sales Order</PARENT></VOUCHERTYPE>'
    orders = [voucher(f"g-{n}", PAIR, kind="Weekly", number=str(n)) for n in range(3)]
    found = read_tally(daybook(*orders, voucher("g-9", PAIR, number="9"), master))
    assert [item.id for item in found.vouchers] == ["g-9"]
    assert [(item.what, item.count) for item in found.skipped] == [("Weekly", 3)]
    assert found.questions == ()


def only(found: ReadFile) -> str:
    assert found.unreadable and len(found.vouchers) == 0
    assert len(found.refused) == 1
    return found.refused[0].words


def test_hostile_xml_is_refused_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml, "MAX_UNKNOWN", 1000)
    assert only(read_tally(b"<x>" + b"<a/>" * 100_000)) == "nothing-known", "before its end"
    monkeypatch.setattr(xml, "MAX_ELEMENTS", 5000)
    assert only(read_tally(many(1000))) == "too-large/elements"
    late = NOISY.replace("</BODY>", " " * 400_000 + "<!DOCTYPE x [<!ENTITY a 'b'>]></BODY>")
    assert only(read_tally(late.encode())) == "xml-doctype", "in whatever part it is"
    monkeypatch.setattr(tally_clean, "MAX_UNCUT", 1 << 20)
    assert only(read_tally(b"<ENVELOPE><VOUCHER " + b"x" * (3 << 20))) == "too-large/elements"


def test_300_mb_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.xml"
    with path.open("wb") as file:
        file.write(b"<ENVELOPE>")
        file.truncate(300 << 20)
    parts = iter(CleanXml(lambda: pytest.fail("it was read"), path.stat().st_size))
    with pytest.raises(Unreadable) as refused:
        next(parts)
    assert refused.value.fault.words == "too-large/months"


def test_nothing_is_kept_of_a_file_that_breaks_at_its_end(scenario: BooksScenario) -> None:
    whole = many(1200)
    report = scenario.import_file(whole[: len(whole) - 200], "cut.xml")
    assert report.state == "refused" and report.unreadable
    with scenario.rt.db.read() as conn:
        for table in (book_stage, book_import):
            assert conn.execute(select(func.count()).select_from(table)).scalar_one() == 0
