"""Public pages as a reader without JavaScript sees them."""

import csv
import gzip
import io
import json
import re
from hashlib import sha256
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.trust.books.scenario import BooksScenario
from trust.formats import receipts
from trust.formats.canon import Json
from trust.formats.proofs import parse_proof
from trust.log import queries as log_queries
from trust.log.model import NewEntry
from trust.log.service import append
from web.render import STATIC

SHEET = "/s/tvm-101/2025-26"


def _text(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", {"tvm-101", "tsr-7"}),
        ("q=ഉദാഹരണ", {"tvm-101"}),
        ("q=milk", {"tsr-7"}),
        ("q=TVM/101", {"tvm-101"}),
        ("q=Chavakkad", {"tsr-7"}),
        ("district=thrissur", {"tsr-7"}),
        ("sector=credit", {"tvm-101"}),
        ("q=ബാങ്ക്&district=thrissur", set()),
        ("q=%25", set()),
    ],
)
def test_a_society_is_found_in_either_script(
    scenario: BooksScenario, client: TestClient, asked: str, found: set[str]
) -> None:
    page = client.get(f"/?{asked}").text
    assert set(re.findall(r'href="/s/([a-z0-9-]+)"', page)) == found
    if not found:
        assert "No society was found by that name" in page


def test_malayalam_is_the_default_and_the_choice_is_remembered(client: TestClient) -> None:
    client.cookies.clear()
    first = client.get("/")
    assert '<html lang="ml">' in first.text and "എന്റെ സംഘം കണ്ടെത്തുക" in first.text
    assert 'lang="en" hreflang="en">English</a>' in first.text
    assert '<html lang="en">' in client.get("/?lang=en").text
    assert '<html lang="en">' in client.get("/verify").text
    assert '<html lang="ml">' in client.get("/verify?lang=xx&lang=ml").text


def test_the_society_page_says_what_is_sealed_and_what_changed(
    scenario: BooksScenario, client: TestClient
) -> None:
    text = _text(client.get("/s/tvm-101").text)
    for said in (
        "Example Service Co-operative Bank",
        "TVM/101",
        "Year 2025-26",
        "Year 2024-25",
        "not yet witnessed by anyone else",
        "Nothing was corrected after it was sealed",
        "3,46,30,550.00",
    ):
        assert said in text
    scenario.file("2025-26")
    scenario.publish()
    assert "replaced by a later filing: 1" in _text(client.get("/s/tvm-101").text)
    assert client.get("/s/nobody").status_code == 404


def test_the_sheet_shows_the_sealed_figures_beside_last_year_s(
    scenario: BooksScenario, client: TestClient
) -> None:
    page = client.get(SHEET)
    text = _text(page.text)
    for said in (
        "as at 31/03/2026",
        "31/03/2025 ₹ (as filed)",
        "2,62,75,000.00",
        "3,46,30,550.00 3,39,50,000.00",
        "Profit of the year: ₹ 6,80,550.00",
        "Both sides come to the same total",
        "3 crore 46 lakh 30 thousand 550 rupees",
        "Deposits നിക്ഷേപങ്ങൾ",
    ):
        assert said in text
    malayalam = client.get(SHEET + "?lang=ml").text
    assert '<span lang="ml">നിക്ഷേപങ്ങൾ</span> <span class="other" lang="en">Deposits</span>' in (
        malayalam
    )
    assert scenario.origin in text


