"""The dated rule file of filings: who signs a balance sheet, and as of which day it is.

No figure of law stands in code. Each figure names its source and whether a person of law has
still to confirm it (`trust/books/rules`; sources: Kerala Co-operative
Societies Act and Rules 1969).
"""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from trust.formats.errors import NotCheckedError


@dataclass(frozen=True, slots=True)
class FilingRule:
    """One rule file.

    Attributes:
        valid_from: ISO date; the newest file not later than a sheet's last regular day holds.
        roles: offices that sign, each with a key of its own.
        month, day: the last day of a book year.
        unconfirmed: names of the parts that a person of law has still to confirm.
    """

    id: str
    title: str
    valid_from: str
    roles: tuple[str, ...]
    month: int
    day: int
    unconfirmed: tuple[str, ...]

    def last_day(self, book_year: str) -> str:
        """The regular day of a sheet: the last of the book year, ISO."""
        return f"{int(book_year[:4]) + 1}-{self.month:02d}-{self.day:02d}"

    def missing(self, signed: Iterable[str]) -> tuple[str, ...]:
        """Offices whose signature is not among those given."""
        held = set(signed)
        return tuple(role for role in self.roles if role not in held)


@dataclass(frozen=True, slots=True)
class FilingRules:
    """All rule files of an installation, oldest first."""

    rules: tuple[FilingRule, ...]

    def on(self, day: str) -> FilingRule:
        """The rule in force on an ISO date; the oldest for days before it.

        Raises NotCheckedError where there is no rule file at all.
        """
        if not self.rules:
            raise NotCheckedError("No rule file of filings is here to hold a sheet against.")
        held = [rule for rule in self.rules if rule.valid_from <= day]
        return held[-1] if held else self.rules[0]


def read_rules(texts: Iterable[str]) -> FilingRules:
    """Read rule files; raises ValueError naming the file that is malformed."""
    found = sorted((_rule(text) for text in texts), key=lambda rule: rule.valid_from)
    if not found:
        raise ValueError("There is no rule file of filings.")
    return FilingRules(tuple(found))


def _rule(text: str) -> FilingRule:
    data = tomllib.loads(text)
    head, signed, end = data["ruleset"], data["signatures"], data["year-end"]
    roles = tuple(str(role) for role in signed["roles"])
    if not roles or not isinstance(head["from"], date):
        raise ValueError(f"The rule file {head.get('id')} lacks its signing offices or its date.")
    date(2024, end["month"], end["day"])  # raises ValueError if there is no such day
    parts: dict[str, Any] = {"signatures": signed, "year-end": end}
    for name, part in parts.items():
        if not str(part["source"]).strip():
            raise ValueError(f"The part {name} of {head['id']} names no source.")
    return FilingRule(
        str(head["id"]),
        str(head["title"]),
        head["from"].isoformat(),
        roles,
        int(end["month"]),
        int(end["day"]),
        tuple(name for name, part in parts.items() if part["confirm"]),
    )
