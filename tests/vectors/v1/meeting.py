"""A fictitious meeting in records of version 1."""

from dataclasses import dataclass

from tests.vectors.v1.books import SLUG, digest, public, sign
from tests.vectors.v1.scenario import START, VECTORS, AuditScenario, Log, Record, seed
from trust.formats import b64, canon, merkle, signing
from trust.formats.times import format_time
from voting.pure.rules import RuleBook, read_book

DAY = 86_400
VOTERS = 6
RULES: RuleBook = read_book([(VECTORS / "rules.toml").read_text("utf-8")])


@dataclass(slots=True)
class Gathering:
    """A meeting's log with what the tests need to cast more ballots."""

    log: Log
    roll: bytes
    root: bytes
    resolution: str
    opens: int
    closes: int

    def ballot(self, number: int, choice: str, sequence: int = 1) -> Record:
        """A ballot signed by the member of that roll number."""
        record = self.unsigned(number, choice, sequence, False)
        return sign(record, self.log.origin, member(number), "member")

    def assisted(self, number: int, choice: str, *officers: tuple[bytes, str]) -> Record:
        """A ballot entered by two officers: their seeds and roles."""
        record, origin = self.unsigned(number, choice, 1, True), self.log.origin
        signed = [signing.sign(key, role, "ballot", origin, record) for key, role in officers]
        return signing.with_signatures(record, signed)

    def unsigned(self, number: int, choice: str, sequence: int, assisted: bool) -> Record:
        """A ballot that nobody has signed yet."""
        return {
            "kind": "ballot",
            "v": 1,
            "meeting": self.log.origin,
            "resolution": self.resolution,
            "roll_root": b64.encode(self.root),
            "roll_number": number,
            "choice": choice,
            "sequence": sequence,
            "assisted": assisted,
        }


def member(number: int) -> bytes:
    """The seed of a member's key."""
    return seed("member", number)


def call(scenario: AuditScenario) -> Gathering:
    """Notice, one resolution and the roll; nobody has voted yet."""
    rules = RULES.sets[0]
    origin = f"{scenario.host}/meeting/{SLUG}-2026-1"
    log = scenario.log(origin)
    opens = START + (rules.notice.days + 3) * DAY
    closes = opens + 3600
    log.append(
        {
            "kind": "meeting",
            "v": 1,
            "society": SLUG,
            "origin": origin,
            "type": rules.meeting_types[0],
            "title_en": "Annual general meeting",
            "title_ml": "വാർഷിക പൊതുയോഗം",
            "notice_given": format_time(START),
            "held_on": format_time(opens)[:10],
            "opens": format_time(opens),
            "closes": format_time(closes),
            "rules": rules.pin,
        }
    )
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
    log.append(resolution)
    lines = [
        canon.canonical(
            {
                "kind": "roll-line",
                "v": 1,
                "roll_number": number,
                "member": b64.encode(seed("line", number)),
                "key": public(member(number)),
            }
        )
        for number in range(1, VOTERS + 1)
    ]
    root = merkle.root_of([merkle.leaf_hash(line) for line in lines])
    log.append(
        {
            "kind": "roll",
            "v": 1,
            "meeting": origin,
            "cut_off": format_time(START + 100),
            "count": VOTERS,
            "with_key": VOTERS,
            "root": b64.encode(root),
        },
        START + 100,
    )
    scenario.publish(log)
    roll = b"".join(line + b"\n" for line in lines)
    return Gathering(log, roll, root, digest(resolution), opens, closes)


def result(gathering: Gathering, counts: Record) -> Record:
    """A result record; `counts` are the figures of the count."""
    rules = RULES.sets[0]
    return {
        "kind": "result",
        "v": 1,
        "meeting": gathering.log.origin,
        "resolution": gathering.resolution,
        "held_on": format_time(gathering.opens)[:10],
        "closed": format_time(gathering.closes),
        "notice_days_required": rules.notice.days,
        "rules": rules.pin,
        **counts,
    }


def meeting(scenario: AuditScenario) -> Gathering:
    """A whole meeting: four of six vote, one of them twice, carried."""
    found = call(scenario)
    for step, record in enumerate(
        (
            found.ballot(1, "yes"),
            found.ballot(2, "no"),
            found.ballot(3, "yes"),
            found.ballot(2, "yes", 2),
            found.ballot(5, "abstain"),
        )
    ):
        found.log.append(record, found.opens + step)
    found.log.append(result(found, COUNTS), found.closes + 5)
    scenario.publish(found.log)
    return found


COUNTS: Record = {
    "notice_days_given": 17, "members": 6, "quorum": 2, "present": 4, "voted": 3, "for": 3,
    "against": 0, "abstained": 1, "accepted": 5, "superseded": 1, "quorate": True, "carried": True,
}  # fmt: skip


def meeting_members(scenario: AuditScenario, found: Gathering) -> dict[str, bytes]:
    """The files of the meeting package."""
    return {**scenario.members(found.log, "meeting"), "roll": found.roll}
