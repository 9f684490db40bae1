"""Lines under a checkpoint beside the log's first: its ML-DSA-44 signature, and grease.

With `SAKSHI_MLDSA=1` a log signs each head a second time (type 0x06). Entries of the state log and
proofs keep the first line alone; served checkpoints and the state heads in proofs and packages
carry both. A state log that has signed its first head twice does so to its end, whatever the
setting says later: its second key is *pinned*, the published policy names it, and a verifier with
that policy refuses a head that lacks the line. The key of a state log that began without is not
pinned, so that what was proven before stays right. Other logs need no key of that kind in a
policy: their heads are entries of the state log, under its signatures.

Grease (`SAKSHI_GREASE=1`, for tests) puts unknown signature lines among the others, which every
client must pass over.
"""

import os
import random
from collections.abc import Iterable

from sqlalchemy import Connection, func, insert, select

from trust.formats import notes
from trust.log import queries
from trust.log.context import Context
from trust.log.errors import StaleHeadError
from trust.log.tables import log, log_head, log_second_key, log_second_line

_LENGTHS = (64, 72, 2428)


def of_head(conn: Connection, origin: str, size: int) -> bytes:
    """The log's second signature line under a head; empty where it has none."""
    query = select(log_second_line.c.line).where(
        log_second_line.c.log_id == queries.info(conn, origin).id, log_second_line.c.size == size
    )
    line = conn.execute(query).scalar()
    return b"" if line is None else bytes(line)


def pinned(conn: Connection, origin: str) -> str | None:
    """The ML-DSA-44 key of a state log that the policy names; None where it names none."""
    query = select(log_second_key.c.vkey).where(log_second_key.c.origin == origin)
    return conn.execute(query).scalar()


def lacks(conn: Connection, origin: str, size: int) -> bool:
    """Whether a head is still without the second line that the policy asks for."""
    return pinned(conn, origin) is not None and not of_head(conn, origin, size)


def wanted(ctx: Context, origins: Iterable[str]) -> list[str]:
    """Those of these logs whose heads are signed a second time."""
    if ctx.settings.mldsa:
        return list(origins)
    with ctx.db.read() as conn:
        known = set(conn.execute(select(log_second_key.c.origin)).scalars())
    return [origin for origin in origins if origin in known]


def add(ctx: Context, origin: str) -> None:
    """Have the newest released head signed a second time; nothing to do if it is.

    Pins the key of a state log whose first head this is.
    """
    with ctx.db.read() as conn:
        latest = queries.latest_head(conn, origin)
        if latest is None or of_head(conn, origin, latest[0]):
            return
        first = _is_first(conn, origin, latest[0])
    try:
        line = ctx.signer.second_line(origin, latest[0])
    except StaleHeadError:
        return  # Another publisher released a newer head; it signs that one twice.
    vkey = ctx.signer.second_vkey(origin) if first else None
    with ctx.db.write() as conn:
        if vkey is not None and pinned(conn, origin) is None:
            conn.execute(insert(log_second_key).values(origin=origin, vkey=vkey))
        if not of_head(conn, origin, latest[0]):
            conn.execute(
                insert(log_second_line).values(
                    log_id=queries.info(conn, origin).id, size=latest[0], line=line
                )
            )


def _is_first(conn: Connection, origin: str, size: int) -> bool:
    """Whether a head is the first of a state log."""
    query = (
        select(func.min(log_head.c.size))
        .join(log, log.c.id == log_head.c.log_id)
        .where(log.c.origin == origin, log.c.kind == "state")
    )
    return conn.execute(query).scalar() == size


def grease(note: bytes, chance: random.Random | None = None) -> bytes:
    """The same note with signature lines of keys nobody knows among its own, in any order."""
    chance = chance or random.Random(os.urandom(8))
    parsed = notes.parse_note(note)
    own = parsed.signatures[0].name
    strange = [
        notes.NoteSignature(
            chance.choice((own, f"grease.invalid/{chance.randrange(1 << 32):08x}")),
            chance.randbytes(4),
            chance.randbytes(chance.choice(_LENGTHS)),
        )
        for _ in range(chance.randint(1, 3))
    ]
    lines = [*parsed.signatures, *strange]
    chance.shuffle(lines)
    return notes.format_note(notes.SignedNote(parsed.text, tuple(lines))).encode()
