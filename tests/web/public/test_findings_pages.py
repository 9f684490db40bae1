"""A replaced sheet keeps its page; figures that were not compared are never called as filed."""

import re

from starlette.testclient import TestClient

from tests.faces.troubles import TROUBLES
from tests.trust.books.makers import SMALL_BOOKS
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.web.books import trial_balance
from trust.log.runtime import Runtime

YEAR = f"/s/{SLUG}/2025-26"
FILED = "(as filed)"


def test_a_replaced_sheet_keeps_its_page_and_links_to_the_next(
    scenario: BooksScenario, client: TestClient
) -> None:
    old = client.get(f"{YEAR}.json").json()["sha256"]
    assert client.get(f"{YEAR}/filings/{old}").status_code == 200
    new = scenario.file("2025-26").sha256
    scenario.publish()
    kept = client.get(f"{YEAR}/filings/{old}")
    assert kept.status_code == 200 and f'href="{YEAR}"' in kept.text
    assert "This filing was replaced by a later one of the same year." in kept.text
    standing = client.get(YEAR).text
    assert f'href="{YEAR}/filings/{old}"' in standing and "was filed again" in standing
    told = client.get(f"{YEAR}/filings/{old}.json").json()
    assert (told["in_force"], told["replaced_by"], told["colour"]) == (False, new, "amber")
    assert "replaced" in [item["code"] for item in told["findings"]]
    assert client.get(f"{YEAR}.json").json()["replaces"] == old
    for path in (f"{YEAR}/filings/{old}.csv", f"{YEAR}/filings/{old}/check"):
        assert client.get(path).status_code == 200
    society = client.get(f"/s/{SLUG}").text
    assert f"{YEAR}/filings/{old}" in society and "Nothing was corrected" not in society
    for path in (f"/s/{SLUG}/2024-25/filings/{old}", f"{YEAR}/filings/{'0' * 64}"):
        assert client.get(path).status_code == 404


def test_as_filed_stands_only_over_figures_that_were_compared(
    rt: Runtime, client: TestClient
) -> None:
    made = build(rt)
    falsified = next(one for one in TROUBLES if one.codes == ("prior-differs",))
    falsified.plant(made)
    made.publish()
    page = client.get(YEAR).text
    assert FILED not in page and "(as this sheet says)" in page
    assert "(in the sheet of that year)" in page
    rows = re.findall(r'(?s)<tr class="[^"]*differs"[^>]*data-line="A2".*?</tr>', page)
    assert len(rows) == 1 and ">57,60,600.00<" in rows[0] and ">70,10,600.00<" in rows[0]
    first = client.get(f"/s/{SLUG}/2024-25").text
    assert FILED not in first and "(from the books; no sheet was filed)" not in first


def test_a_column_out_of_the_books_says_so(rt: Runtime, client: TestClient) -> None:
    made = build(rt)
    made.import_file(SMALL_BOOKS, "tb.csv", year="2024-25")
    made.import_file(trial_balance("2025-26"), "tb2.csv", year="2025-26")
    made.file("2025-26")
    made.publish()
    page = client.get(YEAR).text
    assert FILED not in page and "(from the books; no sheet was filed)" in page


def test_a_compared_column_is_called_as_filed(scenario: BooksScenario, client: TestClient) -> None:
    assert FILED in client.get(YEAR).text
    assert client.get(f"{YEAR}.json").json()["compared"] is True
