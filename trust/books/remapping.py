"""Vouchers on suspense whose ledgers are known by now are restated on their accounts.

A ledger goes to suspense if nothing said where it belongs. Masters or a choice of the society may
say so later. Each voucher is then reversed and posted anew, and both entries name what they
correct; nobody's figures move without being asked.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from sqlalchemy import Connection, select

from trust.books import versions
from trust.books.counting import joined
from trust.books.model import ReadFile
from trust.books.plan import Made, Plan
from trust.books.pure.accounts import Ledgers
from trust.books.pure.faultwords import question
from trust.books.pure.mapping import SUSPENSE
from trust.books.pure.money import format_paise
from trust.books.pure.vouchers import Record, correction
from trust.books.tables import book_import, book_posting, book_voucher
from trust.books.versions import Version
from trust.formats.canon import Json

MAP: Final = "ledger-map"
_CODE = "remap"
_YES, _NO = "yes", "no"


class Remapping:
    """What a file's masters, or the society's map, say of the vouchers on suspense."""

    def __init__(
        self, conn: Connection, society: str, read: ReadFile, plan: Plan, ledgers: Ledgers
    ) -> None:
        self._conn, self._society, self._plan, self._ledgers = conn, society, plan, ledgers
        self._speaks = bool(read.groups or read.ledgers or read.format == MAP)
        self._met: set[int] = set()

    def present(self, ids: Iterable[str]) -> None:
        """See the vouchers of a chunk: what the file itself brings is mapped already."""
        if self._speaks:
            self._met.update(map(hash, ids))

    def restated(self, reversed_now: set[int]) -> Iterator[list[Made]]:
        """The entries that put vouchers where their ledgers belong, if somebody says so.

        Args:
            reversed_now: hashes of identities that this import takes back.
        """
        if not self._speaks:
            return
        skipped = self._met | reversed_now
        count = paise = 0
        for part in self._found(skipped):
            count += len(part)
            paise += sum(_moved(old, new) for _, old, new, _ in part)
        if not count:
            return
        asked = question(_CODE, answers=(_YES, _NO), count=count, amount=format_paise(paise))
        if self._plan.ask(asked) == _NO:
            return
        for part in self._found(skipped):
            yield [made for one in part for made in self._made(*one)]

    def _found(
        self, skipped: set[int]
    ) -> Iterator[list[tuple[Version, list[Json], list[Json], Record]]]:
        """Vouchers with lines that belong elsewhere: lines before and after, and the detail."""
        ids = (name for name in _suspended(self._conn, self._society) if hash(name) not in skipped)
        for part in versions.counting(self._conn, self._society, ids):
            details = versions.details_of(self._conn, [one.row for one, _ in part.values()])
            found = []
            for one, lines in part.values():
                detail = details.get((one.row.log_id, one.row.idx))
                if detail is not None:
                    new = self._mapped(lines, cast(list[str], detail["ledgers"]))
                    found += [(one, lines, new, detail)] if new != lines else []
            if found:
                yield found

    def _mapped(self, lines: list[Json], names: list[str]) -> list[Json]:
        mapped: list[Json] = []
        for line, name in zip(cast(list[dict[str, Json]], lines), names, strict=True):
            code = self._ledgers.account(name) if line["account"] in SUSPENSE else None
            mapped.append(line if code is None else line | {"account": code})
        return mapped

    def _made(
        self, one: Version, old: list[Json], new: list[Json], detail: Record
    ) -> tuple[Made, Made]:
        before = versions.record_of(one.row, old, self._plan.import_id)
        after = before | {"id": one.row.source_id, "lines": new}
        back, again = correction(before, after, one.row.version + 1)
        return (back, None, None), (again, detail, None)


def _moved(old: list[Json], new: list[Json]) -> int:
    """What leaves suspense, debits and credits together, in paise."""
    pairs = zip(
        cast(list[Mapping[str, Json]], old), cast(list[Mapping[str, Json]], new), strict=True
    )
    return sum(abs(cast(int, one["paise"])) for one, other in pairs if one != other)


def _suspended(conn: Connection, society: str) -> Iterator[str]:
    """Identities of vouchers of which some version was on suspense."""
    query = (
        select(book_voucher.c.source_id)
        .select_from(joined())
        .join(book_import, book_import.c.id == book_voucher.c.import_id)
        .where(
            book_voucher.c.society == society,
            book_voucher.c.reversal.is_(False),
            book_posting.c.account.in_(SUSPENSE),
            book_import.c.state.in_(versions.LIVE),
        )
        .distinct()
    )
    yield from conn.execute(query).scalars()
