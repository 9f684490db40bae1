"""balance sheets that wait for a further signature"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "book_signing",
        sa.Column("society", sa.String(length=100), nullable=False),
        sa.Column("book_year", sa.String(length=7), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("signed_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("society", "book_year", name=op.f("pk_book_signing")),
    )


def downgrade() -> None:
    op.drop_table("book_signing")
