"""Two packages are laid beside each other: a society's and a meeting's. Who voted how?

The meeting's package has each ballot with the key that signed it; the society's had each key with
the member number. An auditor is entitled to both, and so could name the vote of everybody: 26 of
26. A member who is also an officer, and sees the register, must not be able to either.
"""

import io
import json
import re
import zipfile
from typing import Any

import pytest

from tests.trust.people import scenario as w
from tests.voting.scenario import VotingScenario
from trust.formats import b64
from trust.formats.canon import Json, normalised
from trust.log import queries as log_queries
from trust.log import service as logs
from trust.log.model import NewEntry
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people.register import open_book
from voting import queries as voting
from voting import service as voting_service

SLUG = w.PROFILE.slug
VOTERS = ("1", "2", "3", "4", "5")
Files = dict[str, bytes]


def files(data: bytes) -> Files:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def openings(package: Files) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Record and second payload of everything that a package opens."""
    found = []
    for name, data in package.items():
        if name.startswith("openings/"):
            opening = json.loads(data)
            detail = opening.get("detail")
            second = json.loads(detail["record"]) if detail else {}
            found.append((json.loads(opening["record"]), second))
    return found


def named_votes(society: Files, meeting: Files) -> dict[str, str]:
    """The attack: the vote of each member who can be named, by the key that signed it."""
    members: dict[str, str] = {}
    for record, second in openings(society):
        if "key" in record and (number := record.get("member") or second.get("member")):
            members[record["key"]] = number
    votes: dict[str, str] = {}
    for record, _ in openings(meeting):
        if record["kind"] == "ballot":
            for signature in record["signatures"]:
                if signature["key"] in members:
                    votes[members[signature["key"]]] = record["choice"]
    return votes


@pytest.fixture
def voted(rt: Runtime, scenario: VotingScenario) -> VotingScenario:
    """Everybody with a card has voted; the meeting is closed. One key was bound years ago, by an
    enrolment that names the member in the record."""
    now = rt.clock()
    for member in VOTERS:
        with rt.db.write() as conn:
            voting_service.cast(conn, scenario.id, scenario.ballot(conn, member, "yes"), now=now)
    with rt.db.write() as conn:
        clerk, helped = (
            scenario.people_setting.actor(conn, "clerk"),
            scenario.people_setting.members["6"],
        )
        voting_service.open_assisted(conn, clerk, scenario.id, helped, 1, now=now)
    with rt.db.write() as conn:
        book = open_book(conn, SLUG, now=now)
        old: dict[str, Json] = {
            "kind": "enrolment",
            "v": 1,
            "society": SLUG,
            "member": "1",
            "medium": "card",
            "key": b64.encode(w.public_of("member 1")),
            "action": "bind",
            "officers": ["clerk", "secretary"],
            "reason": "",
        }
        logs.append(conn, book, [NewEntry("enrolment", normalised(old), "old")], now=now)
        closes = scenario.meeting(conn).closes
    rt.clock.advance(closes - now)  # type: ignore[attr-defined]
    with rt.db.write() as conn:
        actor = scenario.people_setting.actor(conn, "secretary")
        voting_service.close_meeting(conn, actor, scenario.id, now=rt.clock())
        meeting = scenario.meeting(conn).origin
    rt.publish([book, meeting])
    return scenario


def test_the_auditors_two_packages_name_nobodys_vote(person: Any, voted: VotingScenario) -> None:
    auditor = person().sign_in("auditor")
    here = f"/auditor/societies/{SLUG}"
    year = log_year(voted)
    society = files(auditor.client.get(f"{here}/books/{year}/package.zip").content)
    meeting = files(auditor.client.get(f"{here}/meetings/{voted.id}/package.zip").content)
    ballots = [record for record, _ in openings(meeting) if record["kind"] == "ballot"]
    assert len(ballots) == len(VOTERS), "the ballots are open: the count can be checked"
    keys = {record["key"] for record, _ in openings(society) if record["kind"] == "enrolment"}
    assert keys >= {b64.encode(w.public_of(f"member {n}")) for n in VOTERS[1:]}, "so are keys"
    assert named_votes(society, meeting) == {}
    with voted.rt.db.read() as conn:
        (opened, _) = voting.results(conn, voted.id)
    assert opened.told is not None and opened.told.opened == 1, "that officers looked is counted"
    assert b"assistance" in meeting["log/entries"]
    assert not any(record["kind"] == "assistance" for record, _ in openings(meeting)), "not whom"
    for record, second in openings(society):
        assert "member" not in record and "member" not in second and "name" not in second


def test_nor_do_the_auditors_pages_of_single_entries(person: Any, voted: VotingScenario) -> None:
    auditor = person().sign_in("auditor")
    here = f"/auditor/societies/{SLUG}/books/{log_year(voted)}/entries"
    with voted.rt.db.read() as conn:
        book = people.book_origin(conn, SLUG, voted.rt.clock())
        entries = log_queries.entries(conn, book, 0, log_queries.info(conn, book).next_index)
    old = [entry.index for entry in entries if entry.kind == "enrolment"][-1]
    for entry in entries:
        if entry.kind not in ("enrolment", "admission"):
            continue
        page = auditor.get(f"{here}/{entry.index}")
        assert "&#34;member&#34;" not in page and "&quot;member&quot;" not in page
        if entry.index == old:
            assert "Nobody is shown this entry opened" in page
            assert b64.encode(w.public_of("member 1")) not in page
            refused = auditor.client.get(f"{here}/{entry.index}.sakshi-proof")
            assert refused.status_code == 403
            assert "opened for nobody" in refused.text
        elif entry.kind == "enrolment":
            assert "nobody is shown" in page
            proof = auditor.client.get(f"{here}/{entry.index}.sakshi-proof")
            assert proof.status_code == 200 and b'\\"member\\"' not in proof.content


@pytest.mark.parametrize("login", ["secretary", "president", "clerk"])
def test_no_page_shows_an_officer_a_members_key(
    person: Any, voted: VotingScenario, login: str
) -> None:
    """Whoever sees names and keys could lay the meeting's package beside them."""
    officer = person().sign_in(login)
    keys = [w.public_of(f"member {number}") for number in VOTERS]
    shown = [b64.encode(key) for key in keys] + [key.hex() for key in keys]
    shown += [b64.encode(key)[:12] for key in keys] + [key.hex()[:12] for key in keys]
    seen = crawl(officer, "/secretary")
    assert len(seen) > 10 and f"/secretary/members/{voted.people_setting.members['1']}" in seen
    assert not [(one, path) for one in shown for path, text in seen.items() if one in text]


def crawl(officer: Any, start: str) -> dict[str, str]:
    """Every page of a desk that links lead to, by its address."""
    seen: dict[str, str] = {}
    waiting = [start]
    while waiting and len(seen) < 80:
        path = waiting.pop()
        if path in seen or not path.startswith(start):
            continue
        seen[path] = officer.client.get(path).text
        waiting += re.findall(r'href="([^"#]+)"', seen[path])
    return seen


def log_year(scenario: VotingScenario) -> str:
    with scenario.rt.db.read() as conn:
        return people.book_origin(conn, SLUG, scenario.rt.clock()).rpartition("/")[2]


def test_the_attack_works_where_the_openings_are_given() -> None:
    """That this test can fail: as it was, the two packages named the vote."""
    key, ballot = "K", {"kind": "ballot", "choice": "no", "signatures": [{"key": "K"}]}

    def make(one: object) -> bytes:
        return json.dumps({"record": json.dumps(one)}).encode()

    society = {"openings/0.json": make({"kind": "enrolment", "key": key, "member": "7"})}
    assert named_votes(society, {"openings/0.json": make(ballot)}) == {"7": "no"}
