"""The registry of record kinds: every kind, its fields and their meaning (docs/formats.md 6).

A kind is *public* (its document is served to everybody and its commitment is a plain hash) or
*private* (only a salted commitment is public). `log` says in which logs the kind may stand;
kinds that are only signed, or only hashed beside another record, have log None.
"""

from dataclasses import dataclass

from trust.formats import fields as f
from trust.formats.canon import Json
from trust.formats.errors import FormatError
from trust.formats.fields import Field


@dataclass(frozen=True)
class Kind:
    """A kind of record: where it may stand, whether everybody may read it, and its members."""

    name: str
    log: str | None
    public: bool
    fields: tuple[Field, ...]
    meaning: str

    def stands_in(self, log: str) -> bool:
        """Whether entries of this kind may stand in a log of that kind."""
        return self.log == log or (self.log == YEARLY and log in ("coop", "oversight", "state"))


YEARLY = "yearly"
"""In place of a log: every kind of log that is continued from year to year."""


def _kind(name: str, log: str | None, public: bool, meaning: str, *fields: Field) -> Kind:
    fixed = (
        Field("kind", f.one_of(name), "the kind's name"),
        Field("v", f.integer(1, 1), "version of the kind"),
    )
    return Kind(name, log, public, fixed + fields, meaning)


_SOCIETY = Field("society", f.slug, "slug of the society")
_YEAR = Field("book_year", f.book_year, "financial year of the books")
_IMPORT = Field("import", f.word, "id of the import that brought it")
_DETAIL = Field("detail", f.nullable(f.base64_of(32)), "commitment of the second payload")
_MEETING = Field("meeting", f.text(200), "origin of the meeting's log")
_RESOLUTION = Field("resolution", f.hex_digest, "SHA-256 of the resolution document")
_SIGNATURES = Field("signatures", f.SIGNATURES, "signatures, section 5")
_KEY = Field("key", f.base64_of(32), "Ed25519 public key")
_LINE = f.struct(
    Field("account", f.text(40), "account code of the published chart"),
    Field("paise", f.paise, "amount; positive is a debit"),
)
_STATEMENT_LINE = f.struct(
    Field("id", f.text(20), "statement line"),
    Field("paise", f.paise, "amount with the sign of its side"),
    Field("prior", f.nullable(f.paise), "the same line as filed for the year before"),
)
_EVIDENCE = f.struct(Field("origin", f.text(200), "log"), Field("index", f.count, "position in it"))

