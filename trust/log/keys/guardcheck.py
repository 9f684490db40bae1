"""A guard that is older than the database: brought forward when a state is opened.

The guard is durable before a signature exists, so a signed head in the database that the guard
does not know means that the guard was put back. Each such head bears the signer's own signature:
it was released. The guard takes it as it would take a new one, with a proof from what it holds,
so that it never signs anything that excludes it. What cannot be proven stops everything.
"""

from sqlalchemy import Connection, func, select

from trust.database import Database
from trust.formats import notes
from trust.formats.checkpoints import open_checkpoint
from trust.formats.errors import SakshiError
from trust.log import lineage, queries, tree_queries
from trust.log.context import Signer
from trust.log.errors import PutBackError, StaleHeadError
from trust.log.keys import society_keys
from trust.log.model import Unsigned
from trust.log.tables import log, log_head


def bring_forward(db: Database, signer: Signer) -> list[str]:
    """Let the guard take the newest signed heads stored here; returns the logs it had forgotten.

    Raises PutBackError when the guard and the database hold different histories of a log.
    """
    # The guard first: whatever is stored later than that, it knew before.
    known = {origin: size for origin, size, _ in signer.heads()}
    with db.read() as conn:
        forgotten = [
            (origin, known.get(origin, 0))
            for origin, size in _newest(conn)
            if size > known.get(origin, 0) and not society_keys.is_held(conn, origin)
        ]
        heads = [
            head
            for origin, old in forgotten
            if (head := _released(conn, signer, origin, old)) is not None
        ]
    for head, answer in zip(heads, signer.sign(heads) if heads else [], strict=True):
        if isinstance(answer, StaleHeadError) and answer.size >= head.size:
            continue  # Another process published meanwhile: the guard was never behind.
        if not isinstance(answer, bytes):
            raise _other_history(head.origin, head.old, str(answer))
    return [head.origin for head in heads]


def _newest(conn: Connection) -> list[tuple[str, int]]:
    """Every log with the size of its newest signed head."""
    size = (
        select(func.coalesce(func.max(log_head.c.size), 0))
        .where(log_head.c.log_id == log.c.id)
        .scalar_subquery()
    )
    return [(row[0], int(row[1])) for row in conn.execute(select(log.c.origin, size))]


def _released(conn: Connection, signer: Signer, origin: str, old: int) -> Unsigned | None:
    """The newest head, whose signature is the signer's; None for a closed log whose master is
    gone: nothing can be signed for that one by anybody."""
    info, latest = queries.info(conn, origin), queries.latest_head(conn, origin)
    assert latest is not None
    size, root, note = latest
    ended = size == info.next_index and lineage.is_closed(conn, info)
    try:
        opened = open_checkpoint(note, notes.VerifierKey.parse(signer.vkey(origin)))
        if (opened.size, opened.root) != (size, root):
            raise PutBackError("the note states another size or root")
        proof = tree_queries.consistency(conn, origin, old, size) if old else []
    except SakshiError as error:
        if ended:
            return None
        raise _other_history(origin, old, str(error)) from None
    return Unsigned(origin, old, size, root, tuple(proof), last=ended)


def _other_history(origin: str, old: int, why: str) -> PutBackError:
    return PutBackError(
        f"The signer's guard was put back, and it holds another history of {origin} up to size "
        f"{old} than this database ({why}). Nothing may be signed: keep both, run `sakshi fsck` "
        "and hold them against a mirror."
    )
