"""The golden files: accepted for ever, and refused with any one byte flipped."""

import random
from dataclasses import replace

import pytest

from audit.verify import package
from audit.verify.history import History
from audit.verify.report import Report
from audit.verify.verify import Source, verify_bytes, verify_history, verify_society
from tests.audit.helpers import knowledge, rewrite, said, states
from tests.audit.scenario import VECTORS
from tests.vectors import make
from trust.formats import archive, records

PROOFS = ("public.sakshi-proof", "private.sakshi-proof")
PACKAGES = ("society.zip", "meeting.zip")
YEARS = ("society-2026-27.zip", "society-2027-28.zip")
ONCE = ("society-running.zip", "society-late.zip", "society-gap.zip", "meeting-gap.zip")
"""What version 2 refuses: a running year, one signature, a late entry, sequences with gaps."""
TWO = ("society-v2.zip", "society-v2-after.zip", "meeting-v2.zip")
POLICY, FIRST, V1, V2 = (
    (VECTORS / f"policy{name}").read_bytes() for name in ("", "-2026-27", "-v1", "-v2")
)


def read(name: str) -> bytes:
    return (VECTORS / name).read_bytes()


def flipped(data: bytes, at: int, mask: int) -> bytes:
    return data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


@pytest.mark.parametrize("name", PROOFS + PACKAGES)
def test_golden_files_are_accepted(name: str) -> None:
    report = verify_bytes(read(name), knowledge(POLICY))
    assert report.exit_code == 0, said(report)
    open_ends = {identity for identity, state in states(report).items() if state != "right"}
    assert open_ends <= {"other-heads", "comparative", "stopped"}


@pytest.mark.parametrize("name", ONCE)
def test_what_version_1_accepted_is_accepted_for_ever(name: str) -> None:
    report = verify_bytes(read(name), knowledge(V1))
    assert report.exit_code == 0, said(report)
    assert not report.findings("wrong")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("society-running.zip", "and names no order as the reason"),
        ("society-late.zip", "sealed into 2025-26 after the figures of its sheet were taken"),
        ("society.zip", "is not signed by the president"),
    ],
)
def test_what_version_2_asks_for_is_a_note_on_version_1(name: str, words: str) -> None:
    report = verify_bytes(read(name), knowledge(POLICY if name == "society.zip" else V1))
    assert any(words in note.text for note in report.findings("note")), name


def test_a_meeting_with_gaps_in_its_sequences_counts_as_it_did() -> None:
    history, officers = verify_society([Source("", read("society-gap.zip"))], knowledge(V1))
    assert history.exit_code == 0 and officers is not None
    report = verify_bytes(read("meeting-gap.zip"), replace(knowledge(V1), officers=officers))
    assert report.exit_code == 0, said(report)
    right = {one: report[one].right for one in ("ballots", "assisted", "results")}
    assert right == {"ballots": 5, "assisted": 1, "results": 1}


@pytest.mark.parametrize("name", TWO)
def test_golden_files_of_version_2_are_accepted(name: str) -> None:
    report = verify_bytes(read(name), knowledge(V2))
    assert report.exit_code == 0, said(report)


def test_whose_officers_keys_are_is_not_shown_and_a_second_opening_is_noted() -> None:
    report = verify_bytes(read("society-holders.zip"), knowledge(read("policy-holders")))
    assert report.exit_code == 0, said(report)
    assert "2 private entries are not opened" in said(report, "not-checked")["openings"]
    (note,) = report["register"].findings
    assert note.state == "note" and "sealed a second time" in note.text


def test_a_map_of_ledgers_is_opened_to_auditors_with_its_names() -> None:
    report = verify_bytes(read("society-maps.zip"), knowledge(read("policy-maps")))
    assert report.exit_code == 0, said(report)
    assert report["details"].right == 2


