"""Where a log stands at this moment, entries that no head covers yet included.

A record that must say "up to here" (docs/adr/0009) names origin, size and root of a log. The root
is computed from the stored tiles and the entries behind them and stored nowhere: publication, which
holds other locks, goes on undisturbed.
"""

from sqlalchemy import Connection

from trust.log import queries, shards, tree_queries
from trust.log import service as logs
from trust.log.compact_range import Frontier
from trust.log.errors import NotLinkedError
from trust.log.model import Position

_CHUNK = 10_000


def position(conn: Connection, origin: str) -> Position:
    """Origin, size and root of everything sequenced in a log; keeps others from appending to it.

    The counter row of the log is locked until the transaction ends, so nothing comes between.
    For a log that continues another and has no entry of its own, it is the end of that one.
    Raises NotLinkedError if the head in between is missing.
    """
    logs.lock(conn, origin)
    info = queries.info(conn, origin)
    before = shards.unlinked(conn, info)
    if before is not None:
        if info.next_index > 1:
            raise NotLinkedError
        return position(conn, before)
    tree = Frontier.at(tree_queries.reader(conn, origin, info.size))
    for start in range(info.size, info.next_index, _CHUNK):
        for entry in queries.entries(conn, origin, start, min(start + _CHUNK, info.next_index)):
            tree.add(entry.leaf)
    return Position(origin, tree.size, tree.root())
