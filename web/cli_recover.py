"""`sakshi restore`, `recover` and `keys guard-seed`: after a disaster.

Exit codes: 0 done, 1 something is still missing or was refused, 2 the input is missing or cannot be
read.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter
from rich.text import Text

from audit.monitoring.mirror_writer import META
from audit.monitoring.store import Store
from trust.database import Database
from trust.formats.checkpoints import Checkpoint
from trust.log import boot, givenup, lineage
from trust.log import queries as log_queries
from trust.log.keys.guardseed import Seed
from trust.log.runtime import Runtime
from trust.log.upkeep import abandonment, guardgather, recovery
from trust.log.upkeep import backup as backups
from trust.log.upkeep.databasesource import DatabaseSource
from trust.log.upkeep.sources import Source, source
from trust.log.witnesses import witnesspolicy
from trust.settings import Settings
from web.cli_keys import keys
from web.cli_lost import rows_again, tell
from web.migrate import check as check_tables
from web.migrate import migrate
from web.terminal import database, err, fail, out, progress, telling

Sources = Annotated[list[str], Parameter(name="--from", negative="")]
_SQLITE = b"SQLite format 3\0"


def register(app: App) -> None:
    """Add the commands of this module to `sakshi`."""
    app.command(restore)
    app.command(recover)
    keys.command(guard_seed, name="guard-seed")


def restore(file: Path) -> None:
    """Put a backup into an empty home. Then run `sakshi recover --from MIRROR`.

    Parameters
    ----------
    file
        A file that `sakshi backup` wrote.
    """
    settings = Settings.from_env()
    with telling():
        host = backups.restore(settings, file)
        with database() as db:
            migrate(db)
    out.print(f"✓ The state of {host} is back as it was when the backup was made.")
    with telling(), _opened() as rt, rt.db.read() as conn:
        missing = recovery.missing(conn, rt.signer)
        lost = any(one.lost for one in givenup.Register().read(conn))
    _say_missing(missing, lost=lost)


def recover(
    *,
    from_: Sources = [],  # noqa: B006 (cyclopts reads it, nobody changes it)
    abandon: str | None = None,
    reason: str = "",
    report: Path | None = None,
) -> None:
    """Bring back what was released after the backup; without options, say what is missing.

    Parameters
    ----------
    from_
        Folder, http(s) address or s3://BUCKET[/PREFIX] of a mirror, folder in which a monitor
        kept what it verified, or such a monitor's state file; give every one there is.
    abandon
        Origin of a log that no mirror holds in full: it goes on in a new one, and the state log
        says what is lost.
    reason
        Why it is given up, in words that will be public for ever.
    report
        File to write the list of everything lost or missing to (JSON: log, index, kind, time,
        lost, why, do).
    """
    if abandon is not None and not reason.strip():
        fail("Say with --reason why the log is given up; it is published for ever.", 2)
    with telling(), _opened() as rt:
        if abandon is not None:
            after = abandonment.abandon(rt, abandon, reason)
            out.print(f"✓ {abandon} is given up and goes on in {after}.", soft_wrap=True)
        if from_:
            done = recovery.recover(rt, [_source(place) for place in from_], progress)
            _say_recovered(done)
        with rt.db.read() as conn:
            missing = recovery.missing(conn, rt.signer)
        if missing:
            tell(rt.db, report, missing)
        else:
            rows_again(rt.db, report, progress)
        with rt.db.read() as conn:
            lost = any(one.lost for one in givenup.Register().read(conn))
    _say_missing(missing, lost=lost)
    if missing and (from_ or abandon is not None):
        _say_order(missing)
    if missing:
        sys.exit(1)


def guard_seed(file: Path, *, from_: Sources, unwitnessed: str | None = None) -> None:
    """Gather what is known outside of the heads a signer released, because its guard is lost.

    The backup must be restored first. Every outside witness is asked whether it has seen more.
    Then, where the signer runs: `python -m trust.log.keys.signer --home DIR --seed-guard FILE`.

    Parameters
    ----------
    file
        File to write; it holds signed heads and no secret.
    from_
        Every mirror and every monitor's folder there is.
    unwitnessed
        Why you go on although no quorum of witnesses confirms that nothing newer was published.
    """
    if file.exists():
        fail(f"{file} exists. Choose another name.", 2)
    settings = Settings.from_env()
    with telling(), database() as db:
        with db.write() as conn:
            # The signer cannot be asked, so the state is not opened; the rule is that of today.
            witnesspolicy.adopt(conn, settings, now=now())
        seed, newest = _gathered(db, settings, from_, unwitnessed)
    file.write_bytes(seed.dump())
    said = f"confirmed by {', '.join(seed.witnesses)}" if seed.witnesses else "confirmed by nobody"
    out.print(
        f"✓ {file}: the last heads of {len(seed.heads)} logs. The newest state head, "
        f"{newest.origin} at size {newest.size}, is {said}.",
        soft_wrap=True,
    )


def now() -> int:
    """UTC seconds; no state is open yet whose clock could be asked."""
    return int(time.time())


def _gathered(
    db: Database, settings: Settings, from_: list[str], unwitnessed: str | None
) -> tuple[Seed, Checkpoint]:
    with db.read() as conn:
        host = log_queries.host(conn)
        if host is None:
            fail("There is no state here: restore the backup first.", 2)
        sources = [*map(_source, from_), DatabaseSource(conn)]
        found = guardgather.gather(host, sources, progress)
        for trouble in found.troubles:
            err.print(Text(f"! {trouble}"), soft_wrap=True)
        rule = witnesspolicy.current(conn)
        heard = guardgather.ask(rule, found.newest, 5 * settings.witness_wait, now)
        for silent in heard.silent:
            err.print(Text(f"! {silent}"), soft_wrap=True)
        return guardgather.seed(host, found, rule, heard, unwitnessed), found.newest.head


def _source(place: str) -> Source:
    """A mirror by folder or address, or the folder that a monitor's state file names."""
    path = Path(place)
    if "://" in place or not path.is_file():
        return source(place)
    with path.open("rb") as file:
        if file.read(len(_SQLITE)) != _SQLITE:
            fail(f"{place} is neither a mirror nor a monitor's state file.", 2)
    store = Store(path, read_only=True)
    try:
        kept = store.meta(META)
    finally:
        store.close()
    if kept is None:
        fail(
            f"{place} remembers heads and no entries: that monitor ran without --keep. Ask it for "
            "its evidence, and another for its entries.",
            2,
        )
    folder = Path(kept)
    return source(str(folder if folder.is_dir() else path.with_name(folder.name)))


