"""Somebody with the database's password changes rows by hand: what do people still believe?

The log's entries are left alone here (fsck, the browser's check and `sakshi-audit` notice those);
these rows stand beside the log for speed, and nothing that is shown or counted may rest on them.
"""

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from starlette.testclient import TestClient

from tests.trust.books import scenario as books_scenario
from tests.voting.scenario import DAY, VotingScenario
from tests.web.books import trial_balance
from trust.books import queries as books
from trust.books.tables import book_posting, book_statement
from trust.log import tables as log
from trust.log.errors import AlteredError
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import service as voting_service
from voting import tables as votes
from voting.errors import CountError
from web.app import create_app

SLUG = books_scenario.SLUG


@pytest.fixture
def books_setting(rt: Runtime) -> books_scenario.BooksScenario:
    """A society that has filed one balance sheet twice: the second replaces the first."""
    made = books_scenario.build(rt)
    assert made.import_file(trial_balance("2025-26"), "tb.csv", year="2025-26").ok
    made.file("2025-26")
    rt.clock.advance(60)  # type: ignore[attr-defined]
    made.file("2025-26")
    made.publish()
    return made


def change(rt: Runtime, table: Any, where: Any, **values: object) -> None:
    """What the attacker types into the database's own prompt; something must have changed."""
    with rt.db.write() as conn:
        assert conn.execute(update(table).where(where).values(**values)).rowcount > 0


def page(rt: Runtime, path: str) -> Any:
    """What a stranger is shown."""
    with TestClient(create_app(rt), headers={"accept-language": "en"}) as client:
        return client.get(path)


def close(rt: Runtime, scenario: VotingScenario) -> list[Any]:
    """The secretary closes the meeting, a day after it opened."""
    rt.clock.advance(DAY + 1)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        return list(voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock()))


def vote(rt: Runtime, scenario: VotingScenario, *choices: str) -> None:
    """Members 1, 2, … vote so on the first resolution."""
    with rt.db.write() as conn:
        for number, choice in enumerate(choices, start=1):
            ballot = scenario.ballot(conn, str(number), choice)
            voting_service.cast(conn, scenario.id, ballot, now=rt.clock())


# --- the balance sheet ---------------------------------------------------------------------------


def test_a_profit_painted_over_in_the_table_is_shown_to_nobody(
    rt: Runtime, books_setting: books_scenario.BooksScenario
) -> None:
    before = page(rt, f"/s/{SLUG}/2025-26.json").json()
    income = book_posting.c.paise < 0
    change(rt, book_posting, income, paise=book_posting.c.paise - 987_654_321_00)
    assert page(rt, f"/s/{SLUG}/2025-26.json").json() == before
    assert "98,76,54,321" not in page(rt, f"/s/{SLUG}/2025-26").text


def test_a_sheet_shown_under_the_hash_of_another_is_not(
    rt: Runtime, books_setting: books_scenario.BooksScenario
) -> None:
    """What a sheet is, and which of a year was filed last, is read from the log."""
    with rt.db.read() as conn:
        newest = books.statement(conn, SLUG, "2025-26")
    assert newest is not None
    older = book_statement.c.sha256 != newest.sha256
    change(rt, book_statement, older, sha256="0" * 64)
    with rt.db.read() as conn:
        assert books.statement(conn, SLUG, "2025-26") == newest
        found = books.statements(conn, SLUG)
    assert found[0].sha256 == newest.sha256 and found[1].sha256 != "0" * 64
    assert [item.in_force for item in found] == [True, False]


def test_a_document_swapped_under_its_hash_is_not_shown_and_the_page_says_why(
    rt: Runtime, books_setting: books_scenario.BooksScenario
) -> None:
    with rt.db.read() as conn:
        kind = log.log_document.c.kind == "statement"
        document = conn.execute(select(log.log_document.c.document).where(kind)).scalars().first()
    assert document is not None
    change(rt, log.log_document, kind, document=bytes(document).replace(b"2025-26", b"2024-25"))
    answer = page(rt, f"/s/{SLUG}/2025-26?lang=en")
    assert answer.status_code == 500 and "not what was sealed" in answer.text
    assert "മുദ്രവെച്ചതല്ല" in page(rt, f"/s/{SLUG}/2025-26?lang=ml").text


