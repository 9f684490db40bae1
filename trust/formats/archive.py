"""The audit package as bytes: a manifest, and a zip that can be written in only one way.

A zip leaves a writer much freedom (times, attributes, order, padding, compression), and bytes that
are free are bytes that nobody checks. Here every header follows from the names and contents alone
(docs/formats.md section 8): stored, `MANIFEST` first, then bytewise order of name, all times 1980,
no extra fields. A reader can therefore write the archive again and compare every byte.

Zip layout: PKWARE APPNOTE 4.3.7 (local header), 4.3.12 (central), 4.3.14-16 (end records).
"""

import re
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise

from trust.formats.errors import FormatError

MANIFEST = "MANIFEST"
FIRST_LINE = b"sakshi-package/1\n"
MAX_MEMBERS = 1_000_000
MAX_BYTES = 2**31

LOCAL = b"PK\x03\x04"
CENTRAL = b"PK\x01\x02"
END = b"PK\x05\x06"
LOCAL_SIZE, CENTRAL_SIZE, END_SIZE = 30, 46, 22

_VERSION, _UTF8, _DATE_1980 = 20, 0x0800, 0x0021
_ZIP64_VERSION, _MANY = 45, 0xFFFF
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){0,4}")
_LINE = re.compile(rb"([0-9a-f]{64})  (0|[1-9][0-9]{0,9})  ([ -~]{1,400})")
_END_LINE = re.compile(rb"end ([0-9a-f]{64})\n")


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the manifest: a member, its length in bytes and its SHA-256 in hex."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Region:
    """A run of bytes of the archive that belongs to one member (or to the end record)."""

    name: str
    part: str  # "header", "content", "directory" or "end"
    start: int
    stop: int


def check_name(name: str) -> None:
    """Refuse names that could leave a folder or be read differently on another system."""
    if not _NAME.fullmatch(name):
        raise FormatError("A name inside a package is plain: letters, digits, '.', '_', '-', '/'.")


def manifest_of(members: Mapping[str, bytes]) -> bytes:
    """The manifest of some members (which must not hold a manifest themselves)."""
    lines = [FIRST_LINE]
    for name in sorted(members, key=str.encode):
        check_name(name)
        if name == MANIFEST:
            raise FormatError("The manifest cannot list itself.")
        content = members[name]
        lines.append(f"{sha256(content).hexdigest()}  {len(content)}  {name}\n".encode())
    above = b"".join(lines)
    return above + f"end {sha256(above).hexdigest()}\n".encode()


def manifest_length(data: bytes) -> int | None:
    """Bytes of the manifest that `data` begins with, or None; the rest of `data` is not read.

    The last line is found by its own form, so the manifest can be read out of an archive whose
    headers cannot be trusted.
    """
    if not data.startswith(FIRST_LINE):
        return None
    at = data.find(b"\nend ")
    found = _END_LINE.match(data, at + 1) if at >= 0 else None
    if found is None or sha256(data[: at + 1]).hexdigest().encode() != found[1]:
        return None
    return found.end()


def parse_manifest(data: bytes) -> tuple[Listed, ...]:
    """Read a manifest; raises FormatError if its own hash or its form is not right."""
    if manifest_length(data) != len(data):
        raise FormatError("The manifest is damaged: the hash in its last line is not its own.")
    rows = data.split(b"\n")[1:-2]
    if len(rows) > MAX_MEMBERS:
        raise FormatError(f"The manifest names more than {MAX_MEMBERS} files.")
    listed = tuple(_listed(row) for row in rows)
    names = [item.name.encode() for item in listed]
    if any(later <= earlier for earlier, later in pairwise(names)):
        raise FormatError("The manifest is not in order of name, or names a file twice.")
    if sum(item.size for item in listed) > MAX_BYTES:
        raise FormatError(f"The manifest names more than {MAX_BYTES} bytes.")
    return listed


def _listed(row: bytes) -> Listed:
    found = _LINE.fullmatch(row)
    if not found:
        raise FormatError("A line of the manifest is not: hash, size, name, with two spaces.")
    name = found[3].decode("ascii")
    check_name(name)
    if name == MANIFEST:
        raise FormatError("The manifest cannot list itself.")
    return Listed(name, int(found[2]), found[1].decode("ascii"))


def pack(members: Mapping[str, bytes]) -> bytes:
    """Write the one archive of these members; the manifest is made here.

    Raises:
        FormatError: a name that is not plain, or more than an archive of this form can hold.
    """
    files = [(MANIFEST, manifest_of(members))]
    files += [(name, members[name]) for name in sorted(members, key=str.encode)]
    if len(files) > MAX_MEMBERS or sum(len(content) for _, content in files) > MAX_BYTES:
        raise FormatError(f"A package holds {MAX_MEMBERS} files and {MAX_BYTES} bytes at most.")
    parts: list[bytes] = []
    directory: list[bytes] = []
    offset = 0
    for name, content in files:
        crc = zlib.crc32(content)
        head = local_header(name, crc, len(content))
        directory.append(central_record(name, crc, len(content), offset))
        parts += (head, content)
        offset += len(head) + len(content)
    length = sum(map(len, directory))
    return b"".join([*parts, *directory, end_records(len(files), length, offset)])


def local_header(name: str, crc: int, size: int) -> bytes:
    """What stands before a member's content."""
    raw = name.encode("ascii")
    return LOCAL + _common(crc, size, raw) + raw


def central_record(name: str, crc: int, size: int, offset: int) -> bytes:
    """What the directory at the end says of a member."""
    raw = name.encode("ascii")
    made_by = struct.pack("<H", _VERSION)
    rest = struct.pack("<HHHII", 0, 0, 0, 0, offset)  # comment, disk, attributes twice, offset
    return CENTRAL + made_by + _common(crc, size, raw) + rest + raw


def _common(crc: int, size: int, raw: bytes) -> bytes:
    return struct.pack(
        "<HHHHHIIIHH", _VERSION, _UTF8, 0, 0, _DATE_1980, crc, size, size, len(raw), 0
    )


def end_records(count: int, length: int, offset: int) -> bytes:
    """The end of the archive; 65,535 members and more need the zip64 records before it."""
    if count < _MANY:
        return END + struct.pack("<HHHHIIH", 0, 0, count, count, length, offset, 0)
    wide = b"PK\x06\x06" + struct.pack(
        "<QHHIIQQQQ", 44, _ZIP64_VERSION, _ZIP64_VERSION, 0, 0, count, count, length, offset
    )
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, offset + length, 1)
    return wide + locator + END + struct.pack("<HHHHIIH", 0, 0, _MANY, _MANY, length, offset, 0)


def regions(manifest: bytes, listed: Sequence[Listed]) -> Iterator[Region]:
    """Where everything stands in the archive that has this manifest, in order and without gaps."""
    files = [(MANIFEST, len(manifest))] + [(item.name, item.size) for item in listed]
    at = 0
    for name, size in files:
        content = at + LOCAL_SIZE + len(name)
        yield Region(name, "header", at, content)
        yield Region(name, "content", content, content + size)
        at = content + size
    start = at
    for name, _ in files:
        stop = at + CENTRAL_SIZE + len(name)
        yield Region(name, "directory", at, stop)
        at = stop
    yield Region("", "end", at, at + len(end_records(len(files), at - start, start)))
