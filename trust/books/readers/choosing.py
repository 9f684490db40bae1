"""Which table of a file is meant, if there are several."""

from collections.abc import Sequence
from dataclasses import dataclass

from trust.books.model import Fault, Question
from trust.books.pure.csvtext import Unreadable
from trust.books.pure.faultwords import fault, question
from trust.books.pure.kinds import kind_of
from trust.books.pure.tables import Table


@dataclass(frozen=True, slots=True)
class Choice:
    """A table with what it is, and what is asked or said about the others."""

    table: Table
    kind: str
    questions: tuple[Question, ...] = ()
    notes: tuple[Fault, ...] = ()


def choose(tables: Sequence[Table], named: str) -> Choice:
    """The one table of a known kind; if several may be meant, the first one and a question.

    A table that the program hides is never taken without being asked for. What is not read is
    named.

    Args:
        named: the sheet that somebody answered; empty if nobody did.
    """
    if not tables:
        raise Unreadable("empty/file")
    if len(tables) == 1 and not tables[0].hidden:
        return Choice(tables[0], kind_of(tables[0]))
    known = [(table, kind_of(table)) for table in tables]
    for table, kind in known:
        if named and table.sheet == named:
            return Choice(table, kind, notes=_others(table, tables))
    held = [(table, kind) for table, kind in known if kind or table.faults] or known
    table, kind = next((one for one in held if not one[0].hidden), held[0])
    if len(held) == 1 and not table.hidden:
        return Choice(table, kind, notes=_others(table, tables))
    answers = tuple(one.sheet for one, _ in held)
    listed = ", ".join(f"{one.sheet} (hidden)" if one.hidden else one.sheet for one, _ in held)
    return Choice(table, kind, (question("sheet", answers=answers, sheets=listed),))


def _others(table: Table, tables: Sequence[Table]) -> tuple[Fault, ...]:
    left = ", ".join(one.sheet for one in tables if one is not table)
    return (fault("sheet-read", sheet=table.sheet, left=left[:400]),) if left else ()
