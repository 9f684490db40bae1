"""Every answer that a file is asked for has a word in both languages on the page."""

from tests.trust.books.cases.taking import FILES
from tests.trust.books.scenario import BooksScenario
from trust.books.model import Question
from web import i18n

_NAMES = {"sheet", "columns"}
"""Questions whose answers are names or numbers out of the file."""


def test_every_answer_has_a_word(scenario: BooksScenario) -> None:
    met: list[Question] = []
    for path in sorted(FILES.iterdir()):
        for answers in ({}, {"suspense": ""}):
            report = scenario.import_file(path.read_bytes(), path.name, answers=answers)
            met += report.questions
    asked = {question.code for question in met}
    assert {"standing", "voucher-type", "date-order"} <= asked, asked
    words = {answer for one in met if one.code not in _NAMES for answer in one.answers}
    assert {"compare", "posts-nothing", "day-first"} <= words
    assert [word for word in sorted(words) if f"answer.{word}" not in i18n.phrases()] == []
