"""Tables of the books.

Imports, vouchers, postings, loans, dates and statements are rows that `trust.books.projections`
makes of sealed entries, keyed by log and index. A statement counts a row only if its import is
posted. What waits for its seal (`book_stage`, `book_signing`, `book_upload`), masters of
ledgers as imported and ledgers that wait for an account (`book_account_map`, `book_unplaced`) stand
in no log."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from trust.database import metadata


def _placed() -> tuple[Column[int], Column[int]]:
    """The place of the entry that a row was made of."""
    return (
        Column("log_id", Integer, primary_key=True, autoincrement=False),
        Column("idx", BigInteger, primary_key=True, autoincrement=False),
    )


book_import = Table(
    "book_import",
    metadata,
    *_placed(),
    Column("id", String(64), nullable=False, unique=True),
    Column("society", String(100), nullable=False),
    Column("format", String(40), nullable=False),
    Column("filename", String(200), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("book_year", String(7), nullable=False),
    Column("state", String(10), nullable=False),
    Column("actor", String(80), nullable=False),
    Column("expected", Integer, nullable=False),
    Column("posted", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("closed_at", BigInteger),
    Column("close_index", BigInteger),
    Column("report", Text, nullable=False),
)
Index("ix_book_import_society", book_import.c.society, book_import.c.sha256)

book_stage = Table(
    "book_stage",
    metadata,
    Column("import_id", String(64), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("salt", LargeBinary),
    Column("detail", LargeBinary),
    Column("detail_salt", LargeBinary),
    Column("annex", Text),
    sqlite_with_rowid=False,
)

book_voucher = Table(
    "book_voucher",
    metadata,
    *_placed(),
    Column("import_id", String(64), nullable=False),
    Column("society", String(100), nullable=False),
    Column("voucher_id", String(120), nullable=False),
    Column("source_id", String(120), nullable=False),
    Column("version", Integer, nullable=False),
    Column("reversal", Boolean, nullable=False),
    Column("content", String(40), nullable=False),
    Column("book_year", String(7), nullable=False),
    Column("date", String(10), nullable=False),
    Column("type", String(80), nullable=False),
    Column("opening", Boolean, nullable=False),
    Column("source", String(40), nullable=False),
    Column("corrects", String(120)),
    Column("time", BigInteger, nullable=False),
    UniqueConstraint("import_id", "voucher_id"),
    sqlite_with_rowid=False,
)
Index("ix_book_voucher_year", book_voucher.c.society, book_voucher.c.book_year)
Index("ix_book_voucher_source", book_voucher.c.society, book_voucher.c.source_id)

book_posting = Table(
    "book_posting",
    metadata,
    *_placed(),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("account", String(40), nullable=False),
    Column("paise", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

book_loan = Table(
    "book_loan",
    metadata,
    *_placed(),
    Column("import_id", String(64), nullable=False, index=True),
    Column("society", String(100), nullable=False, index=True),
    Column("id", String(80), nullable=False),
    Column("as_of", String(10), nullable=False),
    Column("sanctioned_on", String(10), nullable=False),
    Column("sanctioned", BigInteger, nullable=False),
    Column("outstanding", BigInteger, nullable=False),
    Column("overdue", BigInteger, nullable=False),
    Column("overdue_days", Integer, nullable=False),
    Column("purpose", String(80), nullable=False),
    Column("in_area", Boolean, nullable=False),
    Column("disbursed_to", String(40)),
    Column("collateral", String(40)),
    Column("tag_key", String(20)),
    Column("number", String(40)),
    Column("member", String(40)),
    Column("time", BigInteger, nullable=False),
)

book_date = Table(
    "book_date",
    metadata,
    *_placed(),
    Column("import_id", String(64), nullable=False, index=True),
    Column("society", String(100), nullable=False, index=True),
    Column("event", String(30), nullable=False),
    Column("date", String(10), nullable=False),
    Column("book_year", String(7), nullable=False),
    Column("time", BigInteger, nullable=False),
)

book_statement = Table(
    "book_statement",
    metadata,
    *_placed(),
    Column("sha256", String(64), nullable=False, unique=True),
    Column("society", String(100), nullable=False),
    Column("book_year", String(7), nullable=False),
    Column("checks", Text, nullable=False),
    Column("time", BigInteger, nullable=False),
)
Index("ix_book_statement_society", book_statement.c.society, book_statement.c.book_year)

book_signing = Table(
    "book_signing",
    metadata,
    Column("society", String(100), primary_key=True),
    Column("book_year", String(7), primary_key=True),
    Column("record", Text, nullable=False),
    Column("signed_at", BigInteger, nullable=False),
)

book_upload = Table(
    "book_upload",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("society", String(100), nullable=False, index=True),
    Column("account", BigInteger, nullable=False),
    Column("filename", String(200), nullable=False),
    Column("kind", String(40), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("answers", Text, nullable=False),
    Column("asked", Text, nullable=False),
)

book_upload_part = Table(
    "book_upload_part",
    metadata,
    Column("token", String(40), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)

book_account_map = Table(
    "book_account_map",
    metadata,
    Column("society", String(100), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("key", String(400), primary_key=True),
    Column("name", String(400), nullable=False),
    Column("parent", String(400), nullable=False),
    Column("reserved", String(400), nullable=False),
    Column("account", String(40), nullable=False),
)

book_ledger_map = Table(
    "book_ledger_map",
    metadata,
    *_placed(),
    Column("line", Integer, primary_key=True, autoincrement=False),
    Column("society", String(100), nullable=False, index=True),
    Column("ledger", String(400), nullable=False),
    Column("account", String(40), nullable=False),
    Column("before", String(40)),
    Column("officer", String(80), nullable=False),
    Column("time", BigInteger, nullable=False),
)

book_unplaced = Table(
    "book_unplaced",
    metadata,
    Column("society", String(100), primary_key=True),
    Column("key", String(400), primary_key=True),
    Column("name", String(400), nullable=False),
    Column("parent", String(400), nullable=False),
    Column("debit", BigInteger, nullable=False),
    Column("credit", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
)
