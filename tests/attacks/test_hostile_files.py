"""Files made to hurt whoever opens them: refused early, by name, in little memory, and nothing is
kept."""

import io
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trust.books.cases.sheets import (
    TRIAL,
    ods,
    ods_number,
    ods_row,
    packed,
    raw_xlsx,
    text_cell,
    xlsx,
)
from trust.books.model import Fault
from trust.books.readers.files import KINDS, Hints, detect, name_of, read_file
from trust.books.readers.sourcefile import SourceFile

HINTS = Hints("2025-26", "2026-03-31")
MB = 1 << 20
CELL = '<row r="1"><c r="A1"><v>1</v></c></row>'


def code(source: bytes | Path) -> str:
    """The code of the fault that a file is refused with."""
    found = detect(SourceFile(source))
    assert isinstance(found, Fault), found
    assert found.message and name_of(found)
    return found.words


def bomb() -> bytes:
    """A part of many megabytes of zeros in few bytes."""
    stream = io.BytesIO(raw_xlsx(CELL))
    with (
        zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/media/image1.png", "w", force_zip64=True) as part,
    ):
        for _ in range(64):
            part.write(bytes(4 * MB))
    return stream.getvalue()


def lying() -> bytes:
    """A part that says it is small and unpacks to more."""
    data = packed({"xl/workbook.xml": b"0" * 9 * MB})
    size = (9 * MB).to_bytes(4, "little")
    return data.replace(size, (1000).to_bytes(4, "little"))


def twice() -> bytes:
    """Two parts of one name: readers differ in which counts."""
    stream = io.BytesIO(raw_xlsx(CELL))
    with zipfile.ZipFile(stream, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    return stream.getvalue()


FAR = f'<row r="1">{text_cell("A1", "x")}</row><row r="900000">{text_cell("ALL900000", "y")}</row>'
ENTITIES = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
REPEATED = ods_number("1").replace(
    "<table:table-cell", "<table:table-cell table:number-columns-repeated='900'"
)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (bomb, "too-large/unpacked"),
        (lying, "broken/zip"),
        (twice, "broken/zip"),
        (lambda: packed({"xl/workbook.xml": b""} | {f"xl/{n}": b"" for n in range(2_100)}),
         "too-large/unpacked"),
        (lambda: raw_xlsx(FAR), "too-large/sheet"),
        (lambda: raw_xlsx(f'<row r="1">{text_cell("XFD1", "x")}</row>'), "too-large/sheet"),
        (lambda: raw_xlsx(CELL, before=ENTITIES), "xml-doctype"),
        (lambda: raw_xlsx(CELL)[:-200], "broken/zip"),
        (lambda: raw_xlsx("<row><c>"), "broken/workbook"),
        (lambda: packed({"xl/workbook.xml": b"<workbook/>"}), "broken/workbook"),
        (lambda: ods(ods_row(REPEATED, times=1_000_000)), "too-large/sheet"),
        (lambda: b"PK\x03\x04 and nothing", "broken/zip"),
        (lambda: b"a," * 3_000_000, "too-large/line"),
        (lambda: b"a,b\n" + b"x," * 2_000 + b"\n", "too-large/columns"),
        (lambda: b"a,b\n" + b"x" * 10 * MB + b",1\n", "too-large/line"),
        (lambda: b'a,b\n"' + b"x\n" * 5 * MB, "csv"),
        (lambda: b"a,b\n1,\x002\n", "encoding/not-text"),
        (lambda: "പേര്,തുക\nപണം,1\n".encode() + b"\xff\n", "encoding/damaged"),
        (lambda: b"<table>" * 5_000 + b"<tr><td>x", "not-a-book/web-page"),
    ],
)  # fmt: skip
def test_it_is_refused_by_name_in_little_memory(make: Callable[[], bytes], words: str) -> None:
    data = make()
    tracemalloc.start()
    try:
        assert code(data) == words
        assert tracemalloc.get_traced_memory()[1] < 120 * MB
    finally:
        tracemalloc.stop()


def test_a_file_beyond_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    for start in (b"a,b\n1,2\n", b"PK\x03\x04", b"<html><table>"):
        path = tmp_path / "large"
        with path.open("wb") as stream:
            stream.write(start)
            stream.truncate(300 * MB)
        tracemalloc.start()
        try:
            assert code(path) in ("too-large/split", "broken/zip")
            assert tracemalloc.get_traced_memory()[1] < 10 * MB
        finally:
            tracemalloc.stop()


def test_text_in_utf_16_without_a_mark_is_read_or_refused() -> None:
    text = "Account,Debit,Credit\nCash,5,\nShares,,5\n"
    for encoding in ("utf-16-le", "utf-16-be"):
        assert SourceFile(text.encode(encoding)).table.rows[1] == (2, ["Cash", "5", ""])
    assert code(text.encode("utf-16-le")[:-1]) == "encoding/not-text"


GOOD = (
    xlsx({"One": TRIAL}),
    raw_xlsx(CELL),
    ods(ods_row(ods_number("1"))),
    b"<html><table><tr><td>Account<td>Debit<td>Credit<tr><td>x<td>5<td></table>",
    b"Date,Particulars,Vch Type,Vch No.,Debit,Credit\n1-4-25,Cash,Receipt,1,5,\n,Shares,,,,5\n",
    b"Date,Account,Debit,Credit,Voucher No\n1/4/25,Cash,5,,1\n1/4/25,Shares,,5,1\n",
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(GOOD), st.data())
def test_any_change_to_a_good_file_ends_in_values_and_faults(
    good: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(good) - 1))
    cut = data.draw(st.integers(0, 40))
    put = data.draw(st.binary(max_size=6))
    changed = SourceFile(good[:at] + put + good[at + cut :])
    kind = detect(changed)
    for form in KINDS if isinstance(kind, Fault) else (kind,):
        found = read_file(changed, form, HINTS)
        assert all(sum(line.paise for line in item.lines) == 0 for item in found.vouchers)
        assert all(fault.message and fault.code for fault in found.refused)


CONTENT = st.text(st.sampled_from("<>/crvtis=\"'0123456789 aA&;#!"), max_size=200)


@settings(max_examples=100, deadline=None)
@given(CONTENT)
def test_any_sheet_in_a_sound_workbook(rows: str) -> None:
    for data in (raw_xlsx(rows), ods(rows)):
        found = detect(SourceFile(data))
        assert isinstance(found, str) or found.message
