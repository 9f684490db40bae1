"""Very many values on their way through an import, kept on disk and not in memory.

What is written is read by the same process only: the file has no name, and it is gone with the
process, so that nothing is left of a file that is refused.
"""

import marshal
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, TypeVar, overload

from trust.books.model import SourceLine, SourceVoucher

T = TypeVar("T")
CHUNK = 500
_IN_MEMORY = 8 << 20
_LENGTH = 4


class Spool(Sequence[T], Generic[T]):
    """Values in the order in which they came, read again as often as somebody iterates.

    Args:
        pack: a value as plain numbers, texts, bytes, tuples, lists and dictionaries.
        unpack: the value again.
    """

    def __init__(self, pack: Callable[[T], Any], unpack: Callable[[Any], T]) -> None:
        self._pack, self._unpack = pack, unpack
        self._file = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 (closed by __del__)
        self._open: list[Any] = []
        self._written = self._count = 0

    def append(self, value: T) -> None:
        """Add a value."""
        self._open.append(self._pack(value))
        self._count += 1
        if len(self._open) >= CHUNK:
            self._flush()

    def extend(self, values: Iterable[T]) -> None:
        """Add values."""
        for value in values:
            self.append(value)

    def chunks(self, size: int = CHUNK) -> Iterator[list[T]]:
        """The values, so many at a time."""
        values = iter(self)
        while chunk := list(islice(values, size)):
            yield chunk

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        self._flush()
        at, end = 0, self._written
        while at < end:
            self._file.seek(at)
            length = int.from_bytes(self._file.read(_LENGTH), "big")
            packed = marshal.loads(self._file.read(length))
            at += _LENGTH + length
            yield from map(self._unpack, packed)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return list(self)[index]

    def _flush(self) -> None:
        if not self._open:
            return
        data = marshal.dumps(self._open)
        self._file.seek(self._written)
        self._file.write(len(data).to_bytes(_LENGTH, "big") + data)
        self._written += _LENGTH + len(data)
        self._open = []

    def __del__(self) -> None:
        self._file.close()


def voucher_spool() -> Spool[SourceVoucher]:
    """For the vouchers of a file."""
    return Spool(_packed, _unpacked)


def _packed(item: SourceVoucher) -> tuple[object, ...]:
    lines = [(line.ledger, line.paise) for line in item.lines]
    said = (item.id, item.date, item.type, lines, item.number, item.narration, item.party)
    return (*said, item.instruments, item.row)


def _unpacked(packed: tuple[Any, ...]) -> SourceVoucher:
    name, date, kind, lines, *rest = packed
    return SourceVoucher(name, date, kind, tuple(SourceLine(*line) for line in lines), *rest)
