"""One day book exported twice, as XML and as a workbook, is one day book."""

from pathlib import Path

import pytest

from tests.trust.books.cases.taking import codes
from tests.trust.books.makers import daybook, ledger, voucher
from tests.trust.books.scenario import BooksScenario

FILES = ("daybook_utf16_2sales.xml", "daybook_excel_export.xlsx")
SAID = {"suspense": "yes", "company": "yes"}


@pytest.mark.parametrize("order", [FILES, FILES[::-1]])
def test_the_workbook_of_a_sealed_day_book_is_asked_about(
    scenario: BooksScenario, shared_dir: Path, order: tuple[str, str]
) -> None:
    folder = shared_dir / "data/books/inputs/tally"
    first, second = ((folder / name).read_bytes() for name in order)
    assert scenario.import_file(first, order[0], answers=SAID).posted == {"voucher": 2}
    report = scenario.import_file(second, order[1], answers=SAID)
    assert (report.state, codes(report)[1]) == ("asked", {"same-content"})
    assert report.questions[0].places["count"] == 2
    same = scenario.import_file(second, order[1], answers=SAID | {"same-content": "same"})
    assert (same.state, same.unchanged) == ("unchanged", 2)


def test_a_day_book_without_identities_is_not_doubled_once_its_ledgers_are_known(
    scenario: BooksScenario,
) -> None:
    """What it says of accounts changes with the masters, and its content ids with that."""
    lines = [("Cash", "-40.00"), ("Kuri fund", "40.00")]
    data = daybook(*(voucher("", lines, number=number) for number in ("7", "8", "", "")))
    masters = daybook(ledger("Kuri fund", "Loans (Liability)"))
    assert scenario.import_file(data, answers=SAID).posted == {"voucher": 4}
    assert scenario.import_file(masters, answers={"remap": "yes"}).posted == {"voucher": 8}
    report = scenario.import_file(data, answers=SAID)
    assert (report.state, codes(report)[1]) == ("asked", {"same-content"})
    same = scenario.import_file(data, answers=SAID | {"same-content": "same"})
    assert (same.state, same.unchanged) == ("unchanged", 4)
