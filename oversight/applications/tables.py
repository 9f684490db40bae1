"""Tables of applications and bye-laws, written by `projections.py` alone.

Applicant, contact, text and day of adoption of an application come from the annex: no log seals
them. The text of registered bye-laws is sealed.
"""

from sqlalchemy import BigInteger, Column, Date, Integer, String, Table, Text, UniqueConstraint

from trust.database import metadata

application = Table(
    "application",
    metadata,
    Column("log_id", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("application", String(80), nullable=False, unique=True),
    Column("subject", String(20), nullable=False),
    Column("society", String(64), index=True),
    Column("name_en", String(200), nullable=False),
    Column("name_ml", String(200), nullable=False),
    Column("district", String(64), nullable=False, index=True),
    Column("taluk", String(80), nullable=False),
    Column("sector", String(64), nullable=False),
    Column("received_on", Date, nullable=False),
    Column("channel", String(10), nullable=False),
    Column("text_digest", String(64), nullable=False),
    Column("sealed_at", BigInteger, nullable=False),
    Column("applicant", String(200), nullable=False),
    Column("contact", String(400), nullable=False),
    Column("adopted_on", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("entered_by", Integer),
)

application_step = Table(
    "application_step",
    metadata,
    Column("log_id", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("application", String(80), nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", String(10), nullable=False),
    Column("by", String(10), nullable=False),
    Column("section", String(80), nullable=False),
    Column("reason", Text, nullable=False),
    Column("order", String(80), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("officer", Integer),
    UniqueConstraint("application", "number"),
)

bye_laws = Table(
    "bye_laws",
    metadata,
    Column("log_id", Integer, primary_key=True, autoincrement=False),
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    Column("society", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("application", String(80)),
    Column("adopted_on", Date),
    Column("registered_on", Date, nullable=False),
    Column("order", String(80), nullable=False),
    Column("section", String(80), nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("society", "version"),
)
