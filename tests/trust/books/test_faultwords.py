"""Faults in files have their sentence in both languages, with the same places."""

import ast
import importlib
import pkgutil
import re
import string
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any, cast

import pytest

from tests.conftest import ROOT
from trust.books import reports
from trust.books.model import ImportReport
from trust.books.pure import checkwords, comparewords, words
from trust.books.pure.faultwords import WORDS, fault
from trust.books.pure.findingwords import Said
from trust.books.pure.meetings import read_dates
from trust.books.pure.registers import read_loans
from trust.books.pure.trial_balance import read_trial_balance
from trust.books.readers.files import Hints, detect, read_file
from trust.books.readers.sourcefile import SourceFile

SUBJECTS = [found.name for found in pkgutil.iter_modules(words.__path__)]
MALAYALAM = re.compile(r"[\u0d00-\u0d7f]")
LOANS = (
    b"loan_id,member_ref,sanctioned_on,sanctioned,outstanding,overdue,overdue_days,purpose,"
    b"payee_ref,collateral_ref,in_area"
)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("key", list(WORDS))
def test_both_languages_have_the_same_places(key: str) -> None:
    said = WORDS[key]
    assert places(said["en"]) == places(said["ml"])
    assert MALAYALAM.search(said["ml"]) and not MALAYALAM.search(said["en"])


@pytest.mark.parametrize("said", [*checkwords.TITLES.values(), *checkwords.WHY.values()])
def test_titles_and_reasons_have_both_languages(said: Said) -> None:
    assert MALAYALAM.search(said["ml"]) and said["en"] and not MALAYALAM.search(said["en"])


def test_no_two_subjects_have_words_under_one_key() -> None:
    """The later one would hide the other: a question was asked in the words of a check."""
    modules = [
        checkwords,
        comparewords,
        *(importlib.import_module(f"{words.__name__}.{name}") for name in SUBJECTS),
    ]
    assert len(SUBJECTS) > 8
    assert sum(len(module.WORDS) for module in modules) == len(WORDS)


def test_every_sentence_is_used() -> None:
    found = sorted((ROOT / "trust/books").rglob("*.py"))
    source = "".join(
        path.read_text()
        for path in found
        if path.parent.name != "words" and path.stem not in ("faultwords", "checkwords")
    )
    literals = {
        node.value
        for node in ast.walk(ast.parse(source.replace("from __future__ import annotations", "")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    left = [
        words
        for words in WORDS
        if words not in literals and words.partition("/")[0] + "/" not in literals
    ]
    assert left == []


def test_readers_give_words_and_places_with_every_fault() -> None:
    """Nothing that a reader refuses is told in English only."""
    hints = Hints("2025-26", "2026-03-31")
    files = [
        LOANS + b"\nL1,M1,soon,1.234,12,-5,many,x,p,c,maybe\n",
        b"kind,date,book_year\nparty,31/02/2026,2025-27\n",
        b"code,name,opening,debit,credit,closing\n1,Cash,10 Dr,-5,3,1x\n,,5,,,\n",
        b"PK\x03\x04",
        b"a,b\n1,2\n",
        b"<ENVELOPE><VOUCHER></ENVELOPE>",
        b"<!DOCTYPE x><x/>",
        b"<ENVELOPE/>",
        b"\x00\x01",
        b"",
    ]
    seen = []
    for data in files:
        kind = detect(SourceFile(data))
        found = (
            [kind]
            if not isinstance(kind, str)
            else read_file(SourceFile(data), kind, hints).refused
        )
        seen += list(found)
    seen += read_loans(SourceFile(b"nothing").table, today="2026-03-31", answers={}).refused
    seen += read_dates(SourceFile(b"nothing").table, today="2026-03-31", answers={}).refused
    seen += read_trial_balance(SourceFile(b"x,y\n1,2\n").table, answers={}).refused
    assert len(seen) > 15
    for item in seen:
        assert item.words in WORDS and item.code == item.words.partition("/")[0]
        assert item.message == WORDS[item.words]["en"].format(**item.places)


def test_words_and_places_are_kept_with_the_report() -> None:
    one = fault("amount-malformed", 3, "debit", text="12a", ledger="Cash: ")
    report = ImportReport("i", "s", "f", "n", "h", 1, "posted", refused=(one,))
    columns = asdict(report) | {"id": "i", "report": reports.dump(report)}
    assert reports.load(cast(Any, SimpleNamespace(**columns))) == report
    assert one.message == "Cash: “12a” is not an amount." and one.row == 3
