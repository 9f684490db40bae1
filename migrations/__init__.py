"""The one history of the tables, with Alembic (`web/migrate.py`); part of the wheel."""
