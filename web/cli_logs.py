"""`sakshi fsck`, `mirror`, `backup`, `restore`, `recover`: the operator's care for the logs.

They open database and signer by themselves, because they must work where the server refuses to
start. Progress goes to stderr. Exit codes: 0 done or all agrees, 1 something is wrong, 2 the input
is missing or cannot be read.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import Annotated, NoReturn

from cyclopts import App, Parameter
from rich.console import Console
from rich.text import Text
from sqlalchemy.exc import DatabaseError

from trust.database import Database
from trust.formats.errors import SakshiError
from trust.formats.times import format_time
from trust.log import backup as backups
from trust.log import boot, recovery, signerclient
from trust.log import fsck as checking
from trust.log import mirror as mirroring
from trust.log.runtime import Runtime
from trust.log.sealedrows import Tally
from trust.log.sources import source
from trust.settings import Settings
from web import fsckrooms
from web.migrate import migrate

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)


def register(app: App) -> None:
    """Add the commands of this module to `sakshi`."""
    for command in (fsck, mirror, backup, restore, recover):
        app.command(command)


def fsck(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    rooms: Annotated[bool, Parameter(name="--rooms", negative="")] = False,
) -> None:
    """Derive every root, tile, head and commitment again from the database, and compare.

    Names the first disagreement of each log.

    Parameters
    ----------
    all_
        Name every disagreement.
    rooms
        Then derive also the rows of books, keys, meetings and alerts from what was sealed.
    """
    named, tally = set[str](), Tally()
    with _database() as db, _telling(2):
        signer = signerclient.connect(Settings.from_env())
        try:
            found = checking.check(db, signer, _progress)
            for fault in chain(found, fsckrooms.check(db, tally, _progress) if rooms else ()):
                if all_ or fault.log not in named:
                    out.print(Text(f"✗ {fault}"), soft_wrap=True)
                named.add(fault.log)
        finally:
            signer.close()
    if tally.unchecked:
        out.print(
            f"! {tally.unchecked} records were erased or are lost, so their rows cannot be "
            f"checked; {tally.checked} were.",
            soft_wrap=True,
        )
    if named:
        sys.exit(1)
    out.print("✓ Everything stored agrees with what was signed.")
    if rooms:
        out.print(f"✓ Every row agrees with the {tally.checked} records sealed for it.")


def mirror(
    target: str, *, whole: Annotated[bool, Parameter(name="--whole", negative="")] = False
) -> None:
    """Write the whole public log as plain files, for any static file server. Run it again to add.

    Parameters
    ----------
    target
        Folder of the mirror; made if it is missing. What is there is never overwritten.
    whole
        Compare every file that is there again, not only those since the last run.
    """
    if "://" in target:
        _fail(
            "A mirror is a folder. To keep it in an object store, mirror into a folder and copy "
            "that with the store's own tool, `checkpoint` files last.",
            2,
        )
    with _database() as db, _telling():
        done = mirroring.mirror(db, Path(target), whole=whole, progress=_progress)
    out.print(f"✓ {done.logs} logs; {done.written} files ({done.bytes} bytes) are new.")


def backup(file: Path) -> None:
    """Write a consistent copy of the database, without the signer's home, to a new file.

    Parameters
    ----------
    file
        The backup. It holds private payloads and accounts: keep it like the database itself.
    """
    with _database() as db, _telling():
        size = backups.backup(db, file)
    out.print(
        f"✓ {file}: {size} bytes. Master key and guard are not in it, and must not be.",
        soft_wrap=True,
    )


def restore(file: Path) -> None:
    """Put a backup into an empty home. Then run `sakshi recover --from MIRROR`.

    Parameters
    ----------
    file
        A file that `sakshi backup` wrote.
    """
    settings = Settings.from_env()
    with _telling():
        host = backups.restore(settings, file)
        db = Database(settings.database)
        try:
            _load()
            migrate(db)
        finally:
            db.dispose()
    out.print(f"✓ The state of {host} is back as it was when the backup was made.")
    with _telling(), _opened() as rt, rt.db.read() as conn:
        missing = recovery.missing(conn, rt.signer)
    _say_missing(missing)


def recover(
    *,
    from_: Annotated[list[str] | None, Parameter(name="--from", negative="")] = None,
    abandon: str | None = None,
    reason: str = "",
    report: Path | None = None,
) -> None:
    """Bring back what was released after the backup; without options, say what is missing.

    Parameters
    ----------
    from_
        Folder or http(s) address of a mirror; may be given several times.
    abandon
        Origin of a log that no mirror holds in full: it goes on in a new one, and the state log
        says what is lost.
    reason
        Why it is given up, in words that will be public for ever.
    report
        File to write the list of lost payloads to (JSON: log, index, kind, time).
    """
    if abandon is not None and not reason.strip():
        _fail("Say with --reason why the log is given up; it is published for ever.", 2)
    with _telling(), _opened() as rt:
        if abandon is not None:
            after = recovery.abandon(rt, abandon, reason)
            goes = f"goes on in {after}" if after else "has no successor: hold the meeting again"
            out.print(f"✓ {abandon} is given up and {goes}.", soft_wrap=True)
        if from_:
            done = recovery.recover(rt, [source(place) for place in from_], _progress)
            _say_recovered(done, report)
        with rt.db.read() as conn:
            missing = recovery.missing(conn, rt.signer)
    _say_missing(missing)
    if missing:
        sys.exit(1)


def _say_recovered(done: recovery.Recovery, report: Path | None) -> None:
    for trouble in done.troubles:
        err.print(Text(f"! {trouble}"), soft_wrap=True)
    for origin, count in done.refilled:
        out.print(f"✓ {origin}: {count} entries are back.", soft_wrap=True)
    rows = [
        {"log": item.origin, "index": item.index, "kind": item.kind, "time": format_time(item.time)}
        for item in done.lost
    ]
    if report is not None:
        report.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if rows:
        where = f"; {report} lists them" if report else " (--report FILE lists them):"
        out.print(f"! {len(rows)} private payloads are lost{where}", soft_wrap=True)
    for row in rows[:20] if report is None else []:
        out.print(f"  {row['log']} {row['index']} {row['kind']} {row['time']}", soft_wrap=True)


def _say_missing(missing: list[recovery.Missing]) -> None:
    for item in missing:
        out.print(Text(f"✗ {item}."), soft_wrap=True)
    if missing:
        out.print("Bring them back with `sakshi recover --from MIRROR` before serving.")
    else:
        out.print("✓ Everything that was ever released is in the database.")


def _load() -> None:
    from web import wiring

    wiring.load_rooms()


@contextmanager
def _database() -> Iterator[Database]:
    db = Database(Settings.from_env().database)
    try:
        yield db
    finally:
        db.dispose()


@contextmanager
def _opened() -> Iterator[Runtime]:
    """The state, opened although the database may be behind the signer."""
    _load()
    settings = Settings.from_env()
    db = Database(settings.database)
    rt = None
    try:
        rt = boot.open_state(settings, db, refuse_put_back=False)
        yield rt
    finally:
        if rt is not None:
            rt.close()
        db.dispose()


@contextmanager
def _telling(code: int = 1) -> Iterator[None]:
    """Faults of the protocol and of the database as a sentence and an exit code."""
    try:
        yield
    except SakshiError as fault:
        _fail(str(fault), code)
    except DatabaseError as fault:
        _fail(f"The database cannot be used: {fault.orig}.", 2)


def _progress(words: str) -> None:
    err.print(Text(words), style="dim", soft_wrap=True)


def _fail(message: str, code: int) -> NoReturn:
    err.print(Text(f"✗ {message}"), soft_wrap=True)
    sys.exit(code)
