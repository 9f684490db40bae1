"""A state of revision 8d3a23a goes on under today's code: the contract of every later change.

In it: the demo of four societies, an open meeting with ballots of version 1, an import that was cut
off, an erased payload, a log that was recovered from a mirror. It ends under the rules it began
under, and what follows is made in the newest version.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from zipfile import ZipFile

import pytest
from sqlalchemy import Connection, select, text

from audit.verify.report import Report
from audit.verify.verify import Knowledge, Source, verify_bytes, verify_society
from tests.upgrade.conftest import Old
from trust.books import published
from trust.books import queries as books
from trust.books import service as books_service
from trust.books.package import society_package
from trust.database import Database
from trust.formats import b64, canon, signing
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log import proofs, sealed, shards
from trust.log import queries as log_queries
from trust.log.checks import fsck
from trust.log.errors import NotErasableError
from trust.log.package import everything
from trust.log.replay.check import check
from trust.log.replay.rebuild import rebuild
from trust.log.replay.subjects import Tally
from trust.log.runtime import Runtime
from trust.log.tables import log_entry
from trust.people import queries as people
from trust.people import service as people_service
from trust.people import tables as keys
from trust.people.errors import RegisterSealedError
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.errors import RegisterNotSealedError
from voting.model import NewResolution
from voting.package import meeting_package
from web import wiring

DAY = 86_400
SOCIETIES = ("s1", "s10", "s11", "s12")
REFILED, YEAR = "s10", "2025-26"


@pytest.fixture
def rt(old: Old) -> Iterator[Runtime]:
    """The state, opened and with everything done that a starting server does."""
    made = old.opened()
    books_service.resume_imports(made)
    settle(made)
    yield made
    made.close()


def settle(rt: Runtime) -> None:
    """Everything sealed stands under a released head; no work waits."""
    with rt.db.read() as conn:
        waiting = [info.origin for info in log_queries.logs(conn) if info.next_index != info.size]
    rt.publish(waiting)
    wiring.drain(rt)


def close_meeting(rt: Runtime, old: Old) -> None:
    """Voting ends, and the secretary counts."""
    meeting = old.facts["open_meeting"]
    with rt.db.read() as conn:
        closes = voting.meeting(conn, meeting).closes
    old.clock.advance(closes - old.clock() + 10)
    secretary = old.actor(rt, "s1.secretary")
    with rt.db.write() as conn:
        voting_service.close_meeting(conn, secretary, meeting, now=old.clock())
    settle(rt)


def file(rt: Runtime, old: Old) -> None:
    """The year into which bills were sealed late is filed again."""
    with rt.db.read() as conn:
        draft = books_service.draft_statement(conn, REFILED, YEAR, now=old.clock())
    books_service.file_statement(rt, REFILED, old.signed(draft.record, "secretary", "president"))
    settle(rt)


def seal_register(rt: Runtime, old: Old) -> None:
    """Secretary and president seal the register of the first society as it stands."""
    first, second = (old.actor(rt, f"s1.{role}") for role in ("secretary", "president"))
    with rt.db.write() as conn:
        asked = people_service.begin_register_opening(conn, first, "s1", now=old.clock())
        people_service.confirm_register_opening(conn, second, asked, now=old.clock())
    settle(rt)


def verified(rt: Runtime, old: Old, meeting: str = "") -> Report:
    """A meeting's package, by default the open one's, verified together with its society's."""
    with rt.db.read() as conn:
        data = meeting_package(conn, meeting or old.facts["open_meeting"], everything)
        society = society_package(conn, "s1", everything)
    history, officers = verify_society([Source("s1", society)], known(rt))
    assert history.exit_code == 0 and officers is not None
    return verify_bytes(data, replace(known(rt), officers=officers))


def call_next(rt: Runtime, old: Old) -> str:
    """The society calls its next meeting, with one resolution."""
    opens = old.clock() + 30 * DAY
    secretary = old.actor(rt, "s1.secretary")
    held = datetime.fromtimestamp(opens, IST).date()
    with rt.db.write() as conn:
        made = voting_service.call_meeting(
            conn,
            secretary,
            "s1",
            "Special general body meeting",
            "പ്രത്യേക പൊതുയോഗം",
            "special-general-body",
            held,
            opens,
            opens + DAY,
            (NewResolution("To mend the roof.", "മേൽക്കൂര നന്നാക്കുക."),),
            now=old.clock(),
        )
    settle(rt)
    return made


