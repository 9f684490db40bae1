"""A society whose members all have voting cards, with a meeting that has opened."""

import base64
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime

from itsdangerous import TimestampSigner
from nacl.signing import SigningKey
from sqlalchemy import Connection

from trust.formats import b64, signing
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log.runtime import Runtime
from trust.people import queries as people
from trust.people import service as people_service
from trust.people.model import Actor, Grant, Role, SocietyProfile
from voting import queries as voting
from voting import service as voting_service
from voting.model import NewResolution

DAY = 86_400
SLUG = "bench-1"
PROFILE = SocietyProfile(
    SLUG,
    "BENCH/1",
    "Measured Service Co-operative Bank",
    "അളന്ന സഹകരണ ബാങ്ക്",
    "thiruvananthapuram",
    "Nedumangad",
    "credit",
    "Class I",
    date(1961, 4, 1),
)
RESOLUTIONS = (
    NewResolution("Adopt the accounts.", "കണക്കുകൾ അംഗീകരിക്കുക."),
    NewResolution("Open a second branch.", "രണ്ടാം ശാഖ തുറക്കുക."),
)


@dataclass(frozen=True, slots=True)
class Voter:
    """A member with a card: account, number on the roll, secret (of the client only)."""

    account: int
    roll_number: int
    seed: bytes


@dataclass(frozen=True, slots=True)
class VotingScenario:
    """The meeting and everybody on its roll."""

    meeting: str
    origin: str
    voters: list[Voter]


def build(rt: Runtime, members: int) -> VotingScenario:
    """Register, admit, enrol, call, draw; the vote opened an hour ago by the real clock."""
    now = rt.clock() - 30 * DAY
    seeds = [secrets.token_bytes(32) for _ in range(members)]
    with rt.db.write() as conn:
        clerk, secretary = _officers(conn, now)
        news = [
            people_service.NewMember(
                number=str(i + 1),
                name=f"Member {i + 1}",
                gender="f" if i % 2 else "m",
                joined=date(2015, 1, 1),
                share_paid_on=date(2015, 1, 1),
            )
            for i in range(members)
        ]
        ids = people_service.admit_members(conn, SLUG, news, now=now)
        for member_id, seed in zip(ids, seeds, strict=True):
            key = bytes(SigningKey(seed).verify_key)
            asked = people_service.begin_enrolment(conn, clerk, member_id, key, "card", now=now)
            people_service.confirm_enrolment(conn, secretary, asked, now=now)
        sealed = people_service.begin_register_opening(conn, clerk, SLUG, now=now)
        people_service.confirm_register_opening(conn, secretary, sealed, now=now)
        meeting = _meeting(rt, conn, secretary, now)
        voters = []
        for member_id, seed in zip(ids, seeds, strict=True):
            line = voting_service.eligible(conn, meeting, member_id)
            account = people.account_of_member(conn, member_id)
            assert line is not None and account is not None
            voters.append(Voter(account.id, line.roll_number, seed))
        return VotingScenario(meeting, voting.meeting(conn, meeting).origin, voters)


def _officers(conn: Connection, now: int) -> tuple[Actor, Actor]:
    people_service.register_society(conn, PROFILE, now=now)
    made = []
    roles: tuple[Role, ...] = ("clerk", "secretary")
    for role in roles:
        account = people_service.create_account(
            conn,
            f"bench.{role}",
            role.title(),
            "staff",
            now=now,
            society=SLUG,
            password=secrets.token_hex(8),
            memory_kib=64,
        )
        people_service.grant(conn, account.id, Grant(role, "society", SLUG), now=now)
        made.append(people.actor(conn, account.id, now))
    return made[0], made[1]


def _meeting(rt: Runtime, conn: Connection, secretary: Actor, now: int) -> str:
    opens = rt.clock() - 3600
    held_on = datetime.fromtimestamp(opens, UTC).astimezone(IST).date()
    meeting = voting_service.call_meeting(
        conn,
        secretary,
        SLUG,
        "General body",
        "പൊതുയോഗം",
        "annual-general-body",
        held_on,
        opens,
        opens + 2 * DAY,
        RESOLUTIONS,
        now=now,
    )
    voting_service.draw_roll(conn, secretary, meeting, now=now + DAY)
    return meeting


def ballots(rt: Runtime, scenario: VotingScenario) -> list[tuple[Voter, dict[str, Json]]]:
    """Every voter's signed ballot on every resolution, signed before the measurement begins."""
    with rt.db.read() as conn:
        meeting = voting.meeting(conn, scenario.meeting)
    assert meeting.roll_root is not None
    made = []
    for resolution in meeting.resolutions:
        for voter in scenario.voters:
            record: dict[str, Json] = {
                "kind": "ballot",
                "v": meeting.version,
                "meeting": meeting.origin,
                "resolution": resolution.digest,
                "roll_root": b64.encode(meeting.roll_root),
                "roll_number": voter.roll_number,
                "choice": "yes",
                "sequence": 1,
                "assisted": False,
            }
            signature = signing.sign(voter.seed, "member", "ballot", meeting.origin, record)
            made.append((voter, signing.with_signatures(record, [signature])))
    return made


def session(rt: Runtime, account: int) -> dict[str, str]:
    """The headers of somebody signed in: session cookie and form token, as the server makes them.

    Made here because signing in two thousand members is not what is measured.
    """
    value, mask = secrets.token_bytes(24), secrets.token_bytes(24)
    content = {"account": account, "since": rt.clock(), "csrf": value.hex()}
    data = base64.b64encode(json.dumps(content).encode())
    cookie = TimestampSigner(rt.settings.session_secret).sign(data).decode()
    hidden = bytes(a ^ b for a, b in zip(mask, value, strict=True))
    token = base64.urlsafe_b64encode(mask + hidden).decode()
    return {"Cookie": f"sakshi={cookie}", "X-CSRF-Token": token}
