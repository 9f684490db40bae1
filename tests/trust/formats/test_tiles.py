"""Tiles: real logs of two other implementations, paths, and growth in any batch sizes."""

import base64
import time
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import merkle, tiles
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.errors import FormatError
from trust.formats.notes import parse_note
from trust.formats.tiles import BundleRef, TileRef

LEAVES = [merkle.leaf_hash(b"%d" % i) for i in range(70_000)]


def from_scratch(leaves: list[bytes]) -> dict[tuple[int, int], bytes]:
    """All tiles of a tree, straight from the definition."""
    out: dict[tuple[int, int], bytes] = {}
    level, row = 0, leaves
    while row:
        for n in range(0, len(row), 256):
            out[(level, n // 256)] = b"".join(row[n : n + 256])
        row = [merkle.root_of(row[n : n + 256]) for n in range(0, len(row) - len(row) % 256, 256)]
        level += 1
    return out


FULL_TILES = from_scratch(LEAVES)


def fetch(ref: TileRef) -> bytes:
    return FULL_TILES[(ref.level, ref.n)][: ref.width * 32]


def edge_of(size: int) -> dict[int, bytes]:
    return {ref.level: fetch(ref) for ref in tiles.tiles_at(size) if ref.width < 256}


def test_the_example_of_the_specification() -> None:
    refs = tiles.tiles_at(70_000)
    partial = [ref for ref in refs if ref.width < 256]
    assert partial == [TileRef(0, 273, 112), TileRef(1, 1, 17), TileRef(2, 0, 1)]
    assert len(refs) == 273 + 1 + 3
    assert tiles.tile_path(0, 1_234_067) == "tile/0/x001/x234/067"
    assert tiles.tile_path(2, 0, 1) == "tile/2/000.p/1"
    assert tiles.bundle_path(1067, 5) == "tile/entries/x001/067.p/5"
    assert tiles.tiles_at(0) == [] and tiles.bundles_at(0) == []
    assert tiles.tiles_at(256) == [TileRef(0, 0, 256), TileRef(1, 0, 1)]
    assert tiles.bundles_at(300) == [BundleRef(0, 256), BundleRef(1, 44)]


@given(st.integers(0, 63), st.integers(0, 2**55 - 1), st.integers(1, 256))
def test_paths_read_back(level: int, n: int, width: int) -> None:
    for ref in (TileRef(level, n, width), BundleRef(n, width)):
        assert tiles.parse_path(ref.path) == ref


@pytest.mark.parametrize(
    "path",
    [
        "", "tile/0/", "tile/0/0", "tile/0/00", "tile/0/0000", "tile/00/000", "tile/64/000",
        "tile/0/x000/000", "tile/0/001/067", "tile/0/x001/x067", "tile/0/000.p/0",
        "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.p/", "tile/0/000.p/1 ", "/tile/0/000",
        "tile/0/000\n", "tile/entries/000.p/0", "tile/data/000", "tile/8/0/000", "tile/-1/000",
        "tile/0/٠٠٠", "tile/0/x999/x999/x999/x999/x999/x999/999",
    ],
)  # fmt: skip
def test_other_spellings_of_a_path_are_refused(path: str) -> None:
    with pytest.raises(FormatError):
        tiles.parse_path(path)


def test_references_out_of_range_have_no_path() -> None:
    for ref in (TileRef(64, 0, 1), TileRef(-1, 0, 1), TileRef(0, -1, 1), TileRef(0, 0, 0)):
        with pytest.raises(FormatError):
            assert ref.path
    with pytest.raises(FormatError):
        tiles.bundle_path(2**60)


@given(st.integers(0, 70_000))
def test_widths_and_lists_agree(size: int) -> None:
    refs = tiles.tiles_at(size)
    for ref in refs[:3] + refs[-5:]:
        assert tiles.width_of(ref.level, ref.n, size) == ref.width
        assert tiles.width_of(ref.level, (size >> 8 * ref.level) // 256 + 1, size) == 0
    assert sum(ref.width for ref in refs if ref.level == 0) == size
    assert sum(ref.width for ref in tiles.bundles_at(size)) == size


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_bundles_read_back(entries: list[bytes]) -> None:
    data = tiles.encode_bundle(entries)
    assert tiles.decode_bundle(data, len(entries)) == entries
    for bad, count in ((data, len(entries) + 1), (data + b"\0", len(entries))):
        with pytest.raises(FormatError):
            tiles.decode_bundle(bad, count)
    if data:
        with pytest.raises(FormatError):
            tiles.decode_bundle(data[:-1], len(entries))


def test_bundle_limits() -> None:
    longest = b"x" * 65_535
    assert tiles.decode_bundle(tiles.encode_bundle([longest]), 1) == [longest]
    with pytest.raises(FormatError):
        tiles.encode_bundle([longest + b"x"])
    with pytest.raises(FormatError):
        tiles.encode_bundle([b""] * 257)


@given(st.data())
def test_growing_in_any_batches_equals_from_scratch(data: st.DataObject) -> None:
    size = data.draw(st.integers(0, 1500))
    edge = edge_of(size)
    stored = {(ref.level, ref.n): fetch(ref) for ref in tiles.tiles_at(size)}
    for batch in data.draw(st.lists(st.integers(0, 700), max_size=5)):
        grown = tiles.extend(size, edge, LEAVES[size : size + batch])
        size += batch
        assert grown.size == size
        assert grown.root == merkle.root_of(LEAVES[:size])
        assert bool(grown.tiles) == bool(batch)
        for key, content in grown.tiles.items():
            assert content.startswith(stored.get(key, b"")), "a tile only grows"
        stored |= grown.tiles
        edge = {level: stored.get((level, (size >> 8 * level) // 256), b"") for level in range(8)}
    assert stored == {(ref.level, ref.n): fetch(ref) for ref in tiles.tiles_at(size)}


def test_growing_across_the_second_level() -> None:
    stored: dict[tuple[int, int], bytes] = {}
    size = 0
    for batch in (1, 255, 256, 65_023, 1, 1, 4463):
        grown = tiles.extend(size, edge_of(size), LEAVES[size : size + batch])
        size, stored = grown.size, stored | grown.tiles
        assert grown.root == merkle.root_of(LEAVES[:size])
    assert size == 70_000
    assert stored == FULL_TILES


def test_an_edge_of_another_size_is_refused() -> None:
    for size, edge in (
        (5, {}),
        (5, {0: b"x" * 128}),
        (256, {}),
        (256, {0: b"x" * 32, 1: b"x" * 32}),
        (0, {0: b"x" * 32}),
        (0, {3: b"x"}),
        (-1, {}),
    ):
        with pytest.raises(FormatError):
            tiles.extend(size, edge, LEAVES[:1])
    with pytest.raises(FormatError):
        tiles.extend(0, {}, [b"short"])


def test_reader_builds_proofs_from_tiles() -> None:
    for size in (1, 2, 255, 256, 257, 65_536, 65_537, 70_000):
        fetched: list[TileRef] = []

        def counting(ref: TileRef, seen: list[TileRef] = fetched) -> bytes:
            seen.append(ref)
            return fetch(ref)

        reader = tiles.TileReader(size, counting)
        root = merkle.root_from_nodes(size, reader.node)
        assert root == merkle.root_of(LEAVES[:size])
        for index in {0, size // 2, size - 1}:
            path = merkle.build_inclusion(index, size, reader.node)
            merkle.verify_inclusion(reader.leaf(index), index, size, path, root)
        for old in {1, size // 3 + 1, size}:
            proof = merkle.build_consistency(old, size, reader.node)
            merkle.verify_consistency(old, size, merkle.root_of(LEAVES[:old]), root, proof)
        assert len(fetched) == len(set(fetched)), "a tile is fetched once"


def test_reader_refuses_nodes_outside_and_tiles_of_wrong_length() -> None:
    reader = tiles.TileReader(300, fetch)
    for level, index in ((0, 300), (8, 1), (9, 0), (-1, 0), (0, -1)):
        with pytest.raises(FormatError):
            reader.node(level, index)
    for wrong in (lambda ref: fetch(ref)[:-1], lambda ref: fetch(ref) + b"\0" * 32):
        with pytest.raises(FormatError):
            tiles.TileReader(300, wrong).node(0, 299)


def resources(vectors: Any) -> dict[str, bytes]:
    return {path: base64.b64decode(data) for path, data in vectors["resources_base64"].items()}


def check_against(files: dict[str, bytes], size: int, root: bytes) -> None:
    """Every tile of the foreign log at this size is what we would have written."""
    reader = tiles.TileReader(size, lambda ref: files[ref.path])
    assert merkle.root_from_nodes(size, reader.node) == root
    leaves = [reader.leaf(i) for i in range(size)]
    grown = tiles.extend(0, {}, leaves)
    assert grown.root == root
    for ref in tiles.tiles_at(size):
        assert grown.tiles[(ref.level, ref.n)] == files[ref.path]


def test_tessera_log_of_every_size(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-testlog")
    files = resources(vectors)
    entries = [leaf.encode() for leaf in vectors["leaves_utf8"]]
    seen = set()
    for text, note in vectors["checkpoints_by_size"].items():
        checkpoint = parse_checkpoint(parse_note(note).text)
        size = int(text)
        assert checkpoint.size == size
        check_against(files, size, checkpoint.root)
        for ref in tiles.bundles_at(size):
            assert tiles.encode_bundle(entries[:size]) == files[ref.path]
            assert tiles.decode_bundle(files[ref.path], ref.width) == entries[:size]
            seen.add(ref.path)
        seen |= {ref.path for ref in tiles.tiles_at(size)}
    assert seen == set(files), "every file of the foreign log was compared"


def test_sunlight_mirror(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-sunlight-mirror300")
    checkpoint = parse_checkpoint(parse_note(vectors["checkpoint"]).text)
    check_against(resources(vectors), 300, checkpoint.root)


def test_tessera_cosigned_log(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-cosigned350")
    files = resources(vectors)
    checkpoint = parse_checkpoint(parse_note(vectors["checkpoint"]).text)
    check_against(files, checkpoint.size, checkpoint.root)
    entries = [
        entry
        for ref in tiles.bundles_at(checkpoint.size)
        for entry in tiles.decode_bundle(files[ref.path], ref.width)
    ]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    assert merkle.root_of(leaves) == checkpoint.root
    reader = tiles.TileReader(checkpoint.size, lambda ref: files[ref.path])
    for vector in vectors["consistency_proofs_to_350"]:
        old, old_root = vector["old"], base64.b64decode(vector["old_root"])
        theirs = [base64.b64decode(part) for part in vector["proof"]]
        assert merkle.build_consistency(old, checkpoint.size, reader.node) == theirs
        assert merkle.root_of(leaves[:old]) == old_root
        merkle.verify_consistency(old, checkpoint.size, old_root, checkpoint.root, theirs)


def test_growth_is_fast_enough() -> None:
    """Bulk import needs 20,000 entries a second in all; hashing must not be what limits it."""
    leaves = [sha256(b"%d" % i).digest() for i in range(65_536)]
    best = 0.0
    for _ in range(3):
        began = time.perf_counter()
        tiles.extend(0, {}, leaves)
        best = max(best, len(leaves) / (time.perf_counter() - began))
    assert best > 250_000, f"only {best:.0f} leaves a second"
