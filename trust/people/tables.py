"""Tables about people. Rows of people stay when somebody leaves: `left_on` and `revoked_at`
say since when they no longer count.

`log_id` and `idx` are the entry that a row was made of (`trust/people/projections.py`). Those of a
member are null until the register is sealed, and then the newest entry about the member.
`joined_counts` and `share_counts` are the days from which joining and the paid share count for
votes, if those are later than the days stated. `version` of a member's key is that of the enrolment
at its place. `register_line` is payload: what the root of an opening commits to, and of each member
in it what no entry says.

`appointment` is who may do what, from when to when (UTC seconds; `ends_at` is the first moment
after it); its holder is in an entry of its own. `account_grant` is what earlier versions kept
instead, until it is carried over; nobody has a right by it. `office_request` waits for a second
person.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata


def _placed(*, nullable: bool = False) -> tuple[Column[int], Column[int]]:
    return (
        Column("log_id", Integer, nullable=nullable),
        Column("idx", BigInteger, nullable=nullable),
    )


society = Table(
    "society",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("registration_number", String(60), nullable=False, unique=True),
    Column("name_en", String(200), nullable=False),
    Column("name_ml", String(200), nullable=False),
    Column("district", String(64), nullable=False, index=True),
    Column("taluk", String(80), nullable=False),
    Column("sector", String(64), nullable=False),
    Column("class", String(40), nullable=False, key="class_"),
    Column("registered_on", Date, nullable=False),
    Column("added_at", BigInteger, nullable=False),
    *_placed(),
)

member = Table(
    "member",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("society", String(64), ForeignKey("society.slug"), nullable=False),
    Column("number", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("gender", String(1), nullable=False),
    Column("class", String(20), nullable=False, key="class_"),
    Column("joined", Date, nullable=False),
    Column("share_paid_on", Date),
    Column("left_on", Date),
    Column("admitted_at", BigInteger, nullable=False),
    Column("joined_counts", Date),
    Column("share_counts", Date),
    *_placed(nullable=True),
    UniqueConstraint("society", "number"),
)

register_opening = Table(
    "register_opening",
    metadata,
    Column("society", String(64), ForeignKey("society.slug"), primary_key=True),
    *_placed(),
)

register_line = Table(
    "register_line",
    metadata,
    Column("log_id", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("place", Integer, primary_key=True, autoincrement=False),
    Column("line", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    Column("member_id", Integer, ForeignKey("member.id"), nullable=False),
    Column("gender", String(1), nullable=False),
    Column("admitted_at", BigInteger, nullable=False),
    UniqueConstraint("member_id", "log_id", "idx"),
)

account = Table(
    "account",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("login", String(80), nullable=False, unique=True),
    Column("display_name", String(200), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("society", String(64), ForeignKey("society.slug"), index=True),
    Column("member_id", Integer, ForeignKey("member.id"), unique=True),
    Column("password_hash", String(200)),
    Column("active", Boolean, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("signed_out_at", BigInteger),
)

account_grant = Table(
    "account_grant",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("role", String(30), nullable=False),
    Column("scope_kind", String(10), nullable=False),
    Column("scope", String(160), nullable=False),
    Column("granted_at", BigInteger, nullable=False),
    UniqueConstraint("account_id", "role", "scope_kind", "scope"),
)

office = Table(
    "office",
    metadata,
    Column("slug", String(64), primary_key=True),
    Column("level", String(10), nullable=False),
    Column("parent", String(64)),
    Column("scope", String(160), nullable=False),
    Column("name_en", String(200), nullable=False),
    Column("name_ml", String(200), nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    *_placed(),
)

appointment = Table(
    "appointment",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("account_id", Integer, ForeignKey("account.id"), index=True),
    Column("role", String(30), nullable=False),
    Column("scope_kind", String(10), nullable=False),
    Column("scope", String(160), nullable=False),
    Column("office", String(64)),
    Column("begins_at", BigInteger, nullable=False),
    Column("ends_at", BigInteger),
    Column("basis", String(12), nullable=False),
    *_placed(),
    Column("holder_log_id", Integer),
    Column("holder_idx", BigInteger),
    UniqueConstraint("log_id", "idx"),
)

federation_access = Table(
    "federation_access",
    metadata,
    Column("society", String(64), primary_key=True),
    Column("office", String(64), primary_key=True),
    Column("let_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    *_placed(),
)

office_request = Table(
    "office_request",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("what", String(20), nullable=False),
    Column("body", Text, nullable=False),
    Column("asked_by", Integer, ForeignKey("account.id"), nullable=False),
    Column("confirmed_by", Integer, ForeignKey("account.id")),
    Column("asked_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, index=True),
)

member_key = Table(
    "member_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("society", String(64), nullable=False),
    Column("member", String(40), nullable=False),
    Column("public_key", LargeBinary(32), nullable=False, unique=True),
    Column("medium", String(10), nullable=False),
    Column("bound_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    Column("version", Integer, nullable=False),
    *_placed(),
    UniqueConstraint("log_id", "idx"),
    ForeignKeyConstraint(["society", "member"], ["member.society", "member.number"]),
)
Index("ix_member_key_society_member", member_key.c.society, member_key.c.member)

officer_request = Table(
    "officer_request",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("society", String(64), ForeignKey("society.slug"), nullable=False, index=True),
    Column("what", String(20), nullable=False),
    Column("member_id", Integer, ForeignKey("member.id"), index=True),
    Column("key_id", Integer),
    Column("body", Text, nullable=False),
    Column("first_officer", Integer, ForeignKey("account.id"), nullable=False),
    Column("second_officer", Integer, ForeignKey("account.id")),
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
)

officer_key = Table(
    "officer_key",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("society", String(64), ForeignKey("society.slug"), nullable=False),
    Column("account_id", Integer, ForeignKey("account.id")),
    Column("public_key", LargeBinary(32), nullable=False),
    Column("role", String(30), nullable=False),
    Column("bound_at", BigInteger, nullable=False),
    Column("revoked_at", BigInteger),
    *_placed(),
    Column("holder_log_id", Integer),
    Column("holder_idx", BigInteger),
    UniqueConstraint("log_id", "idx"),
    UniqueConstraint("society", "public_key"),
)

drawn_roll = Table(
    "drawn_roll",
    metadata,
    Column("origin", String(200), primary_key=True),
    Column("society", String(64), nullable=False, index=True),
)

login_challenge = Table(
    "login_challenge",
    metadata,
    Column("nonce", LargeBinary(32), primary_key=True),
    Column("login", String(80), nullable=False),
    Column("expires", BigInteger, nullable=False, index=True),
    Column("used_at", BigInteger),
)

ended_session = Table(
    "ended_session",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("until", BigInteger, nullable=False, index=True),
)

access_record = Table(
    "access_record",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", BigInteger, nullable=False),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("society", String(64), nullable=False),
    Column("member_id", Integer),
    Column("what", String(80), nullable=False),
    Column("purpose", String(400), nullable=False),
)
Index("ix_access_record_society", access_record.c.society, access_record.c.at)

one_time_link = Table(
    "one_time_link",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("account_id", Integer, ForeignKey("account.id"), nullable=False),
    Column("purpose", String(20), nullable=False),
    Column("expires", BigInteger, nullable=False),
)
"""One-time links for first passwords; of the token its SHA-256 alone. `expires` is 0 once used."""
