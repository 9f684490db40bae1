"""The openings of masters: one voucher a year, whatever it is called and however often it comes."""

from sqlalchemy import Connection, select

from trust.books import versions
from trust.books.model import ReadFile
from trust.books.plan import Plan
from trust.books.pure.balances import OPENING_TYPE
from trust.books.pure.faultwords import fault, question
from trust.books.pure.vouchers import Record, content_id
from trust.books.tables import book_import, book_voucher
from trust.books.versions import Version
from trust.formats.canon import canonical

_MASTERS = "tally-xml"
_RESTATE, _KEEP = "restate", "keep"


class Openings:
    """Compares the openings of a file's masters with those of the books."""

    def __init__(self, conn: Connection, society: str, read: ReadFile, plan: Plan) -> None:
        self._conn, self._society, self._plan = conn, society, plan
        self._masters = read.format == _MASTERS
        self._differ = ""

    def met(self, record: Record, detail: Record) -> list[tuple[Record, Record, Version | None]]:
        """A voucher that is not known by its identity, with the openings it restates; empty if the
        openings of the books are kept."""
        known = self._standing(str(record["book_year"])) if self._is_opening(record) else None
        if known is None or known.row.content == content_id(canonical(record)):
            return [(record, detail, known)]
        self._differ = str(record["book_year"])
        if self._plan.answers.get("openings") == _KEEP:
            return []
        return [(record, detail, known)]

    def ask(self) -> None:
        """Ask what counts if the books have other openings; that they are kept is told."""
        if not self._differ:
            return
        asked = question("openings", answers=(_RESTATE, _KEEP), year=self._differ)
        if self._plan.ask(asked) == _KEEP:
            self._plan.odd.append(fault("openings/kept", year=self._differ))

    def _is_opening(self, record: Record) -> bool:
        return self._masters and record["type"] == OPENING_TYPE

    def _standing(self, year: str) -> Version | None:
        """The openings of a year, if one voucher; several are not for one file to restate."""
        ids = [name for name, of in _opened(self._conn, self._society) if of == year]
        found = versions.newest(self._conn, self._society, ids).values()
        counting = [one for one in found if one.taken_back is None]
        return counting[0] if len(counting) == 1 else None


def year_of(conn: Connection, society: str) -> str:
    """The book year whose openings came from masters; empty if not exactly one."""
    found = {year for _, year in _opened(conn, society, source=_MASTERS)}
    return found.pop() if len(found) == 1 else ""


def _opened(conn: Connection, society: str, source: str = "") -> list[tuple[str, str]]:
    """Identity and book year of openings, of one source if it is named."""
    v = book_voucher.c
    query = (
        select(v.source_id, v.book_year)
        .join(book_import, book_import.c.id == v.import_id)
        .where(v.society == society, v.opening, book_import.c.state.in_(versions.LIVE))
        .distinct()
    )
    rows = conn.execute(query.where(v.source == source) if source else query)
    return [(row.source_id, row.book_year) for row in rows]
