"""A fictitious meeting of version 2: changes of keys in its log, a ballot that does not count."""

from tests.vectors.v1.books import SLUG, digest, public, sign
from tests.vectors.v1.meeting import DAY, RULES
from tests.vectors.v1.scenario import START, AuditScenario, Log, Record, seed
from tests.vectors.v2 import society
from tests.vectors.v2.society import PRESIDENT, SECRETARY, STAFF, VOTERS, member, place
from trust.formats import b64, canon, merkle, signing
from trust.formats.canon import Json
from trust.formats.times import format_time

NOTICE_AT = START + 70 * DAY
OPENS = NOTICE_AT + (RULES.sets[0].notice.days + 3) * DAY
CLOSES = OPENS + 3600


class Gathering:
    """A meeting's log beside its society's."""

    def __init__(self, scenario: AuditScenario, book: Log) -> None:
        self.scenario, self.book = scenario, book
        self.log = scenario.log(f"{scenario.host}/meeting/{SLUG}-2026-1")
        self.resolution = ""
        self.lines = [
            canon.canonical(
                {
                    "kind": "roll-line",
                    "v": 2,
                    "roll_number": number,
                    "member": b64.encode(seed("line", number)),
                    "key": public(member(number)),
                }
            )
            for number in range(1, VOTERS + 1)
        ]
        self.root = b64.encode(merkle.root_of([merkle.leaf_hash(line) for line in self.lines]))

    def call(self) -> None:
        """Notice, one resolution, the roll."""
        rules, origin = RULES.sets[0], self.log.origin
        notice: Record = {
            "kind": "meeting",
            "v": 2,
            "society": SLUG,
            "origin": origin,
            "type": rules.meeting_types[0],
            "title_en": "Annual general meeting",
            "title_ml": "വാർഷിക പൊതുയോഗം",
            "notice_given": format_time(NOTICE_AT),
            "held_on": format_time(OPENS)[:10],
            "opens": format_time(OPENS),
            "closes": format_time(CLOSES),
            "rules": rules.pin,
            **place(self.book),
        }
        resolution: Record = {
            "kind": "resolution",
            "v": 1,
            "meeting": origin,
            "number": 1,
            "text_en": "Adopt the accounts.",
            "text_ml": "കണക്കുകൾ അംഗീകരിക്കുക.",
            "majority": sorted(rules.majority)[-1],
            "quorum": sorted(rules.quorum)[0],
        }
        self.log.append(notice, NOTICE_AT)
        self.log.append(resolution, NOTICE_AT)
        self.resolution = digest(resolution)
        sealed = next(d for d, doc in self.book.documents.items() if b"register-opening" in doc)
        roll: Record = {
            "kind": "roll",
            "v": 2,
            "meeting": origin,
            "cut_off": format_time(NOTICE_AT + 100),
            "count": VOTERS,
            "with_key": VOTERS,
            "root": self.root,
            **place(self.book),
            "opening": sealed,
            "from_opening": VOTERS,
        }
        self.log.append(roll, NOTICE_AT + 100)

    def ballot(self, number: int, choice: str, sequence: int = 1) -> None:
        """A ballot signed by the member of that number."""
        record = self._unsigned(number, choice, sequence, False)
        self.log.append(sign(record, self.log.origin, member(number), "member"), OPENS)

    def assisted(self, number: int, choice: str) -> None:
        """A ballot entered by secretary and president, and looked at by them afterwards."""
        record, origin = self._unsigned(number, choice, 1, True), self.log.origin
        both = [
            signing.sign(secret, role, "ballot", origin, record)
            for secret, role in ((SECRETARY, "secretary"), (PRESIDENT, "president"))
        ]
        self.log.append(signing.with_signatures(record, both), OPENS)
        self.log.append(
            {
                "kind": "assistance",
                "v": 1,
                "meeting": origin,
                "resolution": self.resolution,
                "roll_number": number,
            },
            OPENS,
        )

    def _unsigned(self, number: int, choice: str, sequence: int, assisted: bool) -> Record:
        return {
            "kind": "ballot",
            "v": 2,
            "meeting": self.log.origin,
            "resolution": self.resolution,
            "roll_root": self.root,
            "roll_number": number,
            "choice": choice,
            "sequence": sequence,
            "assisted": assisted,
        }

    def change(self, number: int, secret: bytes, action: str) -> None:
        """A member's key stopped or re-issued, in both logs and in one second."""
        word = "revoke" if action == "stop" else action
        told: Record = {"member": f"M-{number}", "reason": ""}
        detail = society.hidden(self.book, "enrolment", told)
        self.book.append(
            {
                "kind": "enrolment",
                "v": 2,
                "society": SLUG,
                "medium": "card",
                "key": public(secret),
                "action": word,
                "officers": STAFF,
                "detail": detail,
            },
            OPENS,
        )
        self.log.append(
            {
                "kind": "roll-change",
                "v": 1,
                "meeting": self.log.origin,
                "key": public(secret),
                "holder": "member",
                "action": action,
            },
            OPENS,
        )

    def close(self, counts: Record, left_out: list[Json]) -> None:
        """The result with these figures."""
        rules = RULES.sets[0]
        self.log.append(
            {
                "kind": "result",
                "v": 2,
                "meeting": self.log.origin,
                "resolution": self.resolution,
                "held_on": format_time(OPENS)[:10],
                "closed": format_time(CLOSES),
                "notice_days_required": rules.notice.days,
                "rules": rules.pin,
                **place(self.book),
                "from_opening": VOTERS,
                "left_out": left_out,
                **counts,
            },
            CLOSES + 5,
        )

    def files(self) -> dict[str, bytes]:
        """The files of the meeting package."""
        lines = b"".join(line + b"\n" for line in self.lines)
        return {**self.scenario.members(self.log, "meeting"), "roll": lines}


def meeting(scenario: AuditScenario, book: Log) -> Gathering:
    """Five of six take part: one twice, one with two officers; a ballot under a stopped key and
    one that leaves numbers out do not count."""
    found = Gathering(scenario, book)
    found.call()
    scenario.publish(found.log)
    found.ballot(1, "yes")
    found.ballot(2, "no")
    found.assisted(3, "yes")
    found.change(1, member(1), "stop")
    found.change(1, seed("new card"), "reissue")
    found.ballot(2, "yes", 2)
    found.ballot(4, "yes", 2_147_483_647)
    found.ballot(4, "yes")
    found.ballot(5, "abstain")
    found.ballot(1, "no", 2)
    left_out: list[Json] = [
        {"index": 10, "reason": "ballot-sequence-gap"},
        {"index": 13, "reason": "ballot-revoked-key"},
    ]
    found.close(COUNTS, left_out)
    scenario.publish(book)
    scenario.publish(found.log)
    return found


COUNTS: Record = {
    "notice_days_given": 17, "members": 6, "quorum": 2, "present": 5, "voted": 4, "for": 4,
    "against": 0, "abstained": 1, "accepted": 6, "superseded": 1, "quorate": True,
    "carried": True, "assisted": 1, "opened": 1, "admissions": 0, "ended": 0, "reissues": 1,
    "stops": 1,
}  # fmt: skip
