"""Names in the code of an old Malayalam font: asked about, and read as Malayalam on a yes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice
from typing import overload

from trust.books.model import ReadFile, SourceVoucher
from trust.books.plan import Plan
from trust.books.published import font_code
from trust.books.pure.faultwords import question
from trust.books.pure.legacyfont import legacy_names

CODE = "legacy-font"
_SAMPLE, _SHOWN = 5_000, 5
_YES, _NO = "yes", "no"


def settle(read: ReadFile, plan: Plan) -> ReadFile:
    """The file as it is read if the answer is yes, which is also how it is shown before that."""
    if not ask(plan, _names(read)) and plan.answers.get(CODE) != _YES:
        return read
    if plan.answers.get(CODE) == _NO:
        return read
    return replace(
        read,
        vouchers=Respelt(read.vouchers),
        groups=tuple(
            replace(one, name=_read(one.name), parent=_read(one.parent)) for one in read.groups
        ),
        ledgers=tuple(
            replace(one, name=_read(one.name), parent=_read(one.parent)) for one in read.ledgers
        ),
        loans=tuple(
            replace(one, purpose=_read(one.purpose), payee_ref=_read(one.payee_ref))
            for one in read.loans
        ),
    )


def ask(plan: Plan, names: Iterable[str]) -> bool:
    """Ask about names in the code, once for a file; True if there are any."""
    if plan.answers.get(CODE) in (_YES, _NO) or any(one.code == CODE for one in plan.questions):
        return False
    found = legacy_names(font_code(), names)
    if found:
        samples = "; ".join(f"{old} → {new}" for old, new in islice(found.items(), _SHOWN))
        plan.ask(question(CODE, answers=(_YES, _NO), count=len(found), samples=samples))
    return bool(found)


def _names(read: ReadFile) -> Iterator[str]:
    seen = {line.ledger for one in islice(read.vouchers, _SAMPLE) for line in one.lines}
    yield from seen
    yield from (one.name for one in read.groups)
    yield from (one.name for one in read.ledgers)
    yield from {text for one in read.loans for text in (one.purpose, one.payee_ref)}


@lru_cache(maxsize=65_536)
def _code(text: str) -> str:
    return font_code().convert(text) if font_code().written_in(text) else text


def _read(text: str) -> str:
    """A name as it reads: converted if it is in the code."""
    return _code(text) if len(text) < 200 else text


class Respelt(Sequence[SourceVoucher]):
    """Vouchers whose names and words are read as Malayalam, one by one as they are asked for."""

    def __init__(self, vouchers: Sequence[SourceVoucher]) -> None:
        self._vouchers = vouchers

    def __len__(self) -> int:
        return len(self._vouchers)

    def __iter__(self) -> Iterator[SourceVoucher]:
        return map(_respelt, self._vouchers)

    @overload
    def __getitem__(self, at: int) -> SourceVoucher: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[SourceVoucher]: ...
    def __getitem__(self, at: int | slice) -> SourceVoucher | Sequence[SourceVoucher]:
        if isinstance(at, slice):
            return [_respelt(one) for one in self._vouchers[at]]
        return _respelt(self._vouchers[at])


def _respelt(voucher: SourceVoucher) -> SourceVoucher:
    return replace(
        voucher,
        lines=tuple(replace(line, ledger=_read(line.ledger)) for line in voucher.lines),
        narration=_read(voucher.narration),
        party=_read(voucher.party),
    )
