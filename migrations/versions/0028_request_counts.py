"""counts of requests that web processes share"""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "request_count",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("window", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hits", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", "window", name=op.f("pk_request_count")),
    )
    op.create_index(op.f("ix_request_count_until"), "request_count", ["until"])


def downgrade() -> None:
    op.drop_table("request_count")
