"""A fictitious society's year in records of version 1."""

from hashlib import sha256

from nacl.signing import SigningKey

from tests.vectors.v1.scenario import START, AuditScenario, Log, Record, seed
from trust.books import published
from trust.books.model import Voucher
from trust.books.pure import balances, statements
from trust.books.pure.vouchers import from_record
from trust.formats import b64, canon, signing
from trust.formats.canon import Json

SLUG = "k-12"
OFFICER = seed("officer")


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


def officer_record(secret: bytes = OFFICER, role: str = "secretary") -> Record:
    return {
        "kind": "officer-key",
        "v": 1,
        "society": SLUG,
        "key": public(secret),
        "role": role,
        "action": "bind",
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


def import_close(batch: str = "imp-1", posted: int = 4) -> Record:
    return {
        "kind": "import-close",
        "v": 1,
        "society": SLUG,
        "import": batch,
        "outcome": "posted",
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
    prior: Record | None = None,
    as_of: str | None = None,
) -> Record:
    """A signed statement over all entries of the log, by default as of 31 March."""
    mapping = published.mapping_for(f"{int(year[:4]) + 1}-03-31")
    rows = balances.trial_balances(sealed, mapping)
    figures = statements.figures(rows.get(year, ()), mapping, year)
    before = None if prior is None else statements.filed_amounts(prior)
    record: Record = {
        "kind": "statement",
        "v": 1,
        "society": SLUG,
        "book_year": year,
        "origin": log.origin,
        "as_of": as_of or f"{int(year[:4]) + 1}-03-31",
        "book_size": len(log.entries),
        "book_root": b64.encode(log.root()),
        "mapping": mapping.sha256,
        "previous": None if prior is None else digest(prior),
        "supersedes": None,
        "lines": statements.statement_lines(figures, before, mapping),
        "totals": statements.totals(figures),
    }
    return sign(record, log.origin, OFFICER, "secretary")


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
