"""One log's files on the way to a report: read, then concluded with what earlier logs carry in."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from audit.verify import chain, filed, meeting, openings, package, society
from audit.verify.assembly import Officers
from audit.verify.carried import Carried
from audit.verify.heads import StateLog, read_chain
from audit.verify.openings import Opened
from audit.verify.package import Container
from audit.verify.report import Report
from audit.verify.sheet import Mappings, Tables, tell_later
from trust.books.pure.filingrules import FilingRules
from voting.pure.rules import RuleBook

TOLD = frozenset(name for name, _ in filed.PLAN)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a verifier knows beforehand: statement mappings by hash, rule files of meetings and
    of filings, its own policy, and officers' and stopped keys from the packages of a meeting's
    society."""

    mappings: Mappings
    rules: RuleBook
    policy: bytes | None = None
    officers: Officers | None = None
    filings: FilingRules = FilingRules(())  # noqa: RUF009 - frozen and empty


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be verified: a file's bytes, a folder's files, or files gathered from a server.

    `state_logs` are the whole state logs, where they were read; then there is no container.
    """

    name: str
    data: bytes = b""
    files: Mapping[str, bytes] | None = None
    state_logs: Sequence[StateLog] | None = None


@dataclass(slots=True)
class Part:
    """A log as far as it is read: its report, its entries, what opens them, what it carries on."""

    name: str
    report: Report
    found: chain.Chain = field(default_factory=lambda: chain.Chain({}))
    opened: Opened | None = None
    books: Carried | None = None
    readable: bool = False

    @property
    def unsound(self) -> bool:
        """Whether something is wrong or missing that a later log would rest on; what is told of
        filed sheets beyond their figures is not of that kind."""
        rest = [one for name, one in self.report.checks.items() if name not in TOLD]
        return any(one.state in ("wrong", "missing") or not one.reached for one in rest)


def begin(source: Source, knowledge: Knowledge) -> Part:
    """The container, the log's entries and heads, and the way up to the state log."""
    if source.state_logs is not None:
        report = Report("what a server publishes")
        box = Container((), dict(source.files or {}), True)
    else:
        report = Report("an audit package")
        report.plan(package.PLAN)
        check = report["container"]
        if source.files is None:
            box = package.read_archive(source.data, check)
        else:
            box = package.read_folder(source.files, check)
    report.plan(chain.PLAN)
    report.plan(openings.PLAN)
    part = Part(source.name, report)
    if not box.readable or report.findings("missing"):
        # An incomplete package is not verified: every consequence of the gap would look wrong.
        return part
    part.found = read_chain(box.members, knowledge.policy, report, source.state_logs)
    if part.found.kind in CHECKERS:
        report.plan(CHECKERS[part.found.kind].plan)
    named = part.found.origin != ""
    part.readable = named and (bool(part.found.entries) or not report.findings("missing"))
    return part


def conclude(
    part: Part,
    knowledge: Knowledge,
    before: Carried | None = None,
    earlier: Mapping[str, Opened] | None = None,
    *,
    last: bool = True,
) -> None:
    """What the log says, beyond being a log.

    Args:
        before: what the logs before this one carry into it, if they were read and are right.
        earlier: the logs before this one as they were opened, by origin.
        last: no later log of the society is read after this one.
    """
    if not part.readable:
        return
    found, report = part.found, part.report
    part.opened = openings.open_all(found, report, earlier)
    if not report.findings("missing"):
        CHECKERS[found.kind].check(part, part.opened, knowledge, before, last)
        chain.finish(found, report)
    _name_entries(found, report)


def _check_society(
    part: Part, opened: Opened, knowledge: Knowledge, before: Carried | None, last: bool
) -> None:
    known = Tables(knowledge.mappings, knowledge.filings)
    part.books = society.check_society(part.found, opened, known, part.report, before)
    if last or part.unsound:
        tell_later(part.books, known, part.report)


def _check_meeting(
    part: Part, opened: Opened, knowledge: Knowledge, _before: Carried | None, _last: bool
) -> None:
    meeting.check_meeting(part.found, opened, knowledge.rules, knowledge.officers, part.report)


@dataclass(frozen=True, slots=True)
class Checker:
    """What a kind of package is checked for beyond being a log: the names of the checks, and who
    makes them of a part, what opens it, what is known, what earlier logs carry in, and whether it
    is the last log of its subject."""

    plan: Sequence[tuple[str, str]]
    check: Callable[[Part, Opened, Knowledge, Carried | None, bool], None]


CHECKERS = {
    "society": Checker(society.PLAN, _check_society),
    "meeting": Checker(meeting.PLAN, _check_meeting),
}
"""The checker of each kind of package (`trust.formats.logkinds`)."""


def _name_entries(found: chain.Chain, report: Report) -> None:
    """A damaged file that belongs to one entry: name the entry as well as the file."""
    check = report.checks.get("container")
    if check is None:
        return
    for place, finding in enumerate(check.findings):
        index = _entry_of(found, finding.member)
        if index is not None:
            check.findings[place] = type(finding)(
                finding.state,
                f"{finding.text} It belongs to {found.ref(index)}.",
                finding.member,
                found.ref(index),
            )


def _entry_of(found: chain.Chain, member: str | None) -> int | None:
    """The entry that an opening or a document belongs to."""
    if member is None:
        return None
    if member.startswith("openings/") and member.endswith(".json"):
        digits = member[len("openings/") : -len(".json")]
        return int(digits) if digits.isdecimal() and len(digits) < 16 else None
    if member.startswith("doc/"):
        for index, entry in enumerate(found.parsed):
            commitment = getattr(entry, "commitment", None)
            if commitment is not None and commitment.hex() == member[4:]:
                return index
    return None
