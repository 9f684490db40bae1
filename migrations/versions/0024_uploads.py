"""files that wait between the look at them and their seal"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "book_upload",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("account", sa.BigInteger(), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("answers", sa.Text(), nullable=False),
        sa.Column("asked", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_book_upload")),
    )
    op.create_index(op.f("ix_book_upload_society"), "book_upload", ["society"])
    op.create_table(
        "book_upload_part",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("token", "number", name=op.f("pk_book_upload_part")),
    )


def downgrade() -> None:
    op.drop_table("book_upload_part")
    op.drop_table("book_upload")
