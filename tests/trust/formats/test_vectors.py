"""Every shared vector of the log is read by a test: a file added there cannot be forgotten."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from trust.formats import merkle
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import SignatureError
from trust.formats.notes import VerifierKey, parse_note, verifier_key
from trust.formats.witness import read_request

TOLD = {"about", "sources"}
"""Members that say where a file comes from."""
_READ = re.compile(r"log_vectors\(\"([^\"]+)\"\)")


def readers() -> dict[str, str]:
    """For each vector file the source of the test modules that read it."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        source = path.read_text("utf-8")
        for name in set(_READ.findall(source)):
            found[name] = found.get(name, "") + source
    return found


def test_every_vector_file_and_every_part_of_it_is_read(shared_dir: Path) -> None:
    folder = shared_dir / "vectors" / "log"
    if not folder.is_dir():
        pytest.skip("the shared vectors are not on this machine")
    sources = readers()
    files = {path.stem: path for path in sorted(folder.iterdir())}
    assert set(files) == set(sources), "a file no test reads, or a test without its file"
    unread = [
        f"{name}: {member}"
        for name, path in files.items()
        for member in json.loads(path.read_text("utf-8"))
        if member not in TOLD and f'"{member}"' not in sources[name]
    ]
    assert unread == []


def test_the_sunlight_mirror_cosigned_its_head(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-sunlight-mirror300")
    note = parse_note(vectors["checkpoint"])
    keys = [VerifierKey.parse(vkey) for vkey in vectors["cosigner_vkeys"]]
    assert len(keys) == len(note.signatures) == 1
    assert verify_cosignature(note.text, note.signatures[0], keys[0]) > 0
    with pytest.raises(SignatureError):
        verify_cosignature(note.text.replace("300", "301"), note.signatures[0], keys[0])


def test_the_heads_shown_to_witnesses_are_of_the_leaves_the_file_describes(
    log_vectors: Any,
) -> None:
    """Of requests that follow: the tree is the one that the rule of the file gives."""
    vectors = log_vectors("tlog-witness-add-checkpoint")
    assert vectors["leaf_rule"] == 'leaf i is H(0x00 || "e"+decimal i)'
    key = VerifierKey.parse(vectors["log_vkey"])
    assert verifier_key(key.name, bytes.fromhex(vectors["log_seed_hex"])) == key
    right = 0
    for exchange in vectors["exchanges"]:
        if exchange["spec_status"] == 200:
            request = read_request(exchange["request_body"].encode())
            head = request.head
            leaves = [merkle.leaf_hash(b"e%d" % index) for index in range(head.size)]
            assert (head.root, request.checkpoint.origin) == (merkle.root_of(leaves), key.name)
            right += 1
    assert right > 1


def test_pymerkle_gives_the_roots_of_the_foreign_log(log_vectors: Any) -> None:
    pymerkle = pytest.importorskip("pymerkle")
    vectors = log_vectors("tlog-tessera-testlog")
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    for leaf in vectors["leaves_utf8"]:
        tree.append_entry(leaf.encode())
    for size, note in vectors["checkpoints_by_size"].items():
        head = parse_checkpoint(parse_note(note).text)
        if head.size:
            assert tree.get_root(int(size)) == head.root
