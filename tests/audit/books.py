"""A fictitious society's year and a fictitious meeting, sealed in a `scenario`."""

from dataclasses import dataclass
from hashlib import sha256

from nacl.signing import SigningKey

from tests.audit.scenario import START, VECTORS, AuditScenario, Log, Record, seed
from trust.books import published
from trust.books.model import Voucher
from trust.books.pure import balances, statements
from trust.books.pure.mapping import ACCUMULATED_PROFIT
from trust.books.pure.vouchers import from_record
from trust.formats import b64, canon, merkle, signing
from trust.formats.canon import Json
from trust.formats.times import format_time
from voting.pure.rules import RuleBook, read_book

SLUG = "k-12"
OFFICER = seed("officer")
DAY = 86_400
PROFIT = ACCUMULATED_PROFIT
RULES: RuleBook = read_book([(VECTORS / "rules.toml").read_text("utf-8")])


def public(secret: bytes) -> str:
    """The public key of a seed in base64."""
    return b64.encode(bytes(SigningKey(secret).verify_key))


def society_record() -> Record:
    return {
        "kind": "society",
        "v": 1,
        "society": SLUG,
        "registration_number": "K 12",
        "name_en": "Example Service Co-operative Bank",
        "name_ml": "മാതൃകാ സർവീസ് സഹകരണ ബാങ്ക്",
        "district": "kollam",
        "taluk": "Example",
        "sector": "credit",
        "class": "1",
        "registered_on": "1960-01-01",
    }


def officer_record(secret: bytes = OFFICER, action: str = "bind") -> Record:
    return {
        "kind": "officer-key",
        "v": 1,
        "society": SLUG,
        "key": public(secret),
        "role": "secretary",
        "action": action,
    }


def voucher(
    identity: str,
    *lines: tuple[str, int],
    day: str = "2025-06-01",
    type: str = "Receipt",
    corrects: str | None = None,
    batch: str = "imp-1",
    year: str = "2025-26",
) -> Record:
    listed: list[Json] = [{"account": code, "paise": paise} for code, paise in lines]
    return {
        "kind": "voucher",
        "v": 1,
        "society": SLUG,
        "book_year": year,
        "import": batch,
        "detail": None,
        "id": identity,
        "source": "tally-xml",
        "date": day,
        "type": type,
        "corrects": corrects,
        "lines": listed,
    }


def detail(number: str) -> Record:
    return {
        "kind": "voucher-detail",
        "v": 1,
        "number": number,
        "narration": "ഉദാഹരണം",
        "party": "Example Party",
        "ledgers": ["Cash", "Savings"],
        "instruments": [],
    }


def import_open(batch: str = "imp-1", expected: int = 4) -> Record:
    return {
        "kind": "import-open",
        "v": 1,
        "society": SLUG,
        "import": batch,
        "book_year": "2025-26",
        "format": "tally-xml",
        "file": seed(batch).hex(),
        "expected": expected,
    }


def import_close(batch: str = "imp-1", posted: int = 4, outcome: str = "posted") -> Record:
    return {
        "kind": "import-close",
        "v": 1,
        "society": SLUG,
        "import": batch,
        "outcome": outcome,
        "posted": posted,
    }


def vouchers() -> list[Record]:
    cash, savings, share, interest, paid = accounts()
    return [
        voucher("g-1", (cash, 5_000_00), (share, -5_000_00)),
        voucher("g-2", (cash, 20_000_00), (savings, -20_000_00)),
        voucher("g-3", (cash, 900_00), (interest, -900_00), day="2026-01-05"),
        voucher("g-4", (paid, 400_00), (cash, -400_00), day="2026-03-30", type="Payment"),
    ]


def accounts() -> tuple[str, str, str, str, str]:
    """Cash, savings, shares, and an account of income and of expenditure from the chart."""
    mapping = published.mapping_for("2026-03-31")
    first: dict[str, str] = {}
    for code in sorted(mapping.accounts):
        line = mapping.line[mapping.accounts[code].line]
        first.setdefault(line.id, code)
        first.setdefault(line.side, code)
    return first["A1"], first["L5i"], first["L1a"], first["income"], first["expenditure"]


def statement(
    log: Log,
    sealed: list[Voucher],
    year: str = "2025-26",
    secret: bytes = OFFICER,
    size: int | None = None,
    prior: Record | None = None,
    supersedes: str | None = None,
) -> Record:
    """A signed statement over the first `size` entries of the log."""
    mapping = published.mapping_for(f"{int(year[:4]) + 1}-03-31")
    rows = balances.trial_balances(sealed, mapping)
    figures = statements.figures(rows.get(year, ()), mapping, year)
    size = len(log.entries) if size is None else size
    before = None if prior is None else statements.filed_amounts(prior)
    record: Record = {
        "kind": "statement",
        "v": 1,
        "society": SLUG,
        "book_year": year,
        "origin": log.origin,
        "as_of": f"{int(year[:4]) + 1}-03-31",
        "book_size": size,
        "book_root": b64.encode(log.root(size)),
        "mapping": mapping.sha256,
        "previous": None if prior is None else digest(prior),
        "supersedes": supersedes,
        "lines": statements.statement_lines(figures, before, mapping),
        "totals": statements.totals(figures),
    }
    return sign(record, log.origin, secret, "secretary")


def digest(record: Record) -> str:
    return sha256(canon.canonical(record)).hexdigest()


def sign(record: Record, origin: str, secret: bytes, role: str) -> Record:
    one = signing.sign(secret, role, str(record["kind"]), origin, record)
    return signing.with_signatures(record, [one])


def book(scenario: AuditScenario) -> Log:
    """A society with one posted import and one filed sheet, published in three heads."""
    log = scenario.coop(SLUG)
    log.append(society_record())
    log.append(officer_record())
    scenario.publish(log)
    log.append(import_open(), START + 10)
    for number, record in enumerate(vouchers()):
        log.append(record, START + 11 + number, detail(str(number + 1)))
    log.append(import_close(), START + 20)
    scenario.publish(log)
    log.append(statement(log, [from_record(one) for one in vouchers()]), START + 30)
    scenario.publish(log)
    return log


@dataclass(slots=True)
class Gathering:
    """A meeting's log with what the tests need to cast more ballots."""

    log: Log
    roll: bytes
    root: bytes
    resolution: str
    opens: int
    closes: int

    def ballot(self, number: int, choice: str, sequence: int = 1, **change: Json) -> Record:
        """A ballot signed by the member of that roll number."""
        record: Record = {
            "kind": "ballot",
            "v": 1,
            "meeting": self.log.origin,
            "resolution": self.resolution,
            "roll_root": b64.encode(self.root),
            "roll_number": number,
            "choice": choice,
            "sequence": sequence,
            "assisted": False,
        }
        record |= change
        return sign(record, self.log.origin, member(number), "member")


def member(number: int) -> bytes:
    """The seed of a member's key."""
    return seed("member", number)


def call(scenario: AuditScenario, voters: int = 6) -> Gathering:
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
        for number in range(1, voters + 1)
    ]
    root = merkle.root_of([merkle.leaf_hash(line) for line in lines])
    log.append(
        {
            "kind": "roll",
            "v": 1,
            "meeting": origin,
            "cut_off": format_time(START + 100),
            "count": voters,
            "with_key": voters,
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
