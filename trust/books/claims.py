"""Who is at an import: one process at a time stages it and seals it.

A claim ends with the process that holds it, however that ends, so that whoever finds an import
open and gets its claim knows that nobody is at it. On SQLite a claim is a locked file beside the
database, on PostgreSQL an advisory lock of a session.
"""

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text

from trust.log.context import Context

_FOLDER = "claims"
_PAUSE = 0.1


@contextmanager
def claimed(ctx: Context, import_id: str, waiting: Callable[[], None] | None) -> Iterator[bool]:
    """Hold an import's claim while the block runs; False if somebody else holds it.

    Args:
        waiting: wait for the claim, and call this some times a second meanwhile; None: do not wait.
    """
    hold = _held_file if ctx.db.is_sqlite else _held_session
    while True:
        with hold(ctx, import_id) as mine:
            if mine or waiting is None:
                yield mine
                return
        waiting()
        time.sleep(_PAUSE)


@contextmanager
def _held_file(ctx: Context, import_id: str) -> Iterator[bool]:
    folder = ctx.settings.home / _FOLDER
    folder.mkdir(mode=0o700, exist_ok=True)
    path = folder / import_id
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(descriptor, path):
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, path: Path) -> bool:
    """Whether we hold the file of that name, not one that its holder has just removed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _held_session(ctx: Context, import_id: str) -> Iterator[bool]:
    digest = hashlib.sha256(f"import {import_id}".encode()).digest()
    key = {"key": int.from_bytes(digest[:8], "big", signed=True)}
    with ctx.db.engine.connect() as conn:
        session = conn.execution_options(isolation_level="AUTOCOMMIT")
        mine = session.execute(text("SELECT pg_try_advisory_lock(:key)"), key).scalar_one()
        try:
            yield bool(mine)
        finally:
            if mine:
                session.execute(text("SELECT pg_advisory_unlock(:key)"), key)
