"""rows of the books keyed by where they were sealed; what no log seals goes to the annex"""

import json
from collections.abc import Iterator

import sqlalchemy as sa
from alembic import op

from trust.formats import canon
from trust.formats.entries import Entry, parse_entry

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CHUNK = 1000
# A table after those it refers to.
TABLES = (
    "book_import", "book_stage", "book_voucher", "book_posting", "book_loan", "book_date",
    "book_statement",
)  # fmt: skip
VOUCHER = (
    "import_id, society, voucher_id, source_id, version, reversal, content, book_year, date, type, "
    "opening, source, corrects, time"
)
LOAN = (
    "import_id, society, id, as_of, sanctioned_on, sanctioned, outstanding, overdue, overdue_days, "
    "purpose, in_area, disbursed_to, collateral, time"
)
DATE = "import_id, society, event, date, book_year, time"
STATEMENT = "sha256, society, book_year, checks, time"
# How an import ended stands in the log that was open then.
IMPORTS = """
INSERT INTO book_import (log_id, idx, id, society, format, filename, sha256, size, book_year, state,
    actor, expected, posted, created_at, closed_at, close_index, report)
SELECT l.id, e.idx, o.id, o.society, o.format, o.filename, o.sha256, o.size, o.book_year, o.state,
    o.actor, o.expected, CASE WHEN o.state = 'open' THEN 0 ELSE o.posted END, e.time,
    coalesce((
        SELECT c.time FROM log AS m JOIN log_entry AS c ON c.log_id = m.id
        WHERE m.kind = 'coop' AND m.subject = o.society AND c.key = o.id || ' close ' || o.state
    ), o.closed_at), o.close_index, o.report
FROM old_book_import AS o JOIN log AS l ON l.origin = o.origin
JOIN log_entry AS e ON e.log_id = l.id AND e.key = o.id || ' open'
"""
STAGE = """
INSERT INTO book_stage (import_id, seq, kind, record, detail, annex)
SELECT import_id, seq, kind, record, detail, extra FROM old_book_stage
"""
POSTINGS = """
INSERT INTO book_posting (log_id, idx, line, account, paise)
SELECT l.id, o.idx, p.line, p.account, p.paise FROM old_book_posting AS p
JOIN old_book_voucher AS o ON o.import_id = p.import_id AND o.seq = p.seq
JOIN log AS l ON l.origin = o.origin
"""
NOTES = """
SELECT l.id AS log_id, o.idx, o.note FROM old_book_date AS o JOIN log AS l ON l.origin = o.origin
WHERE o.note <> ''
"""
RECOVERED = """
SELECT e.log_id, e.idx, e.kind, e.entry, e.time FROM log AS l JOIN log_entry AS e ON e.log_id = l.id
WHERE l.kind = 'coop' AND e.key LIKE 'recovered %'
AND e.kind IN ('import-open', 'governance-date', 'import-close') ORDER BY l.id, e.idx
"""
# Parameters of a recovered entry: the members of its record, its place and its time.
BACK = {
    "import-open": """
INSERT INTO book_import (log_id, idx, id, society, format, filename, sha256, size, book_year, state,
    actor, expected, posted, created_at, report)
VALUES (:log_id, :idx, :import, :society, :format, 'SHA-256 ' || :file, :file, 0, :book_year,
    'lost', '', :expected, 0, :time, '{}')
ON CONFLICT (id) DO UPDATE SET log_id = :log_id, idx = :idx, created_at = :time, state = 'lost',
    posted = 0, closed_at = NULL, close_index = NULL
""",
    "governance-date": """
INSERT INTO book_date (log_id, idx, import_id, society, event, date, book_year, time)
VALUES (:log_id, :idx, :import, :society, :event, :date, :book_year, :time)
""",
    "import-close": """
UPDATE book_import SET posted = :posted, closed_at = :time, close_index = :idx, state = CASE
    WHEN :outcome = 'void' THEN 'void'
    WHEN (SELECT count(*) FROM book_date WHERE import_id = :import) < :posted THEN 'lost'
    ELSE 'posted' END
WHERE id = :import
""",
}
# What a report repeated of the row of its import.
REPEATED = frozenset({"import_id", "society", "format", "filename", "sha256", "size", "state"})


