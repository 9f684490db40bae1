"""Tables of the log. Rows of `log_entry`, `log_tile` and `log_head` are never changed except
that a tile row grows; a partial tile is a prefix of its row (C2SP tlog-tiles, derived fact).

`log_publication` says of a head of the state log that it is published, and how it stands with the
witnesses (`trust.log.witnesses.witness_status`); it only ever rises."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata

_Id = BigInteger().with_variant(Integer, "sqlite")

installation = Table(
    "installation",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(400), nullable=False),
)

log = Table(
    "log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("origin", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("vkey", String(400)),
    Column("opened_at", BigInteger, nullable=False),
    Column("next_index", BigInteger, nullable=False),
    Column("last_time", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
)
Index("ix_log_subject", log.c.kind, log.c.subject)

log_entry = Table(
    "log_entry",
    metadata,
    # No foreign key: looking it up for every row was a quarter of the cost of an insert.
    Column("log_id", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("entry", LargeBinary, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("key", String(200), nullable=False),
    Column("time", BigInteger, nullable=False),
    UniqueConstraint("log_id", "key"),
    sqlite_with_rowid=False,
)

log_leaf_run = Table(
    "log_leaf_run",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("bucket", Integer, nullable=False),
    Column("records", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)
Index("ix_log_leaf_run_bucket", log_leaf_run.c.bucket)

log_payload = Table(
    "log_payload",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("record", LargeBinary),
    Column("salt", LargeBinary),
    Column("detail", LargeBinary),
    Column("detail_salt", LargeBinary),
    Column("erased", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

log_annex = Table(
    "log_annex",
    metadata,
    Column("log_id", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("data", Text, nullable=False),
    sqlite_with_rowid=False,
)

log_document = Table(
    "log_document",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("document", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_log_document_sha256", log_document.c.sha256)

log_tile = Table(
    "log_tile",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("level", Integer, primary_key=True),
    Column("n", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

log_head = Table(
    "log_head",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)

log_admission = Table(
    "log_admission",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("state_log_id", Integer, ForeignKey("log.id"), nullable=False),
    Column("state_index", BigInteger, nullable=False),
)

log_cosignature = Table(
    "log_cosignature",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("key_name", String(255), primary_key=True),
    Column("key_id", String(8), primary_key=True),
    Column("witness", String(255), nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("line", LargeBinary, nullable=False),
)

log_witness_fault = Table(
    "log_witness_fault",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("log_id", Integer, ForeignKey("log.id"), nullable=False),
    Column("witness", String(255), nullable=False),
    Column("code", String(20), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("words", Text, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("answer", LargeBinary, nullable=False),
    Column("theirs", LargeBinary, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("times", BigInteger, nullable=False),
    Column("acknowledged_at", BigInteger),
    Column("reason", Text),
)
Index("ix_log_witness_fault_log_id", log_witness_fault.c.log_id)

log_witness_policy = Table(
    "log_witness_policy",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("text", Text, nullable=False),
    Column("own", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
)

log_publication = Table(
    "log_publication",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("standing", String(10), nullable=False),
    Column("policy_id", Integer, nullable=False),
    Column("published_at", BigInteger, nullable=False),
)

log_second_line = Table(
    "log_second_line",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("line", LargeBinary, nullable=False),
)

log_second_key = Table(
    "log_second_key",
    metadata,
    Column("origin", String(200), primary_key=True),
    Column("vkey", Text, nullable=False),
)

log_holder = Table(
    "log_holder",
    metadata,
    Column("origin", String(200), primary_key=True),
    Column("vkey", String(400), nullable=False),
    Column("since", BigInteger, nullable=False),
)

log_timestamp = Table(
    "log_timestamp",
    metadata,
    Column("log_id", Integer, ForeignKey("log.id"), primary_key=True),
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("time", BigInteger, nullable=False),
    Column("response", LargeBinary, nullable=False),
)

clock_move = Table(
    "clock_move",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("noticed_at", BigInteger, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("seconds", BigInteger, nullable=False),
    Column("seal", BigInteger, nullable=False),
)
