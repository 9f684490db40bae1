"""pulses of workers, moves of the clock, failed judgements, what of the books cannot be read"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("emitted_at", sa.BigInteger()))
    op.add_column("oversight_judged", sa.Column("at", sa.BigInteger()))
    # When the judgements so far were made is not known: the next sweep judges everybody again.
    op.execute("UPDATE oversight_judged SET policy = ''")
    op.create_table(
        "pulse",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "clock_move",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("noticed_at", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("seconds", sa.BigInteger(), nullable=False),
        sa.Column("seal", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "oversight_failure",
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("society"),
    )
    op.create_table(
        "oversight_unread",
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("period", sa.String(length=20), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=False),
        sa.Column("places", sa.JSON(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("society", "name", "period"),
    )


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")
