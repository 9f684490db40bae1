"""The step that keeps a year from being counted twice, and later closing lists true.

Vouchers of a period that a trial balance covers come on top of it, each naming it, or in its place.
A year whose closing list stands goes on closing as it did when the years before it change. A year
opens once.
"""

from collections.abc import Mapping, Sequence
from typing import cast

from sqlalchemy import Connection

from trust.books.filings import statement
from trust.books.limits import Limits
from trust.books.parts import SOURCE, Part, parts, years_with_sums
from trust.books.plan import Made, Plan
from trust.books.pure import closings
from trust.books.pure.balances import OPENING_TYPE, YearSums
from trust.books.pure.closings import Balances, total
from trust.books.pure.faultwords import fault, question
from trust.books.pure.mapping import StatementMapping
from trust.books.pure.trial_balance import CLOSINGS_TYPE, MOVEMENTS_TYPE
from trust.books.queries import year_sums


class Overlaps:
    """What a file's new vouchers do to years that hold something."""

    def __init__(
        self, conn: Connection, society: str, plan: Plan, mapping: StatementMapping, limits: Limits
    ) -> None:
        self._conn, self._society, self._plan, self._mapping = conn, society, plan, mapping
        self._limits = limits
        self._listed = years_with_sums(conn, society)
        self._parts: dict[str, list[Part]] = {}
        self._instead: dict[str, Part] = {}
        self._opening: set[str] = set()
        self._new: dict[tuple[str, bool], dict[str, int]] = {}

    def take(self, made: Sequence[Made]) -> None:
        """Name the trial balance that a new voucher comes on top of; remember what moves."""
        for record, _, _ in made:
            year, opening = str(record["book_year"]), record["type"] == OPENING_TYPE
            if record["corrects"] is None and record["source"] != SOURCE:
                if opening:
                    self._opening.add(year)
                elif year in self._listed:
                    self._over(year, record)
            held = self._new.setdefault((year, opening), {})
            for line in cast(list[dict[str, int]], record["lines"]):
                code = str(line["account"])
                held[code] = held.get(code, 0) + line["paise"]

    def _over(self, year: str, record: dict[str, object] | Mapping[str, object]) -> None:
        covering = [part for part in self._of(year) if part.own and part.day >= str(record["date"])]
        if not covering:
            return
        answers = ("adjusts", "instead")
        asked = question("standing/sum-vouchers", answers=answers, year=year, day=covering[-1].day)
        known = any(one.code == asked.code for one in self._plan.questions)
        said = "" if known else self._plan.ask(asked)
        if said == "instead":
            self._instead |= {f"{year} {part.named}": part for part in covering}
        else:
            cast(dict[str, object], record)["corrects"] = covering[-1].named

    def _of(self, year: str) -> list[Part]:
        if year not in self._parts:
            self._parts[year] = parts(self._conn, self._society, year)
        return self._parts[year]

    def finish(self, plan: Plan) -> None:
        """Take back sums that vouchers replace; restate later years; refuse a second opening."""
        before = year_sums(self._conn, self._society)
        for year in sorted(self._opening):
            if year in before and before[year].opened:
                plan.refuse(fault("opened-already", year=year))
        number = 0
        for name, part in sorted(self._instead.items()):
            number += 1
            self._post(
                name[:7], part, closings.less({}, part.own), f"df-{plan.import_id}.s{number}"
            )
        after = self._after(before)
        listed = [year for year, list_ in self._listed.items() if list_ and self._closing(year)]
        for year, gap in closings.restatements(before, after, listed, self._mapping).items():
            number += 1
            if statement(self._conn, self._society, year) is not None:
                plan.ask(question("later-closings/filed", year=year))
            else:
                plan.odd.append(fault("later-closings/restated", year=year))
            mark = closings.restated_id(f"{plan.import_id}.{number}")
            self._post(year, self._closing(year)[0], gap, mark)

    def _closing(self, year: str) -> list[Part]:
        """The closing lists of a year that stand, unless this file takes them back."""
        gone = set(map(id, self._instead.values()))
        return [
            part for part in self._of(year) if part.closes and part.own and id(part) not in gone
        ]

    def _after(self, before: Mapping[str, YearSums]) -> Mapping[str, YearSums]:
        for (year, opening), balances in sorted(self._new.items()):
            if balances:
                before = closings.posted(before, year, total(balances), opening=opening)
        return before

    def _post(self, year: str, part: Part, gap: Balances, identity: str) -> None:
        """A voucher that belongs to a trial balance and was not in the file."""
        if not gap:
            return
        kind = CLOSINGS_TYPE if part.closes else MOVEMENTS_TYPE
        record = closings.balance_record(
            self._society, self._plan.import_id, year, part.day, kind, corrects=part.named
        )
        record |= {"id": identity, "lines": closings.as_lines(gap)}
        self._new[year, False] = total(self._new.get((year, False), {}), gap)
        made: list[Made] = [(record, None, None)]
        self._limits.take(made)
        self._plan.add(made)
