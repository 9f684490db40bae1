"""Keys of members and officers as rows (`trust.log.projections`).

A member's key names its holder by society and member number, as the enrolment does. An officer's
key is in a public entry without a name; the `officer-holder` entry that is sealed with it says
whose it is. The first one holds: a later entry takes a key from nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, insert, select, update

from trust.formats import b64
from trust.log import annex
from trust.log.model import Placed
from trust.log.projections import ReadTable, projects
from trust.people import tables as t
from trust.people.projections import touched

BOUND_AT = "bound_at"
"""Where the annex of a key carried over says since when the key is bound (UTC seconds)."""

MEMBER_KEY = ReadTable(t.member_key, changed_by=touched)
OFFICER_KEY = ReadTable(t.officer_key)


def _whole(_: Connection, one: Placed) -> bool:
    """Whether an enrolment still says whose key it is; a stop needs the key alone."""
    return _whose(one) is not None or one.said["action"] == "revoke"


def _whose(one: Placed) -> Mapping[str, Any] | None:
    """Where the member number is: in version 1 in the record, in version 2 in the detail."""
    return one.record if one.version == 1 else one.detail


@projects("enrolment", tables=(MEMBER_KEY,), numbered=t.member_key, whole=_whole)
def project_enrolments(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each key, which ends when it is stopped and moves when it is carried over."""
    k = t.member_key
    for one in placed:
        key = b64.decode(one.said["key"])
        if one.said["action"] == "revoke":
            stopped = update(k).where(k.c.public_key == key, k.c.revoked_at.is_(None))
            conn.execute(stopped.values(revoked_at=one.time))
        else:
            _bind(conn, one, key)


def _bind(conn: Connection, one: Placed, key: bytes) -> None:
    k, whose = t.member_key, _whose(one)
    values = {name: one.said[name] for name in ("society", "medium")} | one.place
    values |= {"version": one.version, "public_key": key}
    if whose is not None:
        values["member"] = whose["member"]
    if one.said["action"] != "carry":
        values["bound_at"] = one.time
    done = conn.execute(update(k).where(k.c.public_key == key).values(values))
    if done.rowcount == 0 and whose is not None:
        # The entry that bound a key carried over may be gone, and with it since when.
        since = {"bound_at": one.annex.get(BOUND_AT, one.time)}
        conn.execute(insert(k).values(since | values | {"id": one.annex[annex.ID]}))


@projects("officer-key", tables=(OFFICER_KEY,), numbered=t.officer_key)
def project_officer_keys(conn: Connection, placed: Sequence[Placed]) -> None:
    """A row for each key; of two bindings of one key the later holds."""
    k = t.officer_key
    for one in placed:
        said, key = one.said, b64.decode(one.said["key"])
        here = (k.c.society == said["society"]) & (k.c.public_key == key)
        if said["action"] == "revoke":
            _end(conn, one)
            continue
        values = {"role": said["role"], "bound_at": one.time, "revoked_at": None} | one.place
        values["id"] = one.annex[annex.ID]
        if conn.execute(update(k).where(here).values(values)).rowcount == 0:
            conn.execute(insert(k).values(values | {"society": said["society"], "public_key": key}))


@projects("officer-key-loss", tables=(OFFICER_KEY,))
def project_losses(conn: Connection, placed: Sequence[Placed]) -> None:
    """The end of a key that is lost."""
    for one in placed:
        _end(conn, one)


def _end(conn: Connection, one: Placed) -> None:
    k, key = t.officer_key, b64.decode(one.said["key"])
    here = (k.c.society == one.said["society"]) & (k.c.public_key == key)
    bound = update(k).where(here, k.c.revoked_at.is_(None))
    conn.execute(bound.values(revoked_at=one.time))


@projects("officer-holder", tables=(OFFICER_KEY,))
def project_holders(conn: Connection, placed: Sequence[Placed]) -> None:
    """Whose an officer's key is."""
    k, a = t.officer_key, t.account
    for one in placed:
        key = b64.decode(one.said["key"])
        here = (k.c.society == one.said["society"]) & (k.c.public_key == key)
        whose = select(a.c.id).where(a.c.login == one.said["account"]).scalar_subquery()
        place = {"holder_log_id": one.log_id, "holder_idx": one.index}
        free = update(k).where(here, k.c.holder_idx.is_(None))
        conn.execute(free.values(account_id=whose, **place))
