"""The same trial balance in the containers that programs save it in, and ledgers as sheets."""

import zipfile
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

Cells = Sequence[str | int]
HEAD = ("Account Code", "Account Name", "Opening Balance", "Debit", "Credit", "Closing Balance")
_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OASIS = "urn:oasis:names:tc:opendocument:xmlns"
_ODS_TYPE = "application/vnd.oasis.opendocument.spreadsheet"


def pairs(rows: int) -> Iterator[Cells]:
    """A trial balance: title, head, and pairs of accounts, each with movements on one side."""
    yield ("Trial balance 2025-26",)
    yield HEAD
    for at in range(rows):
        rupees = 1000 + at // 2
        moved = (rupees, "", rupees) if at % 2 else ("", rupees, -rupees)
        yield (at, f"Ledger {at}", 0, *moved)


def trial_csv(path: Path, rows: int) -> None:
    """Text with commas."""
    _text(path, pairs(rows))


def general_ledger(path: Path, rows: int) -> None:
    """A general ledger: two lines a voucher, of the form date, account, debit, credit, number."""
    lines: list[Cells] = [("Date", "Account", "Debit", "Credit", "Voucher No")]
    for at in range(rows // 2):
        day, number = f"{at % 28 + 1:02d}-05-2025", f"JV-{at}"
        lines += [(day, "Cash in hand", 5000 + at, "", number)]
        lines += [(day, f"Member {at % 400}", "", 5000 + at, number)]
    _text(path, lines)


def tally_day_book(path: Path, rows: int) -> None:
    """The day book as Tally's sheet export lists it: a head line and a second line a voucher."""
    lines: list[Cells] = [("Day Book",), ("1-Apr-25 to 31-Mar-26",)]
    lines += [("Date", "Particulars", "Vch Type", "Vch No.", "Debit Amount", "Credit Amount")]
    for at in range(rows // 2):
        lines += [(f"{at % 28 + 1:02d}-May-25", "Cash", "Receipt", at + 1, 5000 + at, "")]
        lines += [("", f"Member {at % 400}", "", "", "", 5000 + at)]
    _text(path, lines)


def trial_html(path: Path, rows: int) -> None:
    """A web page saved under the name of a workbook."""
    lines = ("".join(f"<td>{escape(str(one))}</td>" for one in cells) for cells in pairs(rows))
    table = "".join(f"<tr>{line}</tr>\n" for line in lines)
    path.write_text(f"<html><body><table>{table}</table></body></html>", encoding="utf-8")


def trial_xlsx(path: Path, rows: int) -> None:
    """A workbook of Office Open XML with texts in the cells."""
    lines = "".join(
        f'<row r="{number}">{"".join(map(_xlsx_cell, cells))}</row>'
        for number, cells in enumerate(pairs(rows), 1)
    )
    book = f'<workbook xmlns="{_SHEET}" xmlns:r="{_RELATIONS}"><sheets>'
    office = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    related = f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" Type='
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{office}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{office}.worksheet+xml"/>'
        "</Types>",
        "_rels/.rels": f'{related}"{_RELATIONS}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'{book}<sheet name="TB" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{related}"{_RELATIONS}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_SHEET}"><sheetData>{lines}</sheetData>'
        "</worksheet>",
    }
    _pack(path, parts)


def trial_ods(path: Path, rows: int) -> None:
    """A spreadsheet of OpenDocument."""
    lines = "".join(
        f"<table:table-row>{''.join(map(_ods_cell, cells))}</table:table-row>"
        for cells in pairs(rows)
    )
    spaces = "".join(f' xmlns:{name}="{_OASIS}:{name}:1.0"' for name in ("office", "table", "text"))
    content = (
        f"<office:document-content{spaces}><office:body><office:spreadsheet>"
        f'<table:table table:name="TB">{lines}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = f'<manifest:manifest xmlns:manifest="{_OASIS}:manifest:1.0"/>'
    parts = {"mimetype": _ODS_TYPE, "META-INF/manifest.xml": manifest, "content.xml": content}
    _pack(path, parts)


def _xlsx_cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>' if value else "<c/>"


def _ods_cell(value: str | int) -> str:
    if isinstance(value, int):
        kind = f'office:value-type="float" office:value="{value}"'
        return f"<table:table-cell {kind}><text:p>{value}</text:p></table:table-cell>"
    if not value:
        return "<table:table-cell/>"
    text = f"<text:p>{escape(value)}</text:p>"
    return f'<table:table-cell office:value-type="string">{text}</table:table-cell>'


def _text(path: Path, lines: Iterator[Cells] | Sequence[Cells]) -> None:
    path.write_text("".join(",".join(map(str, cells)) + "\n" for cells in lines), encoding="utf-8")


def _pack(path: Path, parts: dict[str, str]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            stored = zipfile.ZIP_STORED if name == "mimetype" else None
            file.writestr(name, text, compress_type=stored)
