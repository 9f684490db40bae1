"""What a person has to look after: backup, mirror, and the room that is left on the disk.

A pulse says when the last backup and mirror were made here; a row a day says how large the database
was and how much room its disk had. From these everything is told: ages, growth, and in how many
days the disk is full if it grows on as it did.
"""

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import BigInteger, Column, Connection, Date, Table, delete, select, text, update

from trust import pulse
from trust.bulk import insert_many
from trust.database import Database, metadata
from trust.formats.times import IST

BACKUP: Final = "backup"
MIRROR: Final = "mirror"
OLD_SECONDS: Final = 26 * 3600
"""A backup or mirror that is older is told: one a day, and two hours for the run."""
FULL_DAYS: Final = 30
"""A disk that is full in fewer days is told."""
FULL_SHARE: Final = 10
"""So is one of which less than a tenth is free, however slowly it fills."""
GROWTH_DAYS: Final = 28
"""Growth is the median of the differences within so many days."""
LEAST_DAYS: Final = 7
"""With fewer days measured there is no forecast."""
KEEP_DAYS: Final = 400

disk_day = Table(
    "disk_day",
    metadata,
    Column("day", Date, primary_key=True),
    Column("database_bytes", BigInteger, nullable=False),
    Column("free_bytes", BigInteger, nullable=False),
    Column("total_bytes", BigInteger, nullable=False),
)


@dataclass(frozen=True, slots=True)
class DiskDay:
    """What was measured last on one day in India; bytes. Free and total are of the disk of the
    home folder, which with PostgreSQL need not be the database's."""

    day: date
    database: int
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is known now.

    Attributes:
        backup, mirror: when the last one was made, UTC seconds; None if none was.
        days: what was measured, the newest first.
        growth: bytes by which the disk fills in a day; None if too few days were measured.
        full_in: days until the disk is full; None without growth.
        begun: the first day measured; None before that.
    """

    backup: int | None
    mirror: int | None
    days: tuple[DiskDay, ...]
    growth: int | None
    full_in: int | None
    begun: date | None

    @property
    def newest(self) -> DiskDay | None:
        """The newest day measured."""
        return self.days[0] if self.days else None


def done(conn: Connection, what: str, *, now: int) -> None:
    """Note that a backup or a mirror was made at this moment (UTC seconds)."""
    pulse.beat(conn, what, now=now)


def measure(db: Database, home: Path, *, now: int) -> None:
    """Write down what the database takes and what its disk has left, once for each day."""
    usage = shutil.disk_usage(home)
    with db.write() as conn:
        day = datetime.fromtimestamp(now, IST).date()
        values = {
            "database_bytes": _database_bytes(conn, db),
            "free_bytes": usage.free,
            "total_bytes": usage.total,
        }
        d = disk_day.c
        if conn.execute(update(disk_day).where(d.day == day).values(**values)).rowcount == 0:
            names = ("day", *values)
            insert_many(conn, disk_day, names, [(day, *values.values())], unless=("day",))
        conn.execute(delete(disk_day).where(d.day < day - timedelta(days=KEEP_DAYS)))


def _database_bytes(conn: Connection, db: Database) -> int:
    if not db.is_sqlite:
        query = text("SELECT pg_database_size(current_database())")
        return int(conn.execute(query).scalar_one())
    path = Path(str(db.engine.url.database))
    files = (path, path.with_name(f"{path.name}-wal"))
    return sum(os.stat(file).st_size for file in files if file.exists())


def known(conn: Connection) -> Upkeep:
    """Everything that is known, read from tables alone."""
    d = disk_day.c
    query = select(d.day, d.database_bytes, d.free_bytes, d.total_bytes).order_by(d.day.desc())
    days = tuple(DiskDay(*row) for row in conn.execute(query))
    grows = growth(days)
    return Upkeep(
        pulse.last(conn, BACKUP),
        pulse.last(conn, MIRROR),
        days,
        grows,
        None if not grows or grows < 0 else days[0].free // grows,
        days[-1].day if days else None,
    )


def growth(days: Sequence[DiskDay]) -> int | None:
    """Bytes by which the disk fills in a day: the median of the days before, which one large
    import or a file that somebody removed does not move. None if too few were measured.

    Args:
        days: the newest first; days without a measurement may be missing between them.
    """
    recent = [one for one in days if (days[0].day - one.day).days <= GROWTH_DAYS]
    if not recent or (recent[0].day - recent[-1].day).days < LEAST_DAYS:
        return None
    return round(
        median(
            (older.free - newer.free) / (newer.day - older.day).days
            for newer, older in pairwise(recent)
        )
    )


def is_old(at: int | None, begun: date | None, now: int) -> bool:
    """Whether a backup or mirror made at `at` has to be told. One that was never made is told from
    the second day of measuring on."""
    if at is not None:
        return now - at > OLD_SECONDS
    return begun is not None and begun < datetime.fromtimestamp(now, IST).date()


def is_short(found: Upkeep) -> bool:
    """Whether the disk has too little room, or soon will."""
    newest = found.newest
    if newest is None:
        return False
    few = newest.free * FULL_SHARE < newest.total
    return few or (found.full_in is not None and found.full_in < FULL_DAYS)
