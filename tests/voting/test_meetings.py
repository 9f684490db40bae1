"""A meeting from notice to result, and what may not be done on the way."""

import dataclasses
from datetime import date
from typing import Any

import pytest
from sqlalchemy import Connection

from tests.trust.people import scenario as w
from tests.voting.scenario import DAY, RESOLUTIONS, VotingScenario, call
from trust.formats import b64, canon, merkle, times
from trust.log import queries as log_queries
from trust.log.runtime import Runtime
from trust.outbox import backlog
from trust.people import service as people_service
from trust.people.errors import NotAllowedError, UnknownPersonError
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.errors import (
    MeetingDayError,
    MeetingTermsError,
    NoRollError,
    NoSuchMeetingError,
    NoticeTooShortError,
    RollStateError,
    TooEarlyError,
    TooFarAheadError,
)
from voting.model import NewResolution
from voting.pure import errors as e
from voting.pure import roll
from voting.pure.rules import RuleBook, read_book


def kinds(conn: Connection, origin: str) -> list[str]:
    size = log_queries.info(conn, origin).next_index
    return [entry.kind for entry in log_queries.entries(conn, origin, 0, size)]


def record_of(conn: Connection, origin: str, index: int) -> dict[str, Any]:
    entry = log_queries.entry(conn, origin, index).entry.decode()
    document = log_queries.document(conn, b64.decode(entry.split(" ")[3]).hex(), origin)
    assert document is not None
    return dict(canon.parse(document))


def vote(scenario: VotingScenario, member: str, *choices: str) -> None:
    """The member casts a ballot on each resolution in turn; "-" leaves one out."""
    with scenario.rt.db.write() as conn:
        for number, choice in enumerate(choices, start=1):
            if choice != "-":
                record = scenario.ballot(conn, member, choice, number)
                voting_service.cast(conn, scenario.id, record, now=scenario.rt.clock())


def close(scenario: VotingScenario, who: str = "secretary", at: int | None = None) -> list[Any]:
    with scenario.rt.db.write() as conn:
        closes = scenario.meeting(conn).closes
        actor = scenario.people_setting.actor(conn, who)
        return voting_service.close_meeting(conn, actor, scenario.id, now=at or closes)


def test_the_log_of_a_meeting_tells_it_in_order(scenario: VotingScenario) -> None:
    vote(scenario, "1", "yes", "no")
    close(scenario)
    with scenario.rt.db.read() as conn:
        origin = scenario.meeting(conn).origin
        assert origin == "s0.test.example/meeting/tvm-101-2026-1"
        assert kinds(conn, origin) == [
            "meeting",
            "resolution",
            "resolution",
            "roll",
            "ballot",
            "ballot",
            "result",
            "result",
        ]
        notice = record_of(conn, origin, 0)
        assert notice["notice_given"] == "2026-06-01T08:00:00Z"
        assert notice["type"] == "annual-general-body"
        assert notice["rules"].startswith("kcs-general-body 2020-01-01 sha256:")
        second = record_of(conn, origin, 2)
        assert (second["number"], second["majority"]) == (2, "bye-law-amendment")
        assert second["text_ml"] == canon.normalise_text(RESOLUTIONS[1].text_ml)
        assert backlog(conn) > 0


def test_counts_quorum_and_majority_are_decided_and_sealed(scenario: VotingScenario) -> None:
    vote(scenario, "1", "yes", "yes")
    vote(scenario, "2", "yes", "no")
    vote(scenario, "3", "no", "yes")
    vote(scenario, "4", "abstain", "-")
    vote(scenario, "1", "no", "-")
    accounts, byelaw = close(scenario)
    assert (accounts.votes_for, accounts.against, accounts.abstained) == (1, 2, 1)
    assert (accounts.accepted, accounts.superseded) == (5, 1)
    assert (accounts.members, accounts.quorum, accounts.present) == (6, 2, 4)
    assert (accounts.voted, accounts.quorate, accounts.carried) == (3, True, False)
    assert (byelaw.votes_for, byelaw.against, byelaw.voted) == (2, 1, 3)
    assert byelaw.carried, "two of three is not less than two thirds"
    assert (byelaw.notice_days_given, byelaw.notice_days_required) == (19, 15)
    with scenario.rt.db.read() as conn:
        meeting = scenario.meeting(conn)
        sealed = record_of(conn, meeting.origin, byelaw.index)
        assert sealed["for"] == 2 and sealed["carried"] is True
        assert sealed["resolution"] == meeting.resolutions[1].digest
        assert sealed["closed"] == "2026-06-22T08:00:00Z"
        assert canon.canonical(sealed) == byelaw.document
        assert meeting.state(meeting.closes) == "closed"