def test_json_and_csv_say_the_same_as_the_document(
    scenario: BooksScenario, client: TestClient
) -> None:
    answer = client.get(SHEET + ".json").json()
    document = client.get(f"/l/{answer['origin']}/doc/{answer['sha256']}").content
    assert sha256(document).hexdigest() == answer["sha256"]
    assert json.loads(document) == answer["document"]
    assert answer["published"] is True
    table = client.get(SHEET + ".csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(table.text.removeprefix("\ufeff"))))
    lines = [row for row in rows if not row["side"].startswith("found-")]
    said = {row["line"]: round(float(row["rupees"]) * 100) for row in lines}
    assert [row["line"] for row in rows[len(lines) :]] == [f["code"] for f in answer["findings"]]
    assert said == {line["id"]: line["paise"] for line in answer["document"]["lines"]}


def test_the_check_page_gives_only_hints_and_says_what_it_cannot_know(
    scenario: BooksScenario, client: TestClient
) -> None:
    page = client.get(SHEET + "/check").text
    text = _text(page)
    for said in (
        "The script that did the check came from our server",
        "Whether the figures are",
        "no outside witness signs it yet",
        "This check needs JavaScript",
    ):
        assert said in text
    assert 'data-state="right"' not in page, "nothing is right before it was checked"
    assert f'data-origin="{scenario.origin}"' in page


def test_a_receipt_leads_to_its_entry_its_proof_and_its_picture(
    scenario: BooksScenario, client: TestClient
) -> None:
    filed = client.get(SHEET + ".json").json()
    with scenario.rt.db.read() as conn:
        entry = log_queries.entry(conn, scenario.origin, filed["index"])
    code = receipts.code(entry.leaf)
    typed = code.lower().replace("-", " ").replace("0", "o")
    moved = client.get("/r", params={"code": typed})
    assert moved.status_code == 303 and moved.headers["location"] == f"/r/{code}"
    page = client.get(f"/r/{code}")
    assert page.status_code == 200 and entry.leaf.hex() in page.text
    proof = parse_proof(client.get(f"/r/{code}.sakshi-proof").content)
    assert proof.entry == entry.entry and proof.inclusion.index == filed["index"]
    picture = client.get(f"/r/{code}.svg")
    assert picture.headers["content-type"] == "image/svg+xml" and b"<svg" in picture.content


@pytest.mark.parametrize("code", ["hello", "7K4M-92QX", "7K4M-92QX-AB3D-ZZ1U"])
def test_a_code_that_is_none_is_explained(client: TestClient, code: str) -> None:
    moved = client.get("/r", params={"code": code})
    assert moved.headers["location"] == "/?fault=code#receipt"
    assert "This is not a receipt code" in client.get("/?fault=code").text
    assert client.get(f"/r/{code}").status_code == 404


def test_a_code_nobody_wrote_is_not_found(scenario: BooksScenario, client: TestClient) -> None:
    answer = client.get("/r/7K4M-92QX-AB3D-ZZ10")
    assert answer.status_code == 404 and "something you have a receipt for" in answer.text


def test_before_it_is_published_there_is_no_receipt(
    scenario: BooksScenario, client: TestClient
) -> None:
    record: dict[str, Json] = {
        "kind": "erasure",
        "v": 1,
        "index": 0,
        "part": "record",
        "reason": "test",
    }
    with scenario.rt.db.write() as conn:
        made = append(
            conn, scenario.origin, [NewEntry("erasure", record, "test")], now=scenario.rt.clock()
        )
    code = receipts.code(made[0].leaf)
    waiting = client.get(f"/r/{code}")
    assert waiting.status_code == 202 and "This is not a receipt yet" in waiting.text
    assert client.get(f"/r/{code}.svg").status_code == 404
    assert client.get(f"/r/{code}.sakshi-proof").status_code >= 400
    scenario.publish()
    assert client.get(f"/r/{code}").status_code == 200


def test_a_private_entry_shows_no_content(scenario: BooksScenario, client: TestClient) -> None:
    with scenario.rt.db.read() as conn:
        size = log_queries.released(conn, scenario.origin).size
        private = next(
            e for e in log_queries.entries(conn, scenario.origin, 0, size) if e.kind == "voucher"
        )
    code = receipts.code(private.leaf)
    page = client.get(f"/r/{code}").text
    assert "What the entry says is not shown here" in page and "paise" not in page
    assert client.get(f"/r/{code}.sakshi-proof").status_code == 404


def _imports(module: Path) -> set[Path]:
    """A module with everything it loads."""
    found = {module}
    for name in re.findall(r'from "(\.[^"]+)"', module.read_text("utf-8")):
        found |= _imports((module.parent / name).resolve())
    return found


def _transferred(file: Path) -> int:
    data = file.read_bytes()
    return len(data) if file.suffix == ".woff2" else len(gzip.compress(data, 6))


@pytest.mark.parametrize("path", ["/", "/s/tvm-101", SHEET, SHEET + "/check"])
@pytest.mark.parametrize("lang", ["ml", "en"])
def test_a_first_visit_costs_less_than_100_kb(
    scenario: BooksScenario, client: TestClient, path: str, lang: str
) -> None:
    answer = client.get(f"{path}?lang={lang}", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    page = answer.text
    named = set(re.findall(r'(?:href|src)="/static/[0-9a-f]{12}/([^"]+)"', page))
    files = {STATIC / name for name in named}
    for name in named:
        if name.endswith(".js"):
            files |= _imports(STATIC / name)
    # Text in both scripts on every page; bold letters and headings have files of their own, which
    # the lean pages (web/static/css/tokens.css), those that load the check, do without.
    fonts = ["noto-sans-malayalam-400", "noto-sans-malayalam-latin-400"]
    if 'class="lean"' not in page:
        fonts += ["noto-sans-malayalam-latin-700"] + ["manjari-700"] * (lang == "ml")
    files |= {STATIC / f"vendor/fonts/{name}.woff2" for name in fonts}
    weights = {file.name: _transferred(file) for file in files}
    assert len(gzip.compress(answer.content, 6)) + sum(weights.values()) < 100_000, weights
    assert "htmx" not in page


def test_static_files_may_be_kept_for_ever(client: TestClient) -> None:
    page = client.get("/").text
    url = re.findall(r'href="(/static/[^"]+\.css)"', page)[0]
    answer = client.get(url)
    assert "immutable" in answer.headers["cache-control"]
    assert (
        client.get(re.sub(r"/[0-9a-f]{12}/", "/000000000000/", url)).headers["cache-control"]
        == "no-cache"
    )
    for bad in ("%2e%2e%2frender.py", "css/%2e%2e/%2e%2e/render.py", "css", "nothing.css"):
        assert client.get(f"/static/{'0' * 12}/{bad}").status_code == 404
