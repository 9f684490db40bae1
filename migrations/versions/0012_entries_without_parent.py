"""entries without a reference to their log"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = "fk_log_entry_log_id_log"
_AS_IT_WAS = {"sqlite_with_rowid": False}


def upgrade() -> None:
    # Looked up for every row it was a quarter of the cost of an insert; ids come from the locked
    # row of the log itself, and fsck names rows that belong to no log.
    with op.batch_alter_table("log_entry", table_kwargs=_AS_IT_WAS) as batch_op:
        batch_op.drop_constraint(_NAME, type_="foreignkey")


def downgrade() -> None:
    with op.batch_alter_table("log_entry", table_kwargs=_AS_IT_WAS) as batch_op:
        batch_op.create_foreign_key(_NAME, "log", ["log_id"], ["id"])
