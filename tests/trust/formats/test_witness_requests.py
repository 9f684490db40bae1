"""Fifteen requests to a witness: our rules alone decide each as the specification demands.

The witness here is a dozen lines of test code over the functions under test; the request grammar
and statuses are those of C2SP tlog-witness. The order matters: each answer moves its state.
"""

from typing import Any

from trust.formats import b64, merkle
from trust.formats.checkpoints import open_checkpoint, parse_checkpoint, parse_decimal
from trust.formats.errors import FormatError, ProofError, SignatureError
from trust.formats.notes import VerifierKey, parse_note


class Witness:
    def __init__(self, key: VerifierKey) -> None:
        self.key = key
        self.size = 0
        self.root = merkle.EMPTY_ROOT

    def answer(self, body: str) -> int:
        request, gap, note = body.partition("\n\n")
        first, *lines = request.split("\n")
        if not gap or not first.startswith("old ") or len(lines) > 63:
            return 400
        old = parse_decimal(first.removeprefix("old "), "size")
        if parse_checkpoint(parse_note(note).text).origin != self.key.name:
            return 404
        try:
            head = open_checkpoint(note, self.key)
        except SignatureError:
            return 403
        if old > head.size:
            return 400
        if old != self.size:
            return 409
        try:
            proof = [b64.decode_hash(line) for line in lines]
            merkle.verify_consistency(old, head.size, self.root, head.root, proof)
        except (ProofError, FormatError):
            return 422
        self.size, self.root = head.size, head.root
        return 200


def test_every_request_is_decided_as_specified(log_vectors: Any) -> None:
    vectors = log_vectors("tlog-witness-add-checkpoint")
    witness = Witness(VerifierKey.parse(vectors["log_vkey"]))
    assert len(vectors["exchanges"]) == 15
    for exchange in vectors["exchanges"]:
        status = witness.answer(exchange["request_body"])
        assert status == exchange["spec_status"], exchange["id"]
