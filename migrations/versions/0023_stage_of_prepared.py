"""the stage of an import holds entries made ready: version, and a salt for each private payload"""

import os
from typing import Any

import sqlalchemy as sa
from alembic import op

from trust.formats import b64, canon
from trust.formats.commitments import SALT, commit_private

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

CHUNK = 1000
PRIVATE = frozenset({"voucher", "loan"})
INSERT = """
INSERT INTO book_stage (import_id, seq, kind, version, record, salt, detail, detail_salt, annex)
VALUES (:import_id, :seq, :kind, 1, :record, :salt, :detail, :detail_salt, :annex)
"""


def upgrade() -> None:
    op.execute("CREATE TABLE old_book_stage AS SELECT * FROM book_stage")
    op.drop_table("book_stage")
    op.create_table(
        "book_stage",
        sa.Column("import_id", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("record", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary()),
        sa.Column("detail", sa.LargeBinary()),
        sa.Column("detail_salt", sa.LargeBinary()),
        sa.Column("annex", sa.Text()),
        sa.PrimaryKeyConstraint("import_id", "seq"),
        sqlite_with_rowid=False,
    )
    conn = op.get_bind()
    rows = conn.execute(sa.text("SELECT * FROM old_book_stage")).all()
    for at in range(0, len(rows), CHUNK):
        conn.execute(sa.text(INSERT), [_prepared(row) for row in rows[at : at + CHUNK]])
    op.drop_table("old_book_stage")


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")


def _prepared(row: Any) -> dict[str, object]:
    """A row whose record commits to its detail; what is public has no salt."""
    record, detail = bytes(row.record), row.detail and bytes(row.detail)
    detail_salt = None
    if detail:
        detail_salt = os.urandom(SALT)
        commitment = commit_private(f"{row.kind}-detail", detail_salt, detail)
        record = canon.canonical(canon.parse(record) | {"detail": b64.encode(commitment)})
    return {
        "import_id": row.import_id,
        "seq": row.seq,
        "kind": row.kind,
        "record": record,
        "salt": os.urandom(SALT) if row.kind in PRIVATE else None,
        "detail": detail,
        "detail_salt": detail_salt,
        "annex": row.annex,
    }
