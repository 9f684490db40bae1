"""Cosignatures of real witnesses, Ed25519 and ML-DSA-44, and each way to spoil them."""

import builtins
from typing import Any

import pytest
from nacl.signing import SigningKey

from trust.formats import notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint, open_checkpoint
from trust.formats.cosignatures import cosign, cosigner_key, verified_cosigners, verify_cosignature
from trust.formats.errors import FormatError, NotCheckedError, SignatureError
from trust.formats.notes import SignedNote, VerifierKey, format_note, parse_note

SEED = b"\x0a" * 32
NAME = "witness.example/w1"
KEY = cosigner_key(NAME, SEED)
TEXT = format_checkpoint(Checkpoint("log.example/state/2026-27", 7, b"\x01" * 32))


def test_vectors(log_vectors: Any) -> None:
    for vector in log_vectors("tlog-cosignatures")["vectors"]:
        note = parse_note(vector["checkpoint"])
        keys = [VerifierKey.parse(vkey) for vkey in vector["cosigner_vkeys"]]
        if vector["expect"] == "ok":
            times = verified_cosigners(note, keys)
            assert set(times) == set(keys), vector["id"]
            assert all(1_700_000_000 < seen < 1_900_000_000 for seen in times.values())
            if "log_vkey" in vector:
                open_checkpoint(vector["checkpoint"], VerifierKey.parse(vector["log_vkey"]))
        else:
            with pytest.raises(SignatureError):
                verified_cosigners(note, keys)


def test_every_flipped_byte_of_real_cosignatures_is_refused(log_vectors: Any) -> None:
    for vector in log_vectors("tlog-cosignatures")["vectors"]:
        note = parse_note(vector["checkpoint"])
        keys = {key.key_id: key for key in map(VerifierKey.parse, vector["cosigner_vkeys"])}
        for signature in note.signatures:
            key = keys.get(signature.key_id)
            if key is None or vector["expect"] != "ok":
                continue
            step = 1 if key.type == notes.COSIGNATURE_ED25519 else 23
            for at in range(0, len(signature.signature), step):
                bad = bytearray(signature.signature)
                bad[at] ^= 1
                with pytest.raises(SignatureError):
                    verify_cosignature(note.text, signature._replace(signature=bytes(bad)), key)


def test_tessera_log_is_cosigned(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-tessera-cosigned350")
    witness = VerifierKey.parse(vectors["witness_vkey"])
    assert list(verified_cosigners(parse_note(vectors["checkpoint"]), [witness])) == [witness]


def test_own_cosignature_reads_back() -> None:
    line = cosign(TEXT, NAME, SEED, 1_795_323_600)
    note = parse_note(format_note(SignedNote(TEXT, (line,))))
    assert verified_cosigners(note, [KEY]) == {KEY: 1_795_323_600}
    assert VerifierKey.parse(KEY.format()) == KEY
    assert verify_cosignature(TEXT, cosign(TEXT, NAME, SEED, 0), KEY) == 0
    latest = SignedNote(TEXT, (line, cosign(TEXT, NAME, SEED, 5)))
    assert verified_cosigners(latest, [KEY]) == {KEY: 1_795_323_600}
    assert verified_cosigners(note, [cosigner_key(NAME, b"\x0b" * 32)]) == {}


def test_what_is_refused() -> None:
    line = cosign(TEXT, NAME, SEED, 77)
    for bad in (
        line._replace(signature=line.signature[:-1]),
        line._replace(signature=line.signature + b"\0"),
        line._replace(signature=b"\xff" + line.signature[1:]),
        line._replace(name="witness.example/w2"),
        line._replace(key_id=b"\0\0\0\0"),
        notes.sign_ed25519(TEXT, NAME, SEED),
    ):
        with pytest.raises(SignatureError):
            verify_cosignature(TEXT, bad, KEY)
    with pytest.raises(SignatureError):
        verify_cosignature(TEXT.replace("\n7\n", "\n8\n"), line, KEY)
    with pytest.raises(FormatError):
        verify_cosignature(TEXT, line, notes.verifier_key(NAME, SEED))
    for text, time in (("no checkpoint\n", 1), (TEXT, -1), (TEXT, 2**63)):
        with pytest.raises(FormatError):
            cosign(text, NAME, SEED, time)


def test_an_impossible_time_is_refused_even_if_signed() -> None:
    for time in (2**63 - 1, 2**63):
        message = f"cosignature/v1\ntime {time}\n{TEXT}".encode()
        signature = time.to_bytes(8, "big") + SigningKey(SEED).sign(message).signature
        line = notes.NoteSignature(NAME, KEY.key_id, signature)
        if time < 2**63:
            assert verify_cosignature(TEXT, line, KEY) == time
        else:
            with pytest.raises(SignatureError):
                verify_cosignature(TEXT, line, KEY)


def test_a_log_signature_is_no_cosignature_and_the_reverse() -> None:
    """The same seed under the same name: type byte and message keep the two uses apart."""
    line = cosign(TEXT, NAME, SEED, 77)
    log_key = notes.verifier_key(NAME, SEED)
    with pytest.raises(SignatureError):
        notes.verify(SignedNote(TEXT, (line,)), [log_key])
    posed = line._replace(key_id=log_key.key_id, signature=line.signature[8:])
    with pytest.raises(SignatureError):
        notes.verify(SignedNote(TEXT, (posed,)), [log_key])


def test_without_mldsa_it_says_not_checked(
    log_vectors: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.startswith("cryptography"):
            raise ImportError(name)
        return real(name, *rest)

    vectors = log_vectors("tlog-cosignatures")["vectors"]
    vector = next(v for v in vectors if v["id"] == "omniwitness-ed25519-plus-mldsa44")
    keys = [VerifierKey.parse(vkey) for vkey in vector["cosigner_vkeys"]]
    note = parse_note(vector["checkpoint"])
    ed25519 = [key for key in keys if key.type == notes.COSIGNATURE_ED25519]
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(NotCheckedError):
        verified_cosigners(note, keys)
    assert list(verified_cosigners(note, ed25519)) == ed25519
