"""`sakshi fsck`, `rebuild`, `mirror`, `backup`: the operator's care (`cli_recover` has the rest).

They open database and signer by themselves, because they must work where the server refuses to
start. Progress goes to stderr. Exit codes: 0 done or all agrees, 1 something is wrong, 2 the input
is missing or cannot be read.
"""

import sys
import time
from itertools import chain
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from trust import upkeep
from trust.database import Database
from trust.log import leafindex
from trust.log.checks import fsck as checking
from trust.log.checks import fsckleaves
from trust.log.keys import signerclient
from trust.log.replay import check as of_rows
from trust.log.replay import rebuild as rebuilding
from trust.log.replay.subjects import Tally
from trust.log.upkeep import backup as backups
from trust.log.upkeep import mirror as mirroring
from trust.settings import Settings
from web.migrate import check as check_tables
from web.terminal import database, out, progress, telling


def register(app: App) -> None:
    """Add the commands of this module to `sakshi`."""
    for command in (fsck, rebuild, mirror, backup):
        app.command(command)


def fsck(
    *,
    all_: Annotated[bool, Parameter(name="--all", negative="")] = False,
    rooms: Annotated[bool, Parameter(name="--rooms", negative="")] = False,
    rebuild_codes: Annotated[bool, Parameter(name="--rebuild-codes", negative="")] = False,
) -> None:
    """Derive every root, tile, head and commitment again from the database, and compare.

    Names the first disagreement of each log.

    Parameters
    ----------
    all_
        Name every disagreement.
    rooms
        Then derive also the rows of books, keys, meetings and alerts from what was sealed.
    rebuild_codes
        First rebuild the index of receipt codes from the entries; nothing else is changed.
    """
    named, tally, codes = set[str](), Tally(), False
    with database() as db, telling(2):
        check_tables(db)
        if rebuild_codes:
            with db.write() as conn:
                leafindex.rebuild(conn)
            out.print("✓ The index of receipt codes is rebuilt.")
        signer = signerclient.connect(Settings.from_env())
        try:
            found = checking.check(db, signer, progress)
            for fault in chain(found, of_rows.check(db, tally, progress) if rooms else ()):
                if all_ or fault.log not in named:
                    out.print(Text(f"✗ {fault}"), soft_wrap=True)
                named.add(fault.log)
                codes |= fault.column == fsckleaves.COLUMN
        finally:
            signer.close()
    if tally.unchecked:
        out.print(
            f"! {tally.unchecked} records were erased or are lost, so their rows cannot be "
            f"checked; {tally.checked} were.",
            soft_wrap=True,
        )
    if codes:
        out.print("! `sakshi fsck --rebuild-codes` rebuilds the index of receipt codes.")
    if named:
        sys.exit(1)
    out.print("✓ Everything stored agrees with what was signed.")
    if rooms:
        out.print(f"✓ Every row agrees with the {tally.checked} records sealed for it.")


def rebuild(*, society: str | None = None) -> None:
    """Make the rows beside the logs again from what was sealed: books, keys, meetings, alerts.

    For tables that an upgrade changed, or that were altered by hand. One society, meeting or office
    at a time; may be stopped and run again while the server runs.

    Parameters
    ----------
    society
        Slug of a society: only its own log is replayed.
    """
    with database() as db, telling():
        check_tables(db)
        done = rebuilding.rebuild(db, progress, wanted=lambda _, one: society in (None, one.name))
    for finding in done.findings:
        out.print(Text(f"✗ {finding}"), soft_wrap=True)
    out.print(f"✓ {done.subjects} replayed; {done.rows} rows were not as sealed and are now.")
    if done.findings:
        sys.exit(1)


def mirror(
    target: str, *, whole: Annotated[bool, Parameter(name="--whole", negative="")] = False
) -> None:
    """Write the whole public log as plain files, for any static file server. Run it again to add.

    Parameters
    ----------
    target
        Folder of the mirror, made if it is missing; or s3://BUCKET[/PREFIX], its endpoint and
        credentials from AWS_… in the environment. What is there is never overwritten.
    whole
        Compare every file that is there again, not only those since the last run.
    """
    with database() as db, telling():
        check_tables(db)
        done = mirroring.mirror(db, target, whole=whole, progress=progress)
        _note(db, upkeep.MIRROR)
    out.print(
        f"✓ {done.logs} logs, {done.changed} with something new; {done.written} files "
        f"({done.bytes} bytes) are new.",
        soft_wrap=True,
    )


def _note(db: Database, what: str) -> None:
    """Say when it was made, for whoever looks after this installation."""
    with db.write() as conn:
        upkeep.done(conn, what, now=int(time.time()))


def backup(file: Path) -> None:
    """Write a consistent copy of the database, without the signer's home, to a new file.

    Parameters
    ----------
    file
        The backup. It holds private payloads and accounts: keep it like the database itself.
    """
    with database() as db, telling():
        size = backups.backup(db, file)
        _note(db, upkeep.BACKUP)
    out.print(
        f"✓ {file}: {size} bytes. Master key and guard are not in it, and must not be.",
        soft_wrap=True,
    )
