"""Workbooks for the stories: with openpyxl, and by hand where it writes what a story needs not."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl

Cell = str | float | int | date | bool | None
_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
TRIAL = (
    ("Trial Balance 2024-25",),
    ("Head of account", "Debit", "Credit"),
    ("Cash in hand", 1000.5, None),
    ("Share capital", None, 1000.5),
)


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[Cell]]],
    *,
    at: tuple[int, int] = (1, 1),
    formats: Mapping[str, str] | None = None,
    hidden: Sequence[str] = (),
) -> bytes:
    """A workbook by openpyxl; `at` is the row and column of the first cell, `formats` by cell."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet: Any = book.create_sheet(name)
        for down, row in enumerate(rows):
            for right, value in enumerate(row):
                sheet.cell(at[0] + down, at[1] + right, value)
        for cell, code in (formats or {}).items():
            sheet[cell].number_format = code
        if name in hidden:
            sheet.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file of these parts."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return stream.getvalue()


def raw_xlsx(rows: str, *, styles: str = "", workbook: str = "", before: str = "") -> bytes:
    """A workbook of one sheet whose rows are XML written by hand."""
    return packed(
        {
            "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="r1" '
            f'Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
            "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_REL}"><sheets><sheet '
            f'name="One" sheetId="1" r:id="rId1"/></sheets>{workbook}</workbook>',
            "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}"><Relationship '
            f'Id="rId1" Type="{_REL}/worksheet" Target="worksheets/sheet1.xml"/>'
            f'<Relationship Id="rId2" Type="{_REL}/styles" Target="styles.xml"/></Relationships>',
            "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
            "xl/worksheets/sheet1.xml": f'{before}<worksheet xmlns="{_MAIN}"><sheetData>{rows}'
            "</sheetData></worksheet>",
        }
    )


def text_cell(reference: str, text: str) -> str:
    """A cell of a sheet by hand that holds a text."""
    return f'<c r="{reference}" t="inlineStr"><is><t>{text}</t></is></c>'


def ods(body: str, *, styles: str = "", name: str = "One", manifest: str = "") -> bytes:
    """A spreadsheet of one table whose rows are XML written by hand."""
    spaces = " ".join(
        f'xmlns:{prefix}="{_ODF}:{prefix}:1.0"' for prefix in ("office", "table", "text", "style")
    )
    spaces += (
        ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0">'
            f"{manifest}</manifest:manifest>",
            "content.xml": f"<office:document-content {spaces}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:spreadsheet><table:table "
            f'table:name="{name}">{body}</table:table></office:spreadsheet></office:body>'
            "</office:document-content>",
        }
    )


def ods_row(*cells: str, times: int = 1) -> str:
    """A row of such a table."""
    repeated = f' table:number-rows-repeated="{times}"' if times > 1 else ""
    return f"<table:table-row{repeated}>{''.join(cells)}</table:table-row>"


def ods_text(text: str) -> str:
    """A cell that holds a text."""
    return (
        f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'
    )


def ods_number(value: str, shown: str = "") -> str:
    """A cell that holds a number, as stored and as shown."""
    return (
        f'<table:table-cell office:value-type="float" office:value="{value}">'
        f"<text:p>{shown or value}</text:p></table:table-cell>"
    )


EMPTY = "<table:table-cell/>"