def upgrade() -> None:
    for name in TABLES:
        op.execute(f"CREATE TABLE old_{name} AS SELECT * FROM {name}")  # noqa: S608
    op.create_index("ix_old_book_voucher", "old_book_voucher", ["import_id", "seq"])
    for name in reversed(TABLES):
        op.drop_table(name)
    _create()
    op.execute(IMPORTS)
    op.execute(STAGE)
    op.execute(POSTINGS)
    for name, columns in (
        ("book_voucher", VOUCHER),
        ("book_loan", LOAN),
        ("book_date", DATE),
        ("book_statement", STATEMENT),
    ):
        _placed(name, columns.split(", "))
    conn = op.get_bind()
    _reports(conn)
    _stage(conn)
    _annex(conn, ((r.log_id, r.idx, {"note": r.note}) for r in conn.execute(sa.text(NOTES)).all()))
    checks = sa.text("SELECT log_id, idx, checks FROM book_statement")
    _annex(conn, ((r.log_id, r.idx, {"checks": r.checks}) for r in conn.execute(checks).all()))
    _recovered(conn)
    for name in TABLES:
        op.drop_table(f"old_{name}")


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")


def _placed(name: str, columns: list[str]) -> None:
    """The rows of a table whose entries stand at their own `idx` of the log `origin`."""
    old = ", ".join(f"o.{column}" for column in columns)
    op.execute(
        f"INSERT INTO {name} (log_id, idx, {', '.join(columns)}) SELECT l.id, o.idx, {old}"  # noqa: S608
        f" FROM old_{name} AS o JOIN log AS l ON l.origin = o.origin"
    )


def _place() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
    )


