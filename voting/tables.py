"""Tables of the voting floor. What decides is sealed in the meeting's log; these rows are its
index, so that a ballot is checked with a few reads and a page needs no replay. `version` is that of
the notice; `roll_version` counts how often the roll was drawn."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata

meeting = Table(
    "meeting",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("society", String(64), ForeignKey("society.slug"), nullable=False, index=True),
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
    Column("roll_version", Integer, nullable=False),
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
    Column("meeting_id", String(64), ForeignKey("meeting.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("text_en", Text, nullable=False),
    Column("text_ml", Text, nullable=False),
    Column("majority", String(64), nullable=False),
    Column("quorum", String(64), nullable=False),
    UniqueConstraint("meeting_id", "digest"),
)

meeting_roll = Table(
    "meeting_roll",
    metadata,
    Column("meeting_id", String(64), ForeignKey("meeting.id"), primary_key=True),
    Column("roll_number", Integer, primary_key=True, autoincrement=False),
    Column("member_id", Integer, ForeignKey("member.id"), nullable=False),
    Column("key_id", Integer, ForeignKey("member_key.id")),
    Column("line", LargeBinary, nullable=False),
    Column("salt", LargeBinary(32), nullable=False),
    UniqueConstraint("meeting_id", "member_id"),
)

meeting_ballot = Table(
    "meeting_ballot",
    metadata,
    Column("meeting_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("roll_number", Integer, primary_key=True, autoincrement=False),
    Column("sequence", Integer, primary_key=True, autoincrement=False),
    Column("choice", String(10), nullable=False),
    Column("assisted", Boolean, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("entry_index", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["meeting_id", "number"], ["meeting_resolution.meeting_id", "meeting_resolution.number"]
    ),
)

meeting_assistance = Table(
    "meeting_assistance",
    metadata,
    Column("meeting_id", String(64), ForeignKey("meeting.id"), primary_key=True),
    Column("entry_index", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, nullable=False),
    Column("roll_number", Integer, nullable=False),
    Column("at", BigInteger, nullable=False),
)

meeting_result = Table(
    "meeting_result",
    metadata,
    Column("meeting_id", String(64), ForeignKey("meeting.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("document", LargeBinary, nullable=False),
    Column("entry_index", BigInteger, nullable=False),
)
