"""the annex: what the rows of an entry hold and no log seals"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_annex",
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx", name=op.f("pk_log_annex")),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("log_annex")