def test_without_a_quorum_nothing_is_carried(scenario: VotingScenario) -> None:
    vote(scenario, "1", "yes", "yes")
    for result in close(scenario):
        assert (result.present, result.quorum) == (1, 2)
        assert result.votes_for == 1
        assert not result.quorate and not result.carried


def test_nobody_votes_and_nothing_is_carried(scenario: VotingScenario) -> None:
    assert [(r.accepted, r.carried) for r in close(scenario)] == [(0, False), (0, False)]


def test_closing_twice_gives_the_stored_results_and_ballots_are_refused(
    scenario: VotingScenario,
) -> None:
    vote(scenario, "1", "yes")
    first = close(scenario)
    with scenario.rt.db.read() as conn:
        late = scenario.ballot(conn, "2", "yes")
        size = len(kinds(conn, scenario.meeting(conn).origin))
    assert close(scenario, "president", first[0].closed + DAY) == first
    with scenario.rt.db.write() as conn:
        with pytest.raises(e.ClosedError):
            voting_service.cast(conn, scenario.id, late, now=first[0].closed)
        assert len(kinds(conn, scenario.meeting(conn).origin)) == size
        assert voting.results(conn, scenario.id) == first


def test_a_meeting_is_not_closed_early_nor_by_others(scenario: VotingScenario) -> None:
    with pytest.raises(TooEarlyError):
        close(scenario, at=scenario.rt.clock() + DAY - 1)
    for who in ("stranger", "registrar", "clerk"):
        with pytest.raises(NotAllowedError):
            close(scenario, who)
    with scenario.rt.db.read() as conn:
        assert voting.results(conn, scenario.id) == []


