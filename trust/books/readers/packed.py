"""A zip file that somebody else made, opened within bounds.

What stands in the list of a zip file is a claim. Every part is unpacked once and thrown away, to
see that it is as long as it says, before anything reads it: a part that unpacks to gigabytes, two
parts of one name, or more parts than a workbook has are refused.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from trust.books.pure.csvtext import Unreadable

MAX_PACKED = 64 * 1024 * 1024
MAX_UNPACKED = 512 * 1024 * 1024
MAX_ENTRIES = 2_000
MAX_RATIO = 300
_RATIO_FROM = 8 * 1024 * 1024
_LOCAL = struct.Struct("<26xHH")
_PART = 1 << 18
_BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, OSError, ValueError, KeyError, EOFError,
           RuntimeError)  # fmt: skip
"""What the library raises for a file that is not what it says; of these are the subclasses too."""
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def intact() -> Iterator[None]:
    """Whatever is damaged inside a zip file is told in one way: Unreadable."""
    try:
        yield
    except Unreadable:
        raise
    except _BROKEN:
        raise Unreadable("broken/zip") from None


@dataclass(frozen=True, slots=True)
class Packed:
    """An open zip file whose parts are what its list says."""

    archive: zipfile.ZipFile
    names: tuple[str, ...]

    def open(self, name: str) -> BinaryIO:
        """The bytes of a part; raises Unreadable if it is not there."""
        if name not in self.names:
            raise Unreadable("broken/workbook", why=f"{name[:80]} is missing")
        return self.archive.open(name)  # type: ignore[return-value]

    def starts_with(self, folder: str) -> bool:
        """Whether a part stands in the folder."""
        return any(name.startswith(folder) for name in self.names)


def listed(stream: BinaryIO) -> Packed:
    """The list of a zip file, not yet checked, for telling what it is; call it within `intact`."""
    archive = zipfile.ZipFile(stream)
    return Packed(archive, tuple(info.filename for info in archive.infolist()[: MAX_ENTRIES + 1]))


def kind_of(packed: Packed) -> str:
    """What a zip file is by the names of its parts."""
    names = packed.names
    if "xl/workbook.bin" in names:
        return "xlsb"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "content.xml" in names and "mimetype" in names:
        with packed.archive.open("mimetype") as stream:
            return "ods" if b"spreadsheet" in stream.read(200) else "word"
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        return "word"
    return "zip"


def check(packed: Packed, stream: BinaryIO) -> None:
    """Unpack every part once within bounds.

    Raises:
        Unreadable: too many or too large, packed beyond all measure, locked, two of one name, or
            not as the list says.
    """
    infos = packed.archive.infolist()
    if len(infos) > MAX_ENTRIES or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise Unreadable("too-large/unpacked", most=MAX_UNPACKED // 2**20)
    if any(info.flag_bits & 1 for info in infos):
        raise Unreadable("not-a-book/encrypted")
    if len({info.filename for info in infos}) < len(infos):
        raise Unreadable("broken/zip")
    for info in infos:
        if info.file_size > max(_RATIO_FROM, MAX_RATIO * info.compress_size):
            raise Unreadable("too-large/unpacked", most=MAX_UNPACKED // 2**20)
        if info.compress_type not in _PLAIN or _length(info, stream) != info.file_size:
            raise Unreadable("broken/zip")


def _length(info: zipfile.ZipInfo, stream: BinaryIO) -> int:
    """How many bytes a part unpacks to; -1 as soon as it is other than its list says."""
    stream.seek(info.header_offset)
    head = stream.read(30)
    if len(head) < 30:
        return -1
    stream.seek(sum(_LOCAL.unpack(head)), 1)
    if info.compress_type == zipfile.ZIP_STORED:
        return info.compress_size if info.compress_size == info.file_size else -1
    unpack, left, length = zlib.decompressobj(-zlib.MAX_WBITS), info.compress_size, 0
    try:
        while left and not unpack.eof:
            part = stream.read(min(left, _PART))
            if not part:
                return -1
            left -= len(part)
            while part and length <= info.file_size:
                length += len(unpack.decompress(part, _PART))
                part = unpack.unconsumed_tail
            if length > info.file_size:
                return -1
    except zlib.error:
        return -1
    return length if unpack.eof and not left else -1
