"""Tables of voting: what the projections of the meeting's log make (`projections`), so
that a ballot is checked with a few reads and a page needs no replay.

Rows are keyed by where they were sealed; a meeting's `log_id` stands in all rows of it. `version`
is that of the notice. `meeting_roll` alone is no projection: it keeps what opens the root of the
roll that was drawn last (`lines`).
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata


def _place() -> tuple[Column[int], Column[int]]:
    """Log and index of the entry that a row is of."""
    return (
        Column("log_id", Integer, primary_key=True, autoincrement=False),
        Column("idx", BigInteger, primary_key=True, autoincrement=False),
    )


meeting = Table(
    "meeting",
    metadata,
    *_place(),
    Column("id", String(64), nullable=False, unique=True),
    Column("society", String(64), nullable=False, index=True),
    Column("origin", String(200), nullable=False, unique=True),
    Column("type", String(64), nullable=False),
    Column("title_en", String(300), nullable=False),
    Column("title_ml", String(300), nullable=False),
    Column("held_on", Date, nullable=False),
    Column("notice_given", BigInteger, nullable=False),
    Column("opens", BigInteger, nullable=False),
    Column("closes", BigInteger, nullable=False),
    Column("rules", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("roll_root", LargeBinary(32)),
    Column("roll_count", Integer),
    Column("roll_with_key", Integer),
    Column("roll_from_opening", Integer),
    Column("cut_off", BigInteger),
    Column("closed_at", BigInteger),
)

meeting_resolution = Table(
    "meeting_resolution",
    metadata,
    *_place(),
    Column("number", Integer, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_ml", Text, nullable=False),
    Column("majority", String(64), nullable=False),
    Column("quorum", String(64), nullable=False),
    UniqueConstraint("log_id", "number"),
    UniqueConstraint("log_id", "digest"),
)


def _refers(to: str) -> ForeignKey:
    """Looked up when the transaction ends: a row that is rebuilt keeps what refers to it."""
    return ForeignKey(to, deferrable=True, initially="DEFERRED")


meeting_roll = Table(
    "meeting_roll",
    metadata,
    Column("meeting_id", String(64), _refers("meeting.id"), primary_key=True),
    Column("roll_number", Integer, primary_key=True, autoincrement=False),
    Column("member_id", Integer, _refers("member.id"), nullable=False),
    Column("key_id", Integer, _refers("member_key.id")),
    Column("line", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    UniqueConstraint("meeting_id", "member_id"),
)

meeting_ballot = Table(
    "meeting_ballot",
    metadata,
    *_place(),
    Column("number", Integer, nullable=False),
    Column("roll_number", Integer, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("choice", String(10), nullable=False),
    Column("assisted", Boolean, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("log_id", "number", "roll_number", "sequence"),
    sqlite_with_rowid=False,
)

meeting_assistance = Table(
    "meeting_assistance",
    metadata,
    *_place(),
    Column("number", Integer, nullable=False),
    Column("roll_number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

meeting_result = Table(
    "meeting_result",
    metadata,
    *_place(),
    Column("number", Integer, nullable=False),
    UniqueConstraint("log_id", "number"),
)
