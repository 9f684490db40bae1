"""The container of an audit package: an archive or a folder in, its files and findings out.

The manifest decides. If its own hash is right, every other byte of the archive follows from it and
the contents (`trust/formats/archive.py`), and a differing byte lies in a member that can be named.
If the length is another than the manifest demands, some program took the archive apart; then the
files are looked for one by one: a file that neither a header nor the directory names is *missing*,
one that is there but does not fit the manifest is *wrong*.

Nothing is ever written to a disk here, so no name in an archive can lead outside a folder; sizes
are bounded by the manifest before anything is unpacked.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256

from audit.verify.report import Check
from audit.verify.zipread import Located, locate
from trust.formats import archive
from trust.formats.archive import MANIFEST, Listed, Region
from trust.formats.errors import FormatError

PLAN = (("container", "Every file the manifest names is here, unchanged, and nothing else is."),)

_MAX_MANIFEST = 200_000_000
"""Bytes of a manifest that a million files with usual names stay below."""


@dataclass(slots=True)
class Container:
    """What could be read: the manifest's lines and the files, damaged ones included."""

    listed: tuple[Listed, ...] = ()
    members: dict[str, bytes] = field(default_factory=dict)
    readable: bool = False


def read_archive(data: bytes, check: Check) -> Container:
    """Read the bytes of a package file; what is not right goes to `check`."""
    if len(data) > archive.MAX_BYTES + archive.MAX_MEMBERS * 1024:
        check.missing("This file is larger than any package may be; it was not read.")
        return Container()
    found = _find_manifest(data, check)
    if found is None:
        return Container()
    manifest, listed = found
    layout = list(archive.regions(manifest, listed))
    if layout[-1].stop == len(data):
        return _read_in_place(data, manifest, listed, layout, check)
    return _read_rewritten(data, manifest, listed, layout, check)


def read_folder(files: Mapping[str, bytes], check: Check) -> Container:
    """Read the same files from a folder (names with '/', contents)."""
    manifest = files.get(MANIFEST)
    if manifest is None:
        check.missing("There is no file MANIFEST here: this is not an audit package.")
        return Container()
    listed = _parse(manifest, check)
    if listed is None:
        return Container()
    box = Container(listed, {}, True)
    for item in listed:
        content = files.get(item.name)
        if content is None:
            _missing(item.name, check)
        else:
            _take(box, item, content, check)
    _extra(set(files) - {item.name for item in listed} - {MANIFEST}, check)
    return box


def _find_manifest(data: bytes, check: Check) -> tuple[bytes, tuple[Listed, ...]] | None:
    """The manifest from its fixed place, else from wherever a zip tool has put it."""
    start = archive.LOCAL_SIZE + len(MANIFEST)
    head = data[start:]
    length = archive.manifest_length(head)
    if length is not None:
        manifest = head[:length]
        listed = _parse(manifest, check)
        return None if listed is None else (manifest, listed)
    places = locate(data).places.get(MANIFEST, [])
    for place in places:
        content = place.content(data, _MAX_MANIFEST)
        if content is not None and archive.manifest_length(content) == len(content):
            listed = _parse(content, check)
            return None if listed is None else (content, listed)
    if places or head.startswith(archive.FIRST_LINE):
        check.wrong(
            "The MANIFEST of this package is damaged: the hash in its last line is not that of the "
            "lines above it. Nothing in the package can be trusted; ask for a new copy.",
            member=MANIFEST,
        )
    elif data.startswith(archive.LOCAL) or archive.END in data[-70_000:]:
        check.missing(
            "This zip holds no file MANIFEST: it was removed, or this is not an audit package.",
            member=MANIFEST,
        )
    else:
        check.missing(
            "This is not an audit package: the file is empty, cut off at the beginning, or "
            "something else."
        )
    return None


def _parse(manifest: bytes, check: Check) -> tuple[Listed, ...] | None:
    try:
        return archive.parse_manifest(manifest)
    except FormatError as error:
        check.wrong(str(error), member=MANIFEST)
        return None


def _read_in_place(
    data: bytes, manifest: bytes, listed: tuple[Listed, ...], layout: list[Region], check: Check
) -> Container:
    """The length is right: take each file from its place and compare every other byte."""
    box = Container(listed, {}, True)
    by_name = {item.name: item for item in listed}
    crcs: dict[str, int | None] = {MANIFEST: zlib.crc32(manifest)}
    sizes = {MANIFEST: len(manifest)} | {item.name: item.size for item in listed}
    starts: dict[str, int] = {}
    for region in layout:
        if region.part == "header":
            starts[region.name] = region.start
        elif region.part == "content" and region.name in by_name:
            content = data[region.start : region.stop]
            right = _take(box, by_name[region.name], content, check)
            # The checksum of a content that is gone is not known: its headers are left alone.
            crcs[region.name] = zlib.crc32(content) if right else None
    damaged: list[Region] = []
    for region in layout:
        want = _expected(region, crcs, sizes, starts, layout)
        if want is not None and data[region.start : region.stop] != want:
            damaged.append(region)
    if len(damaged) > len(sizes) and None not in crcs.values():
        _rewritten(data, box, layout, check)
    else:
        for region in damaged:
            _damaged_header(region, check)
    return box


