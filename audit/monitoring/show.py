"""A monitor's and a comparison's results for a person at a terminal."""

from rich.console import Console
from rich.text import Text

from audit.monitoring.compare import Verdict
from audit.monitoring.monitor import EXIT_RIGHT, EXIT_WRONG, Outcome
from trust.formats.times import format_time

_WORDS = {
    "consistent": ("✓", "CONSISTENT"),
    "behind": ("✓", "BEHIND"),
    "fork": ("✗", "FORK"),
    "not-checked": ("–", "NOT CHECKED"),
}
_WITNESS = {
    "agrees": ("✓", "agrees on"),
    "behind": ("✓", "is behind on"),
    "stale": ("–", "has not followed for long"),
    "ahead": ("✗", "is ahead of"),
    "fork": ("✗", "CONTRADICTS"),
    "not-checked": ("–", "was not checked on"),
}


def outcome(found: Outcome, console: Console, *, quiet: bool) -> None:
    """One round: a line when all is right, a paragraph for each finding."""
    if found.exit_code == EXIT_RIGHT and quiet:
        return
    counts = ", ".join(f"{number} {name}" for name, number in found.counts.items() if number)
    words = {EXIT_RIGHT: "All right", EXIT_WRONG: "SOMETHING IS WRONG"}
    head = words.get(found.exit_code, "Not everything could be checked")
    _say(console, f"{format_time(found.at)} {found.server}: {head} ({counts or 'nothing'} read).")
    if found.first_use and not quiet:
        _say(
            console,
            "  – The policy came from the server itself: compare it once with an outside copy, or "
            "give one with --policy.",
        )
    for heard in found.witnesses:
        if not (quiet and heard.verdict in ("agrees", "behind")):
            mark, word = _WITNESS[heard.verdict]
            _say(console, f"  {mark} witness {heard.witness} {word} {heard.origin}: {heard.text}.")
    for item in found.open:
        mark = "–" if item.acknowledged else "✗"
        new = " NEW" if item.id in found.news else ""
        known = " (acknowledged)" if item.acknowledged else ""
        _say(console, f"\n  {mark} [{item.id}{new}] {item.paragraph}{known}")
        if item.evidence:
            _say(console, f"    Evidence: {item.evidence}")
    for text in found.unchecked:
        _say(console, f"  – not checked: {text}")


def verdicts(found: list[Verdict], console: Console) -> None:
    """A line for each log; the two notes of a fork in full."""
    for item in found:
        mark, word = _WORDS[item.verdict]
        _say(console, f"{mark} {word} {item.origin}: {item.text}")
        if item.verdict == "fork":
            for note in item.notes:
                _say(console, "\n" + note)


def _say(console: Console, text: str) -> None:
    console.print(Text(text), soft_wrap=True)
