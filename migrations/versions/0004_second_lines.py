"""second lines"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_second_line",
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["log_id"], ["log.id"], name=op.f("fk_log_second_line_log_id_log")),
        sa.PrimaryKeyConstraint("log_id", "size", name=op.f("pk_log_second_line")),
    )


def downgrade() -> None:
    op.drop_table("log_second_line")
