"""Several logs of one society: that they are one history, and what each carries into the next.

Each package is verified by itself first. Then the seams: which log continues which, that none is
missing between two, that no log was opened again or continued twice, that keys are not shared. Only
over a seam that is right does a log carry its books into the next one, so that a sheet that rests
on two log years is computed from both.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from audit.verify.carried import Carried
from audit.verify.chain import Chain
from audit.verify.joint import closing_of, joins
from audit.verify.openings import Opened
from audit.verify.part import Knowledge, Part, conclude
from audit.verify.report import EXIT_RIGHT, EXIT_UNREADABLE, EXIT_WRONG, Check, EntryRef, Report
from audit.verify.states import order
from audit.verify.succession import check_policies, check_state_heads
from trust.formats import origins
from trust.formats.entries import NoteEntry
from trust.formats.errors import FormatError

PLAN = (
    ("one-society", "All of these are logs of one society; two copies of a log agree."),
    ("unbroken", "No log between the first and the last is missing."),
    ("continued", "Each log begins with the last head of the one before, closed and naming it."),
    ("own-keys", "Each log has a key of its own, the same wherever it is shown."),
    ("state-history", "No two heads of a state log contradict each other."),
    ("policies", "The policies enclosed agree, and new keys are named by the logs before."),
)


@dataclass(slots=True)
class History:
    """The logs, oldest first, each with its report; `seams` is about what lies between them."""

    parts: list[Part] = field(default_factory=list)
    seams: Report | None = None

    @property
    def reports(self) -> list[Report]:
        """All reports, that of the seams first."""
        return ([] if self.seams is None else [self.seams]) + [part.report for part in self.parts]

    @property
    def exit_code(self) -> int:
        """1 if anything is wrong, else 2 if anything is missing, else 0."""
        codes = {report.exit_code for report in self.reports}
        worst = next((code for code in (EXIT_WRONG, EXIT_UNREADABLE) if code in codes), None)
        return EXIT_RIGHT if worst is None and codes else worst or EXIT_UNREADABLE

    def as_json(self) -> dict[str, object]:
        """The reports for programs; the members are listed in docs/verify-it-yourself.md."""
        return {
            "format": "sakshi-history/1",
            "exit": self.exit_code,
            "seams": None if self.seams is None else self.seams.as_json(),
            "logs": [{"name": part.name, **part.report.as_json()} for part in self.parts],
        }


def check(parts: Sequence[Part], knowledge: Knowledge) -> History:
    """Conclude the parts, which have been begun, in the order of their logs."""
    known = [part for part in parts if part.readable and part.found.parsed]
    known.sort(key=lambda part: (order(part.found.origin), len(part.found.entries)))
    lost = [part for part in parts if not any(part is other for other in known)]
    for part in lost:
        conclude(part, knowledge)
    if len(parts) == 1 and all(part.found.siblings <= {part.found.origin} for part in known):
        for part in known:
            conclude(part, knowledge)
        return History(list(parts))
    seams = Report("the history of these logs")
    seams.plan(PLAN)
    for part in lost:
        seams["unbroken"].missing(f"{part.name} cannot be read; its own report says why.")
    line = _one_society(known, seams["one-society"])
    joined = _seams(line, seams)
    check_policies(line, knowledge.policy, seams["policies"])
    check_state_heads(known, seams["state-history"])
    _own_keys(line, seams["own-keys"])
    _ends(line, seams["unbroken"])
    _conclude(known, line, joined, knowledge)
    seams.facts |= {
        part.found.origin: f"{len(part.found.entries)} entries ({part.name})" for part in known
    }
    return History([*known, *lost], seams)


def _conclude(
    known: Sequence[Part], line: Sequence[Part], joined: set[str], knowledge: Knowledge
) -> None:
    """Each log with what earlier logs carry into it, as far back as the seams hold."""
    carried: Carried | None = None
    earlier: dict[str, Opened] = {}
    for part in known:
        place = next((at for at, other in enumerate(line) if part is other), None)
        if place is None:
            conclude(part, knowledge)
            continue
        if part.found.origin not in joined:
            carried = None
        goes_on = place + 1 < len(line) and line[place + 1].found.origin in joined
        conclude(part, knowledge, carried, earlier, last=not goes_on)
        carried = None if part.unsound else part.books
        if part.opened is not None:
            earlier[part.found.origin] = part.opened


def _one_society(known: Sequence[Part], check: Check) -> list[Part]:
    """The newest copy of each log, oldest log first; older copies must be contained in it."""
    check.ok(0)
    newest: dict[str, Part] = {}
    for part in known:
        found = part.found
        if found.kind != "society":
            check.missing(f"{part.name} is of {found.origin}, which is no society's log.")
            continue
        held = newest.get(found.origin)
        newest[found.origin] = part
        if held is not None:
            _same_log(held, part, check)
    subjects = {(_host(part.found), part.found.subject) for part in newest.values()}
    if len(subjects) > 1:
        names = " and ".join(sorted(f"{subject} of {host}" for host, subject in subjects))
        check.missing(f"These are logs of {names}. Verify each society by itself.")
        return []
    check.ok(len(newest))
    return list(newest.values())


def _host(found: Chain) -> str:
    return origins.parse_origin(found.origin).host


def _same_log(old: Part, new: Part, check: Check) -> None:
    """Two copies of a log: the longer one begins with the shorter."""
    pairs = enumerate(zip(old.found.entries, new.found.entries, strict=False))
    differing = next((index for index, (one, two) in pairs if one != two), None)
    if differing is not None:
        check.wrong(
            f"{old.name} and {new.name} hold two different versions of the log, from entry "
            f"{differing} on: somebody was shown another history.",
            entry=EntryRef(new.found.origin, differing),
        )
    elif len(old.found.entries) < len(new.found.entries):
        check.skip(f"{old.name} is an older copy of {new.name} and contained in it.")


def _seams(line: Sequence[Part], seams: Report) -> set[str]:
    """Origins of the logs that rightly continue the one before."""
    seams["unbroken"].ok(0)
    seams["continued"].ok(0)
    joined: set[str] = set()
    claimed: dict[str, Part] = {}
    for part in line:
        first = part.found.parsed[0]
        if isinstance(first, NoteEntry):
            rival = claimed.setdefault(first.checkpoint.origin, part)
            if rival is not part:
                seams["continued"].wrong(
                    f"{rival.found.origin} and {part.found.origin} both continue "
                    f"{first.checkpoint.origin}: two histories were made of one.",
                    entry=part.found.ref(0),
                )
    for before, after in pairwise(line):
        if _gap(before, after, seams) and joins(before, after, seams):
            joined.add(after.found.origin)
    return joined


def _gap(before: Part, after: Part, seams: Report) -> bool:
    """Whether the later log says that it continues this one, and none between."""
    first, where = after.found.parsed[0], after.found.ref(0)
    if not isinstance(first, NoteEntry):
        seams["continued"].wrong(
            f"{after.found.origin} begins anew, although {before.found.origin} came before it.",
            entry=where,
        )
        return False
    named = first.checkpoint.origin
    if named == before.found.origin:
        seams["unbroken"].ok()
        return True
    if not _lies_after(named, before.found.origin):
        seams["continued"].wrong(
            f"{after.found.origin} continues {named}, as if {before.found.origin} had never been.",
            entry=where,
        )
        return False
    closing = closing_of(before.found)
    wanted = [named] if closing in (None, named) else [str(closing), named]
    seams["unbroken"].missing(
        f"Between {before.found.origin} and {after.found.origin} the package of "
        f"{' and that of '.join(wanted)} is missing; what rests on it was not checked.",
        entry=where,
    )
    if closing is not None and not _lies_after(named, closing) and closing != named:
        seams["continued"].wrong(
            f"{before.found.origin} says that it goes on in {closing}, but {after.found.origin} "
            f"continues {named}, which would lie between.",
            entry=before.found.ref(len(before.found.entries) - 1),
        )
    return False


def _lies_after(one: str, other: str) -> bool:
    """Whether one log comes after another by its name; what is no name of a log never does."""
    try:
        return order(one) > order(other)
    except FormatError:
        return False


def _own_keys(line: Sequence[Part], check: Check) -> None:
    """No key signs for two logs: whoever loses one would lose both."""
    check.ok(0)
    held: dict[bytes, str] = {}
    for part in line:
        key = part.found.key
        if key is None:
            continue
        other = held.setdefault(key.key.public, key.origin)
        if other != key.origin:
            check.wrong(
                f"{key.origin} has the key of {other}, used again.", entry=part.found.ref(0)
            )
        else:
            check.ok()


def _ends(line: Sequence[Part], check: Check) -> None:
    """What lies before the first log and after the last; and, where the whole state logs were
    read, that no further log of this society stands in them."""
    if not line:
        return
    first, closing = line[0].found.parsed[0], closing_of(line[-1].found)
    if isinstance(first, NoteEntry):
        check.skip(
            f"These logs begin by continuing {first.checkpoint.origin}: what rests on it was not "
            "checked and needs its package."
        )
    if closing is not None:
        check.skip(f"The last of these logs is closed and goes on in {closing}, which is not here.")
    ours = {part.found.origin for part in line}
    for origin in sorted({name for part in line for name in part.found.siblings} - ours):
        check.missing(
            f"The state log holds heads of {origin} as well, a log of this society that is not "
            "among these."
        )
