"""While a roll was drawn: each change of a key stands in both logs, and was made by two.

The society's log says whose keys were bound, re-issued and stopped; the meeting's log says the same
without names, so that ballots and changes have one order. Neither may hold one that the other
lacks.
"""

from collections import Counter

from audit.verify.assembly import belongs
from audit.verify.chain import Chain
from audit.verify.links import saying
from audit.verify.openings import Opened, Record, many
from audit.verify.register import ADMISSIONS
from audit.verify.report import Check
from audit.verify.timeline import OFFICER_KINDS, Step, Timeline
from trust.books.pure.booked import Position
from trust.formats import b64
from trust.formats.entries import Entry
from trust.formats.errors import ProofError

CHANGES = (*OFFICER_KINDS, "enrolment")

Change = tuple[bytes, str, str]
"""A key, whose it is and what was done to it, as both logs tell it."""


def check_changes(
    chain: Chain,
    opened: Opened,
    drawn: tuple[int, int],
    timeline: Timeline,
    places: tuple[Position, Position],
    check: Check,
) -> None:
    """Book log and meeting's log, change by change, from the drawing to the close.

    Args:
        drawn: index of the first roll in the meeting's log, and of the first result.
        places: where the society's books stood at both.
    """
    between = list(timeline.between(*places, *CHANGES, *ADMISSIONS))
    for step in between:
        _by_two(step, check)
    steps = [one for one in between if one.kind in CHANGES]
    told = _told(chain, *drawn)
    hidden = sum(one.record is None for one in steps) + sum(i not in opened.records for i in told)
    if hidden:
        check.skip(
            f"{many(hidden, 'change of a key', 'changes of keys')} not open here, so the two logs "
            "were not held together."
        )
        return
    book = [(one, _booked(one)) for one in steps if one.action != "carry"]
    _compare(chain, book, [(i, _as_told(opened.records[i])) for i in told], check)


def check_told(chain: Chain, opened: Opened, first: int, check: Check) -> None:
    """Each `roll-change` is of this meeting and stands behind the first drawing.

    One before it would decide whose ballots count without being compared with the book log, and
    one of another meeting would hide that nothing was told here. The society's packages are not
    needed for this.

    Args:
        first: index of the first roll in the meeting's log.
    """
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry) or entry.kind != "roll-change":
            continue
        with saying(check, entry=chain.ref(index)):
            if index < first:
                raise ProofError("A change of a key stands before the roll was drawn.")
            if (record := opened.records.get(index)) is not None:
                belongs(chain, record)


def _told(chain: Chain, first: int, last: int) -> list[int]:
    """Indexes of the meeting's `roll-change` entries from the first drawing to the close."""
    return [
        index
        for index, entry in enumerate(chain.parsed)
        if isinstance(entry, Entry) and entry.kind == "roll-change" and first < index < last
    ]


def _booked(step: Step) -> Change:
    return step.key, step.holder, step.action


def _as_told(record: Record) -> Change:
    return b64.decode(str(record["key"])), str(record["holder"]), str(record["action"])


def _compare(
    chain: Chain, book: list[tuple[Step, Change]], told: list[tuple[int, Change]], check: Check
) -> None:
    missing = Counter(change for _, change in book) - Counter(change for _, change in told)
    surplus = Counter(change for _, change in told) - Counter(change for _, change in book)
    for step, change in book:
        if missing[change] > 0:
            missing[change] -= 1
            check.wrong(
                f"{_words(change)} was sealed in the society's log while the roll was drawn, but "
                "stands in no entry of the meeting's log.",
                entry=step.where,
            )
    for index, change in told:
        if surplus[change] > 0:
            surplus[change] -= 1
            check.wrong(
                f"{_words(change)} stands in the meeting's log, but was not sealed in the "
                "society's log while the roll was drawn.",
                entry=chain.ref(index),
            )
    if "wrong" in check.states:
        return
    if [change for _, change in book] != [change for _, change in told]:
        check.wrong("The changes of keys stand in another order than in the society's log.")
        return
    check.ok(len(book))


def _words(change: Change) -> str:
    _, holder, action = change
    done = {"bind": "binding", "reissue": "re-issue", "stop": "stop"}[action]
    return f"The {done} of a {holder}'s key"


def _by_two(step: Step, check: Check) -> None:
    """What moves a vote needs two different officers, or the member herself (no officer named)."""
    record = step.record
    if record is None or step.kind in OFFICER_KINDS or (step.kind == "enrolment" and _fixed(step)):
        return
    officers = record["officers"]
    assert isinstance(officers, list)
    herself = not officers and step.kind != "admission"
    if herself or len({str(one) for one in officers}) > 1:
        return
    check.wrong(
        f"This {step.kind} was made while the roll was drawn, but not by two officers nor by the "
        "member herself.",
        entry=step.where,
    )


def _fixed(step: Step) -> bool:
    """Bindings take two officers at any time: the society's own package is held to that."""
    return step.action != "stop"
