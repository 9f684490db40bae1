"""A file that somebody handed over: its bytes in memory or on disk, and the table in it."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from trust.books.progress import Progress, Tell, untold
from trust.books.pure.csvtext import read_csv
from trust.books.pure.tables import Table

_HEAD = 65_536
_PART = 1 << 18


@dataclass(frozen=True)
class SourceFile:
    """Bytes, or the path of a file that does not change while it is read.

    `tell` hears how far it is read.
    """

    source: bytes | Path
    tell: Tell = untold

    def open(self) -> BinaryIO:
        """The bytes from the first on."""
        if isinstance(self.source, bytes):
            return io.BytesIO(self.source)
        return self.source.open("rb")

    def parts(self) -> Iterator[bytes]:
        """The bytes from the first on, part by part, each told of."""
        done = 0
        with self.open() as stream:
            while part := stream.read(_PART):
                done += len(part)
                self.tell(Progress("reading", done, self.size))
                yield part

    @cached_property
    def size(self) -> int:
        return len(self.source) if isinstance(self.source, bytes) else self.source.stat().st_size

    @cached_property
    def sha256(self) -> str:
        """Hex, over all bytes."""
        digest = hashlib.sha256()
        with self.open() as stream:
            while part := stream.read(_PART):
                digest.update(part)
        return digest.hexdigest()

    @cached_property
    def head(self) -> bytes:
        """The first bytes, for telling what the file is."""
        with self.open() as stream:
            return stream.read(_HEAD)

    @property
    def data(self) -> bytes:
        """All bytes in memory."""
        return self.source if isinstance(self.source, bytes) else self.source.read_bytes()

    @cached_property
    def table(self) -> Table:
        """The table in it, read when that is first asked for, and once; raises Unreadable."""
        return read_csv(self.data)
