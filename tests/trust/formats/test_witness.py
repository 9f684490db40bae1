"""The rules of a witness against the fifteen requests, and cosigning with both kinds of key.

The expected status of each request comes from the rules; the table is only compared.
"""

from hashlib import sha256
from typing import Any

import pytest

from trust.formats import merkle, notes
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.cosignatures import (
    cosign,
    cosign_mldsa44,
    cosigner_key,
    mldsa_cosigner_key,
    verify_cosignature,
)
from trust.formats.errors import FormatError, ProofError, SignatureError
from trust.formats.notes import VerifierKey
from trust.formats.witness import (
    EMPTY,
    OutOfStepError,
    RefusedError,
    ShrunkError,
    TreeHead,
    check_follows,
    check_known,
    check_step,
    cosigning_time,
    format_request,
    read_request,
)

SEED = sha256(b"witness").digest()
LEAVES = [merkle.leaf_hash(b"%d" % n) for n in range(9)]
ROOTS = [merkle.root_of(LEAVES[:n]) for n in range(10)]
LOG = "log.example/a"
KEY = notes.verifier_key(LOG, SEED)


def proof(old: int, new: int) -> list[bytes]:
    return merkle.build_consistency(
        old, new, lambda level, n: merkle.root_of(LEAVES[n << level : (n + 1) << level])
    )


def note(size: int, root: bytes, *extensions: str, seed: bytes = SEED) -> str:
    text = format_checkpoint(Checkpoint(LOG, size, root, extensions))
    return notes.format_note(notes.SignedNote(text, (notes.sign_ed25519(text, LOG, seed),)))


def status(held: TreeHead, body: bytes, *keys: VerifierKey) -> int:
    try:
        request = read_request(body)
        check_known(request, {LOG: keys or (KEY,)})
        check_follows(request, held)
    except RefusedError as refusal:
        return refusal.status
    return 200


def test_the_fifteen_requests(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-witness-add-checkpoint")
    key = VerifierKey.parse(vectors["log_vkey"])
    held = EMPTY
    compared = 0
    for exchange in vectors["exchanges"]:
        answer: tuple[int, str | None, str | None] = (200, None, None)
        try:
            request = read_request(exchange["request_body"].encode())
            check_known(request, {key.name: (key,)})
            check_follows(request, held)
            held = request.head
        except RefusedError as refusal:
            plain = refusal.size is None
            answer = (
                refusal.status,
                None if plain else refusal.content_type,
                None if plain else refusal.body,
            )
        expected = tuple(exchange[name] for name in ("spec_status", "spec_content_type"))
        assert answer == (*expected, exchange["spec_body"]), exchange["id"]
        compared += 1
    assert compared == 15


@pytest.mark.parametrize(
    ("held", "old", "new", "path", "fault"),
    [
        (TreeHead(5, ROOTS[5]), 6, TreeHead(5, ROOTS[5]), [], ShrunkError),
        (TreeHead(5, ROOTS[5]), 4, TreeHead(8, ROOTS[8]), proof(4, 8), OutOfStepError),
        (TreeHead(5, ROOTS[5]), 5, TreeHead(8, ROOTS[7]), proof(5, 8), ProofError),
        (TreeHead(5, ROOTS[5]), 5, TreeHead(5, ROOTS[4]), [], ProofError),
        (EMPTY, 0, TreeHead(0, ROOTS[1]), [], ProofError),
        (EMPTY, 0, TreeHead(3, ROOTS[3]), [ROOTS[1]], ProofError),
    ],
)
def test_what_does_not_follow(
    held: TreeHead, old: int, new: TreeHead, path: list[bytes], fault: type[ProofError]
) -> None:
    with pytest.raises(ProofError) as raised:
        check_step(held, old, new, path)
    assert type(raised.value) is fault


def test_every_pair_of_sizes_follows() -> None:
    for new in range(10):
        for old in range(new + 1):
            head = TreeHead(new, ROOTS[new])
            check_step(TreeHead(old, ROOTS[old]), old, head, proof(old, new))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n" + note(3, ROOTS[3]).encode(),
        b"old -1\n\n" + note(3, ROOTS[3]).encode(),
        b"old 0 \n\n" + note(3, ROOTS[3]).encode(),
        b"Old 0\n\n" + note(3, ROOTS[3]).encode(),
        b"old 0\r\n\r\n" + note(3, ROOTS[3]).encode(),
        b"old 1\nAAAA\n\n" + note(3, ROOTS[3]).encode(),
        b"old 0\n\n" + note(3, ROOTS[3]).encode()[:-1],
        b"old 0\n\n" + note(3, ROOTS[3]).encode() + b"\xff",
        b"old 0\n\n" + note(3, ROOTS[3]).replace("\n3\n", "\n03\n").encode(),
        format_request(0, [ROOTS[1]] * 64, note(3, ROOTS[3])),
    ],
)
def test_malformed_requests_are_400(body: bytes) -> None:
    assert status(EMPTY, body) == 400


