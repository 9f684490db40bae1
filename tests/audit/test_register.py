"""Stories about the register and members' keys in a society's own package."""

import pytest

from tests.audit import books
from tests.audit import gathering as g
from tests.audit.helpers import check, said
from tests.audit.scenario import START, AuditScenario, Record, seed
from trust.formats.canon import Json


def play(*records: Record, shown: bool = True) -> dict[str, str]:
    """What is wrong with a society's log that holds these entries behind its registration."""
    return said(check(*scenario(*records, shown=shown)))


def scenario(*records: Record, shown: bool = True) -> tuple[AuditScenario, dict[str, bytes]]:
    made = AuditScenario("register")
    book = made.coop(books.SLUG)
    book.append(books.society_record())
    book.append(g.officer(g.SECRETARY, "secretary"))
    book.append(g.officer(g.PRESIDENT, "president"))
    for record in records:
        book.append(record, START + 10)
    made.publish(book)
    first = {name for name, one in book.openings.items() if '"v":1' in str(one["record"])}
    return made, made.members(book, shown=lambda index: shown or index not in first)


def first(secret: bytes, action: str = "bind") -> Record:
    """An enrolment of version 1, which names the member."""
    return {
        "kind": "enrolment",
        "v": 1,
        "society": books.SLUG,
        "key": books.public(secret),
        "member": "M 1",
        "medium": "card",
        "action": action,
        "officers": ["s", "p"],
        "reason": "",
    }


def carry(secret: bytes, officers: list[Json] | None = None) -> Record:
    return g.enrolment(secret, "carry", officers or [])


ONE, TWO = seed("one"), seed("two")


def test_the_register_is_sealed_by_two_before_any_admission() -> None:
    assert play(g.opening(3), g.admission(), g.admission("admission-end", [])) == {}
    assert "takes two" in play(g.opening(3, ("secretary",)))["register"]
    for kind in ("admission", "admission-change", "admission-end"):
        assert "before the register" in play(g.admission(kind), g.opening(3))["register"]
    assert "names no officer" in play(g.opening(3), g.admission(officers=[]))["register"]


def test_of_two_openings_the_later_holds_and_that_there_are_two_is_told() -> None:
    """Two officers seal the register again after a recovery that lost its lines."""
    report = check(*scenario(g.opening(3), g.admission(), g.opening(43), g.admission()))
    assert report.exit_code == 0 and said(report) == {}
    (note,) = report["register"].findings
    assert note.state == "note" and note.entry is not None and note.entry.index == 5
    assert "sealed a second time" in note.text
    assert note.text.endswith("The later opening holds from its place on.")


def test_a_key_is_bound_by_two_different_officers_and_once() -> None:
    assert play(g.enrolment(ONE), g.enrolment(ONE, "revoke"), g.enrolment(TWO, "reissue")) == {}
    staff: tuple[list[Json], ...] = (["s"], ["s", "s"], [])
    for one in staff:
        for action in ("bind", "reissue"):
            assert "not bound by two" in play(g.enrolment(ONE, action, one))["keys"]
    again = play(g.enrolment(ONE), g.enrolment(ONE, "revoke"), g.enrolment(ONE))
    assert "once" in again["keys"]
    assert "was not in force" in play(g.enrolment(ONE, "revoke"))["keys"]


def test_only_a_key_that_was_bound_is_carried_over() -> None:
    """`carry` names no officer: with it one could bind a key that no two officers ever saw."""
    assert play(first(ONE), carry(ONE)) == {}
    assert "not in force" in play(first(ONE), first(ONE, "revoke"), carry(ONE))["keys"]
    assert "not in force" in play(carry(TWO))["keys"]
    assert "names an officer" in play(first(ONE), carry(ONE, ["s"]))["keys"]
    assert "already has" in play(first(ONE), carry(ONE), carry(ONE))["keys"]
    assert "already has" in play(g.enrolment(ONE), carry(ONE))["keys"]


def test_more_keys_are_carried_than_were_ever_bound() -> None:
    """The old enrolments are open to nobody, but they are counted."""
    assert play(first(ONE), carry(ONE), shown=False) == {}
    assert "could have bound" in play(first(ONE), carry(ONE), carry(TWO), shown=False)["keys"]
    report = check(*scenario(first(ONE), carry(ONE), shown=False))
    assert "Keys carried over whose binding is not open here" in str(report["keys"].findings)


@pytest.mark.parametrize("offices", [("secretary",), ("secretary", "clerk")])
def test_a_lost_key_is_given_up_by_two(offices: tuple[str, ...]) -> None:
    wrong = play(g.loss(g.PRESIDENT, "president", *offices))
    assert ("takes two" in wrong["officers"]) if len(offices) == 1 else wrong == {}
    assert (
        "is of president"
        in play(g.loss(g.PRESIDENT, "secretary", "clerk", "secretary"))["officers"]
    )
    gone = g.loss(g.PRESIDENT, "president", "secretary", "clerk")
    assert "was not bound" in play(gone, g.officer(g.PRESIDENT, "president", "revoke"))["officers"]


def test_enrolments_behind_a_carried_key_cannot_have_bound_it() -> None:
    """Who has the database carries a key nobody bound, and seals an old enrolment after it."""
    assert play(first(ONE), carry(ONE), shown=False) == {}
    told = play(first(ONE), carry(ONE), carry(TWO), first(TWO), shown=False)["keys"]
    assert "2 keys are carried over, but only 1 enrolments before that" in told
