"""How the vouchers of a file meet those in the books: new, unchanged, changed, taken back before.

A voucher is known by its identity in the source. One with other contents becomes a reversal and a
new voucher, both naming what they correct; so the newest file counts, whatever came before.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import Connection

from trust.books import versions
from trust.books.model import ReadFile
from trust.books.openings import Openings
from trust.books.plan import Made, Plan
from trust.books.pure.accounts import Ledgers
from trust.books.pure.vouchers import Record, content_id, correction, restoration
from trust.books.remapping import Remapping
from trust.books.twins import Twins
from trust.books.vanished import Vanished
from trust.books.versions import Version
from trust.formats.canon import Json, canonical

Met = tuple[Record, Record, Version | None]
"""A voucher of the file with its detail, and what it is known as."""


class Identities:
    """Compares the vouchers of a file with the books, chunk by chunk."""

    def __init__(
        self, conn: Connection, society: str, read: ReadFile, plan: Plan, ledgers: Ledgers
    ) -> None:
        self._conn, self._society, self._plan = conn, society, plan
        self._openings = Openings(conn, society, read, plan)
        self._twins = Twins(conn, society, read, plan)
        self._vanished = Vanished(conn, society, read, plan)
        self._remapping = Remapping(conn, society, read, plan, ledgers)

    def meet(self, chunk: Sequence[tuple[Record, Record]]) -> list[Made]:
        """The entries that a chunk of vouchers makes."""
        ids = [str(record["id"]) for record, _ in chunk]
        held = versions.newest(self._conn, self._society, ids)
        self._vanished.present(ids, held)
        self._remapping.present(ids)
        met: list[Met] = []
        for record, detail in self._twins.without(chunk, held):
            known = held.get(str(record["id"]))
            if known is not None:
                met.append((record, detail, known))
            else:
                met += self._openings.met(record, detail)
        return self._made(met)

    def rest(self) -> Iterator[list[Made]]:
        """The entries for what is in the books and not in the file, after its last chunk."""
        self._openings.ask()
        self._twins.ask()
        yield from self._vanished.taken_back(self._twins.matched)
        yield from self._remapping.restated(self._vanished.reversed)

    def _made(self, met: Sequence[Met]) -> list[Made]:
        changed = [known.row for record, _, known in met if known and not _same(known, record)]
        lines = versions.lines_of(self._conn, changed)
        made: list[Made] = []
        for record, detail, known in met:
            if known is None:
                made.append((record, detail, None))
            elif _same(known, record):
                self._plan.unchanged += 1
            else:
                old = lines[known.row.log_id, known.row.idx]
                made += restated(known, old, record, detail)
        return made


def restated(known: Version, lines: list[Json], record: Record, detail: Record) -> list[Made]:
    """The entries by which a voucher of the books says something else from now on.

    Args:
        lines: of the version that stands.
    """
    record = record | {"id": known.row.source_id}
    if known.taken_back is not None:
        return [(restoration(record, known.taken_back), detail, None)]
    old = versions.record_of(known.row, lines, str(record["import"]))
    back, new = correction(old, record, known.row.version + 1)
    return [(back, None, None), (new, detail, None)]


def _same(known: Version, record: Record) -> bool:
    same: bool = known.row.content == content_id(canonical(record))
    return same and known.taken_back is None