def _say_recovered(done: recovery.Recovery) -> None:
    for trouble in done.troubles:
        err.print(Text(f"! {trouble}"), soft_wrap=True)
    for origin, count in done.refilled:
        out.print(f"✓ {origin}: {count} entries are back.", soft_wrap=True)


def _say_missing(missing: list[recovery.Missing], *, lost: bool = False) -> None:
    for item in missing:
        out.print(Text(f"✗ {item}."), soft_wrap=True)
    if missing:
        out.print("Bring them back with `sakshi recover --from MIRROR` before serving.")
    elif lost:
        out.print(
            "! What was released is in the database, except the entries named above: they are "
            "lost, and the state log says so.",
            soft_wrap=True,
        )
    else:
        out.print("✓ Everything that was ever released is in the database.")


def _say_order(missing: list[recovery.Missing]) -> None:
    """What is typed if no other source turns up: the newest state log says it of the others."""
    states = [item.origin for item in missing if "/state/" in item.origin]
    others = [item.origin for item in missing if "/state/" not in item.origin]
    out.print(
        "First look for every other mirror and monitor. What none of them holds is given up for "
        "ever, in this order:",
        soft_wrap=True,
    )
    for origin in [*sorted(states, key=lineage.order, reverse=True), *others]:
        out.print(Text(f'  sakshi recover --abandon {origin} --reason "…"'), soft_wrap=True)


@contextmanager
def _opened() -> Iterator[Runtime]:
    """The state, opened although the database may be behind the signer."""
    with database() as db:
        check_tables(db)
        rt = boot.open_state(Settings.from_env(), db, refuse_put_back=False)
        try:
            yield rt
        finally:
            rt.close()
