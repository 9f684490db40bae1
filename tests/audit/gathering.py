"""A fictitious society with a sealed register, and its meeting of version 2, in a `scenario`.

Everything honest is computed by the rules themselves; a test forges by what it hands in.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from nacl.signing import SigningKey

from audit.verify.history import History
from audit.verify.report import Report
from audit.verify.verify import Source, verify_folder, verify_society
from tests.audit import books
from tests.audit.books import DAY, RULES, SLUG, public, sign
from tests.audit.eras import Eras
from tests.audit.helpers import knowledge
from tests.audit.scenario import START, AuditScenario, Log, Record, folder, seed
from trust.formats import b64, canon, merkle, origins, signing
from trust.formats.canon import Json
from trust.formats.times import format_time
from voting.pure import count
from voting.pure.ballot import Officer, Poll
from voting.pure.replay import Event, KeysByLog, Replayed, gather, judge
from voting.pure.roll import parse_line

SECRETARY, PRESIDENT = seed("officer"), seed("president")
STAFF: list[Json] = ["s", "p"]
NOTICE_AT = START + 70 * DAY
EARLY = START + 20
"""Long enough before the meeting for a newcomer to have a vote."""


def member(number: int) -> bytes:
    """The seed of a member's key."""
    return seed("member", number)


def key(secret: bytes) -> bytes:
    return bytes(SigningKey(secret).verify_key)


def officer(secret: bytes, role: str, action: str = "bind") -> Record:
    return {**books.officer_record(secret, action), "role": role}


def loss(secret: bytes, role: str, *offices: str) -> Record:
    return {
        "kind": "officer-key-loss",
        "v": 1,
        "society": SLUG,
        "key": public(secret),
        "role": role,
        "decided_on": "2026-06-01",
        "reference": "12/2026",
        "officers": list(offices),
    }


def opening(members: int, offices: tuple[str, ...] = ("secretary", "president")) -> Record:
    return {
        "kind": "register-opening",
        "v": 1,
        "society": SLUG,
        "as_of": "2026-05-28",
        "count": members,
        "root": b64.encode(seed("register")),
        "officers": list(offices),
    }


def admission(kind: str = "admission", officers: list[Json] | None = None) -> Record:
    staff = STAFF if officers is None else officers
    return {"kind": kind, "v": 1, "society": SLUG, "officers": staff, "detail": None}


def enrolment(secret: bytes, action: str = "bind", officers: list[Json] | None = None) -> Record:
    staff = STAFF if officers is None else officers
    return {
        "kind": "enrolment",
        "v": 2,
        "society": SLUG,
        "key": public(secret),
        "detail": None,
        "medium": "card",
        "action": action,
        "officers": staff,
    }


