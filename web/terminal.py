"""What the commands of `sakshi` share: where they write, how they refuse, how they open a state."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import DatabaseError

from trust.database import Database
from trust.formats import origins
from trust.formats.errors import SakshiError
from trust.log.runtime import Runtime
from trust.log.trial import TRIAL
from trust.settings import Settings
from web import wiring

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say why and what to do, and end."""
    err.print(Text("✗ ", style="bold red") + Text(message), soft_wrap=True)
    sys.exit(code)


def progress(words: str) -> None:
    """Show how far a long command is."""
    err.print(Text(words), style="dim", soft_wrap=True)


@contextmanager
def telling(code: int = 1) -> Iterator[None]:
    """Errors of the protocol and of the database as a sentence and an exit code."""
    try:
        yield
    except SakshiError as error:
        fail(str(error), code)
    except DatabaseError as error:
        fail(f"The database cannot be used: {error.orig}.", 2)


@contextmanager
def state() -> Iterator[Runtime]:
    """The state of the settings, opened as the server opens it; errors become sentences."""
    rt = None
    with telling():
        try:
            rt = wiring.build(Settings.from_env())
            if origins.is_trial(rt.host):
                err.print(TRIAL, style="yellow", soft_wrap=True)
            yield rt
        finally:
            if rt is not None:
                rt.close()


@contextmanager
def database() -> Iterator[Database]:
    """The database alone."""
    wiring.load_packages()
    db = Database(Settings.from_env().database)
    try:
        yield db
    finally:
        db.dispose()