def test_the_roll_has_one_line_a_voter_and_hides_who_it_is(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        meeting = scenario.meeting(conn)
        documents = voting.roll_documents(conn, scenario.id)
        lines = [roll.parse_line(document) for document in documents]
        assert [line.roll_number for line in lines] == [1, 2, 3, 4, 5, 6]
        root = merkle.root_of([merkle.leaf_hash(document) for document in documents])
        assert meeting.roll_root == root
        assert (meeting.roll_count, meeting.roll_with_key) == (6, 5)
        assert sum(line.key is None for line in lines) == 1
        opening = voting.roll_opening(conn, scenario.id, scenario.people_setting.members["3"])
        assert opening is not None
        number, salt = opening
        assert roll.commit_member(salt, "3") == lines[number - 1].member
        assert roll.commit_member(salt, "4") != lines[number - 1].member
        mine = voting_service.eligible(conn, scenario.id, scenario.people_setting.members["3"])
        assert mine == lines[number - 1] and mine.key == w.public_of("member 3")


def test_numbers_are_drawn_by_lot(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=12, with_key=0)
        w.seal_register(conn, people_setting, rt.clock())
        meeting_id = call(conn, rt, people_setting)
        actor = people_setting.actor(conn, "secretary")
        orders = set()
        for _ in range(3):
            voting_service.draw_roll(conn, actor, meeting_id, now=rt.clock() + DAY)
            lines = [voting.roll_line(conn, meeting_id, m) for m in people_setting.members.values()]
            orders.add(tuple(line.roll_number for line in lines if line is not None))
    assert len(orders) == 3


def test_only_members_with_a_vote_stand_on_the_roll(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=2, with_key=0)
        changes: dict[str, dict[str, Any]] = {
            "3": {"class_": "nominal"},
            "4": {"share_paid_on": None},
            "5": {"joined": date(2026, 4, 23)},
            "6": {"joined": date(2026, 4, 22)},
            "7": {"share_paid_on": date(2026, 5, 23)},
            "8": {"share_paid_on": date(2026, 5, 22)},
            "9": {},
        }
        for number, change in changes.items():
            people_setting.members[number] = w.admit(
                conn, people_setting, number, rt.clock(), change
            )
        w.seal_register(conn, people_setting, rt.clock())
        clerk = people_setting.actor(conn, "clerk")
        people_service.member_left(
            conn, clerk, people_setting.members["9"], date(2026, 5, 30), now=rt.clock()
        )
        meeting_id = call(conn, rt, people_setting)
        meeting = voting_service.draw_roll(
            conn, people_setting.actor(conn, "secretary"), meeting_id, now=rt.clock() + DAY
        )
        on_it = {
            number
            for number, member in people_setting.members.items()
            if voting_service.eligible(conn, meeting_id, member) is not None
        }
    assert meeting.held_on == date(2026, 6, 21)
    assert on_it == {"1", "2", "6", "8"}


def test_the_roll_is_drawn_anew_before_and_never_after_the_opening(
    scenario: VotingScenario,
) -> None:
    with scenario.rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        before = scenario.meeting(conn)
        with pytest.raises(RollStateError):
            voting_service.draw_roll(conn, actor, scenario.id, now=before.opens)
        assert scenario.meeting(conn).roll_root == before.roll_root
        drawn = voting_service.draw_roll(conn, actor, scenario.id, now=before.opens - 1)
        assert drawn.roll_root != before.roll_root, "new lots and salts"
        assert kinds(conn, before.origin).count("roll") == 2


def test_a_roll_without_voters_is_refused(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=0, with_key=0)
        w.admit(conn, people_setting, "1", rt.clock(), {"share_paid_on": None})
        w.seal_register(conn, people_setting, rt.clock())
        meeting_id = call(conn, rt, people_setting)
        with pytest.raises(RollStateError, match="No member has a vote"):
            voting_service.draw_roll(
                conn, people_setting.actor(conn, "secretary"), meeting_id, now=rt.clock() + DAY
            )


def test_a_meeting_without_a_roll_cannot_be_closed_nor_voted_at(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock())
        meeting_id = call(conn, rt, people_setting)
        meeting = voting.meeting(conn, meeting_id)
        with pytest.raises(NoRollError):
            voting.ballot_to_sign(conn, meeting_id, 1, 1, "yes")
        with pytest.raises(NoRollError):
            voting_service.close_meeting(
                conn, people_setting.actor(conn, "secretary"), meeting_id, now=meeting.closes
            )
        assert meeting.state(rt.clock()) == "notice"
        assert meeting.state(meeting.closes) == "over"


def test_too_short_a_notice_is_refused_by_the_rule_file(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=1, with_key=0)
        with pytest.raises(NoticeTooShortError, match="15 clear days") as caught:
            call(conn, rt, people_setting, days=15)
        assert "this would give 14" in str(caught.value)
        assert voting.meetings(conn, "tvm-101") == []
        first = call(conn, rt, people_setting, days=16)
        second = call(conn, rt, people_setting, days=30)
        assert [m.id for m in voting.meetings(conn, "tvm-101")] == [second, first]
        assert (first, second) == ("tvm-101-2026-1", "tvm-101-2026-2")


def test_others_call_no_meeting(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=1, with_key=0)
        people_setting.accounts["secretary"] = people_setting.accounts["stranger"]
        with pytest.raises(NotAllowedError):
            call(conn, rt, people_setting)


@pytest.mark.parametrize(
    "change, fault",
    [
        ({"kind": "committee-election"}, e.NoRuleError),
        ({"held_on": date(2019, 12, 31)}, e.NoRuleError),
        ({"society": "no-such"}, UnknownPersonError),
        ({"title_ml": " "}, MeetingTermsError),
        ({"title_en": ""}, MeetingTermsError),
        ({"resolutions": []}, MeetingTermsError),
        ({"resolutions": [NewResolution("Only English.", "")]}, MeetingTermsError),
        ({"resolutions": [NewResolution("", "മലയാളം മാത്രം.")]}, MeetingTermsError),
        ({"resolutions": [NewResolution("a", "b", "no-such-majority")]}, e.NoRuleError),
        ({"resolutions": [NewResolution("a", "b", quorum="no-such")]}, e.NoRuleError),
        ({"held_on": date(2026, 7, 1)}, MeetingTermsError),
        ({"closes": 0}, MeetingTermsError),
    ],
)
def test_unlawful_or_incomplete_terms_are_refused(
    rt: Runtime, change: dict[str, Any], fault: type[Exception]
) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=1, with_key=0)
        opens = rt.clock() + 20 * DAY
        terms: dict[str, Any] = {
            "society": "tvm-101",
            "title_en": "Annual general body",
            "title_ml": "വാർഷിക പൊതുയോഗം",
            "kind": "annual-general-body",
            "held_on": date(2026, 6, 21),
            "opens": opens,
            "closes": opens + DAY,
            "resolutions": RESOLUTIONS,
        }
        with pytest.raises(fault):
            voting_service.call_meeting(
                conn, people_setting.actor(conn, "secretary"), **(terms | change), now=rt.clock()
            )
        assert voting.meetings(conn, "tvm-101") == []


