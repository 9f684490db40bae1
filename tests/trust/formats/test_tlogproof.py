"""Proof files: real ones by another implementation, and every flipped byte of the unsigned part."""

import base64
from dataclasses import replace
from typing import Any

import pytest

from trust.formats import merkle
from trust.formats.checkpoints import Checkpoint, format_checkpoint, open_checkpoint
from trust.formats.errors import FormatError, ProofError, SakshiError
from trust.formats.notes import SignedNote, VerifierKey, format_note, sign_ed25519, verifier_key
from trust.formats.tlogproof import TlogProof, format_tlog_proof, parse_tlog_proof

SEED = b"\x05" * 32
ORIGIN = "log.example/coop/k-1/2026-27"
KEY = verifier_key(ORIGIN, SEED)
LEAVES = [merkle.leaf_hash(b"%d" % i) for i in range(11)]


def made(index: int = 6, extra: bytes | None = None) -> TlogProof:
    text = format_checkpoint(Checkpoint(ORIGIN, 11, merkle.root_of(LEAVES)))
    note = format_note(SignedNote(text, (sign_ed25519(text, ORIGIN, SEED),)))
    path = merkle.build_inclusion(
        index, 11, lambda level, n: merkle.root_of(LEAVES[n << level : (n + 1) << level])
    )
    return TlogProof(index, tuple(path), note, extra)


def check(text: str, leaf: bytes) -> None:
    proof = parse_tlog_proof(text)
    open_checkpoint(proof.checkpoint, KEY)
    proof.check_path(leaf)


def test_real_proofs(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-cosigned350")
    key = VerifierKey.parse(vectors["log_vkey"])
    for vector in vectors["tlog_proofs"]:
        proof = parse_tlog_proof(vector["tlog_proof"])
        assert proof.index == vector["index"] and proof.extra is None
        leaf = merkle.leaf_hash(vector["leaf_utf8"].encode())
        assert proof.check_path(leaf) == open_checkpoint(proof.checkpoint, key)
        assert format_tlog_proof(proof) == vector["tlog_proof"]
        with pytest.raises(ProofError):
            proof.check_path(merkle.leaf_hash(b"another entry"))
        with pytest.raises(ProofError):
            replace(proof, index=proof.index ^ 1).check_path(leaf)


@pytest.mark.parametrize("extra", [None, b"", b"anything"])
def test_reads_back(extra: bytes | None) -> None:
    for index in (0, 6, 10):
        proof = made(index, extra)
        text = format_tlog_proof(proof)
        assert parse_tlog_proof(text) == proof
        check(text, LEAVES[index])


def test_a_single_entry_needs_no_path() -> None:
    text = format_checkpoint(Checkpoint(ORIGIN, 1, LEAVES[0]))
    note = format_note(SignedNote(text, (sign_ed25519(text, ORIGIN, SEED),)))
    file = format_tlog_proof(TlogProof(0, (), note))
    assert file.startswith("c2sp.org/tlog-proof@v1\nindex 0\n\n" + ORIGIN)
    check(file, LEAVES[0])


def test_every_flipped_byte_is_refused() -> None:
    text = format_tlog_proof(made())
    data = text.encode()
    check(text, LEAVES[6])
    for at in range(len(data)):
        for mask in (1, 0x20, 0x80):
            bad = bytearray(data)
            bad[at] ^= mask
            with pytest.raises((SakshiError, UnicodeDecodeError)):
                check(bytes(bad).decode(), LEAVES[6])


@pytest.mark.parametrize("old, new", [
    ("@v1", "@v2"), ("index 6", "index 06"), ("index 6", "index -6"), ("index 6", "index  6"),
    ("index 6", "Index 6"), ("index 6\n", ""), ("index 6\n", "index 6\n\n"),
    ("index 6\n", "extra\nindex 6\n"), ("index 6\n", "extra AA\nindex 6\n"),
    ("index 6\n", "extra AA==\nextra AA==\nindex 6\n"), ("index 6\n", "index 6\nindex 6\n"),
    ("index 6\n", "index 6\nAA==\n"), ("\n", "\r\n"), ("c2sp", " c2sp"),
])  # fmt: skip
def test_other_spellings_are_refused(old: str, new: str) -> None:
    text = format_tlog_proof(made())
    assert old in text
    with pytest.raises(SakshiError):
        check(text.replace(old, new, 1), LEAVES[6])


def test_what_cannot_be_written() -> None:
    good = made()
    for bad in (
        replace(good, index=-1),
        replace(good, path=(b"short",)),
        replace(good, path=(LEAVES[0],) * 64),
        replace(good, checkpoint="no note\n"),
        replace(good, checkpoint=good.checkpoint + "\n"),
        replace(good, checkpoint=good.checkpoint.replace("\n11\n", "\n011\n")),
    ):
        with pytest.raises(FormatError):
            format_tlog_proof(bad)


def test_base64_of_extra_data_is_canonical() -> None:
    text = format_tlog_proof(made(extra=b"a"))
    line = "extra " + base64.b64encode(b"a").decode()
    assert line in text
    with pytest.raises(FormatError):
        parse_tlog_proof(text.replace(line, line.replace("YQ==", "YR==")))
