"""Pictures: well-formed, described, to scale, with their figures beside them."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.balance_picture import Part, balance_picture, gathered
from dashboards.district_picture import district_picture, last_months, opened_by_district
from oversight.words import Lang
from tests.dashboards.test_board import judge, loans
from tests.oversight.conftest import Desk

SVG = "{http://www.w3.org/2000/svg}"


def parsed(svg: str) -> ET.Element:
    root = ET.fromstring(svg)
    assert root.tag == f"{SVG}svg" and root.get("role") == "img"
    title, desc = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None and title.text and desc is not None and desc.text
    assert root.get("aria-labelledby") == f"{title.get('id')} {desc.get('id')}"
    assert "style=" not in svg and "<script" not in svg
    return root


@pytest.mark.parametrize("lang", ["en", "ml"])
def test_balance_picture(lang: Lang) -> None:
    assets = [Part("Loans & advances <1>", 70_00), Part("Cash", 30_00)]
    chart = balance_picture("p1", "2025-26", assets, [Part("Deposits", 100_00)], lang)
    root = parsed(chart.svg)
    boxes = root.findall(f"{SVG}rect")
    assert [int(b.get("height", 0)) for b in boxes] == [238, 102, 340]
    assert [b.get("class") for b in boxes] == ["b1 edge", "b2 edge", "b1 edge"]
    assert [row[1:] for row in chart.table.rows] == [
        ("Loans & advances <1>", 70_00),
        ("Cash", 30_00),
        ("Deposits", 100_00),
    ]


def test_a_sheet_that_does_not_foot_looks_like_one() -> None:
    chart = balance_picture("p", "2025-26", [Part("a", 100_00)], [Part("b", 90_00)], "en")
    root = parsed(chart.svg)
    assert "they differ by ₹10." in (root.findtext(f"{SVG}desc") or "")
    heights = [int(b.get("height", 0)) for b in root.findall(f"{SVG}rect")]
    assert heights == [340, 306]


@given(st.lists(st.integers(-(10**14), 10**14), max_size=12), st.lists(st.integers(1, 10**14)))
def test_columns_stay_inside_and_nothing_is_lost(left: list[int], right: list[int]) -> None:
    assets = [Part(f"part {n}", paise) for n, paise in enumerate(left)]
    liabilities = [Part(f"part {n}", paise) for n, paise in enumerate(right)]
    root = parsed(balance_picture("p", "2025-26", assets, liabilities, "en").svg)
    for box in root.findall(f"{SVG}rect"):
        assert int(box.get("y", 0)) + int(box.get("height", 0)) <= 400
    for parts in (assets, liabilities):
        assert sum(p.paise for p in gathered(parts, "en")) == sum(max(0, p.paise) for p in parts)


def test_months() -> None:
    assert last_months(1_795_348_800) == [
        "2025-12", "2026-01", "2026-02", "2026-03", "2026-04", "2026-05",
        "2026-06", "2026-07", "2026-08", "2026-09", "2026-10", "2026-11",
    ]  # fmt: skip


def test_districts_to_one_scale() -> None:
    months = last_months(1_795_348_800)
    counts = {"kannur": {"2026-11": (1, 1)}, "kollam": {"2026-10": (4, 0)}, "idukki": {}}
    chart = district_picture("d", months, counts, {"kollam": 3}, "en")
    root = parsed(chart.svg)
    names = [t.text for t in root.iter(f"{SVG}text") if t.get("class") == "side"]
    assert names == ["Kollam", "Idukki", "Kannur"]
    heights = [int(box.get("height", 0)) for box in root.iter(f"{SVG}rect")]
    assert heights == [62, 15, 15]
    assert chart.table.rows == [("Kollam", "10/2026", 4, 0), ("Kannur", "11/2026", 1, 1)]


def test_the_picture_of_the_desk(desk: Desk) -> None:
    judge(desk, "test-1", loans(46))
    judge(desk, "test-3", loans(4))
    officer = desk.officer("registrar", "state", "")
    with desk.rt.db.read() as conn:
        chart = opened_by_district(conn, officer, "en", now=desk.rt.clock())
    parsed(chart.svg)
    assert chart.table.rows == [("Thrissur", "06/2026", 1, 0), ("Kannur", "06/2026", 0, 1)]
