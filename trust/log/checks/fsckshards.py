"""What `fsck` says of shards: how a log begins, how it ends, and that nothing stands after it."""

from collections.abc import Iterator

from sqlalchemy import Connection

from trust.formats import canon
from trust.formats.entries import Entry, NoteEntry
from trust.formats.errors import SakshiError
from trust.formats.origins import parse_origin
from trust.log import lineage, queries
from trust.log.checks.fsckrows import Checked, Finding
from trust.log.model import LogInfo


def waits(conn: Connection, info: LogInfo) -> bool:
    """Whether position 0 is rightly free: the log before is closed, its last head not yet here."""
    if info.size or not info.next_index or lineage.has_entry(conn, info.id, 0):
        return False
    before = _before(conn, info)
    return before is not None and lineage.is_closed(conn, before)


class ShardCheck:
    """Follows one log, entry by entry."""

    def __init__(self, conn: Connection, info: LogInfo) -> None:
        self._conn, self._info = conn, info
        self._closed = False

    def entry(self, row: Checked) -> Iterator[Finding]:
        """One entry of the log, in order."""
        if row.index == 0:
            yield from self._opening(row)
        if self._closed:
            yield self._say(row.index, "log_entry.idx", "it stands after the entry that closes it")
        if isinstance(row.parsed, Entry) and row.parsed.kind == "log-closed":
            self._closed = True
            yield from self._closing(row)

    def _opening(self, row: Checked) -> Iterator[Finding]:
        before = _before(self._conn, self._info)
        if before is None:
            return
        if not isinstance(row.parsed, NoteEntry):
            yield self._say(0, "log_entry.entry", f"it is not the last head of {before.origin}")
        elif not queries.abandoned(self._conn, before.origin):
            head = queries.latest_head(self._conn, before.origin)
            if head is None or head[2] != row.entry:
                yield self._say(0, "log_entry.entry", f"it is not the last head of {before.origin}")

    def _closing(self, row: Checked) -> Iterator[Finding]:
        try:
            record = canon.parse(row.document or b"")
        except SakshiError:
            return  # The document is missing or changed: said of the entry already.
        after = lineage.after(self._conn, self._info.origin)
        if record.get("origin") != self._info.origin or record.get("size") != row.index + 1:
            yield self._say(row.index, "log_document.document", "it closes another log or size")
        if after is None or record.get("next") != after.origin:
            yield self._say(
                row.index, "log.origin", f"it goes on in {record.get('next')}, which is not here"
            )

    def _say(self, index: int, column: str, words: str) -> Finding:
        return Finding(self._info.origin, index, column, words)


def _before(conn: Connection, info: LogInfo) -> LogInfo | None:
    if parse_origin(info.origin).year is None:
        return None
    return lineage.before(conn, info.origin)
