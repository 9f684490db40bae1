"""Makes the golden files of this folder, once: `python -m tests.vectors.make`.

Everything follows from fixed seeds; no key here is of anybody. A file that exists is never
written again: formats are append-only, and so are the files that prove that old artefacts verify.
To add a format version, add new names. What builds a version is frozen with it (`v1`, `v2`), and
shares nothing with the builders of `tests/audit`, which follow the newest version.
"""

from tests.vectors.v1 import accepted, books, meeting, years
from tests.vectors.v1.eras import Eras
from tests.vectors.v1.scenario import VECTORS, AuditScenario, policy_of
from tests.vectors.v2 import byelaws, holders, maps, registers, society, voids
from tests.vectors.v2 import meeting as meeting_two
from trust.formats import archive


def build() -> dict[str, bytes]:
    """All golden files by name."""
    made = first() | two_years() | accepted_once() | second() | holding() | lending()
    return made | mapping() | voiding() | governing()


def first() -> dict[str, bytes]:
    """A society's book and a meeting in one small state, proofs and packages of them."""
    scenario = AuditScenario("golden")
    society = books.book(scenario)
    found = meeting.meeting(scenario)
    return {
        "policy": scenario.policy(),
        "public.sakshi-proof": scenario.proof_bytes(society, 8),
        "private.sakshi-proof": scenario.proof_bytes(society, 4),
        "society.zip": scenario.package(society),
        "meeting.zip": archive.pack(meeting.meeting_members(scenario, found)),
    }


def two_years() -> dict[str, bytes]:
    """A society's two successive log years under two state logs."""
    found = years.society(Eras("golden-years"))
    return {
        "policy-2026-27": found.scenario.policy_of_first(),
        "society-2026-27.zip": found.scenario.pack(found.old),
        "society-2027-28.zip": found.scenario.pack(found.new),
    }


def accepted_once() -> dict[str, bytes]:
    """What version 2 refuses, each in a state of its own; one policy pins them all."""
    running, late, gap = (
        AuditScenario("golden-running"),
        AuditScenario("golden-late"),
        AuditScenario("golden-gap"),
    )
    societies = accepted.running(running), accepted.late(late), accepted.keys(gap)
    found = accepted.gap(gap)
    return {
        "policy-v1": policy_of(running.state, late.state, gap.state),
        "society-running.zip": running.package(societies[0]),
        "society-late.zip": late.package(societies[1]),
        "society-gap.zip": gap.package(societies[2]),
        "meeting-gap.zip": archive.pack(meeting.meeting_members(gap, found)),
    }


def second() -> dict[str, bytes]:
    """Version 2: a society and its meeting; and one in whose filed year an entry was sealed."""
    scenario, after = AuditScenario("golden-two"), AuditScenario("golden-after")
    book, turned = society.book(scenario), society.turned(after)
    found = meeting_two.meeting(scenario, book)
    return {
        "policy-v2": policy_of(scenario.state, after.state),
        "society-v2.zip": scenario.package(book),
        "meeting-v2.zip": archive.pack(found.files()),
        "society-v2-after.zip": after.package(turned),
    }


def holding() -> dict[str, bytes]:
    """A society whose log says whose its officers' keys are, and seals its register twice."""
    scenario = AuditScenario("golden-holders")
    book = holders.book(scenario)
    return {
        "policy-holders": policy_of(scenario.state),
        "society-holders.zip": scenario.package(book),
    }


def lending() -> dict[str, bytes]:
    """A society with a loan and a date of each version."""
    scenario = AuditScenario("golden-registers")
    book = registers.book(scenario)
    return {
        "policy-registers": policy_of(scenario.state),
        "society-registers.zip": scenario.package(book),
    }


def mapping() -> dict[str, bytes]:
    """A society that puts its own ledgers on accounts of the chart."""
    scenario = AuditScenario("golden-maps")
    book = maps.book(scenario)
    return {"policy-maps": policy_of(scenario.state), "society-maps.zip": scenario.package(book)}


def voiding() -> dict[str, bytes]:
    """A society with an import that was declared void."""
    scenario = AuditScenario("golden-void")
    book = voids.book(scenario)
    return {"policy-void": policy_of(scenario.state), "society-void.zip": scenario.package(book)}


def governing() -> dict[str, bytes]:
    """A society with two versions of its bye-laws."""
    scenario = AuditScenario("golden-byelaws")
    book = byelaws.book(scenario)
    return {
        "policy-byelaws": policy_of(scenario.state),
        "society-byelaws.zip": scenario.package(book),
    }


def main() -> None:
    """Write the files that do not exist yet."""
    for name, data in build().items():
        path = VECTORS / name
        if path.exists():
            print(f"{name}: kept")
        else:
            path.write_bytes(data)
            print(f"{name}: made, {len(data)} bytes")


if __name__ == "__main__":
    main()
