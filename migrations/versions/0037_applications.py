"""applications to the Registrar's office, what was done about them, and bye-laws"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "application",
        *_placed(),
        sa.Column("application", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=20), nullable=False),
        sa.Column("society", sa.String(length=64)),
        sa.Column("name_en", sa.String(length=200), nullable=False),
        sa.Column("name_ml", sa.String(length=200), nullable=False),
        sa.Column("district", sa.String(length=64), nullable=False),
        sa.Column("taluk", sa.String(length=80), nullable=False),
        sa.Column("sector", sa.String(length=64), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("text_digest", sa.String(length=64), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("applicant", sa.String(length=200), nullable=False),
        sa.Column("contact", sa.String(length=400), nullable=False),
        sa.Column("adopted_on", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("entered_by", sa.Integer()),
        sa.PrimaryKeyConstraint("log_id", "idx"),
        sa.UniqueConstraint("application"),
    )
    op.create_index("ix_application_society", "application", ["society"])
    op.create_index("ix_application_district", "application", ["district"])
    op.create_table(
        "application_step",
        *_placed(),
        sa.Column("application", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("action", sa.String(length=10), nullable=False),
        sa.Column("by", sa.String(length=10), nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("order", sa.String(length=80), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("officer", sa.Integer()),
        sa.PrimaryKeyConstraint("log_id", "idx"),
        sa.UniqueConstraint("application", "number"),
    )
    op.create_table(
        "bye_laws",
        *_placed(),
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("application", sa.String(length=80)),
        sa.Column("adopted_on", sa.Date()),
        sa.Column("registered_on", sa.Date(), nullable=False),
        sa.Column("order", sa.String(length=80), nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("log_id", "idx"),
        sa.UniqueConstraint("society", "version"),
    )


def _placed() -> tuple[sa.Column[int], sa.Column[int]]:
    return (
        sa.Column("log_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
    )


def downgrade() -> None:
    raise RuntimeError("An older Sakshi serves from a backup that was made before this migration.")
