"""The one entrance: bytes or files in, a report out.

Pure: tables of the chart, rule files and the verifier's own policy are handed in by the caller.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from audit.verify import chain, meeting, openings, package, proof, society
from audit.verify.assembly import Officers
from audit.verify.heads import read_chain
from audit.verify.package import Container
from audit.verify.report import EXIT_RIGHT, Report
from audit.verify.years import continues
from trust.formats import b64
from trust.formats.archive import FIRST_LINE, LOCAL, LOCAL_SIZE, MANIFEST
from trust.formats.entries import Entry
from voting.pure.rules import RuleBook


@dataclass(frozen=True)
class Knowledge:
    """What a verifier knows beforehand: statement mappings by hash, rule files, its own policy,
    and officers' keys from the package of a meeting's society."""

    mappings: society.Mappings
    rules: RuleBook
    policy: bytes | None = None
    officers: Officers | None = None


def verify_bytes(data: bytes, knowledge: Knowledge) -> Report:
    """Verify a file: a Sakshi proof (JSON) or an audit package (zip)."""
    if _looks_like_proof(data):
        return proof.verify_proof(data, knowledge.policy)
    report = _package_report()
    return _verify(package.read_archive(data, report["container"]), knowledge, report)


def _looks_like_proof(data: bytes) -> bool:
    """Tell the two files apart even if one byte of either is damaged."""
    start = LOCAL_SIZE + len(MANIFEST)
    marks = (
        data.startswith(LOCAL),
        data[LOCAL_SIZE:start] == MANIFEST.encode(),
        data[start:].startswith(FIRST_LINE),
    )
    if any(marks):
        return False
    return data.startswith(b"{") or any(mark in data for mark in proof.MARKS)


def verify_folder(files: Mapping[str, bytes], knowledge: Knowledge) -> Report:
    """Verify the same files from a folder."""
    report = _package_report()
    return _verify(package.read_folder(files, report["container"]), knowledge, report)


def verify_society(
    data: bytes, files: Mapping[str, bytes] | None, knowledge: Knowledge
) -> tuple[Report, Officers | None]:
    """Verify a society's package for the sake of a meeting; its officers only if all is right."""
    report = _package_report()
    check, kept = report["container"], _Kept()
    box = package.read_archive(data, check) if files is None else package.read_folder(files, check)
    _verify(box, knowledge, report, kept=kept)
    if report.exit_code != EXIT_RIGHT or kept.found is None or kept.opened is None:
        return report, None
    if kept.found.kind != "society":
        return report, None
    return report, _officers(kept.found, kept.opened)


def _officers(found: chain.Chain, opened: openings.Opened) -> Officers:
    steps: list[tuple[int, bytes, str | None]] = []
    for index, record in opened.of("officer-key"):
        entry = found.parsed[index]
        assert isinstance(entry, Entry)
        role = str(record["role"]) if record["action"] == "bind" else None
        steps.append((entry.time, b64.decode(str(record["key"])), role))
    return Officers(found.subject, tuple(steps), not continues(found))


@dataclass
class _Kept:
    """What was read on the way to a report."""

    found: chain.Chain | None = None
    opened: openings.Opened | None = None


def verify_members(
    members: Mapping[str, bytes], state_entries: Sequence[bytes], knowledge: Knowledge
) -> Report:
    """Verify files gathered from a server: there is no container and no manifest to check.

    Args:
        state_entries: all entries of the state log under `state/checkpoint`.
    """
    report = Report("what a server publishes")
    return _verify(Container((), dict(members), True), knowledge, report, state_entries)


def _package_report() -> Report:
    report = Report("an audit package")
    report.plan(package.PLAN)
    return report


def _verify(
    box: Container,
    knowledge: Knowledge,
    report: Report,
    state_entries: Sequence[bytes] | None = None,
    kept: _Kept | None = None,
) -> Report:
    report.plan(chain.PLAN)
    report.plan(openings.PLAN)
    if not box.readable or report.findings("missing"):
        # An incomplete package is not verified: every consequence of the gap would look wrong.
        return report
    found = read_chain(box.members, knowledge.policy, report, state_entries)
    subject = {"society": society.PLAN, "meeting": meeting.PLAN}.get(found.kind, ())
    report.plan(subject)
    if report.findings("missing") and not found.entries:
        return report
    opened = openings.open_all(found, report)
    if kept is not None:
        kept.found, kept.opened = found, opened
    if not report.findings("missing"):
        if found.kind == "society":
            society.check_society(found, opened, knowledge.mappings, report)
        elif found.kind == "meeting":
            meeting.check_meeting(found, opened, knowledge.rules, knowledge.officers, report)
        chain.finish(found, report)
    _name_entries(found, report)
    return report


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
