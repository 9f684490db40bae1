"""The sentences of faults in files that are brought in, in both languages.

A key is the code of the fault, or ``code/variant`` where one code has several sentences. The same
words stand in the report on the page, in the command's report and in the API. They stand in
`words`, a module for each subject. The Malayalam is listed as unreviewed in
``docs/translation-review.csv``.
"""

from typing import Final

from trust.books.pure import checkwords, comparewords
from trust.books.pure.words import (
    amounts,
    chart,
    files,
    imports,
    kinds,
    ledgers,
    questions,
    registers,
    standing,
    tables,
    tally,
    trial_balance,
)
from trust.books.source import Fault, Question

WORDS: Final = (
    files.WORDS
    | kinds.WORDS
    | ledgers.WORDS
    | tables.WORDS
    | amounts.WORDS
    | trial_balance.WORDS
    | registers.WORDS
    | tally.WORDS
    | standing.WORDS
    | chart.WORDS
    | questions.WORDS
    | imports.WORDS
    | checkwords.WORDS
    | comparewords.WORDS
)
"""Sentence of each fault of a file or of the books; amounts fill places as rupees and paise."""


def sentence(words: str, /, **places: str | int) -> str:
    """The English sentence of a fault with its places filled."""
    return WORDS[words]["en"].format(**places)


def fault(words: str, row: int | None = None, column: str = "", /, **places: str | int) -> Fault:
    """A fault in a file.

    Args:
        words: key in `WORDS`; the code is what stands before the slash.
        row: line of the file or number in order, if it is of one.
        column: name of the column or element.
        places: what fills the sentence.
    """
    code = words.partition("/")[0]
    return Fault(code, sentence(words, **places), row, column, words, dict(places))


def question(
    words: str,
    row: int | None = None,
    /,
    *,
    answers: tuple[str, ...] = ("yes",),
    **places: str | int,
) -> Question:
    """A question about a file.

    Args:
        words: key in `WORDS`; the code is what stands before the slash.
        row: line of the file it is about, if one.
        answers: what there is to choose from; empty if a text is asked for.
        places: what fills the sentence.
    """
    code = words.partition("/")[0]
    return Question(code, sentence(words, **places), answers, words, dict(places), row)
