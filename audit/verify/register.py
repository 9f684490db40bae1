"""The register of members and members' keys, as far as a society's book log shows them.

The register is sealed first; only then are members admitted, changed and removed by entries. If
its lines are lost with a database, two officers seal it again: from its place on the later opening
holds, and a note says that there are two. A key is bound by two officers, and once for ever. Keys
in force when records lost the member number are carried over; such an entry names no officer, so
only a key that had been bound may have one.
Details (who it is) are in no package, and older enrolments are not opened either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.report import Check, Report
from trust.formats import b64
from trust.formats.entries import Entry
from trust.formats.errors import NotCheckedError, ProofError

ADMISSIONS = ("admission", "admission-change", "admission-end")
"""Kinds that change the register after it was sealed."""

PLAN = (
    ("register", "Two officers sealed the register of members before any entry changed it."),
    ("keys", "Members' keys are bound by two officers, each once; only such keys are carried."),
)


@dataclass(slots=True)
class Members:
    """What the logs read so far say of register and keys.

    `bound` are keys that were ever bound here, `earlier` those of them by an enrolment that names
    the member; `hidden` counts enrolments that are not open, `carried` keys carried over.
    """

    opening: str | None = None
    bound: set[bytes] = field(default_factory=set)
    earlier: set[bytes] = field(default_factory=set)
    in_force: set[bytes] = field(default_factory=set)
    carried: set[bytes] = field(default_factory=set)
    hidden: int = 0


def check_register(
    chain: Chain, opened: Opened, members: Members, whole: bool, report: Report
) -> None:
    """The entries about register and keys of one log.

    Args:
        members: what the logs before this one said; completed here.
        whole: the first log of the society is among those read.
    """
    report["register"].ok(0)
    report["keys"].ok(0)
    hidden = members.hidden
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry):
            continue
        record = opened.records.get(index)
        if entry.kind == "register-opening" or entry.kind in ADMISSIONS:
            with saying(report["register"], entry=chain.ref(index)):
                _register(chain, index, entry.kind, record, members, whole, report["register"])
                report["register"].ok()
        elif entry.kind == "enrolment" and record is None:
            members.hidden += 1
        elif entry.kind == "enrolment" and record is not None:
            with saying(report["keys"], entry=chain.ref(index)):
                _key(record, members, whole)
                report["keys"].ok()
    if members.hidden > hidden:
        report["keys"].skip(f"{many(members.hidden - hidden, 'enrolment')} not open here.")
    _carried(members, report["keys"])


def _register(
    chain: Chain,
    index: int,
    kind: str,
    record: Record | None,
    members: Members,
    whole: bool,
    check: Check,
) -> None:
    if kind == "register-opening":
        if members.opening is not None:
            check.note(
                f"The register is sealed a second time; it had been sealed by {members.opening}. "
                "The later opening holds from its place on.",
                entry=chain.ref(index),
            )
        members.opening = str(chain.ref(index))
        offices = record["officers"] if record is not None else None
        if isinstance(offices, list) and len(offices) < 2:
            raise ProofError("The register was sealed by one officer; it takes two.")
        return
    if members.opening is None and whole:
        raise ProofError(f"This {kind} was sealed before the register of members was.")
    if members.opening is None:
        raise NotCheckedError(f"This {kind} rests on a register sealed in an earlier log year.")
    if kind == "admission" and record is not None and not record["officers"]:
        raise ProofError("This admission names no officer.")


def _key(record: Record, members: Members, whole: bool) -> None:
    key, action = b64.decode(str(record["key"])), str(record["action"])
    officers = record["officers"]
    assert isinstance(officers, list)
    if record["v"] == 1:
        _first_version(key, action, members)
    elif action == "carry":
        _carry(key, officers, members, whole)
    elif action == "revoke":
        known = key in members.in_force
        members.in_force.discard(key)
        if not known and whole and not members.hidden:
            raise ProofError("A key is stopped that was not in force.")
    else:
        if key in members.bound:
            raise ProofError("This key was bound before; a key serves one person once.")
        members.bound.add(key)
        members.in_force.add(key)
        if len({str(one) for one in officers}) < 2:
            raise ProofError("This key was not bound by two officers.")


def _first_version(key: bytes, action: str, members: Members) -> None:
    if action == "bind":
        members.bound.add(key)
        members.earlier.add(key)
        members.in_force.add(key)
    else:
        members.in_force.discard(key)


def _carry(key: bytes, officers: Sequence[object], members: Members, whole: bool) -> None:
    """A carried key was bound by an enrolment that named the member, and was in force."""
    if officers:
        raise ProofError("A key that is carried over names an officer; nobody binds it anew.")
    if key in members.carried or key in members.bound - members.earlier:
        raise ProofError("A key is carried over that already has an enrolment of the new kind.")
    closed = members.hidden > 0 or not whole
    if not closed and key not in members.in_force:
        raise ProofError("A key is carried over that was not in force.")
    members.carried.add(key)
    _enough(members, whole)
    members.bound.add(key)
    members.in_force.add(key)


def _enough(members: Members, whole: bool) -> None:
    """As many keys as could be bound before this place can be carried over, and no more."""
    unseen = len(members.carried - members.earlier)
    if whole and unseen > members.hidden:
        raise ProofError(
            f"{unseen} keys are carried over, but only {members.hidden} enrolments before that "
            "could have bound them."
        )


def _carried(members: Members, check: Check) -> None:
    unseen = members.carried - members.earlier
    if unseen:
        check.skip(
            f"Keys carried over whose binding is not open here, because it names the member: "
            f"{len(unseen)}."
        )
