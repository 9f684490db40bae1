"""Once a day, an outside authority says when it saw the newest head of the state log (RFC 3161).

Nothing waits for it and nothing depends on it: witnesses say who saw which head, a time-stamp says
that a head is not younger than it claims. What is stamped is the note with the log's first line.
"""

import logging
import secrets
import urllib.error
import urllib.request
from hashlib import sha256
from urllib.parse import urlsplit

from sqlalchemy import Connection, func, insert, select

from trust.formats import storedstamps, timestamps
from trust.formats.errors import SakshiError
from trust.formats.times import Moment
from trust.log import queries
from trust.log.context import Context
from trust.log.errors import LogError
from trust.log.tables import log, log_head, log_publication, log_timestamp
from trust.log.witnesses import witness_status

_log = logging.getLogger("sakshi.timestamping")

DAY = 20 * 3600
"""Least seconds between two requests: the hourly sweep then asks about once a day."""
LATE = 48 * 3600
"""Seconds without a time-stamp after which an operator is told."""
TIMEOUT = 20.0
LIMIT = 64 << 10


def stamp(ctx: Context) -> int | None:
    """Ask for a time-stamp if it is time; returns the size stamped, None if there was no need.

    Raises LogError when the authority cannot be asked or answers something else, FormatError or
    SignatureError when what it answers does not verify.
    """
    if not ctx.settings.tsa_url:
        return None
    with ctx.db.read() as conn:
        last = conn.execute(select(func.max(log_timestamp.c.time))).scalar()
        newest = witness_status.of_state(conn)
        if newest is None or (last is not None and ctx.clock() - last < DAY):
            return None
        note = note_of(conn, newest.origin, newest.size)
        if note is None or response_of(conn, newest.origin, newest.size) is not None:
            return None
    response = _ask(ctx.settings.tsa_url, note)
    with ctx.db.write() as conn:
        log_id = witness_status.lock(conn, newest.origin)
        if response_of(conn, newest.origin, newest.size) is None:
            conn.execute(
                insert(log_timestamp).values(
                    log_id=log_id, size=newest.size, time=ctx.clock(), response=response
                )
            )
    return newest.size


def stamp_quietly(ctx: Context) -> None:
    """For the sweep: an authority that is away is said in the log and asked again next time."""
    try:
        stamp(ctx)
    except SakshiError as error:
        _log.warning("no time-stamp: %s", error)


def words(conn: Connection, url: str, now: int) -> tuple[str, bool] | None:
    """How the time-stamps stand, for an operator, and whether that is late; None if none is wanted.

    `url` is the setting, `now` UTC seconds. A state whose first head is not a day old is not late.
    """
    if not url:
        return None
    last = conn.execute(select(func.max(log_timestamp.c.time))).scalar()
    since = conn.execute(select(func.min(log_publication.c.published_at))).scalar()
    began = last if last is not None else since
    late = began is not None and now - began > LATE
    if last is None:
        return "no head of the state log was time-stamped yet", late
    return f"the state log was time-stamped last at {Moment(last)}", late


def _ask(url: str, note: bytes) -> bytes:
    digest, nonce = sha256(note).digest(), secrets.randbits(63)
    if urlsplit(url).scheme not in ("http", "https"):
        raise LogError("SAKSHI_TSA_URL is not an http or https address.", code="tsa")
    response = _exchange(url, timestamps.request(digest, nonce))
    found = timestamps.read(response)
    if found.digest != digest or found.nonce != nonce:
        raise LogError("The time-stamp authority answered another request.", code="tsa")
    kept = storedstamps.stored(response)
    storedstamps.check(kept, note)
    return kept


def _exchange(url: str, request: bytes) -> bytes:
    query = urllib.request.Request(
        url, request, {"Content-Type": "application/timestamp-query", "User-Agent": "sakshi"}
    )
    try:
        with urllib.request.urlopen(query, timeout=TIMEOUT) as answer:
            response: bytes = answer.read(LIMIT + 1)
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise LogError(
            f"The time-stamp authority could not be asked: {error}", code="tsa"
        ) from None
    return response[:LIMIT]


def sizes(conn: Connection, origin: str) -> list[int]:
    """Sizes of a log's stamped heads, smallest first."""
    query = select(log_timestamp.c.size).join(log, log.c.id == log_timestamp.c.log_id)
    rows = conn.execute(query.where(log.c.origin == origin).order_by(log_timestamp.c.size))
    return [int(size) for size in rows.scalars()]


def response_of(conn: Connection, origin: str, size: int) -> bytes | None:
    """The authority's response for a head; None if there is none."""
    query = select(log_timestamp.c.response).where(
        log_timestamp.c.log_id == queries.info(conn, origin).id, log_timestamp.c.size == size
    )
    found = conn.execute(query).scalar()
    return None if found is None else bytes(found)


def note_of(conn: Connection, origin: str, size: int) -> bytes | None:
    """What is stamped of a head: its note with the log's first line alone."""
    query = select(log_head.c.note).where(
        log_head.c.log_id == queries.info(conn, origin).id, log_head.c.size == size
    )
    found = conn.execute(query).scalar()
    return None if found is None else bytes(found)
