"""Each empty table of the page, filled in, is read without a question it could have answered."""

import csv
import io
from typing import Any

import pytest

from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG
from trust.books import service as books_service
from trust.log.runtime import Runtime
from web.secretary.blanks import HEADS

FILLED: dict[str, list[tuple[str, ...]]] = {
    "trial-balance": [
        ("20101", "Cash on hand", "1000", "", "500", "200", "1300", ""),
        ("10101", "Share capital", "", "1000", "", "", "", "1000"),
        ("30101", "Interest on loans", "", "", "200", "500", "", "300"),
    ],
    "general-ledger": [
        ("22-05-2025", "JV-1", "Cash in hand", "5000.00", "", "shares"),
        ("22-05-2025", "JV-1", "Share capital", "", "5000.00", "shares"),
    ],
    "loan-register": [
        ("L-1", "M-1", "05-05-2025", "100000", "90000", "0", "0", "KCC", "Crop", "31-03-2026"),
        ("L-2", "M-2", "15-05-2025", "50000", "20000", "5000", "40", "KCC", "Crop", "31-03-2026"),
    ],
    "governance-dates": [
        ("General meeting", "27-09-2025", "2024-25", ""),
        ("Audit", "30-08-2025", "2024-25", "by the department"),
    ],
}
MISSING = {"trial-balance": {"year"}}
"""What a table of heads alone cannot say: the year stands above the table or in its name."""


@pytest.mark.parametrize("lang", ["en", "ml"])
@pytest.mark.parametrize("kind", list(HEADS))
def test_a_filled_table_is_read(
    person: Any, scenario: VotingScenario, rt: Runtime, kind: str, lang: str
) -> None:
    officer = person(lang).sign_in("secretary")
    assert f'href="/secretary/imports/templates/{kind}"' in officer.get("/secretary/imports")
    blank = officer.client.get(f"/secretary/imports/templates/{kind}")
    assert blank.status_code == 200 and blank.headers["content-type"].startswith("text/csv")
    text = io.StringIO(blank.content.decode("utf-8"), newline="")
    text.seek(0, io.SEEK_END)
    csv.writer(text).writerows(FILLED[kind])
    data = text.getvalue().encode()
    answers = {"year": "2025-26"} if kind in MISSING else {}
    report = books_service.import_file(
        rt, SLUG, "filled.csv", data, actor="secretary", answers=answers, dry_run=True
    )
    asked = {one.code for one in report.questions}
    assert report.format == kind, [one.message for one in report.refused]
    assert not report.refused and asked <= {"suspense"}, (report.refused, report.questions)
    assert report.vouchers or report.rows == len(FILLED[kind])


def test_empty_tables_are_for_officers_of_a_society(person: Any, scenario: VotingScenario) -> None:
    officer = person().sign_in("secretary")
    officer.get("/secretary/imports/templates/poems", 404)
    person().sign_in("registrar").get("/secretary/imports/templates/trial-balance", 403)