def vote(rt: Runtime, old: Old, meeting: str, number: str, choice: str) -> None:
    """A member votes with the card that the old state left in her hands."""
    with rt.db.write() as conn:
        members = {one.number: one.id for one in people.members(conn, "s1")}
        line = voting_service.eligible(conn, meeting, members[number])
        assert line is not None
        record = voting.ballot_to_sign(conn, meeting, 1, line.roll_number, choice)
        origin = str(record["meeting"])
        made = signing.sign(old.seed(f"s1.m{number}"), "member", "ballot", origin, record)
        voting_service.cast(conn, meeting, signing.with_signatures(record, [made]), now=old.clock())


def assert_sound(rt: Runtime) -> Tally:
    """fsck, and fsck --rooms, have nothing to say."""
    tally = Tally()
    assert [str(one) for one in fsck.check(rt.db, rt.signer)] == []
    assert [str(one) for one in check(rt.db, tally)] == []
    return tally


def known(rt: Runtime) -> Knowledge:
    """What an auditor knows: our tables and rules, and the policy in force."""
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    return Knowledge(published.mapping_by_hash, rulebook.standard(), policy)


def test_it_opens_and_is_sound(rt: Runtime, old: Old) -> None:
    tally = assert_sound(rt)
    assert tally.checked > 1000
    assert tally.unchecked > 0, "the erased payload and those lost with the burnt database"


def test_the_open_import_is_finished(rt: Runtime, old: Old) -> None:
    with rt.db.read() as conn:
        imports = books.imports(conn, old.facts["open_import_society"])
    (found,) = [one for one in imports if one.id == old.facts["open_import"]]
    assert (found.state, found.posted) == ("posted", 5)


def test_the_meeting_ends_under_the_version_of_its_notice(rt: Runtime, old: Old) -> None:
    close_meeting(rt, old)
    with rt.db.read() as conn:
        origin = voting.meeting(conn, old.facts["open_meeting"]).origin
        last = log_queries.info(conn, origin).next_index
        first, second = (sealed.record(conn, origin, at, "result") for at in (last - 2, last - 1))
    want = old.facts["result"]
    assert (first["v"], second["v"]) == (1, 1)
    assert first["for"] == want["yes"] and first["against"] == want["no"]
    assert first["accepted"] == want["accepted"] and second["accepted"] == 0
    report = verified(rt, old)
    assert report.exit_code == 0
    assert report["ballots"].right == want["accepted"] and report["results"].right == 2
    assert_sound(rt)


def test_the_register_is_sealed_once_and_the_meeting_of_before_goes_on(
    rt: Runtime, old: Old
) -> None:
    with rt.db.read() as conn:
        origin = voting.meeting(conn, old.facts["open_meeting"]).origin
        before = log_queries.info(conn, origin).next_index
    seal_register(rt, old)
    with rt.db.read() as conn:
        assert log_queries.info(conn, origin).next_index == before
    with pytest.raises(RegisterSealedError):
        seal_register(rt, old)
    close_meeting(rt, old)
    assert verified(rt, old).exit_code == 0
    assert_sound(rt)


def test_the_next_meeting_is_of_version_2_and_waits_for_the_register(rt: Runtime, old: Old) -> None:
    meeting = call_next(rt, old)
    secretary = old.actor(rt, "s1.secretary")
    with pytest.raises(RegisterNotSealedError), rt.db.write() as conn:
        voting_service.draw_roll(conn, secretary, meeting, now=old.clock())
    seal_register(rt, old)
    with rt.db.write() as conn:
        voting_service.draw_roll(conn, secretary, meeting, now=old.clock())
        opens, closes = voting.meeting(conn, meeting).opens, voting.meeting(conn, meeting).closes
    settle(rt)
    old.clock.advance(opens - old.clock() + 10)
    for number, choice in (("1", "yes"), ("2", "no"), ("16", "yes")):
        vote(rt, old, meeting, number, choice)
    old.clock.advance(closes - old.clock() + 10)
    with rt.db.write() as conn:
        voting_service.close_meeting(conn, secretary, meeting, now=old.clock())
        origin = voting.meeting(conn, meeting).origin
        last = log_queries.info(conn, origin).next_index - 1
        result = sealed.record(conn, origin, last, "result")
    settle(rt)
    assert (result["v"], result["for"], result["against"]) == (2, 2, 1)
    assert (result["reissues"], result["stops"], result["admissions"]) == (0, 0, 0)
    report = verified(rt, old, meeting)
    assert report.exit_code == 0
    assert report["ballots"].right == 3 and report["changes"].state == "right"
    assert_sound(rt)


