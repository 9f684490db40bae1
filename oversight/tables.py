"""Tables of oversight.

`oversight_policy`, `oversight_step` and `oversight_alert` are written by `projections.py` alone: a
step is keyed by the entry that seals it, an alert is what its steps amount to. `oversight_fact`,
which only grows, `oversight_reading`, the newest judgement of each rule and period,
`oversight_unread`, what of the books could not be read as facts, and `oversight_judged` are
computed from the books and sealed nowhere. `oversight_failure` has the societies whose judgement
fails.
"""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata

_Id = BigInteger().with_variant(Integer, "sqlite")

oversight_policy = Table(
    "oversight_policy",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("version", Date, nullable=False, unique=True),
    Column("toml", Text, nullable=False),
    Column("adopted_at", BigInteger, nullable=False),
)

oversight_fact = Table(
    "oversight_fact",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("society", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("name", String(40), nullable=False),
    Column("period", String(20), nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("labels", JSON, nullable=False),
    Column("read_at", BigInteger, nullable=False),
    UniqueConstraint("society", "digest"),
)

oversight_reading = Table(
    "oversight_reading",
    metadata,
    Column("society", String(64), primary_key=True),
    Column("rule", String(40), primary_key=True),
    Column("period", String(20), primary_key=True),
    Column("severity", String(10)),
    Column("measures", JSON, nullable=False),
    Column("policy", String(64), nullable=False),
)

oversight_judged = Table(
    "oversight_judged",
    metadata,
    Column("society", String(64), primary_key=True),
    Column("version", Integer, nullable=False),
    Column("policy", String(64), nullable=False),
    Column("books_version", String(100), nullable=False),
    Column("due", Date),
    Column("at", BigInteger),
)

oversight_failure = Table(
    "oversight_failure",
    metadata,
    Column("society", String(64), primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("next_at", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("error", String(80), nullable=False),
)

oversight_unread = Table(
    "oversight_unread",
    metadata,
    Column("society", String(64), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("period", String(20), primary_key=True),
    Column("why", String(40), nullable=False),
    Column("places", JSON, nullable=False),
    Column("since", BigInteger, nullable=False),
)

oversight_alert = Table(
    "oversight_alert",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("society", String(64), nullable=False),
    Column("rule", String(40), nullable=False),
    Column("rule_version", Integer, nullable=False),
    Column("period", String(20), nullable=False),
    Column("policy", String(64), nullable=False),
    Column("state", String(20), nullable=False),
    Column("cleared", Boolean, nullable=False),
    Column("severity", String(10), nullable=False),
    Column("lead", String(40), nullable=False),
    Column("value", BigInteger, nullable=False),
    Column("measures", JSON, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("evidence", JSON, nullable=False),
    Column("mark_time", BigInteger, nullable=False),
    Column("mark_index", BigInteger, nullable=False),
    Column("opened_at", BigInteger, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("owner", Integer),
    Column("version", Integer, nullable=False),
    UniqueConstraint("society", "rule", "period"),
)
Index("ix_oversight_alert_state", oversight_alert.c.state, oversight_alert.c.society)

oversight_step = Table(
    "oversight_step",
    metadata,
    Column("log_id", Integer, primary_key=True),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("alert", String(40), ForeignKey("oversight_alert.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("severity", String(10), nullable=False),
    Column("officer", Integer),
    Column("reason", Text, nullable=False),
    Column("figures", JSON, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("alert", "number"),
)
