"""meetings of version 2: where the roll's names come from, and opened assisted ballots"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What was called before ends under the rules of its notice.
    op.add_column("meeting", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("meeting", sa.Column("roll_from_opening", sa.Integer()))
    op.create_table(
        "meeting_assistance",
        sa.Column("meeting_id", sa.String(length=64), nullable=False),
        sa.Column("entry_index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("roll_number", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["meeting.id"], name=op.f("fk_meeting_assistance_meeting_id_meeting")
        ),
        sa.PrimaryKeyConstraint("meeting_id", "entry_index", name=op.f("pk_meeting_assistance")),
    )


def downgrade() -> None:
    op.drop_table("meeting_assistance")
    op.drop_column("meeting", "roll_from_opening")
    op.drop_column("meeting", "version")
