"""drawn rolls, and the register as it was sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "drawn_roll",
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["society"], ["society.slug"], name=op.f("fk_drawn_roll_society_society")
        ),
        sa.PrimaryKeyConstraint("origin", name=op.f("pk_drawn_roll")),
    )
    op.create_index(op.f("ix_drawn_roll_society"), "drawn_roll", ["society"])
    op.create_table(
        "register_opening",
        sa.Column("society", sa.String(length=64), nullable=False),
        sa.Column("origin", sa.String(length=200), nullable=False),
        sa.Column("entry_index", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["society"], ["society.slug"], name=op.f("fk_register_opening_society_society")
        ),
        sa.PrimaryKeyConstraint("society", name=op.f("pk_register_opening")),
    )
    op.create_table(
        "register_line",
        sa.Column("member_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("line", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["member.id"], name=op.f("fk_register_line_member_id_member")
        ),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_register_line")),
    )
    op.add_column("member", sa.Column("joined_counts", sa.Date()))
    op.add_column("member", sa.Column("share_counts", sa.Date()))


def downgrade() -> None:
    op.drop_column("member", "share_counts")
    op.drop_column("member", "joined_counts")
    op.drop_table("register_line")
    op.drop_table("register_opening")
    op.drop_table("drawn_roll")
