"""Finding files in a zip that some other program has written again, or that is damaged.

Used only to say what is missing and what is wrong; nothing found here is believed until it has the
SHA-256 the manifest demands. Reads the central directory if it can, and besides looks for local
headers by their mark, so that a file counts as missing only when neither names it. Methods: stored
and deflated, the latter unpacked no further than the size the manifest gives (no zip bombs).
"""

import re
import struct
import zlib
from dataclasses import dataclass

from trust.formats.archive import CENTRAL, CENTRAL_SIZE, END, END_SIZE, LOCAL, LOCAL_SIZE

_STORED, _DEFLATED = 0, 8
_MAX_RECORDS = 1_100_000
_MAX_NAME = 1024
_MAX_PLACES = 4
"""Places looked at for one name, of the directory and of the headers each."""
_UNKNOWN = 0xFFFFFFFF
_LOCAL_MARK = re.compile(re.escape(LOCAL))


@dataclass(frozen=True, slots=True)
class Located:
    """Where a content may begin, how it is packed and how long it is packed."""

    start: int
    method: int
    packed: int
    cut_off: bool

    def content(self, data: bytes, limit: int) -> bytes | None:
        """The unpacked bytes, at most one more than `limit`; None if they cannot be unpacked."""
        raw = data[self.start : self.start + self.packed]
        if self.method == _STORED:
            return raw[: limit + 1]
        if self.method != _DEFLATED:
            return None
        try:
            return zlib.decompressobj(-15).decompress(raw, limit + 1)
        except zlib.error:
            return None


@dataclass(frozen=True, slots=True)
class Places:
    """Where each name may stand, and the names the archive itself declares."""

    places: dict[str, list[Located]]
    named: set[str]


def locate(data: bytes) -> Places:
    """Every name that the directory or a local header gives, with the places it may stand at.

    With a directory only its names are declared: the mark of a header inside some content is then
    no file of its own.
    """
    found: dict[str, list[Located]] = {}
    for name, place in _from_directory(data):
        _add(found, name, place, _MAX_PLACES)
    named = set(found)
    for match in _LOCAL_MARK.finditer(data):
        read = _local(data, match.start())
        if read is not None:
            _add(found, *read, 2 * _MAX_PLACES)
    return Places(found, named or set(found))


def _add(found: dict[str, list[Located]], name: str, place: Located, limit: int) -> None:
    """Note a place, unless there are so many of that name that somebody only wastes our time."""
    known = found.setdefault(name, [])
    if place not in known and len(known) < limit:
        known.append(place)


def _local(data: bytes, at: int) -> tuple[str, Located] | None:
    if at + LOCAL_SIZE > len(data):
        return None
    flags, method = struct.unpack_from("<HH", data, at + 6)
    packed, _size, name_length, extra = struct.unpack_from("<IIHH", data, at + 18)
    if not 0 < name_length <= _MAX_NAME or at + LOCAL_SIZE + name_length > len(data):
        return None
    start = at + LOCAL_SIZE + name_length + extra
    if flags & 0x08 or packed == _UNKNOWN:
        return None  # lengths stand after the content; the directory has them
    name = _name(data[at + LOCAL_SIZE : at + LOCAL_SIZE + name_length])
    return name, Located(start, method, packed, start + packed > len(data))


def _from_directory(data: bytes) -> list[tuple[str, Located]]:
    """The records of the central directory, as far as they can be followed."""
    end = data.rfind(END, max(0, len(data) - 66_000))
    if end < 0 or end + END_SIZE > len(data):
        return []
    length, offset = struct.unpack_from("<II", data, end + 12)
    # Bytes may have been put before the archive or taken from it: the directory ends at the end
    # record, or at the zip64 records before it.
    for at in (offset, end - length):
        if 0 <= at < end and data.startswith(CENTRAL, at):
            return _records(data, at, end)
    wide = data.rfind(b"PK\x06\x06", max(0, end - 200), end)
    if wide >= 0 and wide + 56 <= len(data):
        at = struct.unpack_from("<Q", data, wide + 48)[0]
        if at < wide and data.startswith(CENTRAL, at):
            return _records(data, at, wide)
    return []


def _records(data: bytes, at: int, end: int) -> list[tuple[str, Located]]:
    found: list[tuple[str, Located]] = []
    while data.startswith(CENTRAL, at) and at + CENTRAL_SIZE <= end and len(found) < _MAX_RECORDS:
        method = struct.unpack_from("<H", data, at + 10)[0]
        packed, _size, name_length, extra, comment = struct.unpack_from("<IIHHH", data, at + 20)
        local = struct.unpack_from("<I", data, at + 42)[0]
        name = _name(data[at + CENTRAL_SIZE : at + CENTRAL_SIZE + name_length])
        found.append((name, _behind_local(data, local, method, packed)))
        at += CENTRAL_SIZE + name_length + extra + comment
    return found


def _behind_local(data: bytes, local: int, method: int, packed: int) -> Located:
    """The content behind a local header, which has its own lengths of name and extra field."""
    if local + LOCAL_SIZE > len(data):
        return Located(len(data), method, packed, True)
    name_length, extra = struct.unpack_from("<HH", data, local + 26)
    start = local + LOCAL_SIZE + name_length + extra
    return Located(start, method, packed, start + packed > len(data))


def _name(raw: bytes) -> str:
    return raw.decode("utf-8", "backslashreplace")