@dataclass(slots=True)
class Gathering:
    """The society's log and the meeting's, with what has happened so far."""

    scenario: AuditScenario
    book: Log
    log: Log
    opens: int
    closes: int
    notice_at: int = NOTICE_AT
    resolution: str = ""
    roll: bytes = b""
    root: bytes = b""
    roll_record: Record = field(default_factory=dict)
    drawn: int = 0
    officers: dict[bytes, Officer] = field(default_factory=dict)
    noticed: int = 0

    # ---- what happens

    def place(self) -> Record:
        """Where the books stand now."""
        return {
            "book_origin": self.book.origin,
            "book_size": len(self.book.entries),
            "book_root": b64.encode(self.book.root()),
        }

    def notice(self) -> Record:
        """The notice of version 2, over the books as they stand."""
        rules = RULES.sets[0]
        return {
            "kind": "meeting",
            "v": 2,
            "society": SLUG,
            "origin": self.log.origin,
            "type": rules.meeting_types[0],
            "title_en": "Annual general meeting",
            "title_ml": "വാർഷിക പൊതുയോഗം",
            "notice_given": format_time(self.notice_at),
            "held_on": format_time(self.opens)[:10],
            "opens": format_time(self.opens),
            "closes": format_time(self.closes),
            "rules": rules.pin,
            **self.place(),
        }

    def call(self, **change: Json) -> None:
        """Notice and one resolution."""
        rules = RULES.sets[0]
        self.noticed = len(self.book.entries)
        self.log.append(self.notice() | change, self.notice_at)
        resolution: Record = {
            "kind": "resolution",
            "v": 1,
            "meeting": self.log.origin,
            "number": 1,
            "text_en": "Adopt the accounts.",
            "text_ml": "കണക്കുകൾ അംഗീകരിക്കുക.",
            "majority": sorted(rules.majority)[-1],
            "quorum": sorted(rules.quorum)[0],
        }
        self.resolution = books.digest(resolution)
        self.log.append(resolution, self.notice_at)

    def draw(self, voters: int = 6, from_opening: int = 6, **change: Json) -> None:
        """The roll of the first so many members."""
        lines = [
            canon.canonical(
                {
                    "kind": "roll-line",
                    "v": 2,
                    "roll_number": number,
                    "member": b64.encode(seed("line", number)),
                    "key": public(member(number)),
                }
            )
            for number in range(1, voters + 1)
        ]
        self.root = merkle.root_of([merkle.leaf_hash(line) for line in lines])
        self.roll = b"".join(line + b"\n" for line in lines)
        opened = next(
            (d for d, doc in self.book.documents.items() if b"register-opening" in doc), "0" * 64
        )
        self.roll_record = {
            "kind": "roll",
            "v": 2,
            "meeting": self.log.origin,
            "cut_off": format_time(self.notice_at + 100),
            "count": voters,
            "with_key": voters,
            "root": b64.encode(self.root),
            **self.place(),
            "opening": opened,
            "from_opening": from_opening,
        } | change
        self.drawn = self.log.append(self.roll_record, self.notice_at + 100)
        self.officers = self._officers()

    def _officers(self) -> dict[bytes, Officer]:
        return {
            key(secret): Officer("", role)
            for secret, role in ((SECRETARY, "secretary"), (PRESIDENT, "president"))
        }

    def ballot(
        self,
        number: int,
        choice: str,
        sequence: int = 1,
        *officers: tuple[bytes, str],
        **change: Json,
    ) -> Record:
        """A ballot signed by the member of that number, or by the officers named."""
        record: Record = {
            "kind": "ballot",
            "v": 2,
            "meeting": self.log.origin,
            "resolution": self.resolution,
            "roll_root": b64.encode(self.root),
            "roll_number": number,
            "choice": choice,
            "sequence": sequence,
            "assisted": bool(officers),
        }
        record |= change
        if not officers:
            return sign(record, self.log.origin, member(number), "member")
        return signing.with_signatures(
            record,
            [signing.sign(one, role, "ballot", self.log.origin, record) for one, role in officers],
        )

    def assisted(self, number: int, choice: str, sequence: int = 1) -> Record:
        """The same by secretary and president."""
        two = ((SECRETARY, "secretary"), (PRESIDENT, "president"))
        return self.ballot(number, choice, sequence, *two)

    def cast(self, *records: Record) -> list[int]:
        """Seal ballots, all in the second of the opening; gives their indexes."""
        return [self.log.append(one, self.opens) for one in records]

    def book_only(self, record: Record) -> None:
        """Seal something in the society's log alone."""
        self.book.append(record, self.opens)

    def log_only(self, secret: bytes, holder: str, action: str) -> int:
        """Seal a change of a key in the meeting's log alone."""
        return self.log.append(self.changed(secret, holder, action), self.opens)

    def changed(self, secret: bytes, holder: str, action: str) -> Record:
        """What the meeting's log says of it."""
        return {
            "kind": "roll-change",
            "v": 1,
            "meeting": self.log.origin,
            "key": public(secret),
            "holder": holder,
            "action": action,
        }

    def change(self, secret: bytes, holder: str, action: str) -> None:
        """A key bound, re-issued or stopped while the roll is drawn: in both logs."""
        word = "revoke" if action == "stop" else action
        self.book_only(
            enrolment(secret, word) if holder == "member" else officer(secret, holder, word)
        )
        self.log_only(secret, holder, action)

    def opened(self, number: int = 1) -> None:
        """Officers look at an assisted ballot."""
        self.log.append(
            {
                "kind": "assistance",
                "v": 1,
                "meeting": self.log.origin,
                "resolution": self.resolution,
                "roll_number": number,
            },
            self.opens,
        )

    # ---- the close

    def replayed(self) -> Replayed:
        """What an honest close finds."""
        poll = Poll(
            self.log.origin, self.root, self.opens, self.closes, frozenset([self.resolution]), 2
        )
        lines = [parse_line(line) for line in self.roll.splitlines()]
        by_number = {line.roll_number: line for line in lines}
        keys = KeysByLog(self.officers_by_key())
        return gather(poll, judge(poll, by_number, keys, self._events()))

    def officers_by_key(self) -> dict[bytes, Officer]:
        return {one: replace(who, holder=one.hex()) for one, who in self.officers.items()}

    def _events(self) -> Iterator[Event]:
        for index, shown in sorted(self.log.openings.items()):
            line = self.log.entries[index].decode().split(" ")
            record = canon.parse(str(shown["record"]).encode())
            yield Event(index, self.opens, line[1], record)

    def close(self, after: int = 5, /, **change: Json) -> int:
        """The result, honest but for what is handed in."""
        rules, found = RULES.sets[0], self.replayed()
        tally = count.tally(found.accepted[self.resolution])
        resolution = canon.parse(self.log.documents[self.resolution])
        members = self.roll_record["count"]
        assert isinstance(members, int)
        made = count.decide(
            rules,
            str(resolution["majority"]),
            str(resolution["quorum"]),
            tally,
            members,
            found.present,
        )
        since = [line.decode().split(" ")[1] for line in self.book.entries[self.noticed :]]
        acts = [
            canon.parse(str(self.book.openings[index]["record"]).encode())["action"]
            for index, kind in enumerate(since, start=self.noticed)
            if kind == "enrolment"
        ]
        record: Record = {
            "kind": "result", "v": 2, "meeting": self.log.origin, "resolution": self.resolution,
            "held_on": format_time(self.opens)[:10], "closed": format_time(self.closes),
            "notice_days_given": rules.notice.days + 2, "notice_days_required": rules.notice.days,
            "members": made.members, "quorum": made.quorum, "present": made.present,
            "voted": made.voted, "for": tally.yes, "against": tally.no,
            "abstained": tally.abstain, "accepted": tally.accepted,
            "superseded": tally.superseded, "quorate": made.quorate, "carried": made.carried,
            "rules": rules.pin, **self.place(), "from_opening": self.roll_record["from_opening"],
            "assisted": tally.assisted,
            "opened": sum(b" assistance " in line for line in self.log.entries),
            "admissions": since.count("admission"), "ended": since.count("admission-end"),
            "reissues": acts.count("reissue"), "stops": acts.count("revoke"),
            "left_out": found.listed(),
        }  # fmt: skip
        return self.log.append(record | change, self.closes + after)

    # ---- what a stranger sees of it

    def meeting(self) -> dict[str, bytes]:
        """The files of the meeting package."""
        lines = {"roll": self.roll} if self.roll else {}
        return self.scenario.members(self.log, "meeting") | lines

    def publish(self) -> None:
        """Heads over both logs, as they stand."""
        for log in (self.book, self.log):
            if not log.heads or log.heads[-1][0] < len(log.entries):
                self.scenario.publish(log)

    def alone(self) -> Report:
        """The meeting package verified by itself."""
        self.publish()
        return verify_folder(folder(self.meeting()), knowledge(self.scenario.policy()))

    def society(self) -> History:
        """The society's package verified by itself."""
        self.publish()
        return verify_society(self._sources(), knowledge(self.scenario.policy()))[0]

    def _sources(self) -> list[Source]:
        return [Source("book", files=folder(self.scenario.members(self.book)))]

    def verify(self) -> Report:
        """The meeting package verified with the society's, which must be right."""
        self.publish()
        known = knowledge(self.scenario.policy())
        history, officers = verify_society(self._sources(), known)
        assert history.exit_code == 0, [one.findings("wrong") for one in history.reports]
        return verify_folder(folder(self.meeting()), replace(known, officers=officers))


