"""What is found about a filed sheet beyond its figures, in the words that every page uses.

Its day, its signatures and the faults that were open when it was filed; and, when the last log was
read, what was sealed into its year since. On a version 2 sheet what is red is wrong; on version 1,
whose rules asked less, the same words are notes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from audit.verify.carried import Carried, FiledAt
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Record
from audit.verify.report import Check, EntryRef, Report
from trust.books.model import Check as Verdict
from trust.books.pure import findinglist, later, years
from trust.books.pure.booked import Moved, between
from trust.books.pure.filingrules import FilingRules
from trust.books.pure.findinglist import Names
from trust.books.pure.findings import Finding, day_of, is_wrong
from trust.books.pure.later import After
from trust.books.pure.mapping import StatementMapping
from trust.formats import b64
from trust.formats.errors import ProofError

PLAN = (
    ("form", "Every filed sheet is of its day, signed by those who must, with no fault open."),
    ("later", "What was filed stands: nothing moved a filed year since without an explanation."),
)


def say(found: Iterable[Finding], version: int, where: EntryRef, check: Check) -> None:
    """Findings about a sheet as what a report says."""
    for item in found:
        if is_wrong(item, version):
            check.wrong(item.text(), entry=where)
        else:
            check.note(item.text(), entry=where)


def version_of(record: Record) -> int:
    """The version of a statement."""
    return cast(int, record["v"])


def check_form(
    chain: Chain,
    index: int,
    record: Record,
    mapping: StatementMapping | None,
    rules: FilingRules,
    check: Check,
) -> None:
    """Day, signatures and, where its mapping is known here, the open faults of one sheet."""
    where = chain.ref(index)
    with saying(check, entry=where):
        rule = rules.on(years.last_day(str(record["book_year"])))
        found = [
            *findinglist.as_of(record, rule, day_of(chain.time(index))),
            *findinglist.signatures(record, rule),
            *(() if mapping is None else findinglist.open_checks(record, mapping)),
        ]
        say(found, version_of(record), where, check)
        check.ok()


def check_stated(
    record: Record, computed: Sequence[Verdict], where: EntryRef, check: Check
) -> None:
    """The open faults that a version 2 sheet states are those that can be found here again."""
    if version_of(record) < 2:
        return
    stated = findinglist.stated(record)
    found = {(one.number, fault.code) for one in computed for fault in one.faults}
    made = {one.number for one in computed if one.state != "unchecked"}
    year = record["book_year"]
    for number, code in sorted(found - stated):
        check.wrong(
            f"The sheet of {year} does not state that check {number} was open at filing: "
            f"{findinglist.fault(code)['en']}.",
            entry=where,
        )
    for number, code in sorted(one for one in stated - found if one[0] in made):
        check.wrong(
            f"The sheet of {year} states a fault that is not there (check {number}): "
            f"{findinglist.fault(code)['en']}.",
            entry=where,
        )


def take_reason(chain: Chain, index: int, record: Record, books: Carried, check: Check) -> None:
    """A society's reason for later entries: it names a sheet of that year filed before it."""
    with saying(check, entry=chain.ref(index)):
        sheet = books.filed.records.get(str(record["statement"]))
        if sheet is None and books.whole:
            raise ProofError("This reason is about a sheet that was never filed before it.")
        if sheet is not None and sheet["book_year"] != record["book_year"]:
            raise ProofError("This reason is about a sheet of another year.")
        size = cast(int, record["book_size"])
        if record["book_origin"] == chain.origin and (
            size > index or b64.encode(chain.root_at(size)) != record["book_root"]
        ):
            raise ProofError("This reason names a head that the log never had.")
        books.filed.reasons.append((chain.time(index), record))


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One filed sheet with its place, and the one that replaced it."""

    record: Record
    place: FiledAt
    again: FiledAt | None


def check_later(
    books: Carried, mapping_of: Mapping[str, StatementMapping | None], report: Report
) -> None:
    """What was sealed since into the year of each sheet; call when the last log was read.

    Args:
        mapping_of: the statement mapping of each sheet by the sheet's hash, None if unknown here.
    """
    check, filed = report["later"], books.filed
    check.ok(0)
    after = {str(one["supersedes"]): filed.places[name] for name, one in filed.records.items()}
    for name, record in filed.records.items():
        mapping = mapping_of.get(name)
        if mapping is None:
            continue  # said of the sheet itself
        sheet = _Sheet(record, filed.places[name], after.get(name))
        found = _since(name, sheet, books, Names(mapping))
        hidden = [item for item in found if item.code == "late-closed"]
        for item in hidden:
            check.skip(item.text(), entry=sheet.place.ref)
        rest = [item for item in found if item.code != "late-closed"]
        say(rest, version_of(record), sheet.place.ref, check)
        if not found:
            check.ok()


def _since(name: str, sheet: _Sheet, books: Carried, names: Names) -> list[Finding]:
    record, filed, end = sheet.record, books.filed, (books.number + 1, 0)
    year = str(record["book_year"])
    found: list[Finding] = []
    if (replaced := filed.places.get(str(record["supersedes"]))) is not None:
        found.append(later.replaces(record, replaced.time))
    upto = end if sheet.again is None else sheet.again.head
    head = sheet.place.head
    since = After(
        between(year, head, upto, books.vouchers, books.imports),
        closed=sum(1 for at in books.hidden if head <= at < upto),
        reasons=[
            (t, str(said["reason"])) for t, said in filed.reasons if said["statement"] == name
        ],
        refiled=None if sheet.again is None else sheet.again.time,
    )
    before = years.year_before(year)
    moved: Moved = between(before, head, end, books.vouchers, books.imports)
    again = [
        filed.places[one].time
        for one, other in filed.records.items()
        if other["supersedes"] == record["previous"] is not None
    ]
    found += later.before_late(record, moved, again[0] if again else None)
    return found + later.after(record, since, names)