def _create() -> None:
    op.create_table(
        "book_import",
        *_place(),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("format", sa.String(length=40), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("book_year", sa.String(length=7), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("expected", sa.Integer(), nullable=False),
        sa.Column("posted", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("closed_at", sa.BigInteger(), nullable=True),
        sa.Column("close_index", sa.BigInteger(), nullable=True),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_book_import")),
        sa.UniqueConstraint("id", name=op.f("uq_book_import_id")),
    )
    op.create_index("ix_book_import_society", "book_import", ["society", "sha256"])
    op.create_table(
        "book_stage",
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("detail", sa.LargeBinary(), nullable=True),
        sa.Column("annex", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("import_id", "seq", name=op.f("pk_book_stage")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "book_voucher",
        *_place(),
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("voucher_id", sa.String(length=120), nullable=False),
        sa.Column("source_id", sa.String(length=120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("reversal", sa.Boolean(), nullable=False),
        sa.Column("content", sa.String(length=40), nullable=False),
        sa.Column("book_year", sa.String(length=7), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("corrects", sa.String(length=120), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_book_voucher")),
        sa.UniqueConstraint(
            "import_id", "voucher_id", name=op.f("uq_book_voucher_import_id_voucher_id")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_book_voucher_source", "book_voucher", ["society", "source_id"])
    op.create_index("ix_book_voucher_year", "book_voucher", ["society", "book_year"])
    op.create_table(
        "book_posting",
        *_place(),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("paise", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", "line", name=op.f("pk_book_posting")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "book_loan",
        *_place(),
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("id", sa.String(length=80), nullable=False),
        sa.Column("as_of", sa.String(length=10), nullable=False),
        sa.Column("sanctioned_on", sa.String(length=10), nullable=False),
        sa.Column("sanctioned", sa.BigInteger(), nullable=False),
        sa.Column("outstanding", sa.BigInteger(), nullable=False),
        sa.Column("overdue", sa.BigInteger(), nullable=False),
        sa.Column("overdue_days", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=80), nullable=False),
        sa.Column("in_area", sa.Boolean(), nullable=False),
        sa.Column("disbursed_to", sa.String(length=40), nullable=True),
        sa.Column("collateral", sa.String(length=40), nullable=True),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_book_loan")),
    )
    op.create_table(
        "book_date",
        *_place(),
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("event", sa.String(length=30), nullable=False),
        sa.Column("date", sa.String(length=10), nullable=False),
        sa.Column("book_year", sa.String(length=7), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_book_date")),
    )
    for name in ("book_loan", "book_date"):
        for column in ("import_id", "society"):
            op.create_index(op.f(f"ix_{name}_{column}"), name, [column])
    op.create_table(
        "book_statement",
        *_place(),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("book_year", sa.String(length=7), nullable=False),
        sa.Column("checks", sa.Text(), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_book_statement")),
        sa.UniqueConstraint("sha256", name=op.f("uq_book_statement_sha256")),
    )
    op.create_index("ix_book_statement_society", "book_statement", ["society", "book_year"])


def _annex(conn: sa.Connection, rows: Iterator[tuple[int, int, dict[str, object]]]) -> None:
    put = sa.text("INSERT INTO log_annex (log_id, idx, data) VALUES (:log_id, :idx, :data)")
    made = [
        {"log_id": log_id, "idx": idx, "data": json.dumps(values, ensure_ascii=False)}
        for log_id, idx, values in rows
    ]
    for start in range(0, len(made), CHUNK):
        conn.execute(put, made[start : start + CHUNK])


def _reports(conn: sa.Connection) -> None:
    """Reports without what the row of the import says itself; the annex of each import."""
    columns = "log_id, idx, id, filename, size, actor, report"
    page = sa.text(
        f"SELECT {columns} FROM book_import WHERE id > :id ORDER BY id LIMIT {CHUNK}"  # noqa: S608
    )
    put, last = sa.text("UPDATE book_import SET report = :report WHERE id = :id"), ""
    while rows := conn.execute(page, {"id": last}).all():
        told = {row.id: json.loads(row.report) for row in rows}
        kept = {
            name: json.dumps(
                {k: v for k, v in report.items() if k not in REPEATED},
                ensure_ascii=False,
                sort_keys=True,
            )
            for name, report in told.items()
        }
        conn.execute(put, [{"id": name, "report": text} for name, text in kept.items()])
        _annex(
            conn,
            (
                (row.log_id, row.idx, {"filename": row.filename, "size": row.size,
                                       "actor": row.actor, "report": kept[row.id]})
                for row in rows
            ),
        )  # fmt: skip
        last = rows[-1].id


def _stage(conn: sa.Connection) -> None:
    """Of what was staged beside an entry only the note of a date is not sealed."""
    listed = sa.text("SELECT import_id, seq, annex FROM book_stage")
    put = sa.text(
        "UPDATE book_stage SET annex = :annex WHERE import_id = :import_id AND seq = :seq"
    )
    found = conn.execute(listed).all()
    for start in range(0, len(found), CHUNK):
        rows = []
        for row in found[start : start + CHUNK]:
            note = json.loads(row.annex)["note"]
            kept = json.dumps({"note": note}) if note else None
            rows.append({"import_id": row.import_id, "seq": row.seq, "annex": kept})
        conn.execute(put, rows)


def _recovered(conn: sa.Connection) -> None:
    """Imports that came back from a mirror had no rows: they stand as lost, with their dates."""
    document = sa.text("SELECT document FROM log_document WHERE log_id = :log_id AND sha256 = :sha")
    held = set(conn.execute(sa.text("SELECT id FROM book_import")).scalars())
    for row in conn.execute(sa.text(RECOVERED)).all():
        entry = parse_entry(bytes(row.entry))
        assert isinstance(entry, Entry)
        sha = {"log_id": row.log_id, "sha": entry.commitment.hex()}
        record = canon.parse(bytes(conn.execute(document, sha).scalar_one()))
        if record["import"] not in held:
            place = {"log_id": row.log_id, "idx": row.idx, "time": row.time}
            conn.execute(sa.text(BACK[row.kind]), {**record, **place})
