"""The verifier against the real web application, over the addresses it publishes."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from audit import fetch, targets
from audit.verify.report import Report
from audit.verify.verify import Knowledge
from tests.audit.helpers import said
from tests.trust.books.house import SLUG, House, build
from tests.web.books import trial_balance
from trust.books import published
from trust.log import proofs, queries
from trust.log.runtime import Runtime
from voting import rulebook
from web.app import create_app


@pytest.fixture
def house(rt: Runtime) -> House:
    """Two years of books, both sheets filed and published."""
    made = build(rt)
    for year in ("2024-25", "2025-26"):
        made.import_file(trial_balance(year), f"tb-{year}.csv", year=year)
        made.file(year)
    made.publish()
    return made


@pytest.fixture
def wire(rt: Runtime, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """Lets `fetch` talk to the application; what a test puts in comes instead of the answer."""
    forged: dict[str, bytes] = {}
    with TestClient(create_app(rt), base_url="http://testserver") as client:

        def get(url: str, limit: int, timeout: float = 0) -> bytes:
            path = urlsplit(url).path
            if path in forged:
                return forged[path]
            answer = client.get(path)
            if answer.status_code != 200:
                raise fetch.FetchError(f"{path} answered {answer.status_code}.")
            return answer.content

        monkeypatch.setattr(fetch, "get", get)
        yield forged


def verify(rt: Runtime, path: str) -> Report:
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    known = Knowledge(published.mapping_by_hash, rulebook.standard(), policy)
    return targets.verify([f"http://testserver{path}"], known, 5.0, lambda text: None)


def test_a_society_page_and_a_log_prefix_lead_to_the_same_verdict(
    house: House, wire: dict[str, bytes]
) -> None:
    for path in (f"/s/{SLUG}", f"/s/{SLUG}/2025-26", f"/l/{house.origin}"):
        report = verify(house.rt, path)
        assert report.exit_code == 0, said(report)
        assert report["other-heads"].state == "right"
        assert report["signatures"].right == 2
        assert report["comparative"].right == 1
        assert report["sheets"].state == "not-checked"


def test_an_application_that_lies_about_a_sheet_is_wrong(
    house: House, wire: dict[str, bytes]
) -> None:

    with house.rt.db.read() as conn:
        digest, document = next(
            item for item in queries.documents(conn, house.origin) if b'"statement"' in item[1]
        )
    wire[f"/l/{house.origin}/doc/{digest}"] = document.replace(b'"profit":', b'"profit":1', 1)
    report = verify(house.rt, f"/s/{SLUG}")
    assert report.exit_code == 1
    named = [found.entry for found in report.findings("wrong") if found.entry is not None]
    assert named and named[0].kind == "statement"
