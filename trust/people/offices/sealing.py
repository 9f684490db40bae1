"""How what is done about offices is written: public entries of the oversight log that name no
person, each followed by a private one that says who.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from trust.formats import origins
from trust.formats.canon import Json
from trust.log import service as logs
from trust.log import shards
from trust.log.model import NewEntry, Sequenced
from trust.people import queries
from trust.people.model import Grant


def oversight_log(conn: Connection, now: int) -> str:
    """The oversight log that takes entries now; made, or turned to the new year, if need be."""
    first = origins.oversight_origin(queries.host(conn), origins.financial_year(now))
    return shards.current(conn, first, now=now)


def seal(
    conn: Connection,
    record: Mapping[str, Json],
    key: str,
    officers: Sequence[str],
    *,
    now: int,
    account: str | None = None,
) -> Sequenced:
    """Append a public record and who did it.

    Args:
        key: what makes it one entry: a repeat changes nothing.
        officers: log-in names of those who did it; empty for the installation.
        account: log-in name of the person who is appointed, if somebody is.
    """
    origin = oversight_log(conn, now)
    (done,) = logs.append(conn, origin, [NewEntry(str(record["kind"]), record, key)], now=now)
    people: dict[str, Json] = {
        "kind": "appointment-people",
        "v": 1,
        "origin": done.origin,
        "index": done.index,
        "account": account,
        "officers": list(officers),
    }
    logs.append(conn, origin, [NewEntry("appointment-people", people, f"{key} people")], now=now)
    return done


def told(given: Grant) -> dict[str, Json]:
    """A role and jurisdiction as a record has them."""
    return {"role": given.role, "scope_kind": given.scope_kind, "scope": given.scope}
