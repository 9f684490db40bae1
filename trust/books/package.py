"""A society's audit package: its book log of one log year, ready to be checked by a stranger."""

from sqlalchemy import Connection

from trust.formats import archive, origins
from trust.log import lineage, package
from trust.log.errors import NoLogError
from trust.log.package import Entitlement


def society_package(
    conn: Connection, slug: str, entitlement: Entitlement, *, year: str | None = None
) -> bytes:
    """The package of a society's book log of a log year (`2026-27`), by default the newest.

    Raises:
        NoLogError: the society has no book log.
        LogError: nothing of it is published yet.
    """
    return archive.pack(package.common_members(conn, book_log(conn, slug, year), entitlement))


def book_log(conn: Connection, slug: str, year: str | None = None) -> str:
    """Origin of a society's book log of a log year, by default of the newest there is.

    `2026-27` names the last log of that year; `2026-27.1` its first, `2026-27.2` its second.
    """
    return book_logs(conn, slug, year)[-1]


def book_logs(conn: Connection, slug: str, year: str | None = None) -> list[str]:
    """Origins of all book logs of a society of a log year, by default the newest, oldest first.

    A year has several if a key was ended in it. `2026-27.2` names the second alone. Raises
    NoLogError if there is none.
    """
    shards = [origins.parse_origin(info.origin) for info in lineage.shards(conn, "coop", slug)]
    wanted = shards[-1].year if shards and year is None else year
    found = [str(one) for one in shards if wanted in (one.year, f"{one.year}.{one.shard}")]
    if not found:
        raise NoLogError(slug=slug)
    return found
