"""The same vouchers under new identities, as a split or restored company exports them.

A voucher is taken for one of the books if day, type, sum and number are the same, and if the file
does not have that one as well. Vouchers without a number must be on the same accounts.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from sqlalchemy import Connection

from trust.books import versions
from trust.books.model import ReadFile
from trust.books.plan import Plan
from trust.books.pure.faultwords import fault, question
from trust.books.pure.money import format_paise
from trust.books.pure.vouchers import Record, debit_of
from trust.books.versions import Version
from trust.formats.canon import Json

SAME, NEW = "same", "new"
_CODE = "same-content"


class Twins:
    """Finds new vouchers of a file that the books have under other identities.

    Attributes:
        matched: hashes of identities in the books that have one.
    """

    def __init__(self, conn: Connection, society: str, read: ReadFile, plan: Plan) -> None:
        self._conn, self._plan = conn, plan
        self.matched: set[int] = set()
        self._count = self._paise = 0
        self._known = _known(conn, society, read)

    def without(
        self, chunk: Sequence[tuple[Record, Record]], held: Mapping[str, Version]
    ) -> Iterator[tuple[Record, Record]]:
        """The chunk without vouchers that are in the books already."""
        for record, detail in chunk:
            if not (self._known and record["id"] not in held and self._is_twin(record, detail)):
                yield record, detail

    def ask(self) -> None:
        """Ask whether they are the same; what is left out is told."""
        if not self._count:
            return
        places: dict[str, str | int] = {"count": self._count, "amount": format_paise(self._paise)}
        asked = question("same-content/identities", answers=(SAME, NEW), **places)
        if self._plan.ask(asked) == SAME:
            self._plan.odd.append(fault("same-content/left-out", **places))

    def _is_twin(self, record: Record, detail: Record) -> bool:
        lines = cast(list[Json], record["lines"])
        alike = self._known.get(_key(record["date"], record["type"], lines, detail["number"]), [])
        base = _base(str(record["id"]))
        at = next((n for n, (_, other) in enumerate(alike) if not base or other != base), None)
        if at is None:
            return False
        name, _ = alike.pop(at)
        self._count += 1
        self._paise += debit_of(lines)
        if self._plan.answers.get(_CODE) == NEW:
            return False
        self.matched.add(name)
        self._plan.unchanged += 1
        return True


def _known(conn: Connection, society: str, read: ReadFile) -> dict[bytes, list[tuple[int, str]]]:
    """Vouchers of the books in the days of a file that the file does not have by their identity:
    hashes and bases of their identities by what they say."""
    found: dict[bytes, list[tuple[int, str]]] = defaultdict(list)
    first, last = versions.days_of(read)
    if not first or not versions.any_between(conn, society, first, last):
        return {}
    ids = {hash(voucher.id) for voucher in read.vouchers if voucher.id}
    absent = (
        name for name in versions.between(conn, society, first, last) if hash(name) not in ids
    )
    for part in versions.counting(conn, society, absent):
        numbers = versions.numbers_of(conn, [one.row for one, _ in part.values()])
        for name, (one, lines) in part.items():
            number = numbers.get((one.row.log_id, one.row.idx), "")
            found[_key(one.row.date, one.row.type, lines, number)].append((hash(name), _base(name)))
    return dict(found)


def _base(name: str) -> str:
    """A content id without its occurrence: equal vouchers of one file are counted, not twins."""
    return name.rpartition("-")[0] if name.startswith("c-") else ""


def _key(day: Json, kind: Json, lines: Sequence[Json], number: Json) -> bytes:
    """What two vouchers have in common if they are one; short, because there are many.

    Lines of one account may be one line in another export.
    """
    said = (number,) if number else _sums(lines)
    text = repr((day, str(kind).casefold(), debit_of(lines), said))
    return hashlib.blake2b(text.encode(), digest_size=12).digest()


def _sums(lines: Sequence[Json]) -> list[tuple[tuple[str, bool], int]]:
    """What each account is debited and credited, in paise."""
    sums: Counter[tuple[str, bool]] = Counter()
    for line in cast(Sequence[Mapping[str, Json]], lines):
        paise = cast(int, line["paise"])
        sums[str(line["account"]), paise > 0] += paise
    return sorted(sums.items())
