"""A scenario for voting tests: a society with a meeting called, and clients that sign ballots."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection

from tests.trust.people import scenario as w
from trust.formats import signing
from trust.formats.canon import Json
from trust.formats.times import IST
from trust.log.runtime import Runtime
from voting import queries as voting
from voting import service as voting_service
from voting.model import Meeting, NewResolution

DAY = 86_400
RESOLUTIONS = (
    NewResolution("Adopt the accounts of 2025-26.", "2025-26 ലെ കണക്കുകൾ അംഗീകരിക്കുക."),
    NewResolution("Amend bye-law 12.", "ബൈലോ 12 ഭേദഗതി ചെയ്യുക.", "bye-law-amendment"),
)


@dataclass(slots=True)
class VotingScenario:
    """A meeting whose roll is drawn; the clock stands at the opening of the vote."""

    rt: Runtime
    people_setting: w.PeopleScenario
    id: str

    def meeting(self, conn: Connection) -> Meeting:
        return voting.meeting(conn, self.id)

    def number(self, conn: Connection, member: str) -> int:
        """The member's number on the roll."""
        line = voting.roll_line(conn, self.id, self.people_setting.members[member])
        assert line is not None
        return line.roll_number

    def unsigned(
        self, conn: Connection, member: str, choice: str, resolution: int = 1, **changes: Json
    ) -> dict[str, Json]:
        """What the member's browser is given to sign."""
        number = self.number(conn, member)
        record = voting.ballot_to_sign(conn, self.id, resolution, number, choice)
        return {**record, **changes}

    def ballot(
        self, conn: Connection, member: str, choice: str, resolution: int = 1, **changes: Json
    ) -> dict[str, Json]:
        """A ballot signed by the member's own card."""
        record = self.unsigned(conn, member, choice, resolution, **changes)
        return self.signed(conn, record, f"member {member}")

    def signed(
        self,
        conn: Connection,
        record: dict[str, Json],
        *who: str,
        kind: str = "ballot",
        origin: str = "",
        roles: tuple[str, ...] = ("member",),
    ) -> dict[str, Json]:
        """The record signed by these people, each in the role of the same position."""
        place = origin or self.meeting(conn).origin
        made = [
            signing.sign(w.seed_of(name), role, kind, place, record)
            for name, role in zip(who, roles, strict=True)
        ]
        return signing.with_signatures(record, made)

    def assisted(
        self, conn: Connection, member: str, choice: str, *who: str, roles: tuple[str, ...] = ()
    ) -> dict[str, Json]:
        """A ballot entered by officers for a member."""
        record = self.unsigned(conn, member, choice, assisted=True)
        return self.signed(conn, record, *who, roles=roles or who)


def call(
    conn: Connection,
    rt: Runtime,
    people_setting: w.PeopleScenario,
    *,
    days: int = 20,
    open_days: int = 1,
) -> str:
    """Call a meeting so many days ahead, as the secretary."""
    opens = rt.clock() + days * DAY
    return voting_service.call_meeting(
        conn,
        people_setting.actor(conn, "secretary"),
        "tvm-101",
        "Annual general body",
        "വാർഷിക പൊതുയോഗം",
        "annual-general-body",
        datetime.fromtimestamp(opens, UTC).astimezone(IST).date(),
        opens,
        opens + open_days * DAY,
        RESOLUTIONS,
        now=rt.clock(),
    )


def opened(rt: Runtime, *, members: int = 6, with_key: int = 5) -> VotingScenario:
    """Everything up to the opening: officers with keys, members, notice, roll; commits."""
    with rt.db.write() as conn:
        people_setting = w.build(conn, rt.clock(), members, with_key)
        w.seal_register(conn, people_setting, rt.clock())
        w.bind_officer(conn, people_setting, "secretary", "secretary", rt.clock())
        w.bind_officer(conn, people_setting, "president", "president", rt.clock())
        meeting_id = call(conn, rt, people_setting)
        voting_service.draw_roll(
            conn, people_setting.actor(conn, "secretary"), meeting_id, now=rt.clock() + 2 * DAY
        )
        opens = voting.meeting(conn, meeting_id).opens
    rt.clock.advance(opens - rt.clock())  # type: ignore[attr-defined]
    return VotingScenario(rt, people_setting, meeting_id)


def day_after(moment: int, days: int = 1) -> int:
    """So many days later, in UTC seconds."""
    return moment + int(timedelta(days=days).total_seconds())
