"""A file that somebody handed over: its bytes in memory or on disk, and the table in it."""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from trust.books.progress import Progress, Tell, untold
from trust.books.pure.csvtext import MAX_BYTES, Unreadable, read_csv
from trust.books.pure.tables import Table
from trust.books.pure.textkinds import text_kind
from trust.books.readers import packed, workbook
from trust.books.readers.choosing import Choice, choose
from trust.books.readers.html import read_html

_HEAD = 65_536
_PART = 1 << 18


@dataclass(frozen=True)
class SourceFile:
    """Bytes, or the path of a file that does not change while it is read.

    `tell` hears how far it is read; `sheet` is the table of a workbook that somebody named.
    """

    source: bytes | Path
    tell: Tell = untold
    sheet: str = ""

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
    def container(self) -> str:
        """What holds the tables: csv, xlsx, ods, xls-html; or what the zip file is instead."""
        if self.head.startswith(b"PK\x03\x04"):
            with self.open() as stream, packed.intact():
                return packed.kind_of(packed.listed(stream))
        return "xls-html" if text_kind(self.head) == "html" else "csv"

    @cached_property
    def tables(self) -> tuple[Table, ...]:
        """Every table in it, read when that is first asked for, and once; raises Unreadable."""
        if self.size > MAX_BYTES:
            raise Unreadable("too-large/split", most=MAX_BYTES // 2**20)
        for known in workbook.CONTAINERS:
            if self.container == known:
                with self.open() as stream, packed.intact():
                    return workbook.read_workbook(stream, known)
        return read_html(self.data) if self.container == "xls-html" else (read_csv(self.data),)

    @cached_property
    def choice(self) -> Choice:
        """Which of the tables is meant; raises Unreadable."""
        return choose(self.tables, self.sheet)

    @property
    def table(self) -> Table:
        """The table that is meant; raises Unreadable."""
        return self.choice.table
