"""Stories about a meeting of version 2 whose result or roll says what nobody may believe.

Each forged package is signed anew by whoever holds all keys of the logs.
"""

from dataclasses import replace

import pytest

from audit.verify.report import Report
from audit.verify.verify import verify_folder
from tests.audit import gathering as g
from tests.audit.helpers import knowledge, said
from tests.audit.scenario import folder, seed
from trust.formats import b64
from trust.formats.canon import Json
from voting.pure.ballot import Officer
from voting.pure.rules import RuleBook


def without_rules(found: g.Gathering) -> Report:
    """The meeting package verified by who does not have the rule file of its notice."""
    found.publish()
    known = replace(knowledge(found.scenario.policy()), rules=RuleBook(()))
    return verify_folder(folder(found.meeting()), known)


def cast() -> g.Gathering:
    found = g.drawn()
    found.cast(found.ballot(1, "yes"), found.ballot(2, "no"), found.assisted(3, "yes"))
    found.opened(3)
    return found


def test_without_the_rule_file_the_votes_are_counted_again_all_the_same() -> None:
    """Whoever calls a meeting can name any rule file; the count needs none."""
    found = cast()
    found.close()
    honest = without_rules(found)
    assert honest.exit_code == 2 and not said(honest), said(honest)
    told = said(honest, "not-checked")
    assert "votes were counted again, but quorum and majority not decided" in told["results"]
    forged: tuple[tuple[str, Json], ...] = (
        ("for", 3),
        ("against", 0),
        ("abstained", 1),
        ("accepted", 4),
        ("superseded", 1),
        ("present", 4),
        ("members", 7),
        ("assisted", 0),
        ("opened", 0),
        ("from_opening", 5),
        ("held_on", "2026-01-01"),
        ("rules", "other 2020-01-01 sha256:" + "0" * 64),
        ("voted", 4),
    )
    for name, value in forged:
        found = cast()
        found.close(**{name: value})
        assert f"{name}: sealed {value}" in said(without_rules(found))["results"], name


def test_without_the_rule_file_a_ballot_cannot_be_dropped_or_counted() -> None:
    found = cast()
    found.close(left_out=[{"index": 3, "reason": "ballot-signature"}])
    assert "leaves out the ballot at entry 3" in said(without_rules(found))["results"]
    found = cast()
    found.cast(found.ballot(1, "no", 9))
    found.close(left_out=[])
    assert "(ballot-sequence-gap), but" in said(without_rules(found))["results"]


def test_without_the_rule_file_a_result_contradicts_itself() -> None:
    """Quorum and carried by the figures that the result itself states."""
    for change in ({"quorum": 5, "quorate": True}, {"quorum": 5, "quorate": False}):
        found = cast()
        found.close(**change, carried=True)
        assert "results" in said(without_rules(found)), change
    found = g.drawn()
    found.cast(found.ballot(1, "no"))
    found.close(carried=True, quorum=1, quorate=True)
    assert "carried: sealed True, counted False" in said(without_rules(found))["results"]


@pytest.mark.parametrize("alone", [True, False])
def test_a_change_of_a_key_before_the_drawing_makes_no_officer(alone: bool) -> None:
    """Two keys of nobody become officers' by entries that the book log is not held against."""
    found = g.begin()
    found.call()
    new = ((seed("x"), "secretary"), (seed("y"), "president"))
    for secret, role in new:
        found.log.append(found.changed(secret, role, "bind"), found.notice_at)
    found.draw()
    found.officers |= {g.key(secret): Officer("", role) for secret, role in new}
    found.cast(found.ballot(1, "yes", 1, *new))
    found.close()
    report = found.alone() if alone else found.verify()
    assert "stands before the roll was drawn" in said(report)["changes"]


def test_a_stop_that_is_told_to_another_meeting_stops_nothing_here() -> None:
    """The society's log has the stop, and the meeting's a change that names another meeting."""
    found = g.drawn()
    found.book_only(g.enrolment(g.member(1), "revoke"))
    other = found.changed(g.member(1), "member", "stop") | {"meeting": "two.example/meeting/x-1"}
    found.log.append(other, found.opens)
    found.cast(found.ballot(1, "yes"))
    found.close()
    for report in (found.alone(), found.verify()):
        assert "This roll-change is of two.example/meeting/x-1" in said(report)["changes"]


def test_every_roll_names_the_books_in_order() -> None:
    """A first drawing that names a later place hides the changes of keys in between."""
    found = g.begin()
    found.call()
    early = len(found.book.entries), b64.encode(found.book.root())
    found.book_only(g.enrolment(seed("late")))
    found.draw()
    found.draw(book_size=early[0], book_root=early[1])
    found.close()
    assert "books never shrink" in said(found.alone())["books"]
    found = g.drawn()
    found.draw(book_root=b64.encode(bytes(32)))
    found.draw()
    found.close()
    assert "another root of the society's books" in said(found.verify())["books"]


def test_a_result_without_a_roll_is_wrong() -> None:
    found = g.drawn()
    del found.log.entries[found.drawn :]
    found.roll = b""
    found.close()
    assert "without a notice or without a roll" in said(found.alone())["results"]


def test_a_day_of_meeting_after_the_vote_lets_no_newcomer_in() -> None:
    """A notice that says "held in a year": forty who were admitted yesterday would have a vote."""
    found = g.begin(members=8, late=40)
    found.call(held_on="2027-12-31")
    found.draw(48, from_opening=8)
    found.close(held_on="2027-12-31")
    assert "only 0 members were admitted by" in said(found.verify())["register"]


def test_an_erasure_in_a_meetings_log_is_wrong() -> None:
    """Nothing of a vote is erased: the entry that would say so has no place in that log."""
    found = g.drawn()
    (index,) = found.cast(found.ballot(1, "no"))
    found.log.append(
        {"kind": "erasure", "v": 1, "index": index, "part": "record", "reason": "none"}, found.opens
    )
    found.close()
    assert "A 'erasure' entry has no place in this log" in said(found.alone())["grammar"]
