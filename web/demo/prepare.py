"""Making the demo's folder: seeded beside it, then renamed into place, so that it is whole or not
there at all. Twice is safe; `--reset` makes a new master key and a new origin label.
"""

import contextlib
import dataclasses
import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console

from trust.database import Database
from trust.log import boot
from trust.settings import Settings
from web import wiring
from web.demo import generator
from web.demo.logins import LOGINS, DemoError, print_logins, read_logins, write_logins
from web.demo.model import BEGIN
from web.demo.seeding import DAY, DemoClock, Seeding, today_in_india
from web.migrate import migrate
from web.presence import in_use

__all__ = ["DemoError", "is_demo", "prepare", "print_logins", "read_logins"]

_OURS = frozenset({"session.key", "register.key"})
"""What stands in a fresh home before any state is made."""


def prepare(home: Path, *, reset: bool, console: Console, now: int | None = None) -> None:
    """Make sure `home` holds a demo state; `reset` replaces the one it holds by a new one.

    Args:
        now: the present of the demo in UTC seconds; the clock's if not given.

    Raises:
        DemoError: the folder holds something that is not a demo state, or a server uses it.
    """
    if os.environ.get("SAKSHI_DATABASE") or os.environ.get("SAKSHI_SIGNER_HOME"):
        raise DemoError(
            "The demo keeps database and signer together in SAKSHI_HOME. Unset SAKSHI_DATABASE and "
            "SAKSHI_SIGNER_HOME, or use `sakshi init` for a state of your own."
        )
    home = home.resolve()
    home.parent.mkdir(parents=True, exist_ok=True)
    with _alone(home):
        _tidy(home)
        if is_demo(home) and not reset:
            console.print(f"The demo state in {home} is kept (make demo-reset makes a new one).")
            return
        _refuse_foreign(home)
        started = time.monotonic()
        fresh = _beside(home, "seeding")
        try:
            _seed(fresh, console, int(time.time()) if now is None else now)
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        _swap(home, fresh)
        console.print(f"Seeded in {time.monotonic() - started:.1f} s.")


def is_demo(home: Path) -> bool:
    """Whether the folder holds a whole demo state (the log-ins are written last)."""
    return (home / LOGINS).is_file() and (home / "sakshi.db").is_file()


@contextlib.contextmanager
def _alone(home: Path) -> Iterator[None]:
    """One preparation at a time; a second one waits and then finds the state made."""
    with (home.parent / f".{home.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _beside(home: Path, what: str) -> Path:
    return home.parent / f".{home.name}.{what}"


def _tidy(home: Path) -> None:
    """Finish or remove what a killed preparation left: a whole seeding whose place is free moves
    in, anything else goes."""
    fresh, old = _beside(home, "seeding"), _beside(home, "old")
    if is_demo(fresh) and not home.exists():
        fresh.rename(home)
    elif is_demo(old) and not home.exists():
        old.rename(home)
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.rmtree(old, ignore_errors=True)


def _refuse_foreign(home: Path) -> None:
    """Never touch a folder that is not ours: a real state looks much like a demo."""
    if not home.exists():
        return
    if is_demo(home):
        if in_use(home):
            raise DemoError(f"A server is using {home}. Stop it first.")
        return
    strange = sorted(path.name for path in home.iterdir() if path.name not in _OURS)
    if strange:
        raise DemoError(
            f"{home} is not a demo state (it holds {', '.join(strange[:3])}). Nothing was changed; "
            "choose another folder with SAKSHI_HOME."
        )


def _seed(fresh: Path, console: Console, present: int) -> None:
    settings = dataclasses.replace(
        Settings.from_env({"SAKSHI_HOME": str(fresh)}),
        argon2_memory_kib=Settings.from_env().argon2_memory_kib,
    )
    begin = present + BEGIN * DAY
    clock = DemoClock(begin)
    societies = generator.plan(today_in_india(present))
    db = Database(settings.database)
    wiring.load_packages()
    try:
        migrate(db)
        host = boot.make_state(db, settings, None, now=begin)
    finally:
        db.dispose()
    rt = wiring.build(settings, clock=clock)
    try:
        seeding = Seeding(rt, clock, present, societies, _progress(console))
        seeding.run()
    finally:
        rt.close()
    content = {
        "host": host,
        "made": present,
        "society": seeding.societies[0].profile.slug,
        "meeting": seeding.meetings.open,
        "people": seeding.keys.to_json(),
    }
    write_logins(fresh, content)


def _progress(console: Console) -> Any:
    def say(text: str) -> None:
        console.print(text, end="", highlight=False, markup=False)

    return say


def _swap(home: Path, fresh: Path) -> None:
    """Put the new state in place; the old one is removed last."""
    old = _beside(home, "old")
    if is_demo(home):
        home.rename(old)
    elif home.exists():
        shutil.rmtree(home)
    fresh.rename(home)
    shutil.rmtree(old, ignore_errors=True)
