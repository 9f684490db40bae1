"""Packages built by the server's own rooms, checked by the verifier that knows none of them."""

import json

import pytest
from sqlalchemy import Connection

from audit.verify.report import Report
from audit.verify.verify import Knowledge, verify_bytes
from tests.audit.helpers import rewrite, said
from tests.trust.books.makers import SMALL_BOOKS
from tests.trust.books.scenario import SLUG, BooksScenario, build
from tests.trust.log.helpers import erased_before
from tests.voting.scenario import VotingScenario, opened
from trust.books import published
from trust.books.package import society_package
from trust.formats.proofs import format_proof
from trust.log import package, proofs
from trust.log import queries as log_queries
from trust.log.errors import LogError
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import rulebook
from voting import service as voting_service
from voting.package import meeting_package


def verify(rt: Runtime, data: bytes) -> Report:
    """With the policy fetched beforehand, as an auditor would."""
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    return verify_bytes(
        data,
        Knowledge(
            published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
        ),
    )


@pytest.fixture
def books_setting(rt: Runtime) -> BooksScenario:
    """A society with books imported and one sheet filed and published."""
    found = build(rt)
    found.import_file(SMALL_BOOKS, year="2025-26")
    found.file("2025-26")
    found.publish()
    return found


def society(rt: Runtime, entitlement: package.Entitlement) -> bytes:
    with rt.db.read() as conn:
        return society_package(conn, SLUG, entitlement)


def test_a_societys_package_is_right(books_setting: BooksScenario) -> None:
    report = verify(books_setting.rt, society(books_setting.rt, package.everything))
    assert report.exit_code == 0, said(report)
    assert report["sheets"].right == 1 and report["sheets"].state == "right"
    assert report["vouchers"].right > 0
    assert "2 private entries are not opened" in said(report, "not-checked")["openings"], (
        "whose the officers' keys are: nobody is shown that"
    )
    assert report["details"].state == "right" and report["details"].right > 0
    assert report["earlier"].right >= 2
    assert "Not yet witnessed by anyone else" in said(report, "not-checked")["witnesses"]


def test_a_public_package_opens_nothing_private(books_setting: BooksScenario) -> None:
    data = society(books_setting.rt, package.nothing)
    report = verify(books_setting.rt, data)
    assert report.exit_code == 0, said(report)
    assert b"openings/" not in data and b"narration" not in data
    assert report["sheets"].state == "not-checked"


def test_records_without_their_second_payload(books_setting: BooksScenario) -> None:
    report = verify(books_setting.rt, society(books_setting.rt, lambda entry: "record"))
    assert report.exit_code == 0
    assert report["sheets"].state == "right" and report["details"].right == 0
    assert report["details"].state == "not-checked"


def test_a_flip_is_one_and_a_removed_file_is_two(books_setting: BooksScenario) -> None:
    data = society(books_setting.rt, package.everything)
    bad = bytearray(data)
    bad[len(bad) // 2] ^= 4
    assert verify(books_setting.rt, bytes(bad)).exit_code == 1
    assert verify(books_setting.rt, rewrite(data, "log/checkpoint")).exit_code == 2


def test_an_erased_payload_leaves_a_right_package(books_setting: BooksScenario) -> None:
    rt = books_setting.rt
    with rt.db.write() as conn:
        index = _first_voucher(conn, books_setting)
        erased_before(conn, books_setting.origin, index, now=rt.clock())
    books_setting.publish()
    report = verify(rt, society(rt, package.everything))
    assert report.exit_code == 0, said(report)
    assert "private entries are not opened" in said(report, "not-checked")["openings"]
    assert report["erasures"].right == 1


def _first_voucher(conn: Connection, books_setting: BooksScenario) -> int:
    rows = log_queries.entries(conn, books_setting.origin, 0, 100)
    return next(row.index for row in rows if row.kind == "voucher")


def test_every_entry_of_the_book_has_a_proof(books_setting: BooksScenario) -> None:
    rt = books_setting.rt
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
        for index in range(4):
            data = format_proof(proofs.sakshi_proof(conn, books_setting.origin, index))
            known = Knowledge(
                published.mapping_by_hash,
                rulebook.standard(),
                policy,
                filings=published.filing_rules(),
            )
            assert verify_bytes(data, known).exit_code == 0, index


def test_unpublished_and_unknown_logs_are_refused(rt: Runtime) -> None:
    with rt.db.read() as conn, pytest.raises(LogError, match="no book log"):
        society_package(conn, "nobody", package.everything)
    build(rt)
    with rt.db.read() as conn, pytest.raises(LogError, match="published"):
        society_package(conn, SLUG, package.everything)


@pytest.fixture
def scenario(rt: Runtime) -> VotingScenario:
    """A meeting at which three of six voted, one of them twice, closed and published."""
    found = opened(rt)
    for member, choice in (("1", "yes"), ("2", "no"), ("3", "yes"), ("2", "yes")):
        with rt.db.write() as conn:
            ballot = found.ballot(conn, member, choice)
            voting_service.cast(conn, found.id, ballot, now=rt.clock())
    with rt.db.write() as conn:
        closes = found.meeting(conn).closes
    rt.clock.advance(closes - rt.clock())  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        voting_service.close_meeting(
            conn, found.people_setting.actor(conn, "secretary"), found.id, now=rt.clock()
        )
        origin = found.meeting(conn).origin
    rt.publish([origin])
    return found


def test_a_meetings_package_is_right(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        data = meeting_package(conn, scenario.id, package.everything)
        sealed = voting.results(conn, scenario.id)
    report = verify(scenario.rt, data)
    assert report.exit_code == 0, said(report)
    assert report["ballots"].right == 4 and report["results"].right == len(sealed) == 2
    assert sealed[0].votes_for == 3 and sealed[0].superseded == 1


def test_the_public_sees_a_meeting_without_its_ballots(scenario: VotingScenario) -> None:
    with scenario.rt.db.read() as conn:
        data = meeting_package(conn, scenario.id, package.nothing)
    report = verify(scenario.rt, data)
    assert report.exit_code == 2 and not said(report), said(report)
    assert "4 ballots are not open" in said(report, "not-checked")["ballots"]
    assert b"roll-line" not in data and b"choice" not in data


def test_ballots_are_not_opened_before_the_close(rt: Runtime) -> None:
    found = opened(rt)
    with rt.db.write() as conn:
        voting_service.cast(conn, found.id, found.ballot(conn, "1", "yes"), now=rt.clock())
        origin = found.meeting(conn).origin
    rt.publish([origin])
    with rt.db.read() as conn:
        data = meeting_package(conn, found.id, package.everything)
    assert b"openings/" not in data
    report = verify(rt, data)
    assert report.exit_code == 2 and not said(report), "the meeting is open"
    assert json.dumps(report.as_json())
