"""The container: what is gone is missing, what is there and other is wrong, byte by byte."""

import io
import random
import shutil
import subprocess
import tracemalloc
import zipfile
import zlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.verify import package, zipread
from audit.verify.package import PLAN, Container, read_archive, read_folder
from audit.verify.report import Report
from audit.verify.zipread import Located
from tests.audit.helpers import rewrite
from trust.formats import archive
from trust.formats.errors import FormatError

MEMBERS = {
    "package.json": b'{"format":"sakshi-package/1"}',
    "log/checkpoint": b"example/coop/a/2026-27\n3\n",
    "log/entries": bytes(range(256)) * 2,
    "openings/1.json": b"{}",
    "openings/10.json": b"",
    "doc/" + "ab" * 32: b"x" * 40,
}


def read(data: bytes) -> tuple[Container, Report]:
    report = Report("a package")
    report.plan(PLAN)
    return read_archive(data, report["container"]), report


def test_written_archive_is_read_back_and_is_a_plain_zip() -> None:
    data = archive.pack(MEMBERS)
    box, report = read(data)
    assert report.exit_code == 0
    assert box.members == MEMBERS
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert other.testzip() is None
        assert other.namelist()[0] == "MANIFEST"
        assert other.namelist()[1:] == sorted(MEMBERS)
        assert other.read("log/entries") == MEMBERS["log/entries"]


def test_packing_does_not_depend_on_the_order_of_the_members() -> None:
    assert archive.pack(dict(reversed(MEMBERS.items()))) == archive.pack(MEMBERS)


def test_every_flipped_byte_is_wrong_and_lies_in_the_member_named() -> None:
    data = archive.pack(MEMBERS)
    manifest = archive.manifest_of(MEMBERS)
    layout = list(archive.regions(manifest, archive.parse_manifest(manifest)))
    assert layout[-1].stop == len(data)
    for region in layout:
        for at in range(region.start, region.stop):
            for mask in (0x01, 0x80, 0x20):
                bad = bytearray(data)
                bad[at] ^= mask
                _, report = read(bytes(bad))
                assert report.exit_code == 1, (at, region)
                named = {found.member for found in report.findings("wrong")}
                assert named == {region.name or "end record"}, (at, region, named)


def test_every_removed_file_is_missing_when_python_writes_the_zip_again() -> None:
    data = archive.pack(MEMBERS)
    for gone in ("MANIFEST", *MEMBERS):
        for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            _, report = read(rewrite(data, gone, method))
            assert report.exit_code == 2, gone
            assert gone in {found.member for found in report.findings("missing")}


@pytest.mark.skipif(shutil.which("zip") is None, reason="the zip tool is not installed")
def test_zip_dash_d_makes_a_file_missing(tmp_path: Path) -> None:
    path = tmp_path / "package.zip"
    for gone in ("log/checkpoint", "package.json", "MANIFEST"):
        path.write_bytes(archive.pack(MEMBERS))
        subprocess.run(["zip", "-q", "-d", str(path), gone], check=True)
        _, report = read(path.read_bytes())
        assert report.exit_code == 2
        assert report.findings("missing")[0].member == gone


def test_a_whole_archive_written_again_is_wrong_though_its_files_are_right() -> None:
    _, report = read(rewrite(archive.pack(MEMBERS), None))
    assert report.exit_code == 1
    assert "written again" in report.findings("wrong")[0].text


def test_an_added_file_is_wrong() -> None:
    target = io.BytesIO(archive.pack(MEMBERS))
    with zipfile.ZipFile(target, "a") as new:
        new.writestr("../../evil", b"x")
    _, report = read(target.getvalue())
    assert report.exit_code == 1
    assert report.findings("wrong")[0].member == "../../evil"


def test_what_is_no_package_is_unreadable() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as new:
        new.writestr("hello.txt", "hello")
    for data in (
        b"",
        b"P",
        b"hello",
        b"\x00" * 5000,
        other.getvalue(),
        b"PK\x03\x04",
        b"PK\x05\x06",
    ):
        box, report = read(data)
        assert report.exit_code == 2
        assert not box.readable


def test_every_truncation_is_refused() -> None:
    data = archive.pack(MEMBERS)
    manifest = archive.manifest_of(MEMBERS)
    directory = next(
        region.start
        for region in archive.regions(manifest, archive.parse_manifest(manifest))
        if region.part == "directory"
    )
    for length in range(len(data)):
        _, report = read(data[:length])
        assert report.exit_code in (1, 2), length
        if len(manifest) + 38 <= length < directory - 1:
            assert report.exit_code == 2, length


