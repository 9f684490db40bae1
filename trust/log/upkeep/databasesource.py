"""The database as a source of what is known, in the form of a mirror."""

from sqlalchemy import Connection

from trust.formats import tiles
from trust.formats.tiles import BundleRef
from trust.log import queries, tree_queries
from trust.log.proofs import policy_text
from trust.log.upkeep import survey


class DatabaseSource:
    """The database itself in the form of a mirror: heads in it are signed like any others."""

    name = "the database"

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def read(self, path: str) -> bytes | None:
        """What a mirror would hold at this path."""
        if path == "policy":
            return policy_text(self._conn).encode()
        if path == survey.LISTING:
            infos = [info.origin for info in queries.logs(self._conn)]
            heads = [(origin, queries.latest_head(self._conn, origin)) for origin in infos]
            return "".join(f"{o} {head[0]}\n" for o, head in heads if head).encode()
        for info in queries.logs(self._conn):
            if path.startswith(f"{info.origin}/"):
                return self._of(info.origin, path.removeprefix(f"{info.origin}/"))
        return None

    def _of(self, origin: str, name: str) -> bytes | None:
        if name == "checkpoint":
            latest = queries.latest_head(self._conn, origin)
            return None if latest is None else latest[2]
        if name.startswith("doc/"):
            return queries.document(self._conn, name.removeprefix("doc/"), origin)
        ref = tiles.parse_path(name)
        if isinstance(ref, BundleRef):
            return tree_queries.read_bundle(self._conn, origin, ref)
        return tree_queries.read_tile(self._conn, origin, ref)