def test_a_row_that_points_at_another_sealed_entry_is_found_out(
    rt: Runtime, books_setting: books_scenario.BooksScenario
) -> None:
    with rt.db.read() as conn:
        standing = books.statement(conn, SLUG, "2025-26")
    assert standing is not None
    newest = book_statement.c.sha256 == standing.sha256
    change(rt, book_statement, newest, idx=0)
    with rt.db.read() as conn, pytest.raises(AlteredError, match="entry 0"):
        books.statement(conn, SLUG, "2025-26")
    with rt.db.read() as conn:
        place = conn.execute(
            select(log.log_entry.c.idx).where(log.log_entry.c.kind == "statement")
        ).scalars()
        index = list(place)[-1]
    change(rt, book_statement, newest, idx=index, book_year="2019-20")
    with rt.db.read() as conn, pytest.raises(AlteredError, match="2019-20"):
        books.statement(conn, SLUG, "2019-20")


# --- the vote ------------------------------------------------------------------------------------


def test_votes_turned_round_in_the_table_change_no_result(
    rt: Runtime, scenario: VotingScenario
) -> None:
    vote(rt, scenario, "no", "no", "no", "yes", "abstain")
    change(rt, votes.meeting_ballot, votes.meeting_ballot.c.choice == "no", choice="yes")
    first = close(rt, scenario)[0]
    assert (first.votes_for, first.against, first.abstained) == (1, 3, 1)
    assert not first.carried


def test_votes_deleted_from_the_table_are_counted_all_the_same(
    rt: Runtime, scenario: VotingScenario
) -> None:
    vote(rt, scenario, "no", "no", "yes")
    with rt.db.write() as conn:
        conn.execute(delete(votes.meeting_ballot).where(votes.meeting_ballot.c.choice == "no"))
    first = close(rt, scenario)[0]
    assert (first.votes_for, first.against, first.accepted, first.present) == (1, 2, 3, 3)


def test_a_ballot_changed_where_it_is_kept_is_left_out_and_named(
    rt: Runtime, scenario: VotingScenario
) -> None:
    vote(rt, scenario, "no", "yes")
    with rt.db.read() as conn:
        index = voting.ballots(conn, scenario.id)[0].index
        where = (log.log_payload.c.kind == "ballot") & (log.log_payload.c.idx == index)
        kept = bytes(conn.execute(select(log.log_payload.c.record).where(where)).scalar_one())
    change(rt, log.log_payload, where, record=kept.replace(b'"no"', b'"yes"'))
    first = close(rt, scenario)[0]
    assert (first.votes_for, first.against) == (1, 0)
    assert first.told is not None and first.told.left_out == ((index, "not-open"),)


def test_a_roll_with_the_attackers_key_in_it_decides_nothing(
    rt: Runtime, scenario: VotingScenario
) -> None:
    vote(rt, scenario, "no")
    line = votes.meeting_roll.c
    with rt.db.read() as conn:
        kept = voting.roll_documents(conn, scenario.id)
    change(rt, votes.meeting_roll, line.roll_number == 1, line=kept[1])
    with pytest.raises(CountError, match="roll stored here is not the one"):
        close(rt, scenario)


def test_a_longer_voting_time_in_the_table_does_not_make_late_ballots_count(
    rt: Runtime, scenario: VotingScenario
) -> None:
    """The ballot is sealed under the row's time; the count goes by the sealed notice, as a
    stranger's does."""
    vote(rt, scenario, "no")
    with rt.db.read() as conn:
        closes = scenario.meeting(conn).closes
    change(rt, votes.meeting, votes.meeting.c.id == scenario.id, closes=closes + 3600)
    rt.clock.advance(closes + 60 - rt.clock())  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        late = voting_service.cast(
            conn, scenario.id, scenario.ballot(conn, "2", "yes"), now=rt.clock()
        ).index
    first = close(rt, scenario)[0]
    assert (first.votes_for, first.against) == (0, 1)
    assert first.told is not None and first.told.left_out == ((late, "ballot-after-close"),)


def test_a_result_is_not_shown_for_another_resolution(
    rt: Runtime, scenario: VotingScenario
) -> None:
    vote(rt, scenario, "no", "no", "yes")
    close(rt, scenario)
    row = votes.meeting_result
    for before, after in ((1, 9), (2, 1), (9, 2)):
        change(rt, row, row.c.number == before, number=after)
    with rt.db.read() as conn, pytest.raises(AlteredError, match="resolution 1"):
        voting.results(conn, scenario.id)


def test_nobody_votes_on_a_text_that_is_not_the_one_in_the_notice(
    rt: Runtime, scenario: VotingScenario, person: Any
) -> None:
    member = person().sign_in_with_card("member 1")
    member.get(f"/member/meetings/{scenario.id}/1")
    where = votes.meeting_resolution.c.number == 1
    change(rt, votes.meeting_resolution, where, text_en="Thank the secretary.")
    answer = member.client.get(f"/member/meetings/{scenario.id}/1")
    assert answer.status_code == 500 and "Thank the secretary" not in answer.text
    assert "not the one in the notice" in answer.text
