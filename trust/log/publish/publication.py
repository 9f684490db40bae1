"""Publication: release heads, admit them to the state log, release the state head, publish it.

The order is what makes a crash harmless (docs/architecture.md, three states): a tree is durable
before the signer is asked, its guard before a signature exists, the note before anybody sees it
(`integration.py`, `releasing.py`), and a head is an entry of the state log before its log shows it
as published (`admission.py`). Killed between any two steps, the next run finds the same work to do
and does the rest. A state head is *published* when its cosignatures are
in or the witnesses' time is out (`trust.log.witnesses.witnessing`).
"""

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, update

from trust.formats import origins
from trust.log import batch_queries, lineage, queries, shards
from trust.log.context import Context
from trust.log.errors import NoHeadError
from trust.log.keys import society_keys
from trust.log.model import Head, LogInfo
from trust.log.publish import admission, integration, releasing
from trust.log.publish.releasing import Signed, Work
from trust.log.tables import log
from trust.log.witnesses.witnessing import Witnessing


def publish(ctx: Context, wanted: Collection[str], witnessing: Witnessing) -> dict[str, Head]:
    """Bring every entry of these logs under a released head and that head into the state log.

    Absent from the answer is a log whose society has signed none of its heads yet. Raises
    UnknownLogError, SignerError (the signer refused: nothing of that log is released), or
    ConcurrentPublishError after several lost races.
    """
    subjects = [origin for origin in wanted if origins.parse_origin(origin).kind != "state"]
    signed = releasing.sign(ctx, releasing.integrated(ctx, Work(left=subjects)))
    with ctx.db.write() as conn:
        work = _admitted(ctx, conn, subjects, signed)
    if signed.refused:
        raise signed.refused
    signed = releasing.sign(ctx, releasing.integrated(ctx, work))
    with ctx.db.write() as conn:
        releasing.store(conn, signed, now=ctx.clock())
        # Last year's too: its last head may have been signed and not yet published.
        asked = [] if signed.refused else witnessing.settle(conn)
        heads = {} if signed.refused or asked else _released(conn, wanted)
    if signed.refused:
        raise signed.refused
    if asked:
        for task in asked:
            witnessing.ask(task)
        with ctx.db.read() as conn:
            heads = _released(conn, wanted)
    return heads


def _admitted(ctx: Context, conn: Connection, subjects: Sequence[str], signed: Signed) -> Work:
    """Store the signed heads and admit them; returns what is to be signed of the state log."""
    state = _current_state(ctx, conn)
    integration.lease(conn, [state.id])
    releasing.store(conn, signed, now=ctx.clock())
    work = Work(left=[state.origin])
    if not signed.refused:
        proofs = {(h.origin, h.old, h.size): h.proof for h, _ in signed.notes}
        admission.admit(ctx, conn, state, subjects, proofs)
        releasing.begin(ctx, conn, work)
    return work


def _released(conn: Connection, wanted: Collection[str]) -> dict[str, Head]:
    heads = batch_queries.released(conn, wanted)
    for origin in wanted:
        if origin not in heads and not society_keys.is_held(conn, origin):
            raise NoHeadError(origin=origin)
    return heads


def _current_state(ctx: Context, conn: Connection) -> LogInfo:
    """The state log of this financial year; last year's is closed when the year turns."""
    wanted = origins.state_origin(ctx.host, origins.financial_year(ctx.clock()))
    newest = lineage.newest(conn, "state", "")
    known = newest is not None and newest.vkey is not None
    if newest is not None and known and lineage.order(newest.origin) >= lineage.order(wanted):
        return newest
    state = shards.current(conn, wanted, now=ctx.clock(), next_key=ctx.signer.vkey(wanted))
    # Pinned by the policy from its first moment on, not from the next start.
    conn.execute(update(log).where(log.c.origin == state).values(vkey=ctx.signer.vkey(state)))
    return queries.info(conn, state)


def ensure_state_key(ctx: Context) -> str:
    """The state log's verifier key, as the trust policy pins it."""
    with ctx.db.write() as conn:
        state = _current_state(ctx, conn)
        vkey = ctx.signer.vkey(state.origin)
        conn.execute(update(log).where(log.c.id == state.id).values(vkey=vkey))
    return vkey
