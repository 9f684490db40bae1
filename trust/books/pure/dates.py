"""A column of dates has one order: day first or month first, told over the whole column."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from trust.books.model import Answers, Fault, Question
from trust.books.pure.faultwords import fault, question
from trust.books.pure.years import Order, has_order, parse_date, parse_serial

ORDERS: tuple[Order, ...] = ("day-first", "month-first")
_DATE = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9]{4}([-/.])[0-9]{1,2}\1[0-9]{1,2}"
    r"|[0-9]{1,2} ?[-/.] ?[0-9]{1,2} ?[-/.] ?(?:[0-9]{4}|[0-9]{2})"
    r"|[0-9]{1,2}(?:st|nd|rd|th|-?ാം)?[\s\-./,]*[^\W\d_][^\d\s\-./,']*[\s\-./,']*[0-9]{4}"
    r"|[^\W\d_][^\d\s\-./,']*[\s\-./]*[0-9]{1,2}(?:st|nd|rd|th)?[\s,]+[0-9]{4})(?![0-9])",
    re.IGNORECASE,
)


@dataclass(slots=True)
class DateColumn:
    """How the dates of a column are read, and what is asked or wrong about that.

    `decided`: whether the column, or somebody who was asked, says what stands first.
    """

    order: Order = "day-first"
    decided: bool = False
    faults: list[Fault] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)

    def read(self, text: str) -> str | None:
        """The ISO date of a cell; None if it is none."""
        return parse_serial(text) or parse_date(text, self.order)

    def either(self, text: str) -> str | None:
        """The ISO date of a text elsewhere in the file: in this order, else in the other."""
        return self.read(text) or next((day for o in ORDERS if (day := parse_date(text, o))), None)

    def whole(self) -> tuple[Fault, ...]:
        """The faults as those of the whole file: no row can be read."""
        return tuple(replace(one, row=None) for one in self.faults)


def column_of(title: str, cells: Sequence[tuple[int, str]], answers: Answers) -> DateColumn:
    """The order of a column, from its rows and their lines; it is asked for if both orders fit,
    and the column is at fault if neither does.

    A text that is no date in either order says nothing of the others.
    """
    column = DateColumn()
    loose = [(line, text) for line, text in cells if has_order(text)]
    shown: dict[Order, tuple[int, str]] = {}
    for line, text in loose:
        fits = [order for order in ORDERS if parse_date(text, order)]
        if len(fits) == 1:
            shown.setdefault(fits[0], (line, text))
    if len(shown) == 2:
        line, text = shown["month-first"]
        other, before = shown["day-first"]
        column.faults.append(
            fault(
                "date-order/mixed",
                line,
                title,
                text=text[:40],
                line=line,
                other=other,
                before=before[:40],
            )
        )
    elif shown:
        (column.order,) = shown
        column.decided = True
    else:
        _ask(column, title, loose, answers)
    return column


def _ask(
    column: DateColumn, title: str, loose: Sequence[tuple[int, str]], answers: Answers
) -> None:
    """Ask for the order of a column whose dates are dates in both."""
    for line, text in loose:
        days = [parse_date(text, order) for order in ORDERS]
        if days[0] is None or days[0] == days[1]:
            continue
        said = answers.get("date-order")
        if said in ORDERS:
            column.order = "day-first" if said == "day-first" else "month-first"
            column.decided = True
        else:
            places = {"title": title, "text": text[:40], "day": days[0], "month": days[1] or ""}
            column.questions.append(
                question("date-order", line, answers=ORDERS, line=line, **places)
            )
        return


def dates_in(texts: Iterable[str]) -> list[str]:
    """Everything in these texts that is a date in one order or the other, as it is written."""
    found = [match.group(0) for text in texts for match in _DATE.finditer(text)]
    return [text for text in found if any(parse_date(text, order) for order in ORDERS)]
