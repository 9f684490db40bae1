"""Signed notes and verifier keys: published vectors, and notes that must not be read."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trust.formats import notes
from trust.formats.errors import FormatError, SakshiError, SignatureError
from trust.formats.notes import NoteSignature, SignedNote, VerifierKey

SEED = b"\x07" * 32
NAME = "log.example/state/2026-27"
KEY = notes.verifier_key(NAME, SEED)
TEXT = "one line\n\nand another, സഹകരണം\n"
GOOD = notes.format_note(SignedNote(TEXT, (notes.sign_ed25519(TEXT, NAME, SEED),)))

texts = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(i) for i in range(32)])
    | st.just("\n")
).map(lambda text: text + "\n")


def test_vectors(log_vectors: Any) -> None:
    for vector in log_vectors("tlog-signed-notes")["notes"]:
        keys = [VerifierKey.parse(vkey) for vkey in vector["vkeys"]]
        if vector["expect"] == "ok":
            note = notes.parse_note(vector["note"])
            verified = notes.verify(note, keys)
            assert [key.name for key in verified] == vector["verified"], vector["id"]
            assert notes.format_note(note) == vector["note"]
        else:
            with pytest.raises((FormatError, SignatureError)):
                notes.verify(notes.parse_note(vector["note"].encode()), keys)
                pytest.fail(vector["id"])


def test_key_ids_and_bad_keys(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-signed-notes")
    for vector in vectors["key_ids"]:
        key = VerifierKey.parse(vector["vkey"])
        assert key.name == vector["name"] and key.type == vector["sig_type"]
        assert key.public.hex() == vector["public_key_hex"]
        assert key.key_id.hex() == vector["key_id_hex"]
        assert key.format() == vector["vkey"]
    for vector in vectors["bad_vkeys"]:
        with pytest.raises(FormatError):
            VerifierKey.parse(vector["vkey"])


def test_signing_reproduces_the_published_note(log_vectors: Any) -> None:
    vector = log_vectors("tlog-signed-notes")["signer_key"]
    name, body = vector["skey"].removeprefix("PRIVATE+KEY+").split("+", 2)[::2]
    seed = base64.b64decode(body)[1:]
    signature = notes.sign_ed25519(vector["text"], name, seed)
    assert notes.format_note(SignedNote(vector["text"], (signature,))) == vector["note"]
    assert notes.verifier_key(name, seed).format() == vector["vkey"]


@given(texts, st.lists(st.integers(0, 3), min_size=1, max_size=4, unique=True))
def test_any_text_reads_back_and_verifies(text: str, who: list[int]) -> None:
    seeds = [bytes([i]) * 32 for i in range(4)]
    lines = tuple(notes.sign_ed25519(text, f"k{i}.example", seeds[i]) for i in who)
    note = SignedNote(text, lines)
    assert notes.parse_note(notes.format_note(note).encode()) == note
    keys = [notes.verifier_key(f"k{i}.example", seed) for i, seed in enumerate(seeds)]
    assert {key.name for key in notes.verify(note, keys)} == {f"k{i}.example" for i in who}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_rubbish_is_refused_with_a_sentence(data: bytes | str) -> None:
    with pytest.raises(SakshiError):
        notes.verify(notes.parse_note(data), [KEY])
    if isinstance(data, str):
        with pytest.raises(SakshiError):
            VerifierKey.parse(f"{NAME}+{KEY.key_id.hex()}+{data}")


def test_every_flipped_bit_is_refused() -> None:
    data = GOOD.encode()
    notes.verify(notes.parse_note(data), [KEY])
    for at in range(len(data)):
        for bit in range(8):
            bad = bytearray(data)
            bad[at] ^= 1 << bit
            with pytest.raises((FormatError, SignatureError)):
                notes.verify(notes.parse_note(bytes(bad)), [KEY])


LINE = GOOD[len(TEXT) + 1 :]


@pytest.mark.parametrize(
    "note",
    [
        "", "\n", "\n\n", TEXT, TEXT + "\n", TEXT + LINE, GOOD[:-1], GOOD + "\n", GOOD + "x\n",
        GOOD.replace("— ", "- "), GOOD.replace("— ", "—"), GOOD.replace("— ", "—  "),
        GOOD.replace(" and another", "\tand another").replace("one", "one\t"),
        GOOD.replace("\n", "\r\n"), GOOD.replace("one", "o\x00ne"), "\ufeff" + GOOD,
        GOOD.replace(NAME, "a+b"), GOOD.replace(NAME, "a\u2003b"), GOOD.replace(NAME + " ", " "),
        GOOD[:-1] + " \n", GOOD[:-1] + "=\n", GOOD[:-2] + "\n", TEXT + "\n— a AAAAAA==\n",
        TEXT + "\n" + LINE * 101, GOOD + "\n" + GOOD[:0] + "— x\n", GOOD.replace("one", "o\ud800e"),
    ],
)  # fmt: skip
def test_notes_that_must_not_be_read(note: str) -> None:
    with pytest.raises((FormatError, SignatureError)):
        notes.verify(notes.parse_note(note), [KEY])


def test_bytes_that_are_not_utf8_are_refused() -> None:
    with pytest.raises(FormatError):
        notes.parse_note(GOOD.encode().replace(b"one", b"o\xffe"))


def test_a_line_without_signature_bytes_is_refused() -> None:
    for value in (b"", b"123", b"1234"):
        with pytest.raises(FormatError):
            notes.parse_note(f"a\n\n— x {base64.b64encode(value).decode()}\n")
    assert notes.parse_note("a\n\n— x MTIzNDU=\n").signatures[0].signature == b"5"


def test_the_text_ends_at_the_last_empty_line() -> None:
    note = notes.parse_note("a\n\n— x AAAAAAA=\n\n" + LINE)
    assert note.text == "a\n\n— x AAAAAAA=\n"
    assert notes.parse_note("a\n\n\n" + LINE).text == "a\n\n"


def test_unknown_signatures_are_ignored_and_known_ones_must_be_right() -> None:
    unknown = NoteSignature(NAME, b"\0\0\0\0", b"rubbish").line()
    same_id = NoteSignature("other.example", KEY.key_id, b"rubbish").line()
    note = notes.parse_note(TEXT + "\n" + unknown + LINE + same_id)
    assert notes.verify(note, [KEY]) == [KEY]
    spoiled = NoteSignature(NAME, KEY.key_id, b"x" * 64).line()
    with pytest.raises(SignatureError):
        notes.verify(notes.parse_note(TEXT + "\n" + spoiled), [KEY])
    with pytest.raises(SignatureError):
        notes.verify(notes.parse_note(TEXT + "\n" + unknown), [KEY])
    with pytest.raises(SignatureError):
        notes.verify(note, [])


def test_two_lines_of_one_name_and_id_are_refused() -> None:
    """C2SP tlog-checkpoint, change of 26 August 2026; also lines of keys that nobody knows."""
    spoiled = NoteSignature(NAME, KEY.key_id, b"x" * 64).line()
    unknown = NoteSignature("other.example", b"\0\0\0\0", b"rubbish").line()
    other = NoteSignature("other.example", b"\0\0\0\0", b"more rubbish").line()
    for lines in (LINE + spoiled, spoiled + LINE, LINE + LINE, LINE + unknown + other):
        with pytest.raises(FormatError, match="one name and key id"):
            notes.parse_note(TEXT + "\n" + lines)


def test_keys_of_other_types_do_not_verify_notes() -> None:
    cosigner = VerifierKey.make(NAME, notes.COSIGNATURE_ED25519, KEY.public)
    for keys in ([cosigner], [KEY, cosigner]):
        with pytest.raises(FormatError):
            notes.verify(notes.parse_note(GOOD), keys)
    clash = KEY._replace(public=bytes(32))
    with pytest.raises(FormatError):
        notes.verify(notes.parse_note(GOOD), [KEY, clash])


@pytest.mark.parametrize("at", range(len(KEY.format())))
def test_a_flipped_byte_of_a_verifier_key_is_refused(at: int) -> None:
    bad = bytearray(KEY.format().encode())
    bad[at] ^= 1
    with pytest.raises(FormatError):
        VerifierKey.parse(bad.decode())


@pytest.mark.parametrize("name", ["", " ", "a b", "a+b", "a\nb", "a\u00a0b", "a\u3000b", "\ud800"])
def test_names_that_no_key_can_have(name: str) -> None:
    with pytest.raises(FormatError):
        VerifierKey.make(name, notes.ED25519, KEY.public)
    with pytest.raises(FormatError):
        notes.sign_ed25519(TEXT, name, SEED)
    with pytest.raises(FormatError):
        NoteSignature(name, b"1234", b"x").line()


def test_what_cannot_be_written() -> None:
    line = notes.sign_ed25519(TEXT, NAME, SEED)
    for note in (
        SignedNote(TEXT, ()),
        SignedNote(TEXT, (line,) * 101),
        SignedNote("no final line feed", (line,)),
        SignedNote("tab\t\n", (line,)),
        SignedNote(TEXT, (line._replace(key_id=b"123"),)),
        SignedNote(TEXT, (line._replace(signature=b""),)),
    ):
        with pytest.raises(FormatError):
            notes.format_note(note)
    with pytest.raises(FormatError):
        notes.sign_ed25519("no final line feed", NAME, SEED)
    with pytest.raises(FormatError):
        VerifierKey.make(NAME, notes.ED25519, b"short")