def _expected(
    region: Region,
    crcs: dict[str, int | None],
    sizes: dict[str, int],
    starts: dict[str, int],
    layout: list[Region],
) -> bytes | None:
    """The bytes that must stand in a header, directory line or end record, if they are known."""
    if region.part == "end":
        first = layout[2 * len(sizes)].start
        return archive.end_records(len(sizes), region.start - first, first)
    crc = crcs[region.name]
    if region.part == "content" or crc is None:
        return None
    if region.part == "header":
        return archive.local_header(region.name, crc, sizes[region.name])
    return archive.central_record(region.name, crc, sizes[region.name], starts[region.name])


def _damaged_header(region: Region, check: Check) -> None:
    if region.part == "end":
        check.wrong(
            "The end record of the archive is damaged. The files themselves can be read, but this "
            "is not the archive that was written; ask for a new copy.",
            member="end record",
        )
        return
    where = "the header before" if region.part == "header" else "the directory line of"
    check.wrong(
        f"A byte in {where} {region.name} is not what it must be: the archive was damaged or "
        "altered there. Ask for a new copy.",
        member=region.name,
    )


def _read_rewritten(
    data: bytes, manifest: bytes, listed: tuple[Listed, ...], layout: list[Region], check: Check
) -> Container:
    """The length is another one: find each file wherever it is now."""
    box = Container(listed, {}, True)
    found_in = locate(data)
    before = len(check.findings) + check.dropped
    for item in listed:
        found = found_in.places.get(item.name)
        if not found:
            _missing(item.name, check)
        else:
            _take_from(box, item, found, data, check)
    _extra(found_in.named - {item.name for item in listed} - {MANIFEST}, check)
    if len(check.findings) + check.dropped == before:
        _rewritten(data, box, layout, check)
    return box


def _rewritten(data: bytes, box: Container, layout: list[Region], check: Check) -> None:
    check.wrong(
        "All files are right, but the archive around them was written again by another program, "
        f"or bytes were added or cut off: {_first_difference(data, box, layout)}. "
        "Unpack it and verify the folder, or ask for a new copy."
    )


def _take_from(
    box: Container, item: Listed, places: list[Located], data: bytes, check: Check
) -> None:
    """Take a file from the first place that has what the manifest names, or report damage."""
    readable = None
    for place in places:  # one content at a time: the archive may name a file many times
        content = place.content(data, item.size)
        if content is not None and _fits(item, content):
            _take(box, item, content, check)
            return
        readable = content if readable is None else readable
    if all(place.cut_off for place in places):
        check.missing(
            f"The archive breaks off inside {item.name}: only a part of the file is here.",
            member=item.name,
        )
    else:
        _take(box, item, readable or b"", check)


def _first_difference(data: bytes, box: Container, layout: list[Region]) -> str:
    whole = archive.pack(box.members)
    at = next(
        (i for i, (one, two) in enumerate(zip(data, whole, strict=False)) if one != two),
        min(len(data), len(whole)),
    )
    region = next((one for one in layout if one.start <= at < one.stop), layout[-1])
    where = f"{region.part} of {region.name}" if region.name else "end record"
    return f"the first other byte is at {at}, in the {where}"


def _fits(item: Listed, content: bytes) -> bool:
    return len(content) == item.size and sha256(content).hexdigest() == item.digest


def _take(box: Container, item: Listed, content: bytes, check: Check) -> bool:
    """Keep a file; say so if it is not the one the manifest names."""
    box.members[item.name] = content
    if _fits(item, content):
        check.ok()
        return True
    check.wrong(
        f"The file {item.name} was damaged or altered: its SHA-256 is not the one the manifest "
        f"gives, {item.digest}.",
        member=item.name,
    )
    return False


def _missing(name: str, check: Check) -> None:
    check.missing(
        f"The manifest names the file {name}, but it is not here. Without it the package cannot "
        "be verified; ask for a complete copy.",
        member=name,
    )


def _extra(names: set[str], check: Check) -> None:
    for name in sorted(names)[:20]:
        shown = name if name.isascii() and name.isprintable() else ascii(name)
        check.wrong(
            f"The package holds a file {shown[:200]} that the manifest does not name: it was added "
            "later and proves nothing.",
            member=shown[:200],
        )
