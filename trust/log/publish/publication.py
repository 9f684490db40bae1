"""Publication: release heads, admit them to the state log, release the state head, publish it.

The order is what makes a crash harmless (docs/architecture.md, three states): a tree is durable
before the signer is asked, its guard before a signature exists, the note before anybody sees it
(`integration.py`, `releasing.py`), and a head is an entry of the state log before its log shows it
as published (`admission.py`). Killed between any two steps, the next run finds the same work to do
and does the rest. A state head is *published* when its cosignatures are
in or the witnesses' time is out (`trust.log.witnesses.witnessing`).
"""

from collections.abc import Callable, Collection

from sqlalchemy import update

from trust.formats import origins
from trust.log import batch_queries, lineage, queries, shards
from trust.log.context import Context
from trust.log.errors import NoHeadError, UnknownLogError
from trust.log.keys import society_keys
from trust.log.model import Head
from trust.log.publish import admission, releasing
from trust.log.tables import log


def publish(
    ctx: Context, wanted: Collection[str], witness: Callable[[str], None]
) -> dict[str, Head]:
    """Bring every entry of these logs under a released head and that head into the state log.

    `witness` asks the witnesses of a state log and publishes its newest signed head. Absent from
    the answer is a log whose society has signed none of its heads yet. Raises UnknownLogError,
    SignerError (the signer refused: nothing of that log is released), or ConcurrentPublishError
    after several lost races.
    """
    subjects = [origin for origin in wanted if origins.parse_origin(origin).kind != "state"]
    releasing.release(ctx, subjects)
    state = _current_state(ctx)
    if subjects:
        with ctx.db.write() as conn:
            admission.admit(ctx, conn, state, subjects)
    releasing.release(ctx, [state])
    with ctx.db.read() as conn:
        states = [info.origin for info in queries.logs(conn, "state")]
    for origin in states:
        # Last year's too: its last head may have been signed and not yet published.
        witness(origin)
    with ctx.db.read() as conn:
        heads = batch_queries.released(conn, wanted)
        for origin in wanted:
            if origin not in heads and not society_keys.is_held(conn, origin):
                raise NoHeadError(origin=origin)
    return heads


def _current_state(ctx: Context) -> str:
    """The state log of this financial year; last year's is closed when the year turns."""
    wanted = origins.state_origin(ctx.host, origins.financial_year(ctx.clock()))
    with ctx.db.read() as conn:
        newest = lineage.newest(conn, "state", "")
    known = newest is not None and newest.vkey is not None
    if newest is not None and known and lineage.order(newest.origin) >= lineage.order(wanted):
        return newest.origin
    with ctx.db.write() as conn:
        state = shards.current(conn, wanted, now=ctx.clock(), next_key=ctx.signer.vkey(wanted))
        # Pinned by the policy from its first moment on, not from the next start.
        vkey = ctx.signer.vkey(state)
        conn.execute(update(log).where(log.c.origin == state).values(vkey=vkey))
    return state


def ensure_state_key(ctx: Context) -> str:
    """The state log's verifier key, as the trust policy pins it."""
    state = _current_state(ctx)
    vkey = ctx.signer.vkey(state)
    with ctx.db.write() as conn:
        result = conn.execute(update(log).where(log.c.origin == state).values(vkey=vkey))
        if result.rowcount != 1:
            raise UnknownLogError(origin=state)
    return vkey
