"""by which version of the enrolment a key was sealed"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    version = sa.Column("version", sa.Integer(), nullable=False, server_default="1")
    op.add_column("member_key", version)


def downgrade() -> None:
    op.drop_column("member_key", "version")
