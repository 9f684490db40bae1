"""no leaf column"""

import sqlalchemy as sa
from alembic import op

from trust.formats import merkle

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not by rebuilding the table, as batches do on SQLite: it may hold millions of rows.
    op.execute("ALTER TABLE log_entry DROP COLUMN leaf")


def downgrade() -> None:
    op.add_column("log_entry", sa.Column("leaf", sa.LargeBinary(), nullable=True))
    conn = op.get_bind()
    fill = sa.text("UPDATE log_entry SET leaf = :leaf WHERE log_id = :log_id AND idx = :idx")
    for row in conn.execute(sa.text("SELECT log_id, idx, entry FROM log_entry")).all():
        leaf = merkle.leaf_hash(bytes(row.entry))
        conn.execute(fill, {"leaf": leaf, "log_id": row.log_id, "idx": row.idx})
