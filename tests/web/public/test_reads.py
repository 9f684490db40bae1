"""What a public page asks of the database: each sealed document once, and few statements."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from tests.trust.books.scenario import SLUG, BooksScenario
from trust.database import Database


@contextmanager
def asked(db: Database) -> Iterator[list[tuple[str, object]]]:
    """The statements of a block with their values."""
    found: list[tuple[str, object]] = []

    def note(_conn: object, _cursor: object, sql: str, values: object, *_rest: object) -> None:
        found.append((sql, values))

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    ("path", "most"),
    [
        (f"/s/{SLUG}", 48),
        (f"/s/{SLUG}.json", 30),
        (f"/s/{SLUG}/2025-26", 32),
        (f"/s/{SLUG}/2025-26.json", 32),
        (f"/s/{SLUG}/2025-26.csv", 32),
    ],
)
def test_a_page_reads_each_document_once_and_asks_little(
    scenario: BooksScenario, client: TestClient, path: str, most: int
) -> None:
    for first in (True, False):  # what is found about the sheets is worked out the first time
        with asked(scenario.rt.db) as found:
            assert client.get(path).status_code == 200
        documents = Counter(repr(values) for sql, values in found if "log_document" in sql)
        assert documents and set(documents.values()) == {1}
        assert first or len(found) <= most, len(found)
