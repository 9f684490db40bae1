"""Of which book year and day a trial balance is: what its heading says, or what was answered.

Never today, never the name of a ledger; the name of the file is a suggestion in the question.
"""

from dataclasses import dataclass

from trust.books.model import Answers, Fault, Question
from trust.books.pure import years
from trust.books.pure.faultwords import fault, question
from trust.books.pure.headings import Heading, find_years


@dataclass(frozen=True, slots=True)
class Dated:
    """The book year and the day of the figures.

    While they are asked they are what is suggested; without a suggestion the year is empty and the
    day is today, which nothing is sealed with.
    """

    book_year: str
    day: str
    questions: tuple[Question, ...] = ()
    odd: tuple[Fault, ...] = ()


def date_of(heading: Heading, answers: Answers, filename: str, today: str) -> Dated:
    """Tell the year and the day of a trial balance."""
    asked: list[Question] = []
    odd: list[Fault] = []
    said = answers.get("year", "")
    year = said if years.parse_book_year(said) else ""
    if not year:
        year, wanted = _year(heading, find_years(filename.replace("_", " ")))
        asked += [wanted] if wanted is not None else []
    elif heading.book_years and year not in heading.book_years:
        odd.append(fault("year-differs", year=year, named=", ".join(heading.book_years)))
    if not year:
        return Dated("", today, tuple(asked), tuple(odd))
    day = _day(heading, year, answers, today)
    if not day:
        asked.append(question("as-of/trial-balance", answers=(), year=year))
        day = today
    return Dated(year, day, tuple(asked), tuple(odd))


def _year(heading: Heading, file_years: list[str]) -> tuple[str, Question | None]:
    """The year of the heading, or a suggestion and the question."""
    named = heading.book_years
    if len(named) > 1:
        return named[0], question("year/several", answers=(), years=", ".join(named))
    if not named:
        if len(file_years) != 1:
            return "", question("year/none", answers=())
        return file_years[0], question("year/file-name", answers=(), year=file_years[0])
    if file_years and named[0] not in file_years:
        places = {"year": named[0], "other": ", ".join(file_years)}
        return named[0], question("year/file-differs", answers=(), **places)
    return named[0], None


def _day(heading: Heading, year: str, answers: Answers, today: str) -> str:
    """The day of the figures: answered, named, or the last of a year that is over."""
    told = years.parse_date(answers.get("as-of", "")) or ""
    for day in (told, heading.as_of):
        if day and years.book_year_of(day) == year:
            return day
    last = years.last_day(year)
    return last if last <= today else ""