def test_a_sheet_is_filed_and_every_package_verifies(rt: Runtime, old: Old) -> None:
    file(rt, old)
    with rt.db.read() as conn:
        packages = {slug: society_package(conn, slug, everything) for slug in SOCIETIES}
        policy = known(rt)
    reports = {slug: verify_bytes(data, policy) for slug, data in packages.items()}
    codes = {slug: report.exit_code for slug, report in reports.items()}
    assert codes == {"s1": 0, "s10": 0, "s11": 1, "s12": 0}
    comparative = reports["s11"]["comparative"]
    assert reports["s11"].findings("wrong") == comparative.findings, "the planted column"
    assert_sound(rt)


def test_a_second_start_changes_nothing(rt: Runtime, old: Old) -> None:
    with rt.db.read() as conn:
        before = {info.origin: info.next_index for info in log_queries.logs(conn)}
    again = old.opened()
    assert books_service.resume_imports(again) == []
    with again.db.read() as conn:
        assert {info.origin: info.next_index for info in log_queries.logs(conn)} == before
    again.close()


def test_members_keys_in_force_are_sealed_once_more_without_the_member(
    rt: Runtime, old: Old
) -> None:
    """Order by lot, no officer, one time; the log of the open meeting is told nothing."""
    with rt.db.read() as conn:
        in_force = (keys.member_key.c.society == "s1") & keys.member_key.c.revoked_at.is_(None)
        numbers = conn.execute(
            select(keys.member_key.c.id, keys.member_key.c.member, keys.member_key.c.version)
            .where(in_force)
            .order_by(keys.member_key.c.id)
        ).all()
        rows = [people.key(conn, row.id) for row in numbers]
        assert len(rows) > 10 and {row.version for row in numbers} == {2}
        details = []
        for row in rows:
            opening = log_queries.opening(conn, row.origin, row.index)
            assert opening is not None and opening.record is not None
            assert opening.detail is not None
            record = canon.parse(opening.record)
            assert (record["v"], record["action"], record["officers"]) == (2, "carry", [])
            details.append(canon.parse(opening.detail)["member"])
        assert details == [row.member for row in numbers]
        places = [row.index for row in rows]
        assert sorted(places) != places, "in the order of the register it would tell the member"
        assert len({log_queries.entry(conn, row.origin, row.index).time for row in rows}) == 1
        meeting = voting.meeting(conn, old.facts["open_meeting"])
        kinds = {e.kind for e in log_queries.entries(conn, meeting.origin, 0, 10_000)}
    assert "roll-change" not in kinds


def test_whose_the_officers_keys_are_is_sealed_once(rt: Runtime, old: Old) -> None:
    """A row alone said it; the entry names the account, and no package opens it."""
    with rt.db.read() as conn:
        table = keys.officer_key
        rows = conn.execute(select(table).where(table.c.society == "s1")).all()
        assert len(rows) > 1
        for row in rows:
            account = people.actor(conn, row.account_id, old.clock()).account
            origin = people.book_origin(conn, "s1", old.clock())
            opening = log_queries.opening(conn, origin, row.holder_idx)
            assert opening is not None and opening.record is not None
            record = canon.parse(opening.record)
            assert (record["kind"], record["account"]) == ("officer-holder", account.login)
            assert b64.decode(str(record["key"])) == bytes(row.public_key)
        package = society_package(conn, "s1", everything)
    shown = set(ZipFile(io.BytesIO(package)).namelist())
    assert not shown & {f"openings/{row.holder_idx}.json" for row in rows}
    with rt.db.write() as conn:
        conn.execute(table.update().where(table.c.id == rows[0].id).values(account_id=None))
    wrong = [one.column for one in check(rt.db, Tally())]
    assert wrong == ["officer_key.account_id"]


def test_an_old_enrolment_is_erased_whole_only_if_its_key_was_carried_over(
    rt: Runtime, old: Old
) -> None:
    """A stop stays: who could erase it could bring the key back. Earlier erasures stay valid."""
    erased, kept = [], []
    with rt.db.write() as conn:
        in_force = {
            bytes(key)
            for key in conn.execute(
                select(keys.member_key.c.public_key).where(keys.member_key.c.revoked_at.is_(None))
            ).scalars()
        }
        for origin, index, record in _enrolments(conn):
            if b64.decode(str(record["key"])) in in_force:
                shards.erase(conn, origin, index, "record", "asked for", now=old.clock())
                erased.append(index)
            else:
                with pytest.raises(NotErasableError):
                    shards.erase(conn, origin, index, "record", "asked for", now=old.clock())
                kept.append(record["action"])
    assert len(erased) > 10 and "revoke" in kept
    settle(rt)
    assert assert_sound(rt).unchecked >= len(erased)


