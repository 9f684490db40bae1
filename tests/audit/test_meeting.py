"""Stories about a meeting's package: ballots that must not count, results that miscount."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from audit.verify.report import Report
from audit.verify.verify import Knowledge, Source, verify_folder, verify_society
from tests.audit import books
from tests.audit.books import COUNTS, Gathering
from tests.audit.helpers import check, knowledge, said, states
from tests.audit.scenario import START, AuditScenario, Record, folder, seed
from trust.formats import b64, canon, signing
from trust.formats.canon import Json
from trust.formats.times import format_time
from voting.pure.rules import RuleBook


@pytest.fixture
def scenario() -> AuditScenario:
    return AuditScenario("meeting")


def test_an_honest_meeting_is_right(scenario: AuditScenario) -> None:
    found = books.meeting(scenario)
    report = check(scenario, books.meeting_members(scenario, found))
    assert report.exit_code == 0
    rest = {"other-heads": "not-checked", "stopped": "not-checked"}
    assert states(report) == dict.fromkeys(states(report), "right") | rest
    assert report["ballots"].right == 5 and report["roll"].right == 6


def play(
    *ballots: Callable[[Gathering], Record], counts: Record | None = None, close: int = 5
) -> dict[str, str]:
    """What is wrong with a meeting at which these ballots were cast."""
    scenario = AuditScenario("play")
    found = books.call(scenario)
    for step, make in enumerate(ballots):
        found.log.append(make(found), found.opens + step)
    if counts is not None:
        found.log.append(books.result(found, counts), found.closes + close)
    scenario.publish(found.log)
    return said(check(scenario, books.meeting_members(scenario, found)))


def test_ballots_that_must_not_count() -> None:
    def stolen(found: Gathering) -> Record:
        record = {**found.ballot(1, "yes"), "roll_number": 2}
        del record["signatures"]
        return books.sign(record, found.log.origin, books.member(1), "member")

    def elsewhere(found: Gathering) -> Record:
        record = dict(found.ballot(1, "yes"))
        del record["signatures"]
        return books.sign(record, "other.example/meeting/x", books.member(1), "member")

    assert "not signed by the key" in play(stolen)["ballots"]
    assert "does not verify" in play(elsewhere)["ballots"]
    assert "does not stand on this" in play(lambda m: m.ballot(7, "yes"))["ballots"]
    root = b64.encode(bytes(32))
    assert "another drawing" in play(lambda m: m.ballot(1, "no", roll_root=root))["ballots"]
    other = "0" * 64
    assert "does not have" in play(lambda m: m.ballot(1, "no", resolution=other))["ballots"]
    away = "play.example/meeting/other"
    assert "another meeting" in play(lambda m: m.ballot(1, "no", meeting=away))["ballots"]


def test_a_changed_choice_breaks_the_signature() -> None:
    found = play(lambda m: {**m.ballot(1, "yes"), "choice": "no"})
    assert "does not verify" in found["ballots"]


def test_a_replayed_sequence_is_refused() -> None:
    found = play(lambda m: m.ballot(1, "yes", 2), lambda m: m.ballot(1, "no", 2))
    assert "already accepted" in found["ballots"]


def assisted(found: Gathering, *secrets: bytes) -> Record:
    record = {**found.ballot(1, "yes"), "assisted": True}
    del record["signatures"]
    origin = found.log.origin
    signed = [signing.sign(one, "secretary", "ballot", origin, record) for one in secrets]
    return signing.with_signatures(record, signed)


def test_assisted_ballots_are_two_peoples_and_said_to_be_half_checked() -> None:
    scenario = AuditScenario("assisted")
    found = books.call(scenario)
    found.log.append(assisted(found, seed("a"), seed("b")), found.opens)
    scenario.publish(found.log)
    report = check(scenario, books.meeting_members(scenario, found))
    assert report.exit_code == 2, "no result"
    assert "entered by two officers: 1" in said(report, "not-checked")["assisted"]
    assert "exactly 2 signatures" in play(lambda m: assisted(m, seed("a")))["ballots"]


def test_officers_are_looked_up_in_their_societys_package() -> None:
    scenario = AuditScenario("officers")
    book = books.book(scenario)
    book.append(books.officer_record(seed("second")), START + 60)
    scenario.publish(book)
    found = books.call(scenario)
    found.log.append(assisted(found, books.OFFICER, seed("second")), found.opens)
    scenario.publish(found.log)
    data, files = scenario.package(book), folder(books.meeting_members(scenario, found))
    known = knowledge(scenario.policy())
    history, officers = verify_society([Source("book", data)], known)
    assert history.exit_code == 0 and officers is not None
    assert len(officers.at(START + 59)) == 1 and len(officers.at(START + 60)) == 2
    report = verify_folder(files, replace(known, officers=officers))
    assert report.exit_code == 2, "no result"
    assert report["assisted"].right == 1 and report["assisted"].state == "right"
    later = replace(officers, steps=officers.steps[:1], whole=False)
    report = verify_folder(files, replace(known, officers=later))
    assert report.exit_code == 2, "no result"
    assert "earlier log year: 1" in said(report, "not-checked")["assisted"]
    stranger = replace(officers, steps=officers.steps[:1])
    report = verify_folder(files, replace(known, officers=stranger))
    assert "needs the signatures of two officers" in said(report)["ballots"]
    other = replace(officers, society="k-99")
    report = verify_folder(files, replace(known, officers=other))
    assert "is of k-99" in said(report, "not-checked")["assisted"]
    assert verify_society([Source("book", data[:-5])], known)[1] is None


def enrolled(action: str, secret: bytes) -> Record:
    """A member's key bound or stopped, as the society's log seals it."""
    return {
        "kind": "enrolment",
        "v": 1,
        "society": books.SLUG,
        "key": books.public(secret),
        "member": "M 1",
        "medium": "card",
        "action": action,
        "officers": ["one", "two"],
        "reason": "lost",
    }


def test_a_ballot_of_a_key_stopped_before_it_is_refused() -> None:
    """The server, or who has its database, takes a ballot of a lost card after it was stopped."""
    scenario = AuditScenario("stopped")
    found = books.meeting(scenario)
    cast = {index: found.opens + step for step, index in enumerate(range(3, 8))}
    files = folder(books.meeting_members(scenario, found))
    known = knowledge(scenario.policy())

    def told(time: int, *, shown: bool = True, secret: bytes = books.member(3)) -> Report:
        book = books.book(scenario)
        book.append(enrolled("bind", secret), START + 60)
        book.append(enrolled("revoke", secret), time)
        scenario.publish(book)
        package = scenario.members(book, shown=lambda index: shown or index < 9)
        policy = knowledge(scenario.policy())
        _, officers = verify_society([Source("book", files=folder(package))], policy)
        assert officers is not None
        meeting = folder(books.meeting_members(scenario, found))
        return verify_folder(meeting, replace(policy, officers=officers))

    assert (
        "give its packages with --society"
        in said(verify_folder(files, known), "not-checked")["stopped"]
    )
    before = told(cast[5] - 1)
    assert before.exit_code == 1
    (finding,) = before.findings("wrong")
    assert "must not count" in finding.text and finding.entry is not None
    assert (finding.entry.index, finding.member) == (5, "openings/5.json")
    assert "not counted again" in said(before, "not-checked")["results"]
    for time in (cast[5], cast[5] + 100):
        after = told(time)
        assert after.exit_code == 0 and after["stopped"].right == 5
    assert told(cast[3] - 50, secret=books.member(6)).exit_code == 0, "who did not vote"
    hidden = told(cast[5] - 1, shown=False)
    assert hidden.exit_code == 0
    assert "2 enrolments are not open" in said(hidden, "not-checked")["stopped"]
    assert "ends before the last ballot" in str([one.text for one in hidden["stopped"].findings])


def test_officers_cannot_replace_a_members_own_ballot() -> None:
    def over(found: Gathering) -> Record:
        record = {**found.ballot(1, "no", 2), "assisted": True}
        del record["signatures"]
        origin = found.log.origin
        signed = [
            signing.sign(seed(who), "secretary", "ballot", origin, record) for who in ("a", "b")
        ]
        return signing.with_signatures(record, signed)

    wrong = play(lambda m: m.ballot(1, "yes"), over)
    assert "voted with their own key" in wrong["ballots"]
    assert play(over, lambda m: m.ballot(1, "yes", 3)) == {}


@pytest.mark.parametrize("name", [name for name in COUNTS if name != "carried"])
def test_every_figure_of_the_result_is_counted_again(name: str) -> None:
    value = COUNTS[name]
    assert isinstance(value, int)
    wrong: Json = (not value) if isinstance(value, bool) else value + 1
    votes = (
        lambda m: m.ballot(1, "yes"),
        lambda m: m.ballot(2, "no"),
        lambda m: m.ballot(3, "yes"),
        lambda m: m.ballot(2, "yes", 2),
        lambda m: m.ballot(5, "abstain"),
    )
    assert play(*votes, counts=COUNTS) == {}
    assert name in play(*votes, counts={**COUNTS, name: wrong})["results"]


def test_a_lost_resolution_cannot_be_called_carried() -> None:
    counts: Record = {
        **COUNTS,
        "present": 2,
        "voted": 2,
        "for": 0,
        "against": 2,
        "abstained": 0,
        "accepted": 2,
        "superseded": 0,
    }
    votes = (lambda m: m.ballot(1, "no"), lambda m: m.ballot(2, "no"))
    assert "carried: sealed True" in play(*votes, counts=counts)["results"]
    assert play(*votes, counts={**counts, "carried": False}) == {}


def test_nothing_stands_after_the_close(scenario: AuditScenario) -> None:
    found = books.meeting(scenario)
    found.log.append(found.ballot(6, "no"), found.closes + 6)
    scenario.publish(found.log)
    report = check(scenario, books.meeting_members(scenario, found))
    assert "after the close" in said(report)["close"]
    assert "closed at" in said(report)["ballots"]


def test_a_result_before_the_close_and_two_results_are_wrong() -> None:
    none: Record = {
        **COUNTS,
        "present": 0,
        "voted": 0,
        "for": 0,
        "abstained": 0,
        "accepted": 0,
        "superseded": 0,
        "quorate": False,
        "carried": False,
    }
    assert play(counts=none) == {}
    assert "later close than its sealing" in play(counts=none, close=-10)["close"]
    scenario = AuditScenario("twice")
    found = books.call(scenario)
    for step in (1, 2):
        found.log.append(books.result(found, none), found.closes + step)
    scenario.publish(found.log)
    assert "two results" in said(check(scenario, books.meeting_members(scenario, found)))["results"]


def test_the_roll_must_be_the_one_sealed(scenario: AuditScenario) -> None:
    found = books.meeting(scenario)
    files = books.meeting_members(scenario, found)
    lines = found.roll.splitlines(keepends=True)
    swapped = b"".join([lines[1], lines[0], *lines[2:]])
    stolen = found.roll.replace(books.public(books.member(6)).encode(), b"A" * 43 + b"=")
    for roll in (b"".join(lines[:-1]), swapped, stolen, found.roll[:-1], b"", b"{}\n"):
        assert "roll" in said(check(scenario, {**files, "roll": roll}))
    del files["roll"]
    report = check(scenario, files)
    assert report.exit_code == 2
    assert "for the society's members" in said(report, "not-checked")["roll"]


def test_closed_ballots_are_counted_and_nothing_is_decided(scenario: AuditScenario) -> None:
    found = books.meeting(scenario)
    files = {
        name: data
        for name, data in books.meeting_members(scenario, found).items()
        if not name.startswith("openings/")
    }
    report = check(scenario, files)
    assert report.exit_code == 2
    assert "5 ballots are not open" in said(report, "not-checked")["ballots"]
    assert report["results"].right == 0


def test_too_short_a_notice_is_named() -> None:
    scenario = AuditScenario("hasty")
    found = books.call(scenario)
    log = found.log
    early = START + 3 * books.DAY
    notice = canon.parse(next(iter(log.documents.values())))
    notice |= {
        "opens": format_time(early),
        "closes": format_time(early + 60),
        "held_on": format_time(early)[:10],
    }
    hasty = AuditScenario("hasty")
    other = hasty.log(log.origin)
    other.append(notice)
    hasty.publish(other)
    assert (
        "days of notice were given" in said(check(hasty, hasty.members(other, "meeting")))["notice"]
    )


def test_a_rule_file_the_verifier_lacks_is_not_checked(scenario: AuditScenario) -> None:
    found = books.meeting(scenario)
    known = knowledge(scenario.policy())
    bare = Knowledge(known.mappings, RuleBook(()), known.policy)
    report = verify_folder(folder(books.meeting_members(scenario, found)), bare)
    assert report.exit_code == 2
    assert "rule file" in said(report, "not-checked")["notice"]
    assert "rule file" in said(report, "not-checked")["results"]


def test_two_notices_or_a_late_roll_are_wrong() -> None:
    scenario = AuditScenario("late")
    found = books.call(scenario)
    documents = [canon.parse(item) for item in found.log.documents.values()]
    notice = next(item for item in documents if item["kind"] == "meeting")
    roll = next(item for item in documents if item["kind"] == "roll")
    found.log.append({**notice, "title_en": "Another"}, found.opens - 5)
    found.log.append({**roll, "cut_off": format_time(START + 200)}, found.opens + 1)
    scenario.publish(found.log)
    wrong = said(check(scenario, books.meeting_members(scenario, found)))
    assert "holds no other" in wrong["notice"]


def test_what_the_newest_version_refuses_is_noted_and_stays_right() -> None:
    """A gap in a sequence counted in version 1, and counts for ever; the report says what it is."""
    scenario = AuditScenario("gap")
    found = books.call(scenario)
    for step, (number, sequence) in enumerate(((1, 1), (1, 7), (2, 2**31 - 1))):
        found.log.append(found.ballot(number, "yes", sequence), found.opens + step)
    scenario.publish(found.log)
    report = check(scenario, books.meeting_members(scenario, found))
    assert report.exit_code == 2 and report["ballots"].state == "right"
    notes = said(report, "note")
    assert "not the next one of their number: 2" in notes["ballots"]
    assert "does not say where the society's books stood" in notes["register"]
