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
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from trust.formats import notes
from trust.log import queries
from trust.log.batch_queries import LogState
from trust.log.context import Context
from trust.log.errors import StaleHeadError
from trust.log.tables import log, log_head, log_second_key, log_second_line

_LENGTHS = (64, 72, 2428)


def of_head(conn: Connection, origin: str, size: int) -> bytes:
    """The log's second signature line under a head; empty if it has none."""
    query = select(log_second_line.c.line).where(
        log_second_line.c.log_id == queries.info(conn, origin).id, log_second_line.c.size == size
    )
    line = conn.execute(query).scalar()
    return b"" if line is None else bytes(line)


def pinned(conn: Connection, origin: str) -> str | None:
    """The ML-DSA-44 key of a state log that the policy names; None if it names none."""
    query = select(log_second_key.c.vkey).where(log_second_key.c.origin == origin)
    return conn.execute(query).scalar()


@dataclass(frozen=True, slots=True)
class Twice:
    """A log whose newest head is to be signed a second time.

    `stored` is the size of that head, None if it has no first line yet. `first` says that the key
    is pinned with the second.
    """

    origin: str
    stored: int | None
    first: bool


@dataclass(frozen=True, slots=True)
class SecondLine:
    """The second signature line of a head, and the key if it is to be pinned."""

    origin: str
    size: int
    line: bytes
    vkey: str | None


def wanted(ctx: Context, conn: Connection, logs: Sequence[LogState]) -> list[Twice]:
    """Those of these logs whose newest head lacks the second line that it should have."""
    found = []
    for state in logs if ctx.settings.mldsa else [s for s in logs if s.pinned]:
        origin, stored = state.info.origin, state.signed[0] if state.signed else 0
        if stored < state.info.size:
            found.append(Twice(origin, None, state.info.kind == "state" and not stored))
        elif not of_head(conn, origin, stored):
            found.append(Twice(origin, stored, _is_first(conn, origin, stored)))
    return found


def ask(ctx: Context, logs: Iterable[Twice], signed: Mapping[str, int]) -> list[SecondLine]:
    """Have the newest head of each log signed a second time; `signed` are sizes not stored yet."""
    found = []
    for log_ in logs:
        size = signed.get(log_.origin) if log_.stored is None else log_.stored
        if size is None:
            continue  # The signer refused the first line.
        try:
            line = ctx.signer.second_line(log_.origin, size)
        except StaleHeadError:
            continue  # Another publisher released a newer head; it signs that one twice.
        vkey = ctx.signer.second_vkey(log_.origin) if log_.first else None
        found.append(SecondLine(log_.origin, size, line, vkey))
    return found


def store(conn: Connection, lines: Iterable[SecondLine]) -> None:
    """Store second lines of heads that are stored; pins the keys that come with them."""
    for one in lines:
        if one.vkey is not None and pinned(conn, one.origin) is None:
            conn.execute(insert(log_second_key).values(origin=one.origin, vkey=one.vkey))
        if not of_head(conn, one.origin, one.size):
            log_id = queries.info(conn, one.origin).id
            conn.execute(
                insert(log_second_line).values(log_id=log_id, size=one.size, line=one.line)
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
