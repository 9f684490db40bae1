"""What a preview counts has a word in both languages."""

import pytest

from tests.trust.books.makers import SMALL_BOOKS, daybook, group, ledger, voucher
from trust.books.model import Fault
from trust.books.pure.pii import _PATTERNS
from trust.books.readers.files import Hints, detect, read_file
from trust.books.readers.sourcefile import SourceFile
from web import i18n

LINES = [("Cash", "-5.00"), ("Own", "5.00")]
DAY_BOOK = daybook(
    group("Own group", "Capital Account"), ledger("Own", "Own group"), voucher("g-1", LINES)
)
LOANS = b"loan_id,member_ref,sanctioned_on,sanctioned,outstanding\nL1,M1,2025-05-01,100,50\n"
DATES = b"kind,date,book_year\ngeneral_meeting,2025-05-01,2024-25\n"


@pytest.mark.parametrize("data", [SMALL_BOOKS, DAY_BOOK, LOANS, DATES])
def test_every_count_has_a_word(data: bytes) -> None:
    file = SourceFile(data)
    kind = detect(file)
    assert not isinstance(kind, Fault)
    found = read_file(file, kind, Hints("2025-26", "2026-03-31"))
    assert found.counts
    for name in (*found.counts, *found.cleaned):
        assert f"counted.{name.replace(' ', '-')}" in i18n.phrases()


def test_every_identifier_has_a_word() -> None:
    for name in (*_PATTERNS, "aadhaar", "account", "mobile"):
        assert f"counted.{name}" in i18n.phrases()
