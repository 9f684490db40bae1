"""Findings out of sealed records: a sheet by itself, and beside that of the year before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import cast

from trust.books.model import Check, Fault
from trust.books.pure import statements, years
from trust.books.pure.filingrules import FilingRule
from trust.books.pure.findings import Colour, Day, Finding, Paise, Place
from trust.books.pure.findingwords import FAULTS, GROUNDS, MALFORMED, ROLES, Said
from trust.books.pure.footing import Sheet, check_sheet
from trust.books.pure.mapping import StatementMapping
from trust.formats.canon import Json

Record = Mapping[str, Json]

COMPARATIVE = 9
"""Number of the check that the column of the year before is what was filed."""


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the lines of the form: English of the mapping, Malayalam where it is known."""

    mapping: StatementMapping
    malayalam: Mapping[str, str] = field(default_factory=dict)

    def places(self, line: str) -> dict[str, Place]:
        """The line's id and its name in both languages."""
        known = self.mapping.line.get(line)
        label = line if known is None else known.label
        return {"id": line, "line_en": label, "line_ml": self.malayalam.get(line) or label}


def of_sheet(
    record: Record,
    earlier: Record | None,
    names: Names,
    rule: FilingRule,
    kept: Sequence[Check] = (),
    *,
    filed: str,
) -> list[Finding]:
    """What a sheet shows by itself and beside the sheet of the year before that it names.

    Args:
        filed: the day on which it was filed, ISO.
        kept: checks that were recorded beside a version 1 sheet, which does not state them.
    """
    return [
        *comparative(record, earlier, names),
        *open_checks(record, names.mapping, kept),
        *as_of(record, rule, filed),
        *signatures(record, rule),
    ]


def comparative(record: Record, earlier: Record | None, names: Names) -> list[Finding]:
    """The column of the year before against what was filed, line by line with both figures."""
    year = str(record["book_year"])
    held: dict[str, Place] = {"year": year, "before": years.year_before(year)}
    shows = statements.has_prior(record)
    if earlier is None:
        return [Finding("prior-unfiled", "green", held)] if shows else []
    if not shows:
        return [Finding("prior-missing", "red", held)]
    filed, shown = statements.filed_amounts(earlier), statements.filed_amounts(record, "prior")
    return [
        Finding(
            "prior-differs",
            "red",
            held
            | names.places(line)
            | {"filed": Paise(filed.get(line, 0)), "shown": Paise(shown.get(line, 0))},
        )
        for line in in_order({*filed, *shown}, names.mapping)
        if filed.get(line, 0) != shown.get(line, 0)
    ]


def in_order(lines: Iterable[str], mapping: StatementMapping) -> list[str]:
    """Ids of lines in the order of the form."""
    place = {line.id: at for at, line in enumerate(mapping.lines)}
    return sorted(lines, key=lambda line: (place.get(line, len(place)), line))


def open_checks(
    record: Record, mapping: StatementMapping, kept: Sequence[Check] = ()
) -> list[Finding]:
    """Faults that were open when the sheet was filed: those a version 2 sheet states, and those
    that the sheet itself still shows."""
    found = {(check.number, fault.code) for check in kept for fault in check.faults}
    found |= {
        (check.number, fault.code)
        for check in check_sheet(Sheet(record), mapping)
        for fault in check.faults
    }
    found |= stated(record)
    year: dict[str, Place] = {"year": str(record["book_year"])}
    return [
        Finding("open-check", _tone(code), year | {"number": number} | _both("fault", fault(code)))
        for number, code in sorted(found)
        if number != COMPARATIVE
    ]


def _tone(code: str) -> Colour:
    """Entries that came after a filing are explained by this one, which counts them."""
    return "amber" if code == "late-entry" else "red"


def to_state(checks: Iterable[Check]) -> list[Json]:
    """The `open_checks` of a version 2 sheet: number and code of each fault, once, in order."""
    found = {(check.number, fault.code) for check in checks for fault in check.faults}
    return [{"number": number, "code": code} for number, code in sorted(found)]


def as_checks(record: Record) -> tuple[Check, ...]:
    """The open faults that a version 2 sheet states, in the form in which checks are kept."""
    return tuple(
        Check(number, "", "wrong", fault(code)["en"], (Fault(code, fault(code)["en"]),))
        for number, code in sorted(stated(record))
    )


def stated(record: Record) -> set[tuple[int, str]]:
    """Number and code of the faults that a version 2 sheet states; none for version 1."""
    listed = cast(Sequence[Mapping[str, Json]], record.get("open_checks") or ())
    return {(cast(int, one["number"]), str(one["code"])) for one in listed}


def fault(code: str) -> Said:
    """What a check found, as a phrase; a code that has none is told as it is."""
    return FAULTS.get(code) or (
        MALFORMED if code.startswith("amount-") else {"en": code, "ml": code}
    )


def _both(name: str, said: Said) -> dict[str, Place]:
    return {f"{name}_en": said["en"], f"{name}_ml": said["ml"]}


def as_of(record: Record, rule: FilingRule, filed: str) -> list[Finding]:
    """Whether a sheet is of its day: the last of its year, or another with its reason.

    Args:
        filed: the day on which it is or was filed, ISO; neither the sheet nor its order is of a
            later day.
    """
    year, day = str(record["book_year"]), str(record["as_of"])
    last = rule.last_day(year)
    places: dict[str, Place] = {"year": year, "as_of": Day(day), "last": Day(last)}
    found = []
    if not years.first_day(year) <= day <= last:
        found.append(Finding("as-of-outside", "red", places))
    if day > filed:
        found.append(Finding("as-of-ahead", "red", places | {"filed": Day(filed)}))
    return found + _reason(record, places, day == last, filed)


def _reason(record: Record, places: dict[str, Place], regular: bool, filed: str) -> list[Finding]:
    reason = cast(Mapping[str, Json] | None, record.get("reason"))
    if reason is None:
        return [] if regular else [Finding("as-of", "red", places)]
    if regular:
        return [Finding("reason-needless", "red", places)]
    ordered = Day(str(reason["ordered_on"]))
    places = places | _both("ground", GROUNDS[str(reason["ground"])])
    places |= {"reference": str(reason["reference"]), "ordered_on": ordered}
    if ordered > filed:
        return [Finding("order-ahead", "red", places | {"filed": Day(filed)})]
    return [Finding("as-of-reason", "green", places)]


def signatures(record: Record, rule: FilingRule) -> list[Finding]:
    """Offices that should have signed and did not; version 1 asked for one signature."""
    signed = [str(one["role"]) for one in cast(list[dict[str, Json]], record["signatures"])]
    must = record["v"] != 1
    code = "signature-missing" if must else "signature-one"
    tone: Colour = "red" if must else "green"
    year: dict[str, Place] = {"year": str(record["book_year"])}
    return [Finding(code, tone, year | _both("role", ROLES[role])) for role in rule.missing(signed)]
