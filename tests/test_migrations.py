"""The migration history leads to exactly the tables that the code names."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from trust.database import Database, metadata
from trust.settings import Settings
from web.migrate import migrate
from web.wiring import load_rooms


def test_an_empty_database_migrates_to_the_tables_of_the_code(settings: Settings) -> None:
    load_rooms()
    db = Database(settings.database)
    try:
        migrate(db)
        migrate(db)
        with db.read() as conn:
            context = MigrationContext.configure(conn, opts={"compare_type": True})
            assert compare_metadata(context, metadata) == []
    finally:
        db.dispose()
