"""A fresh state in a temporary folder, with the real signer child and full synchronisation."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from trust.database import Database
from trust.log import boot
from trust.log.runtime import Runtime
from trust.settings import Settings
from web import wiring
from web.migrate import migrate


@contextmanager
def fresh_state(database: str | None = None) -> Iterator[Runtime]:
    """A state that is gone afterwards; `database` names another one than SQLite."""
    with tempfile.TemporaryDirectory(prefix="sakshi-bench-") as folder:
        environ = {"SAKSHI_HOME": folder}
        if database:
            environ["SAKSHI_DATABASE"] = database
        settings = Settings.from_env(environ)
        wiring.load_packages()
        db = Database(settings.database)
        migrate(db)
        boot.make_state(db, settings, None)
        db.dispose()
        rt = wiring.build(settings)
        try:
            yield rt
        finally:
            rt.close()
