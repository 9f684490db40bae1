"""Kinds of the books: imports, vouchers, registers, filed statements."""

from trust.formats import fields as f
from trust.formats.fields import Field
from trust.formats.kinds.base import BOOK_HEAD, DETAIL, SIGNATURES, SOCIETY, YEAR, kind

IMPORT = Field("import", f.word, "id of the import that brought it")
LINE = f.struct(
    Field("account", f.text(40), "account code of the published chart"),
    Field("paise", f.paise, "amount; positive is a debit"),
)
STATEMENT_LINE = f.struct(
    Field("id", f.text(20), "statement line"),
    Field("paise", f.paise, "amount with the sign of its side"),
    Field("prior", f.nullable(f.paise), "the same line as filed for the year before"),
)
FILED = (
    SOCIETY,
    YEAR,
    SIGNATURES,
    Field("origin", f.text(200), "the society's book log"),
    Field("as_of", f.date, "date of the sheet"),
    Field("book_size", f.count, "size of the book log the figures rest on"),
    Field("book_root", f.base64_of(32), "its root"),
    Field("mapping", f.hex_digest, "SHA-256 of the statement mapping"),
    Field("previous", f.nullable(f.hex_digest), "last year's filed statement"),
    Field("supersedes", f.nullable(f.hex_digest), "the filing this one replaces"),
    Field("lines", f.items(STATEMENT_LINE, 2_000), "leaf lines other than zero"),
    Field(
        "totals",
        f.struct(
            Field("assets", f.paise, "total of assets"),
            Field("liabilities", f.paise, "total of liabilities with the profit"),
            Field("profit", f.paise, "profit of the year; a loss is negative"),
        ),
        "totals of the sheet",
    ),
)
"""Members of a filed balance sheet in every version."""
EVENTS = ("general-meeting", "audit", "election", "accounting-date")
"""Events of `governance-date` 1; a special meeting was not told from a general one."""
CHOICE = f.struct(
    Field("account", f.text(40), "account code of the published chart"),
    Field("before", f.nullable(f.text(40)), "where the ledger stood before; null if nowhere"),
)
REASON = f.struct(
    Field("ground", f.one_of("first-year", "merger", "winding-up"), "why not 31 March"),
    Field("reference", f.text(200), "number of the order"),
    Field("ordered_on", f.date, "date of the order"),
)
OPEN_CHECK = f.struct(
    Field("number", f.integer(1, 99), "number of the check"), Field("code", f.word, "what it found")
)