def begin(
    name: str = "two",
    members: int = 6,
    newcomers: int = 0,
    late: int = 0,
    *,
    sealed: bool = True,
    scenario: AuditScenario | None = None,
    at: int = NOTICE_AT,
) -> Gathering:
    """A society with its register sealed, keys bound, and newcomers admitted early or too late."""
    scenario = AuditScenario(name) if scenario is None else scenario
    opened = scenario.open if isinstance(scenario, Eras) else scenario.log
    book = opened(origins.coop_origin(scenario.host, SLUG, "2026-27"))
    book.append(books.society_record())
    book.append(officer(SECRETARY, "secretary"))
    book.append(officer(PRESIDENT, "president"))
    if sealed:
        book.append(opening(members), START + 10)
    for _ in range(newcomers):
        book.append(admission(), EARLY)
    for number in range(1, members + newcomers + late + 1):
        book.append(enrolment(member(number)), EARLY + 1)
    for _ in range(late):
        book.append(admission(), at - DAY)
    opens = at + (RULES.sets[0].notice.days + 3) * DAY
    log = opened(f"{scenario.host}/meeting/{SLUG}-2026-1")
    return Gathering(scenario, book, log, opens, opens + 3600, at)


def drawn(name: str = "two", **people: int) -> Gathering:
    """The same up to the drawing of the roll."""
    members, newcomers = people.get("members", 6), people.get("newcomers", 0)
    found = begin(name, members, newcomers)
    found.call()
    found.draw(members + newcomers, members)
    return found


def honest(name: str = "two") -> Gathering:
    """A whole meeting: five vote, one of them twice, one with two officers; a card is stopped
    after its ballot and another re-issued; one assisted ballot was opened."""
    found = drawn(name)
    found.cast(found.ballot(1, "yes"), found.ballot(2, "no"), found.assisted(3, "yes"))
    found.opened(3)
    found.change(member(1), "member", "stop")
    found.change(seed("new card"), "member", "reissue")
    found.cast(found.ballot(2, "yes", 2), found.ballot(4, "yes"), found.ballot(5, "abstain"))
    found.cast(found.ballot(1, "no", 2))
    found.close()
    return found
