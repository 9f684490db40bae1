"""The Registrar's board and alerts, and the auditor's packages."""

import dataclasses
import re
from pathlib import Path
from typing import Any

import pytest

from audit.verify.verify import Knowledge, verify_bytes
from dashboards import metrics
from oversight import queries as oversight
from tests.voting.scenario import VotingScenario
from tests.web.desks.conftest import SLUG, Person, attribute
from trust.books import published
from trust.formats.canon import Json
from trust.formats.cosignatures import cosigner_key
from trust.formats.proofs import parse_proof
from trust.log import proofs
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.log.witnesses import witnessfaults, witnesspolicy
from trust.log.witnesses.witnessclient import WitnessError
from trust.people import queries as people
from voting import rulebook


@pytest.fixture
def registrar(person: Any, scenario: VotingScenario) -> Person:
    """An officer of the Registrar for the society's district."""
    made: Person = person().sign_in("registrar")
    return made


def _version(officer: Person, path: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', officer.get(path))
    assert found
    return found[1]


def test_the_board_shows_only_the_officers_district(
    person: Any, registrar: Person, alert: str
) -> None:
    assert f"/registrar/alerts/{alert}" in registrar.get("/registrar")
    elsewhere = person().sign_in("elsewhere")
    assert "No open alert in your area" in elsewhere.get("/registrar")
    elsewhere.get(f"/registrar/alerts/{alert}", 403)
    elsewhere.get("/registrar/societies/tvm-101", 403)
    page = "/registrar/societies"
    step = elsewhere.post(page, f"/registrar/alerts/{alert}/close", reason="x", version="1")
    assert step.status_code == 403


def test_an_alert_shows_evidence_formula_source_and_help(registrar: Person, alert: str) -> None:
    text = registrar.get(f"/registrar/alerts/{alert}")
    assert "46 loans" in text
    links = re.findall(r'href="/r/([0-9A-Z-]+)"', text)
    assert len(links) >= 46
    for heading in ("How it was computed", "Evidence", "What usually helps", "History"):
        assert heading in text
    assert registrar.client.get(f"/r/{links[0]}").status_code in (200, 202)


def test_acknowledge_comment_close_reopen_each_sealed(
    registrar: Person, alert: str, rt: Runtime
) -> None:
    page = f"/registrar/alerts/{alert}"
    for step, text in (
        ("acknowledge", ""),
        ("comment", "Called the secretary."),
        ("close", "Checked on the spot."),
        ("reopen", "New papers."),
    ):
        answer = registrar.post(
            page, f"{page}/{step}", reason=text, version=_version(registrar, page)
        )
        assert (answer.status_code, answer.headers["location"]) == (303, page), answer.text
        assert text in registrar.get(page)
    with rt.db.read() as conn:
        steps = oversight.timeline(conn, alert)
    assert [s.action for s in steps] == ["open", "acknowledge", "comment", "close", "reopen"]
    assert len({s.sealed.index for s in steps}) == 5


def test_who_comes_second_is_told_and_keeps_what_was_written(
    person: Any, registrar: Person, alert: str, rt: Runtime
) -> None:
    page = f"/registrar/alerts/{alert}"
    deputy = person().sign_in("deputy")
    seen = _version(deputy, page)
    first = registrar.post(page, f"{page}/close", reason="Done.", version=seen)
    assert first.status_code == 303
    second = deputy.post(page, f"{page}/acknowledge", reason="I take it.", version=seen)
    assert second.status_code == 409
    assert "your step was not taken" in second.text.lower() and "I take it." in second.text
    with rt.db.read() as conn:
        assert oversight.alert(conn, alert).state == "closed"


def test_a_step_without_reason_or_of_no_kind_is_refused(registrar: Person, alert: str) -> None:
    page = f"/registrar/alerts/{alert}"
    empty = registrar.post(page, f"{page}/close", reason="  ", version=_version(registrar, page))
    assert empty.status_code == 422 and 'role="alert"' in empty.text
    strange = registrar.post(page, f"{page}/burn", reason="x", version="1")
    assert strange.status_code == 404
    wrong = registrar.post(page, f"{page}/close", reason="x", version="one")
    assert wrong.status_code == 422


def test_htmx_gets_the_part_and_others_the_page(registrar: Person, alert: str) -> None:
    page = f"/registrar/alerts/{alert}"
    fields = {"csrf": registrar.token(page), "reason": "", "version": _version(registrar, page)}
    answer = registrar.client.post(
        f"{page}/acknowledge",
        data=fields,
        headers={"HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": "div#alert"},
    )
    assert answer.status_code == 200
    assert answer.text.lstrip().startswith('<div id="alert"') and "<html" not in answer.text
    assert "You are now the owner" in answer.text


def test_what_an_officer_writes_is_escaped(registrar: Person, alert: str) -> None:
    page = f"/registrar/alerts/{alert}"
    hostile = "<script>alert(1)</script>{{ 7*7 }}"
    version = _version(registrar, page)
    answer = registrar.post(page, f"{page}/comment", reason=hostile, version=version)
    assert answer.status_code == 303
    text = registrar.get(page)
    assert "<script>alert(1)" not in text and "&lt;script&gt;alert(1)" in text


def test_the_auditor_takes_packages_and_it_is_recorded(
    person: Any, scenario: VotingScenario, rt: Runtime
) -> None:
    with rt.db.read() as conn:
        rt.publisher.flush(people.book_origin(conn, "tvm-101", rt.clock()))
        rt.publisher.flush(scenario.meeting(conn).origin)
    with rt.db.read() as conn:
        policy = proofs.policy_text(conn).encode()
    known = Knowledge(
        published.mapping_by_hash, rulebook.standard(), policy, filings=published.filing_rules()
    )
    auditor = person().sign_in("auditor")
    base = "/auditor/societies/tvm-101"
    assert "sakshi-audit verify" in auditor.get(base)
    for path in ("/books/2026-27/package.zip", f"/meetings/{scenario.id}/package.zip"):
        answer = auditor.client.get(base + path)
        assert answer.status_code == 200, path
        report = verify_bytes(answer.content, known)
        assert not report.findings("wrong"), path
        assert report.exit_code == (2 if "/meetings/" in path else 0), "the meeting is open"
    opened = auditor.get(f"{base}/books/2026-27/entries/1")
    assert "Salt:" in opened or "Public document" in opened
    proof = auditor.client.get(f"{base}/books/2026-27/entries/1.sakshi-proof")
    parse_proof(proof.content)
    with rt.db.read() as conn:
        taken = {item.what for item in people.access_records(conn, "tvm-101")}
    assert {"package 2026-27", "proof 1 of 2026-27"} <= taken
    assert "package 2026-27" in auditor.get(base)


def test_an_auditor_stays_in_the_own_area(person: Any, scenario: VotingScenario) -> None:
    auditor = person().sign_in("auditor")
    auditor.get("/auditor/societies/tsr-7", 403)
    for path in (
        "/auditor/societies/none",
        "/auditor/societies/tvm-101/books/1999-00/entries",
        "/auditor/societies/tvm-101/books/2026-27/entries/99999",
    ):
        auditor.get(path, 404)


def test_the_stream_starts_where_the_page_was_made(registrar: Person, alert: str) -> None:
    source = attribute(registrar.get("/registrar"), "data-live")
    assert re.fullmatch(r"/registrar/live\?after=\d+", source)


def test_the_board_says_when_outside_witnesses_are_silent(
    rt: Runtime, registrar: Person, scenario: VotingScenario, tmp_path: Path
) -> None:
    assert "have not signed the State" not in registrar.get("/registrar")
    key = cosigner_key("w.example", bytes(32)).format()
    path = tmp_path / "policy"
    path.write_text(f"witness university {key} http://127.0.0.1:9\nquorum university\n")
    with rt.db.write() as conn:
        rule = dataclasses.replace(rt.settings, witness_policy=str(path))
        witnesspolicy.adopt(conn, rule, now=rt.clock())
        book = people.book_origin(conn, SLUG, rt.clock())
        record: dict[str, Json] = {
            "kind": "governance-date",
            "v": 1,
            "society": SLUG,
            "book_year": "2026-27",
            "import": "i-9",
            "date": "2026-06-01",
            "event": "general-meeting",
        }
        logs.append(conn, book, [NewEntry("governance-date", record, "gm")], now=rt.clock())
    rt.publish([book])
    page = registrar.get("/registrar")
    assert "have not signed the State" in page and "Silent: university." in page


def test_the_board_says_that_a_witness_has_seen_another_history_until_somebody_looked(
    rt: Runtime, registrar: Person
) -> None:
    assert "another history" not in registrar.get("/registrar")
    with rt.db.write() as conn:
        origin = people.book_origin(conn, SLUG, rt.clock())
        fault = WitnessError("university says so", code="conflict", answer=b"422\n")
        note = b"a head\n"
        witnessfaults.keep(conn, (origin, 3, note), "university", fault, now=rt.clock())
    text = registrar.get("/registrar")
    assert "The witness university reports since" in text
    assert f"another history of {origin}" in text
    assert "sakshi_witness_faults 1.0" in metrics.render(metrics.registry(rt)).decode()
    with rt.db.write() as conn:
        (kept,) = witnessfaults.listed(conn)
        witnessfaults.acknowledge(conn, kept.id, "their disk was put back", now=rt.clock())
    assert "another history" not in registrar.get("/registrar")
    assert "sakshi_witness_faults 0.0" in metrics.render(metrics.registry(rt)).decode()
