"""A log whose released entries are lost is given up by rule, and everybody can see it for ever.

The log goes on in another one whose entry 0 is the last released head, signed again over what the
signer's guard holds; an `abandonment` in the state log says how much is lost and why
(docs/adr/0007-mirror-and-recovery.md); then the guard closes the old origin. A meeting's log begins
with its notice and nothing else, so a meeting is called again under the name that the abandonment
states.
"""

import re

from sqlalchemy import Connection, select

from trust.database import Database
from trust.formats import b64, origins
from trust.formats.canon import Json
from trust.log import lineage, queries
from trust.log import service as logs
from trust.log.context import Context, Signer
from trust.log.errors import LogError, SignerError
from trust.log.keys.signerclient import sign_one
from trust.log.model import NewEntry, Unsigned
from trust.log.runtime import Runtime
from trust.log.tables import log, log_entry
from trust.log.upkeep import readmission, recovery

_KEY = "abandon "
"""Idempotency key of an abandonment, before the log's name."""
_AGAIN = re.compile(r"(.+)-r([1-9][0-9]*)", re.ASCII)


def abandon(rt: Runtime, origin: str, reason: str) -> str:
    """Give up a log whose released entries are lost; returns the log in which it goes on.

    A meeting's is opened when the meeting is called again; it may also be given up because the
    guard was rebuilt and signs nothing more of it. Raises LogError when nothing is
    missing, or while a newer state log lacks entries: that one has to say it.
    """
    with rt.db.read() as conn:
        found = {item.origin: item for item in recovery.missing(conn, rt.signer)}
        kept = found[origin].stored if origin in found else _ended(rt, conn, origin)
        if kept is None:
            raise LogError(f"Nothing that was released of {origin} is missing; it is not given up.")
        _check_order(origin, list(found))
        after, begun = _successor(rt, conn, origin)
    size, root, note = _last(rt, origin)
    record: dict[str, Json] = {
        "kind": "abandonment",
        "v": 1,
        "origin": origin,
        "size": size,
        "root": b64.encode(root),
        "kept": min(kept, size),
        "successor": after,
        "reason": reason,
    }
    now, opens = rt.clock(), origins.parse_origin(after).year is not None and not begun
    with rt.db.write() as conn:
        logs.open_log(conn, origin, now=now)
        if opens:
            logs.open_log(conn, after, now=now)
            logs.append_built(conn, after, [(note, "head", "opening")], now=now)
        state = lineage.current_state(conn, rt.host, now)
        logs.append(conn, state, [NewEntry("abandonment", record, f"{_KEY}{origin}")], now=now)
        for info in queries.logs(conn, "state"):
            readmission.keys(conn, info.origin)  # That of a log the backup did not know.
        readmission.own_keys(conn, rt.signer)
        if "/state/" in origin:
            readmission.withdraw(conn, origin)
        left = recovery.missing(conn, rt.signer)
        recovery.remember(conn, rt.signer)
    close_given_up(rt.db, rt.signer)
    if not any("/state/" in item.origin for item in left):
        recovery.publish(rt)
    return after


def close_given_up(db: Database, signer: Signer) -> list[str]:
    """Let the guard close every log that a state log gives up; returns what the signer refused.

    Asked after each abandonment and at every start, so that a kill between the two is made good.
    Nothing is changed of what is closed already, or of a log whose master was retired: of that one
    nothing can be signed any more.
    """
    key = log_entry.c.key
    query = (
        select(key)
        .join(log, log.c.id == log_entry.c.log_id)
        .where(log.c.kind == "state", log_entry.c.kind == "abandonment")
        .where(key.startswith(_KEY, autoescape=True))
    )
    with db.read() as conn:
        given_up = {str(found).removeprefix(_KEY) for found in conn.execute(query).scalars()}
    if not given_up:
        return []
    heads = [
        Unsigned(origin, size, size, root, last=True)
        for origin, size, root in signer.heads()
        if origin in given_up
    ]
    return [
        str(answer)
        for answer in signer.sign(heads)
        if isinstance(answer, SignerError) and answer.code != "retired"
    ]


def _check_order(origin: str, found: list[str]) -> None:
    """The newest state log first: every other abandonment is an entry of it or what follows it."""
    states = [name for name in found if "/state/" in name and name != origin]
    waiting = [
        name
        for name in states
        if "/state/" not in origin or lineage.order(name) > lineage.order(origin)
    ]
    if waiting:
        first = max(waiting, key=lineage.order)
        raise LogError(f"First recover or give up {first}: the state log has to say it.")


def _ended(ctx: Context, conn: Connection, origin: str) -> int | None:
    """Entries stored of a meeting's log that a rebuilt guard lets end and nothing else; None if
    nothing is missing. A log of a year is not given up for that: it is rotated."""
    if origins.parse_origin(origin).year is not None or origin not in ctx.signer.ending():
        return None
    return queries.info(conn, origin).next_index


def _last(ctx: Context, origin: str) -> tuple[int, bytes, bytes]:
    """The last released head as its signer's guard holds it, signed again.

    The guard closes the log only when it is given up for good: killed before that, a mirror that
    turns up may still bring everything back.
    """
    size, root = ctx.signer.last(origin)
    if not size:
        raise LogError(
            f"{origin} is signed by its society, whose guard is not here: it cannot be given up "
            "for them. Get the entries from a mirror or a monitor; or the society's tool signs no "
            "more, and `sakshi keys rotate` goes on under another key."
        )
    return size, root, sign_one(ctx.signer, Unsigned(origin, size, size, root))


def _successor(ctx: Context, conn: Connection, origin: str) -> tuple[str, bool]:
    """The log in which this one goes on, and whether it is begun already.

    One that was closed goes on where it did. Of a year that is over the next log is this year's.
    """
    parsed, now = origins.parse_origin(origin), ctx.clock()
    if parsed.year is None:
        return _meeting_again(origin), False
    known = {name for name, _, _ in ctx.signer.heads()} | {i.origin for i in queries.logs(conn)}
    place = lineage.order(origin)
    later = [
        name
        for name in known
        if _same(origins.parse_origin(name), parsed) and lineage.order(name) > place
    ]
    if later:
        return min(later, key=lineage.order), True
    year = origins.financial_year(now)
    if year > parsed.year:
        return origins.first_of_year(origin, year), False
    after = origins.successor(origin)
    assert after is not None
    return after, False


def _same(one: origins.Origin, other: origins.Origin) -> bool:
    return (one.host, one.kind, one.subject) == (other.host, other.kind, other.subject)


def _meeting_again(origin: str) -> str:
    """The name under which a meeting is called again: `<id>-r2`, then `-r3`."""
    parsed = origins.parse_origin(origin)
    name = str(parsed.subject)
    found = _AGAIN.fullmatch(name)
    stem, number = (found[1], int(found[2]) + 1) if found else (name, 2)
    return str(origins.Origin(parsed.host, parsed.kind, f"{stem}-r{number}", None))
