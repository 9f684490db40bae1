"""Lines under a checkpoint beside the log's first: its ML-DSA-44 signature, and grease.

With `SAKSHI_MLDSA=1` a log signs each head a second time (type 0x06). Entries of the state log and
proofs keep the first line alone, so that the second may come and go with the setting; served
checkpoints and the state heads in proofs and packages carry both. Grease (`SAKSHI_GREASE=1`, for
tests) puts unknown signature lines among the others, which every client must pass over.
"""

import os
import random
from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from trust.formats import notes
from trust.log import queries
from trust.log.errors import StaleHeadError
from trust.log.tables import log_second_line

if TYPE_CHECKING:
    from trust.log.runtime import Runtime

_LENGTHS = (64, 72, 2428)


def of_head(conn: Connection, origin: str, size: int) -> bytes:
    """The log's second signature line under a head; empty where it has none."""
    query = select(log_second_line.c.line).where(
        log_second_line.c.log_id == queries.info(conn, origin).id, log_second_line.c.size == size
    )
    line = conn.execute(query).scalar()
    return b"" if line is None else bytes(line)


def add(rt: "Runtime", origin: str) -> None:
    """Have the newest released head signed a second time; nothing to do if it is."""
    with rt.db.read() as conn:
        latest = queries.latest_head(conn, origin)
        if latest is None or of_head(conn, origin, latest[0]):
            return
    try:
        line = rt.signer.second_line(origin, latest[0])
    except StaleHeadError:
        return  # Another publisher released a newer head; it signs that one twice.
    with rt.db.write() as conn:
        if not of_head(conn, origin, latest[0]):
            conn.execute(
                insert(log_second_line).values(
                    log_id=queries.info(conn, origin).id, size=latest[0], line=line
                )
            )


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