def test_sixty_three_lines_are_read_and_then_judged() -> None:
    assert (
        status(TreeHead(2, ROOTS[2]), format_request(2, [ROOTS[1]] * 63, note(3, ROOTS[3]))) == 422
    )


def test_signatures() -> None:
    good = note(3, ROOTS[3])
    assert status(EMPTY, format_request(0, [], good)) == 200
    other = notes.verifier_key(LOG, sha256(b"other").digest())
    assert status(EMPTY, format_request(0, [], good), other) == 403
    assert status(EMPTY, format_request(0, [], good), other, KEY) == 200
    # A second signature by a trusted key that fails spoils the request although the first is right.
    wrong = notes.NoteSignature(LOG, other.key_id, bytes(64))
    both = good + wrong.line()
    assert status(EMPTY, format_request(0, [], both), KEY) == 200
    assert status(EMPTY, format_request(0, [], both), KEY, other) == 403
    assert status(EMPTY, format_request(0, [], note(3, ROOTS[3], "more")), KEY) == 200


def test_a_log_that_signs_with_mldsa44() -> None:
    text = format_checkpoint(Checkpoint(LOG, 3, ROOTS[3]))
    line = cosign_mldsa44(text, LOG, SEED, 7).line()
    key = mldsa_cosigner_key(LOG, SEED)
    assert status(EMPTY, format_request(0, [], f"{text}\n{line}"), key) == 200
    assert status(EMPTY, format_request(0, [], f"{text}\n{line}"), KEY) == 403
    bent = text.replace("\n3\n", "\n4\n")
    assert status(EMPTY, format_request(0, [], f"{bent}\n{line}"), key) == 403


def test_cosignatures_of_both_kinds_verify_and_each_change_is_seen() -> None:
    text = format_checkpoint(Checkpoint(LOG, 3, ROOTS[3]))
    for line, key in (
        (cosign(text, "w.example", SEED, 99), cosigner_key("w.example", SEED)),
        (cosign_mldsa44(text, "w.example", SEED, 99), mldsa_cosigner_key("w.example", SEED)),
    ):
        assert verify_cosignature(text, line, key) == 99
        with pytest.raises(SignatureError):
            verify_cosignature(text.replace("\n3\n", "\n4\n"), line, key)
        later = notes.NoteSignature(line.name, line.key_id, bytes(8) + line.signature[8:])
        with pytest.raises(SignatureError):
            verify_cosignature(text, later, key)
    with pytest.raises(FormatError, match="extension"):
        cosign_mldsa44(text + "more\n", "w.example", SEED, 99)


def test_the_stated_time_never_goes_back() -> None:
    assert cosigning_time(100, 0) == 100
    assert cosigning_time(100, 250) == 250
    assert cosigning_time(-5, 0) == 0