def _enrolments(conn: Connection) -> list[tuple[str, int, dict[str, Json]]]:
    """The enrolments of version 1 that are still there."""
    listed = []
    for info in log_queries.logs(conn, "coop"):
        for index, _, record in sealed.told(conn, info.origin, "enrolment"):
            if record is not None and record["v"] == 1:
                listed.append((info.origin, index, record))
    return listed


def test_a_key_stays_stopped_whose_stop_was_erased_before_the_upgrade(old: Old) -> None:
    """Only its row still tells it: nothing is named, and a rebuild does not bring the key back."""
    db = Database(old.settings.database)
    with db.write() as conn:
        key = conn.execute(text("SELECT * FROM member_key WHERE revoked_at IS NOT NULL")).first()
        assert key is not None
        for row in conn.execute(text(STOPS), {"at": key.revoked_at}).all():
            record = canon.parse(bytes(row.record))
            if b64.decode(str(record["key"])) == bytes(key.public_key):
                assert record["action"] == "revoke"
                conn.execute(text(ERASE), {"log_id": row.log_id, "idx": row.idx})
    db.dispose()
    rt = old.opened()
    try:
        assert [str(one) for one in check(rt.db, Tally())] == []
        rebuild(rt.db)
        with rt.db.read() as conn:
            again = select(keys.member_key.c.revoked_at).where(keys.member_key.c.id == key.id)
            assert conn.execute(again).scalar() == key.revoked_at
    finally:
        rt.close()


STOPS = """
SELECT e.log_id, e.idx, p.record FROM log_entry AS e
JOIN log_payload AS p ON p.log_id = e.log_id AND p.idx = e.idx
WHERE e.kind = 'enrolment' AND e.time = :at AND p.record IS NOT NULL
"""
ERASE = """
UPDATE log_payload SET record = NULL, salt = NULL, detail = NULL, detail_salt = NULL, erased = true
WHERE log_id = :log_id AND idx = :idx
"""


def test_a_key_moved_by_hand_is_not_sealed_as_somebody_elses(old: Old) -> None:
    """Before the upgrade somebody gives a member's key to another, and writes a key of his own."""
    db, of = Database(old.settings.database), "SELECT member_id FROM member_key WHERE id = :id"
    with db.write() as conn:
        in_force = "SELECT id FROM member_key WHERE revoked_at IS NULL ORDER BY id LIMIT 2"
        moved, other = conn.execute(text(in_force)).scalars().all()
        owner = conn.execute(text(of), {"id": moved}).scalar_one()
        theirs = conn.execute(text(of), {"id": other}).scalar_one()
        give = text("UPDATE member_key SET member_id = :m WHERE id = :id")
        conn.execute(give, {"m": theirs, "id": moved})
        conn.execute(text(FORGED), {"key": bytes(32), "id": moved})
    db.dispose()
    rt = old.opened()
    try:
        with rt.db.read() as conn:
            assert people.key(conn, moved).member_id == owner
            sealed_now = select(keys.member_key.c.version).where(
                keys.member_key.c.public_key == bytes(32)
            )
            assert conn.execute(sealed_now).scalar() == 1, "no entry was made of it"
        (forged,) = check(rt.db, Tally())
        assert forged.column == "member_key"
    finally:
        rt.close()


def test_no_start_carries_a_key_to_another_member(rt: Runtime, old: Old) -> None:
    """Whoever alters a row and waits for a restart gets nothing sealed."""
    with rt.db.write() as conn:
        one, other = conn.execute(
            select(keys.member_key).where(keys.member_key.c.revoked_at.is_(None)).limit(2)
        ).all()
        altered = keys.member_key.update().where(keys.member_key.c.id == one.id)
        conn.execute(altered.values(version=1, member=other.member, society=other.society))
        conn.execute(log_entry.update().where(log_entry.c.idx == one.idx).values(key="x"))
        before = {info.origin: info.next_index for info in log_queries.logs(conn)}
    again = old.opened()
    with again.db.read() as conn:
        assert {info.origin: info.next_index for info in log_queries.logs(conn)} == before
    assert {"member_key.member", "member_key.version"} <= {c.column for c in check(rt.db, Tally())}
    again.close()


FORGED = """
INSERT INTO member_key (id, member_id, public_key, medium, bound_at, origin, entry_index)
SELECT 9999, member_id, :key, medium, bound_at, origin, 0 FROM member_key WHERE id = :id
"""
