"""What `fsck` says of rows that hang on no log, or on one that cannot have such rows.

Every other check goes from log to log, so a row whose log is none would never be looked at: it is
missing where it belongs, and nobody says so. Tables are found by their columns; one that is added
later is looked at without being named here.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, func, select

from trust.database import metadata
from trust.log.checks.fsckrows import Finding
from trust.log.tables import log, log_publication, log_timestamp

STATE_ONLY = frozenset({log_publication.name, log_timestamp.name})
"""Tables that speak of heads of the state log and of no other."""


def orphans(conn: Connection, host: str) -> Iterator[Finding]:
    """One fault for each table with rows of no log, or of a log that cannot have them."""
    known = select(log.c.id)
    states = known.where(log.c.kind == "state")
    for name, table in sorted(metadata.tables.items()):
        if "log_id" not in table.c:
            continue
        of_none = select(func.count()).select_from(table).where(table.c.log_id.not_in(known))
        count = conn.execute(of_none).scalar_one()
        if count:
            yield Finding(host, None, f"{name}.log_id", f"{count} rows belong to no log")
        if name not in STATE_ONLY:
            continue
        other = select(func.count()).select_from(table)
        count = conn.execute(
            other.where(table.c.log_id.in_(known), table.c.log_id.not_in(states))
        ).scalar_one()
        if count:
            words = f"{count} rows belong to a log that is no state log"
            yield Finding(host, None, f"{name}.log_id", words)
