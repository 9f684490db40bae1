"""Checkpoints: three lines, one spelling, signed by the key named like the origin."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import b64, merkle
from trust.formats.checkpoints import (
    Checkpoint,
    format_checkpoint,
    open_checkpoint,
    parse_checkpoint,
)
from trust.formats.errors import FormatError, SignatureError
from trust.formats.notes import (
    SignedNote,
    VerifierKey,
    format_note,
    parse_note,
    sign_ed25519,
    verifier_key,
)

ORIGIN = "log.example/coop/k-1/2026-27"
SEED = b"\x03" * 32
KEY = verifier_key(ORIGIN, SEED)
HEAD = Checkpoint(ORIGIN, 7, b"\x01" * 32)
ROOT = b64.encode(HEAD.root)
TEXT = f"{ORIGIN}\n7\n{ROOT}\n"


def signed(text: str, name: str = ORIGIN) -> str:
    return format_note(SignedNote(text, (sign_ed25519(text, name, SEED),)))


def test_tessera_checkpoints_of_every_size(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-testlog")
    key = VerifierKey.parse(vectors["vkey"])
    leaves = [merkle.leaf_hash(leaf.encode()) for leaf in vectors["leaves_utf8"]]
    for size, note in vectors["checkpoints_by_size"].items():
        head = open_checkpoint(note, key)
        assert head == Checkpoint(key.name, int(size), merkle.root_of(leaves[: int(size)]))
        assert format_checkpoint(head) == parse_note(note).text


@given(st.integers(0, 2**63 - 1), st.binary(min_size=32, max_size=32))
def test_reads_back(size: int, root: bytes) -> None:
    head = Checkpoint(ORIGIN, size, root)
    assert parse_checkpoint(format_checkpoint(head)) == head


def test_opens_what_the_log_signed() -> None:
    assert format_checkpoint(HEAD) == TEXT
    assert open_checkpoint(signed(TEXT), KEY) == HEAD
    assert open_checkpoint(signed(TEXT).encode(), KEY) == HEAD


@pytest.mark.parametrize(
    "text",
    [
        "", "\n", TEXT[:-1], TEXT + "\n", "\n" + TEXT, f"{ORIGIN}\n7\n", f"\n7\n{ROOT}\n",
        TEXT.replace("\n7\n", "\n07\n"), TEXT.replace("\n7\n", "\n+7\n"),
        TEXT.replace("\n7\n", "\n-7\n"), TEXT.replace("\n7\n", "\n7 \n"),
        TEXT.replace("\n7\n", "\n٧\n"), TEXT.replace("\n7\n", "\n0x7\n"),
        TEXT.replace("\n7\n", "\n7.0\n"), TEXT.replace("\n7\n", "\n\n"),
        TEXT.replace("\n7\n", "\n9223372036854775808\n"),
        TEXT.replace("\n7\n", "\n" + "9" * 5000 + "\n"),
        TEXT.replace(ROOT, ROOT[:-1]), TEXT.replace(ROOT, ROOT + "="),
        TEXT.replace(ROOT, ROOT[:-2] + "F="), TEXT.replace(ROOT, "AAAA"),
        TEXT.replace(ROOT, ROOT.replace("A", "-")), TEXT + "extension\n",
        TEXT.replace("\n", "\r\n"),
    ],
)  # fmt: skip
def test_other_spellings_are_refused(text: str) -> None:
    with pytest.raises(FormatError):
        parse_checkpoint(text)


def test_extension_lines_only_where_allowed() -> None:
    head = parse_checkpoint(TEXT + "one\ntwo\n", allow_extensions=True)
    assert head.extensions == ("one", "two")
    assert format_checkpoint(head) == TEXT + "one\ntwo\n"
    with pytest.raises(FormatError):
        parse_checkpoint(TEXT + "\ntwo\n", allow_extensions=True)
    with pytest.raises(FormatError):
        open_checkpoint(signed(TEXT + "one\n"), KEY)


def test_signed_by_another_key_or_for_another_origin() -> None:
    with pytest.raises(SignatureError):
        open_checkpoint(signed(TEXT), verifier_key(ORIGIN, b"\x04" * 32))
    other = TEXT.replace("k-1", "k-2")
    with pytest.raises(SignatureError) as caught:
        open_checkpoint(signed(other), KEY)
    assert caught.value.code == "origin"
    with pytest.raises(SignatureError):
        open_checkpoint(signed(TEXT).replace("\n7\n", "\n8\n"), KEY)


def test_what_cannot_be_written() -> None:
    for head in (
        Checkpoint("", 7, HEAD.root),
        Checkpoint("two\nlines", 7, HEAD.root),
        Checkpoint(ORIGIN, -1, HEAD.root),
        Checkpoint(ORIGIN, 2**63, HEAD.root),
        Checkpoint(ORIGIN, 7, b"short"),
        Checkpoint(ORIGIN, 7, HEAD.root, ("",)),
        Checkpoint(ORIGIN, 7, HEAD.root, ("a\nb",)),
    ):
        with pytest.raises(FormatError):
            format_checkpoint(head)
