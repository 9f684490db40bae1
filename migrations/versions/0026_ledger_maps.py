"""sealed choices of accounts for a society's ledgers, and the ledgers that wait for one"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "book_ledger_map",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("ledger", sa.String(length=400), nullable=False),
        sa.Column("account", sa.String(length=40), nullable=False),
        sa.Column("before", sa.String(length=40)),
        sa.Column("officer", sa.String(length=80), nullable=False),
        sa.Column("time", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", "line"),
    )
    op.create_index("ix_book_ledger_map_society", "book_ledger_map", ["society"])
    op.create_table(
        "book_unplaced",
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("key", sa.String(length=400), nullable=False),
        sa.Column("name", sa.String(length=400), nullable=False),
        sa.Column("parent", sa.String(length=400), nullable=False),
        sa.Column("debit", sa.BigInteger(), nullable=False),
        sa.Column("credit", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("society", "key"),
    )


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")