@given(st.integers(0, 10_000), st.binary(max_size=6), st.integers(0, 6))
@settings(max_examples=300, deadline=None)
def test_bytes_put_in_or_cut_out_are_refused(at: int, put: bytes, cut: int) -> None:
    data = archive.pack(MEMBERS)
    at %= len(data)
    bad = data[:at] + put + data[at + cut :]
    _, report = read(bad)
    assert (report.exit_code == 0) == (bad == data)


@given(st.binary(max_size=400), st.randoms())
@settings(max_examples=200, deadline=None)
def test_rubbish_never_crashes_the_reader(noise: bytes, rng: random.Random) -> None:
    data = archive.pack(MEMBERS)
    pieces = [data[:200], noise, data[-180:], b"PK\x01\x02", b"PK\x03\x04", b"PK\x06\x06" + noise]
    rng.shuffle(pieces)
    _, report = read(b"".join(pieces))
    assert report.exit_code in (1, 2)


def test_a_bomb_is_not_unpacked_further_than_the_manifest_says() -> None:
    bomb = zlib.compressobj(9, wbits=-15)
    packed = bomb.compress(b"\0" * 50_000_000) + bomb.flush()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("MANIFEST", archive.manifest_of(MEMBERS))
        for name, content in MEMBERS.items():
            new.writestr(name, content if name != "openings/1.json" else b"\0" * 50_000_000)
    assert len(packed) < 100_000
    box, report = read(target.getvalue())
    assert report.exit_code == 1
    assert len(box.members["openings/1.json"]) == 3


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_file_named_many_times_is_unpacked_once_at_a_time() -> None:
    size, copies = 4_000_000, 60
    members = {**MEMBERS, "doc/" + "cd" * 32: bytes(size)}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("MANIFEST", archive.manifest_of(members))
        for name, content in members.items():
            for copy in range(copies if len(content) == size else 1):
                new.writestr(
                    name, content[:-1] + bytes([copy + 1]) if len(content) == size else content
                )
    data = target.getvalue()
    assert len(data) < 1_000_000
    assert max(len(found) for found in zipread.locate(data).places.values()) <= 8
    tracemalloc.start()
    _, report = read(data)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert report.exit_code == 1
    assert peak < 6 * size


def test_a_manifest_is_not_unpacked_further_than_any_can_be_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        new.writestr("MANIFEST", bytes(9_000_000))
    unpack, lengths = Located.content, []

    def content(place: Located, data: bytes, limit: int) -> bytes | None:
        found = unpack(place, data, limit)
        lengths.append((limit, len(found or b"")))
        return found

    monkeypatch.setattr(Located, "content", content)
    monkeypatch.setattr(package, "_MAX_MANIFEST", 1_000_000)
    _, report = read(target.getvalue())
    assert report.exit_code == 1 and lengths
    assert all(found == (1_000_000, 1_000_001) for found in lengths)


@pytest.mark.parametrize(
    "name", ["../a", "/a", "a//b", "a\\b", "C:a", "a/../b", ".a", "a\nb", "", "a" * 200, "ä"]
)
def test_names_that_could_leave_a_folder_are_refused(name: str) -> None:
    with pytest.raises(FormatError):
        archive.pack({name: b""})


@pytest.mark.parametrize("size", ["99999999999", "-1", "01", "9" * 400, "9999999999"])
def test_absurd_sizes_in_a_manifest_are_refused(size: str) -> None:
    from hashlib import sha256

    above = archive.FIRST_LINE + f"{'0' * 64}  {size}  a\n".encode()
    manifest = above + f"end {sha256(above).hexdigest()}\n".encode()
    with pytest.raises(FormatError):
        archive.parse_manifest(manifest)


def test_a_folder_is_read_like_an_archive() -> None:
    report = Report("a folder")
    report.plan(PLAN)
    files = {"MANIFEST": archive.manifest_of(MEMBERS), **MEMBERS}
    assert read_folder(files, report["container"]).members == MEMBERS
    assert report.exit_code == 0
    for change, code in (
        ({"log/entries": b"other"}, 1),
        ({"more": b""}, 1),
        ({"log/entries": None}, 2),
        ({"MANIFEST": None}, 2),
        ({"MANIFEST": files["MANIFEST"][:-2] + b"0\n"}, 1),
    ):
        report = Report("a folder")
        report.plan(PLAN)
        changed = {name: body for name, body in (files | change).items() if body is not None}
        read_folder(changed, report["container"])
        assert report.exit_code == code, change


@pytest.mark.slow
def test_seventy_thousand_members_need_zip64_and_stay_readable() -> None:
    members = {f"openings/{index}.json": b"" for index in range(70_000)}
    data = archive.pack(members)
    box, report = read(data)
    assert report.exit_code == 0
    assert len(box.members) == 70_000
    with zipfile.ZipFile(io.BytesIO(data)) as other:
        assert len(other.namelist()) == 70_001