def test_a_verifier_never_passes_a_kind_that_is_younger(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it does not know may change what counts: not wrong, and not right either."""
    monkeypatch.setattr(records, "NAMES", records.NAMES - {"officer-holder"})
    report = verify_bytes(read("society-holders.zip"), knowledge(read("policy-holders")))
    assert report.exit_code == 2, said(report)
    assert "does not know" in said(report, "missing")["openings"]


def test_a_meeting_of_version_2_counts_and_leaves_out_as_it_did() -> None:
    report = of_version_2(read("meeting-v2.zip"))
    assert report.exit_code == 0, said(report)
    open_ends = {identity for identity, state in states(report).items() if state != "right"}
    assert open_ends == {"other-heads"}, "its society's package answers everything else"
    right = {one: report[one].right for one in ("ballots", "assisted", "results", "changes")}
    assert right == {"ballots": 6, "assisted": 1, "results": 1, "changes": 2}


def of_version_2(meeting: bytes) -> Report:
    """The golden meeting of version 2, or what was made of it, beside its society's package."""
    history, officers = verify_society([Source("", read("society-v2.zip"))], knowledge(V2))
    assert history.exit_code == 0 and officers is not None
    return verify_bytes(meeting, replace(knowledge(V2), officers=officers))


def test_a_flip_in_a_meeting_of_version_2_is_never_right() -> None:
    report = Report("whole")
    report.plan(package.PLAN)
    members = package.read_archive(read("meeting-v2.zip"), report["container"]).members
    rng = random.Random(29)
    for name, content in members.items():
        if not content or name == "policy":  # the enclosed policy decides nothing beside one given
            continue
        bad = flipped(content, rng.randrange(len(content)), 1 << rng.randrange(8))
        assert of_version_2(archive.pack({**members, name: bad})).exit_code in (1, 2), name


def test_the_script_still_makes_the_same_files() -> None:
    """If this fails, a format changed under its version: restore it, or add a new version."""
    built = make.build()
    frozen = {path.name for path in VECTORS.iterdir() if path.is_file()}
    assert set(built) == frozen - {"README.md", "make.py", "rules.toml"}
    for name, data in built.items():
        assert data == read(name), name


@pytest.mark.slow
@pytest.mark.parametrize("name", PROOFS)
@pytest.mark.parametrize("mask", [0x01, 0x20])
def test_every_byte_of_a_proof_is_checked(name: str, mask: int) -> None:
    data = read(name)
    known = knowledge(POLICY)
    for at in range(len(data)):
        report = verify_bytes(flipped(data, at, mask), known)
        assert report.exit_code == 1, (name, at)
        assert report.findings("wrong"), at


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_bytes_of_a_package_are_checked_and_their_file_named(name: str) -> None:
    """All bytes of the manifest, headers, directory and end; every third of the contents."""
    data = read(name)
    manifest = data[38 : 38 + (archive.manifest_length(data[38:]) or 0)]
    rng = random.Random(1)
    for region in archive.regions(manifest, archive.parse_manifest(manifest)):
        plain = region.part == "content" and region.name != archive.MANIFEST
        for at in range(region.start + rng.randrange(3) * plain, region.stop, 3 if plain else 1):
            report = Report("flip")
            report.plan(package.PLAN)
            bad = flipped(data, at, 1 << rng.randrange(8))
            package.read_archive(bad, report["container"])
            assert report.exit_code == 1, (at, region)
            named = {found.member for found in report.findings("wrong")}
            assert named == {region.name or "end record"}, (at, region)


@pytest.mark.parametrize("name", PACKAGES)
def test_a_flip_is_wrong_whatever_the_deeper_checks_say(name: str) -> None:
    data = read(name)
    rng = random.Random(2)
    known = knowledge(POLICY)
    for at in rng.sample(range(len(data)), 150):
        assert verify_bytes(flipped(data, at, 1 << rng.randrange(8)), known).exit_code == 1, at


def test_a_flip_in_an_opening_names_the_entry() -> None:
    data = read("society.zip")
    at = data.index(b'{"detail', data.index(b"PK\x03\x04", data.index(b"log/entries"))) + 200
    report = verify_bytes(flipped(data, at, 1), knowledge(POLICY))
    found = report.findings("wrong")[0]
    assert found.member is not None and found.member.startswith("openings/")
    assert found.entry is not None and found.entry.kind == "voucher"
    assert "golden.example/coop/k-12/2026-27" in found.text


@pytest.mark.parametrize("name", PACKAGES)
def test_every_file_removed_is_missing(name: str) -> None:
    report = Report("whole")
    report.plan(package.PLAN)
    members = package.read_archive(read(name), report["container"]).members
    assert len(members) > 20
    for gone in ("MANIFEST", *members):
        report = verify_bytes(rewrite(read(name), gone), knowledge(POLICY))
        assert report.exit_code == 2, gone
        assert report.findings("missing")[0].member == gone


def together(first: bytes, second: bytes) -> History:
    """Two packages, in the wrong order, under a policy that knows only the first state log."""
    sources = [Source(YEARS[1], second), Source(YEARS[0], first)]
    return verify_history(sources, knowledge(FIRST))


def test_two_golden_years_are_one_history() -> None:
    history = together(*(read(name) for name in YEARS))
    assert history.exit_code == 0, [said(report) for report in history.reports]
    assert history.seams is not None
    assert set(states(history.seams).values()) == {"right"}
    for part in history.parts:
        assert {n for n, state in states(part.report).items() if state != "right"} == {
            "other-heads"
        }
    assert [part.report["sheets"].right for part in history.parts] == [1, 1]


@pytest.mark.slow
@pytest.mark.parametrize("which", [0, 1])
def test_a_flip_anywhere_in_two_golden_years_is_never_right(which: int) -> None:
    """A byte of every header, file, directory line and end record, drawn by a seed."""
    packages = [read(name) for name in YEARS]
    data = packages[which]
    manifest = data[38 : 38 + (archive.manifest_length(data[38:]) or 0)]
    rng = random.Random(7 + which)
    drawn = 0
    for region in archive.regions(manifest, archive.parse_manifest(manifest)):
        if region.start == region.stop:
            continue
        at = rng.randrange(region.start, region.stop)
        both = list(packages)
        both[which] = flipped(data, at, 1 << rng.randrange(8))
        assert together(*both).exit_code in (1, 2), (at, region)
        drawn += 1
    assert drawn > 80


@pytest.mark.parametrize("which", [0, 1])
def test_a_flip_under_a_right_manifest_is_never_right(which: int) -> None:
    """As a forger packs it: the manifest fits the altered file, so the checks behind it decide."""
    found = []
    for name in YEARS:
        report = Report("whole")
        report.plan(package.PLAN)
        found.append(package.read_archive(read(name), report["container"]).members)
    rng = random.Random(17 + which)
    for name, content in found[which].items():
        if not content or name == "policy":  # the enclosed policy decides nothing beside one given
            continue
        bad = flipped(content, rng.randrange(len(content)), 1 << rng.randrange(8))
        both = [archive.pack(members) for members in found]
        both[which] = archive.pack({**found[which], name: bad})
        assert together(*both).exit_code in (1, 2), name


def test_registers_of_both_versions_are_accepted() -> None:
    report = verify_bytes(read("society-registers.zip"), knowledge(read("policy-registers")))
    assert report.exit_code == 0, said(report)
    assert (report["imports"].right, report["imports"].state) == (3, "right")


def test_a_void_with_its_reason_is_accepted() -> None:
    report = verify_bytes(read("society-void.zip"), knowledge(read("policy-void")))
    assert report.exit_code == 0, said(report)
    assert (report["imports"].right, report["imports"].state) == (2, "right")


def test_two_versions_of_bye_laws_are_accepted() -> None:
    report = verify_bytes(read("society-byelaws.zip"), knowledge(read("policy-byelaws")))
    assert report.exit_code == 0, said(report)
    assert (report["bye-laws"].right, report["bye-laws"].state) == (2, "right")
