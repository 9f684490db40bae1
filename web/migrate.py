"""Bringing a database to the newest tables; safe to run on every start."""

from pathlib import Path

from trust.database import Database

ROOT = Path(__file__).resolve().parent.parent


def migrate(db: Database) -> None:
    """Run every migration not yet run, in one transaction."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with db.write() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
