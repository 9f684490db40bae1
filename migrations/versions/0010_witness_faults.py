"""what witnesses say of another history"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "log_witness_fault",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("log_id", sa.Integer(), nullable=False),
        sa.Column("witness", sa.String(length=255), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=False),
        sa.Column("theirs", sa.LargeBinary(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("acknowledged_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["log_id"], ["log.id"], name=op.f("fk_log_witness_fault_log_id_log")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_witness_fault")),
    )
    op.create_index(
        op.f("ix_log_witness_fault_log_id"), "log_witness_fault", ["log_id"], unique=False
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_log_witness_fault_log_id"), table_name="log_witness_fault")
    op.drop_table("log_witness_fault")