@pytest.mark.parametrize("held_on", [date(2026, 6, 20), date(2026, 6, 22)])
def test_a_deadline_of_midnight_belongs_to_the_day_before(rt: Runtime, held_on: date) -> None:
    """Held on the 22nd, it would move the cut-off of the roll by a day on which nobody can vote."""
    opens, closes = (
        times.parse_time("2026-06-21T04:30:00Z"),
        times.parse_time("2026-06-21T18:30:00Z"),
    )
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=1, with_key=0)
        terms: dict[str, Any] = {
            "society": "tvm-101",
            "title_en": "a",
            "title_ml": "b",
            "kind": "annual-general-body",
            "opens": opens,
            "closes": closes,
            "resolutions": RESOLUTIONS,
            "now": rt.clock(),
        }
        secretary = people_setting.actor(conn, "secretary")
        with pytest.raises(MeetingDayError, match="from 2026-06-21 to 2026-06-21"):
            voting_service.call_meeting(conn, secretary, **terms, held_on=held_on)
        assert voting_service.call_meeting(conn, secretary, **terms, held_on=date(2026, 6, 21))


def test_a_year_that_is_a_slip_of_the_pen_is_refused(rt: Runtime) -> None:
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members=1, with_key=0)
        assert call(conn, rt, people_setting, days=500)
        with pytest.raises(TooFarAheadError, match="check the year"):
            call(conn, rt, people_setting, days=10 * 365)


def test_a_rule_file_that_changed_after_the_notice_decides_nothing(
    scenario: VotingScenario,
) -> None:
    vote(scenario, "1", "yes")
    changed = RuleBook(
        tuple(dataclasses.replace(rules, digest="0" * 64) for rules in rulebook.standard().sets)
    )
    for book in (changed, read_book([])):
        with scenario.rt.db.write() as conn, pytest.raises(e.NoRuleError):
            voting_service.close_meeting(
                conn,
                scenario.people_setting.actor(conn, "secretary"),
                scenario.id,
                now=scenario.meeting(conn).closes,
                rules=book,
            )
    assert len(close(scenario)) == 2


def test_unknown_meetings_and_resolutions_are_named(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        for read in (voting.meeting, voting.results, voting.turnout):
            with pytest.raises(NoSuchMeetingError):
                read(conn, "no-such")
        with pytest.raises(NoSuchMeetingError):
            voting.ballot_to_sign(conn, scenario.id, 3, 1, "yes")


def test_turnout_is_shown_and_choices_are_not_while_voting(scenario: VotingScenario) -> None:
    vote(scenario, "1", "yes", "no")
    vote(scenario, "2", "no")
    with scenario.rt.db.read() as conn:
        shown = voting.turnout(conn, scenario.id)
        assert (shown.members, shown.present, shown.assisted) == (6, 2, 0)
        assert voting.results(conn, scenario.id) == []
        assert scenario.meeting(conn).state(scenario.rt.clock()) == "open"


def test_the_meeting_is_published_under_the_state(scenario: VotingScenario) -> None:
    vote(scenario, "1", "yes")
    with scenario.rt.db.read() as conn:
        meeting = scenario.meeting(conn)
        (ballot,) = voting.ballots(conn, scenario.id)
    head = scenario.rt.publisher.wait(meeting.origin, ballot.index, 30)
    assert head is not None and head.covered and head.size > ballot.index
