"""A long import shows how far it is: a bar on a terminal, lines elsewhere; a short one nothing."""

import io

from rich.console import Console

from trust.books.progress import Progress
from web.bar import Bar


def test_nothing_is_shown_of_what_is_quick_and_lines_of_what_takes_long() -> None:
    said, seconds = io.StringIO(), [0.0]
    bar = Bar(Console(file=said, width=200), lambda: seconds[0])
    bar.tell(Progress("reading", 1, 2))
    seconds[0] = 1.9
    bar.tell(Progress("reading", 1, 2))
    assert said.getvalue() == ""
    seconds[0] = 2.1
    bar.tell(Progress("reading", 50_000_000, 171_000_000))
    bar.tell(Progress("reading", 60_000_000, 171_000_000))
    seconds[0] = 8.0
    bar.tell(Progress("sealing", 12_000, 30_000))
    bar.end()
    lines = said.getvalue().splitlines()
    assert lines == ["reading: 50.0 of 171.0 MB", "sealing: 12,000 of 30,000 entries"]


def test_on_a_terminal_a_bar_is_drawn_and_taken_away() -> None:
    said, seconds = io.StringIO(), [0.0]
    bar = Bar(Console(file=said, force_terminal=True, width=120), lambda: seconds[0])
    seconds[0] = 3.0
    bar.tell(Progress("comparing", 10, 100))
    bar.tell(Progress("sealing", 20, 100))
    bar.end()
    assert "sealing" in said.getvalue() and "20 of 100 entries" in said.getvalue()
