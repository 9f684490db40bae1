"""Alembic's way in: the tables of every package against the database of the settings."""

from alembic import context
from sqlalchemy import Connection

from trust.database import Database, metadata
from trust.settings import Settings
from web.wiring import load_packages


def run(connection: Connection) -> None:
    """Migrate over an open connection."""
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


load_packages()
given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(Settings.from_env().database)
    with database.write() as own:
        run(own)
    database.dispose()
