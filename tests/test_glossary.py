"""docs/glossary.md: each term once, in one line, with the words that code and documents use."""

import csv
import re

from tests.conftest import ROOT
from trust.formats import records
from trust.log.model import WitnessStatus
from web import i18n

PAGE = (ROOT / "docs" / "glossary.md").read_text("utf-8")
ROWS = [
    tuple(cell.strip() for cell in row)
    for row in re.findall(r"^\| (.+?) \| (.+?) \|(.*)\|$", PAGE, re.MULTILINE)
    if not row[0].startswith(("term", "--"))
]
TERMS = {term.lower() for term, _, _ in ROWS}
NAMES = {re.sub(r" \(.*\)", "", term) for term in TERMS}
CODE = set(re.findall(r"`([^`]+)`", PAGE))


def test_terms_stand_once_in_order_with_a_meaning() -> None:
    assert len(ROWS) > 100
    listed = [term.lower() for term, _, _ in ROWS]
    assert listed == sorted(TERMS)
    assert [term for term, meaning, _ in ROWS if not meaning.endswith(".")] == []


def test_kinds_and_witness_statuses_are_explained() -> None:
    kinds = {name for name, _ in records.KINDS if not name.endswith("-detail")}
    assert sorted(kinds - CODE - TERMS) == []
    assert {status.name.lower() for status in WitnessStatus} <= TERMS


def test_terms_set_in_bold_by_the_architecture_are_explained() -> None:
    pages = [ROOT / "docs" / "architecture.md", *(ROOT / "docs" / "architecture").glob("*.md")]
    bold = {
        found.rstrip(".").lower()
        for page in pages
        for found in re.findall(r"\*\*([^*`]+)\*\*", page.read_text("utf-8"))
    }
    assert len(bold) >= 4
    assert sorted(term for term in bold if not {term, term.removesuffix("s")} & NAMES) == []


def test_headings_of_the_formats_speak_of_known_terms() -> None:
    text = (ROOT / "docs" / "formats.md").read_text("utf-8")
    headings = re.findall(r"^##+ [\d.]+ (.+)$", text, re.MULTILINE)
    assert len(headings) > 10
    unknown = [line for line in headings if not any(name in line.lower() for name in NAMES)]
    assert unknown == []


def test_malayalam_is_reviewed_or_marked() -> None:
    with (ROOT / "trust" / "books" / "data" / "glossary_ml-1.csv").open(encoding="utf-8") as file:
        reviewed = {row["malayalam"] for row in csv.DictReader(file)}
    pages = " ".join(phrase.ml for phrase in i18n.phrases().values())
    given = [(term, ml) for term, _, ml in ROWS if ml]
    assert len(given) > 30
    assert [term for term, ml in given if not ml.endswith("\\*") and ml not in reviewed] == []
    marked = [(term, ml.removesuffix(" \\*")) for term, ml in given if ml.endswith("\\*")]
    assert [term for term, ml in marked if ml in reviewed or ml not in pages] == []
