"""loans say which secret made their tags; version 1 does not"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("book_loan", sa.Column("tag_key", sa.String(length=20)))
    op.add_column("book_loan", sa.Column("number", sa.String(length=40)))
    op.add_column("book_loan", sa.Column("member", sa.String(length=40)))


def downgrade() -> None:
    op.drop_column("book_loan", "member")
    op.drop_column("book_loan", "number")
    op.drop_column("book_loan", "tag_key")