KINDS = (
    kind(
        "import-open", "coop", True, "an import begins",
        SOCIETY, IMPORT, YEAR,
        Field("format", f.word, "source format"),
        Field("file", f.hex_digest, "SHA-256 of the file"),
        Field("expected", f.count, "entries to come under this import"),
    ),
    kind(
        "import-close", "coop", True, "an import ends",
        SOCIETY, IMPORT,
        Field("outcome", f.one_of("posted", "void"), "whether statements may count it"),
        Field("posted", f.count, "entries posted under it"),
    ),
    kind(
        "import-close", "coop", True, "an import ends",
        SOCIETY, IMPORT,
        Field("outcome", f.one_of("posted", "void"), "whether statements may count it"),
        Field("posted", f.count, "entries posted under it"),
        Field(
            "reason", f.nullable(f.text(400)),
            "why it was declared void, without personal data; null if posted or never counted",
        ),
        version=2,
    ),
    kind(
        "voucher", "coop", False, "one posting voucher",
        SOCIETY, YEAR, IMPORT, DETAIL,
        Field("id", f.text(120), "source GUID, or content id"),
        Field("source", f.word, "source format"),
        Field("date", f.date, "value date"),
        Field("type", f.text(80), "voucher type of the source"),
        Field("corrects", f.nullable(f.text(120)), "id of the voucher this one corrects"),
        Field("lines", f.items(LINE, 20_000), "postings; they sum to zero"),
        erasable="detail",
    ),
    kind(
        "voucher-detail", None, False, "narration, party and instruments of a voucher",
        Field("number", f.text(120), "voucher number"),
        Field("narration", f.text(20_000), "narration"),
        Field("party", f.text(400), "party ledger"),
        Field("ledgers", f.items(f.text(400), 20_000), "source ledger of each line"),
        Field("instruments", f.items(f.text(400), 2_000), "cheque and bank references"),
    ),
    kind(
        "loan", "coop", False, "one row of the loan register as of a date",
        SOCIETY, IMPORT, DETAIL,
        Field("id", f.text(80), "loan id of the register, as a tag"),
        Field("as_of", f.date, "date of the register"),
        Field("sanctioned_on", f.date, "date of sanction"),
        Field("sanctioned", f.paise, "amount sanctioned"),
        Field("outstanding", f.paise, "outstanding at as_of"),
        Field("overdue", f.paise, "overdue at as_of"),
        Field("overdue_days", f.count, "days overdue at as_of"),
        Field("purpose", f.text(80), "purpose"),
        Field("in_area", f.boolean, "borrower inside the area of operation"),
        Field("disbursed_to", f.nullable(f.text(40)), "tag of the payee account"),
        Field("collateral", f.nullable(f.text(40)), "tag of the collateral"),
        erasable="detail",
    ),
    kind(
        "loan", "coop", False, "one row of the loan register as of a date",
        SOCIETY, IMPORT, DETAIL,
        Field("tag_key", f.text(20), "which secret of the society made the tags"),
        Field("id", f.text(40), "tag of scheme and loan number"),
        Field("number", f.text(40), "tag of the loan number alone"),
        Field("member", f.text(40), "tag of the member reference"),
        Field("as_of", f.date, "date of the register"),
        Field("sanctioned_on", f.date, "date of sanction"),
        Field("sanctioned", f.paise, "amount sanctioned"),
        Field("outstanding", f.paise, "outstanding at as_of"),
        Field("overdue", f.paise, "overdue at as_of, interest included if the register has it"),
        Field("overdue_days", f.count, "days overdue at as_of"),
        Field("purpose", f.text(80), "purpose, or scheme if the register has no purpose"),
        Field("in_area", f.boolean, "borrower inside the area of operation"),
        Field("disbursed_to", f.nullable(f.text(40)), "tag of the payee account"),
        Field("collateral", f.nullable(f.text(40)), "tag of the collateral"),
        version=2,
        erasable="detail",
    ),
    kind(
        "loan-detail", None, False, "source references of a loan",
        Field("loan_id", f.text(80), "loan id of the register"),
        Field("member", f.text(80), "member reference of the register"),
        Field("payee", f.text(200), "payee account of the register"),
        Field("collateral", f.text(200), "collateral reference of the register"),
    ),
    kind(
        "loan-detail", None, False, "source references of a loan",
        Field("loan_id", f.text(80), "loan id of the register"),
        Field("scheme", f.text(80), "scheme in which the loan has this id; empty if none is named"),
        Field("member", f.text(80), "member reference of the register"),
        Field("payee", f.text(200), "payee account of the register"),
        Field("collateral", f.text(200), "collateral reference of the register"),
        version=2,
    ),
    kind(
        "governance-date", "coop", True, "a meeting, audit or election took place",
        SOCIETY, YEAR, IMPORT,
        Field("event", f.one_of(*EVENTS), "what happened"),
        Field("date", f.date, "when"),
    ),
    kind(
        "governance-date", "coop", True, "a meeting, audit or election took place",
        SOCIETY, YEAR, IMPORT,
        Field("event", f.one_of(*EVENTS, "special-meeting"), "what happened"),
        Field("date", f.date, "when"),
        version=2,
    ),
    kind(
        "ledger-map", "coop", False, "ledgers of the society are put on accounts of the chart",
        SOCIETY, DETAIL,
        Field("officer", f.text(80), "account of the officer who did it"),
        Field("choices", f.items(CHOICE, 2_000), "for each ledger its account"),
        erasable="detail",
    ),
    kind(
        "ledger-map-detail", None, False, "which ledgers: names of persons may be among them",
        Field("ledgers", f.items(f.text(400), 2_000), "the ledger of each choice"),
    ),
    kind("statement", "coop", True, "a filed balance sheet", *FILED),
    kind(
        "statement", "coop", True, "a filed balance sheet", *FILED,
        Field("reason", f.nullable(REASON), "why `as_of` is no 31 March; null when it is one"),
        Field("open_checks", f.items(OPEN_CHECK, 200), "faults known and open at filing"),
        version=2,
    ),
    kind(
        "late-entries", "coop", True, "why entries were sealed into a filed year",
        SOCIETY, YEAR,
        Field("statement", f.hex_digest, "the filed statement they came after"),
        *BOOK_HEAD,
        Field("reason", f.text(400), "the society's reason, without personal data"),
    ),
)  # fmt: skip