_ALL = (
    _kind(
        "society", "coop", True, "registration of a society",
        _SOCIETY,
        Field("registration_number", f.text(60), "as registered"),
        Field("name_en", f.text(200), "name in English"),
        Field("name_ml", f.text(200), "name in Malayalam"),
        Field("district", f.word, "district"),
        Field("taluk", f.text(80), "taluk"),
        Field("sector", f.word, "credit, dairy, consumer and so on"),
        Field("class", f.text(40), "class of the society under its rules"),
        Field("registered_on", f.date, "date of registration"),
    ),
    _kind(
        "officer-key", "coop", True, "a society officer's key, without a name",
        _SOCIETY, _KEY,
        Field("role", f.one_of("secretary", "president"), "office"),
        Field("action", f.one_of("bind", "revoke"), "bound or revoked from this entry on"),
    ),
    _kind(
        "enrolment", "coop", False, "a member's key or card bound or revoked",
        _SOCIETY, _KEY,
        Field("member", f.text(40), "member number"),
        Field("medium", f.one_of("card", "device"), "printed voting card or own device"),
        Field("action", f.one_of("bind", "revoke"), "bound or revoked"),
        Field("officers", f.items(f.text(80), 2), "accounts of the officers who did it"),
        Field("reason", f.text(400), "why, for a revocation; may be empty"),
    ),
    _kind(
        "import-open", "coop", True, "an import begins",
        _SOCIETY, _IMPORT, _YEAR,
        Field("format", f.word, "source format"),
        Field("file", f.hex_digest, "SHA-256 of the file"),
        Field("expected", f.count, "entries to come under this import"),
    ),
    _kind(
        "import-close", "coop", True, "an import ends",
        _SOCIETY, _IMPORT,
        Field("outcome", f.one_of("posted", "void"), "whether statements may count it"),
        Field("posted", f.count, "entries posted under it"),
    ),
    _kind(
        "voucher", "coop", False, "one posting voucher",
        _SOCIETY, _YEAR, _IMPORT, _DETAIL,
        Field("id", f.text(120), "source GUID, or content id"),
        Field("source", f.word, "source format"),
        Field("date", f.date, "value date"),
        Field("type", f.text(80), "voucher type of the source"),
        Field("corrects", f.nullable(f.text(120)), "id of the voucher this one corrects"),
        Field("lines", f.items(_LINE, 20_000), "postings; they sum to zero"),
    ),
    _kind(
        "voucher-detail", None, False, "narration, party and instruments of a voucher",
        Field("number", f.text(120), "voucher number"),
        Field("narration", f.text(20_000), "narration"),
        Field("party", f.text(400), "party ledger"),
        Field("ledgers", f.items(f.text(400), 20_000), "source ledger of each line"),
        Field("instruments", f.items(f.text(400), 2_000), "cheque and bank references"),
    ),
    _kind(
        "loan", "coop", False, "one row of the loan register as of a date",
        _SOCIETY, _IMPORT, _DETAIL,
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
    ),
    _kind(
        "loan-detail", None, False, "source references of a loan",
        Field("loan_id", f.text(80), "loan id of the register"),
        Field("member", f.text(80), "member reference of the register"),
        Field("payee", f.text(200), "payee account of the register"),
        Field("collateral", f.text(200), "collateral reference of the register"),
    ),
    _kind(
        "governance-date", "coop", True, "a meeting, audit or election took place",
        _SOCIETY, _YEAR, _IMPORT,
        Field(
            "event",
            f.one_of("general-meeting", "audit", "election", "accounting-date"),
            "what happened",
        ),
        Field("date", f.date, "when"),
    ),
    _kind(
        "statement", "coop", True, "a filed balance sheet",
        _SOCIETY, _YEAR, _SIGNATURES,
        Field("origin", f.text(200), "the society's book log"),
        Field("as_of", f.date, "date of the sheet"),
        Field("book_size", f.count, "size of the book log the figures rest on"),
        Field("book_root", f.base64_of(32), "its root"),
        Field("mapping", f.hex_digest, "SHA-256 of the statement mapping"),
        Field("previous", f.nullable(f.hex_digest), "last year's filed statement"),
        Field("supersedes", f.nullable(f.hex_digest), "the filing this one replaces"),
        Field("lines", f.items(_STATEMENT_LINE, 2_000), "leaf lines other than zero"),
        Field(
            "totals",
            f.struct(
                Field("assets", f.paise, "total of assets"),
                Field("liabilities", f.paise, "total of liabilities with the profit"),
                Field("profit", f.paise, "profit of the year; a loss is negative"),
            ),
            "totals of the sheet",
        ),
    ),
    _kind(
        "erasure", "coop", True, "a payload was erased; its commitment stays",
        Field("index", f.count, "entry whose payload was erased"),
        Field("origin", f.text(200), "its log, when that is an earlier one", optional=True),
        Field("part", f.one_of("record", "detail"), "which payload"),
        Field("reason", f.text(200), "legal ground, without personal data"),
    ),
    _kind(
        "meeting", "meeting", True, "notice of a meeting",
        _SOCIETY,
        Field("origin", f.text(200), "the meeting's own log"),
        Field("type", f.word, "kind of meeting of the rule file"),
        Field("title_en", f.text(300), "title in English"),
        Field("title_ml", f.text(300), "title in Malayalam"),
        Field("notice_given", f.time, "when notice was given"),
        Field("held_on", f.date, "date of the meeting"),
        Field("opens", f.time, "voting opens"),
        Field("closes", f.time, "voting closes"),
        Field("rules", f.text(120), "rule set and its date"),
    ),
    _kind(
        "roll", "meeting", True, "the electoral roll: its count and root",
        _MEETING,
        Field("cut_off", f.time, "state of the membership it was drawn from"),
        Field("count", f.count, "names on the roll"),
        Field("with_key", f.count, "of these, with a bound key or card"),
        Field("root", f.base64_of(32), "RFC 6962 root over the roll lines"),
    ),
    _kind(
        "roll-line", None, False, "one line of the roll",
        Field("roll_number", f.integer(1, 2**31 - 1), "number on this roll"),
        Field("member", f.base64_of(32), "salted commitment of the member number"),
        Field("key", f.nullable(f.base64_of(32)), "the bound key, if any"),
    ),
    _kind(
        "resolution", "meeting", True, "one resolution",
        _MEETING,
        Field("number", f.integer(1, 999), "number on the agenda"),
        Field("text_en", f.text(4000), "text in English"),
        Field("text_ml", f.text(4000), "text in Malayalam"),
        Field("majority", f.word, "majority rule of the rule set"),
        Field("quorum", f.word, "quorum rule of the rule set"),
    ),
    _kind(
        "ballot", "meeting", False, "one open ballot",
        _MEETING, _RESOLUTION, _SIGNATURES,
        Field("roll_root", f.base64_of(32), "root of the roll voted under"),
        Field("roll_number", f.integer(1, 2**31 - 1), "number on that roll"),
        Field("choice", f.one_of("yes", "no", "abstain"), "the vote"),
        Field("sequence", f.integer(1, 2**31 - 1), "greater than every earlier one"),
        Field("assisted", f.boolean, "entered by two officers for the member"),
    ),
    _kind(
        "result", "meeting", True, "the outcome of one resolution",
        _MEETING, _RESOLUTION,
        Field("held_on", f.date, "date of the meeting"),
        Field("closed", f.time, "when voting was closed"),
        Field("notice_days_given", f.count, "clear days of notice given"),
        Field("notice_days_required", f.count, "clear days of notice required"),
        Field("members", f.count, "members on the roll"),
        Field("quorum", f.count, "number forming the quorum"),
        Field("present", f.count, "voters who took part in the meeting's votes"),
        Field("voted", f.count, "valid votes counted on this resolution"),
        Field("for", f.count, "yes"),
        Field("against", f.count, "no"),
        Field("abstained", f.count, "abstain"),
        Field("accepted", f.count, "ballots accepted, superseded ones included"),
        Field("superseded", f.count, "of these, replaced by a later one"),
        Field("quorate", f.boolean, "quorum reached"),
        Field("carried", f.boolean, "quorate and with the majority required"),
        Field("rules", f.text(120), "rule set and its date"),
    ),
    _kind(
        "policy", "oversight", True, "a version of the oversight policy",
        Field("version", f.date, "valid from"),
        Field("toml", f.text(200_000), "the policy file"),
    ),
    _kind(
        "alert", "oversight", False, "a step of an alert made by the engine",
        _SOCIETY,
        Field("alert", f.text(80), "id of the alert"),
        Field("action", f.one_of("open", "raise", "clear"), "what the engine did"),
        Field("rule", f.text(40), "rule of the policy"),
        Field("rule_version", f.count, "its version"),
        Field("policy", f.hex_digest, "SHA-256 of the policy document"),
        Field("severity", f.one_of("watch", "act"), "severity"),
        Field("period", f.text(40), "period the alert is about"),
        Field("figures", f.mapping(f.scalar), "the figures of the formula"),
        Field("evidence", f.items(_EVIDENCE, 2_000), "sealed entries the figures rest on"),
    ),
    _kind(
        "triage", "oversight", False, "a step of an alert made by an officer",
        Field("alert", f.text(80), "id of the alert"),
        Field(
            "action", f.one_of("acknowledge", "comment", "close", "reopen"), "what was done"
        ),
        Field("officer", f.text(80), "account of the officer"),
        Field("reason", f.text(4000), "comment or reason"),
    ),
    _kind(
        "abandonment", "state", True, "a log is given up: entries under its last head are lost",
        Field("origin", f.text(200), "origin of the log"),
        Field("size", f.count, "size of the last head that was released"),
        Field("root", f.base64_of(32), "root of that head"),
        Field("kept", f.count, "entries that are left, from the first on"),
        Field("successor", f.nullable(f.text(200)), "origin of the log in which it goes on"),
        Field("reason", f.text(400), "why, in words"),
    ),
    _kind(
        "log-closed", YEARLY, True, "the last entry of a log that goes on in another",
        Field("origin", f.text(200), "origin of the log that ends"),
        Field("size", f.count, "its entries, this one included"),
        Field("next", f.text(200), "origin of the log in which it goes on"),
        Field("next_key", f.nullable(f.text(400)), "that log's verifier key; state logs only"),
        Field("reason", f.one_of("year-end", "emergency"), "why it ends"),
        Field("note", f.text(400), "in words, for an emergency; may be empty"),
    ),
    _kind(
        "log-key", "state", True, "a log, its key and the key's validity",
        Field("origin", f.text(200), "origin of the log"),
        Field("vkey", f.text(400), "verifier key of the log (C2SP signed-note)"),
        Field("valid_from", f.time, "first time the key may sign"),
        Field("valid_to", f.nullable(f.time), "last time, if known"),
        Field("holder", f.one_of("society"), "who has the key, if not the State", optional=True),
    ),
    _kind(
        "login", None, False, "a challenge that a member's key signs to sign in",
        Field("account", f.text(80), "log-in name"),
        Field("nonce", f.base64_of(32), "random, used once"),
        Field("expires", f.time, "valid until"),
        Field("signatures", f.SIGNATURES, "the member's signature", optional=True),
    ),
)  # fmt: skip

KINDS: dict[str, Kind] = {kind.name: kind for kind in _ALL}


def kind(name: str) -> Kind:
    """The kind of that name; raises FormatError for a kind this version does not know."""
    try:
        return KINDS[name]
    except KeyError:
        raise FormatError(f"{name!r} is not a kind of record this version knows.") from None


def check_record(record: dict[str, Json]) -> Kind:
    """Raise FormatError unless the record has exactly the members of its kind; give the kind."""
    name = record.get("kind")
    if not isinstance(name, str):
        raise FormatError("The record does not name its kind.")
    found = kind(name)
    f.check_object(dict(record), found.fields, f"The {name} record")
    return found
