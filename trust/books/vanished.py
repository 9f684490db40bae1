"""Vouchers of the books that a file no longer has, though it speaks of their days.

A file says so of a voucher if it names it as cancelled or deleted; or if it has most of those of
these days that came with it, or most of those of its type: who exports every day brings one voucher
with each import. A file with fewer may be a part of them: that is told, not asked. The first or the
last of a month may be what is missing: a month is looked at whole.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from trust.books import versions
from trust.books.model import ReadFile
from trust.books.plan import Made, Plan
from trust.books.pure import years
from trust.books.pure.faultwords import fault, question
from trust.books.pure.money import format_paise
from trust.books.pure.vouchers import Record, debit_of, reversal
from trust.books.versions import Version
from trust.formats.canon import Json

_REVERSE = "reverse"
_ANSWERS = ("keep", _REVERSE)
_CODE = "vanished"
_NAMED = 10


class Vanished:
    """Remembers what a file has, and finds what it lacks.

    Attributes:
        reversed: hashes of identities that are taken back.
    """

    def __init__(self, conn: Connection, society: str, read: ReadFile, plan: Plan) -> None:
        self._conn, self._society, self._plan = conn, society, plan
        self._source, self._left_out = read.format, dict.fromkeys(read.left_out)
        self._days = versions.days_of(read)
        if not (self._days[0] and versions.any_between(conn, society, *self._days)):
            self._days = ("", "")
        self._months = years.months_around(*self._days)
        self._ids = {hash(name) for name in read.unposted}
        self._shared: Counter[str] = Counter()
        self.reversed: set[int] = set()

    def present(self, ids: Iterable[str], held: Mapping[str, Version]) -> None:
        """See the vouchers of a chunk, and which of them the books have."""
        if self._days[0]:
            self._ids.update(map(hash, ids))
            for one in held.values():
                self._shared.update(_groups(one))

    def taken_back(self, twins: set[int]) -> Iterator[list[Made]]:
        """The reversals of what vanished, if somebody says so.

        Args:
            twins: hashes of identities that the file has under another one.
        """
        gone, perhaps = self._gone(twins)
        said = self._plan.answers.get(_CODE, "")
        if gone:
            said = self._plan.ask(question(_CODE, answers=_ANSWERS, **self._places(gone)))
        gone += perhaps
        if said == _REVERSE:
            self.reversed.update(map(hash, gone))
            self._plan.notes.append(fault("vanished/reversed", **self._places(gone)))
            yield from self._reversals(gone)
        elif perhaps or (gone and said):
            self._plan.odd.append(fault("vanished/kept", **self._places(gone)))

    def _gone(self, twins: set[int]) -> tuple[list[str], list[str]]:
        """What vanished, and what may have."""
        found: list[tuple[str, tuple[str, str], bool]] = []
        for part in versions.counting(self._conn, self._society, self._absent(twins)):
            found += [
                (name, _groups(one), self._within(one, self._days))
                for name, (one, _) in part.items()
                if self._lacks(name, one)
            ]
        days = Counter(group for _, groups, inside in found if inside for group in groups)
        months = Counter(group for _, groups, _ in found for group in groups)
        gone: list[str] = []
        perhaps: list[str] = []
        for name, groups, inside in found:
            missing = days if inside else months
            # A file of a few days says nothing of its type on the other days of the month.
            mine = groups if inside else groups[:1]
            most = any(self._shared[group] > missing[group] for group in mine)
            if most or name in self._left_out:
                gone.append(name)
            elif inside:
                perhaps.append(name)
        return gone, perhaps

    def _absent(self, twins: set[int]) -> Iterator[str]:
        yield from self._left_out
        if self._shared:
            for name in versions.between(self._conn, self._society, *self._months):
                known = hash(name) in self._ids or hash(name) in twins
                if not known and name not in self._left_out:
                    yield name

    def _lacks(self, name: str, one: Version) -> bool:
        if one.row.source != self._source:
            return False
        shares = any(self._shared[group] for group in _groups(one))
        dated = self._within(one, self._months) and shares
        return name in self._left_out or dated

    def _within(self, one: Version, days: tuple[str, str]) -> bool:
        return days[0] <= str(one.row.date) <= days[1]

    def _places(self, gone: Sequence[str]) -> dict[str, str | int]:
        paise, names = 0, [""]
        for part in versions.counting(self._conn, self._society, gone):
            shown = list(part.values())[: _NAMED - len(names) + 1]
            numbers = versions.numbers_of(self._conn, [one.row for one, _ in shown])
            for one, lines in shown:
                what = f"{one.row.type} {numbers.get((one.row.log_id, one.row.idx), '')}".strip()
                names.append(f"{what}, {one.row.date}, {format_paise(debit_of(lines))}")
            paise += sum(debit_of(lines) for _, lines in part.values())
        more = ["…"] if len(gone) >= len(names) else []
        listed = "; ".join(names[1:] + more)
        return {"count": len(gone), "amount": format_paise(paise), "names": listed}

    def _reversals(self, gone: Sequence[str]) -> Iterator[list[Made]]:
        for part in versions.counting(self._conn, self._society, gone):
            yield [
                (_taken_back(one, lines, self._plan.import_id), None, None)
                for one, lines in part.values()
            ]


def _groups(one: Version) -> tuple[str, str]:
    """What a voucher is one of: those of its import, and those of its type."""
    return f"import {one.brought_by}", f"type {one.row.type}"


def _taken_back(one: Version, lines: list[Json], import_id: str) -> Record:
    old = versions.record_of(one.row, lines, import_id)
    return reversal(old, f"{one.row.source_id}~{one.row.version + 1}r")
