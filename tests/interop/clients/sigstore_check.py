"""What sigstore-python's checkpoint and merkle modules say of every proof in the folder.

These modules are not public: in a test that is fine, users are pointed elsewhere.
"""

import base64
import json
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sigstore._internal.merkle import verify_merkle_inclusion
from sigstore._internal.rekor.checkpoint import SignedCheckpoint, verify_checkpoint
from sigstore._internal.trust import Keyring, RekorKeyring
from sigstore.models import TransparencyLogEntry
from sigstore_models.common.v1 import PublicKey, PublicKeyDetails
from sigstore_models.rekor.v1 import TransparencyLogEntry as Inner

folder = Path(sys.argv[1])
about = json.loads((folder / "about.json").read_text())
count = 0
for name, log in about["logs"].items():
    key_name, key_id, body = log["vkey"].split("+", 2)
    public = Ed25519PublicKey.from_public_bytes(base64.b64decode(body)[1:])
    der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ring = RekorKeyring(
        Keyring(
            [PublicKey(raw_bytes=base64.b64encode(der), key_details=PublicKeyDetails.PKIX_ED25519)]
        )
    )
    for file in sorted((folder / name / "proofs").glob("*.tlog-proof")):
        head, note = file.read_text().split("\n\n", 1)
        _, index, *path = head.split("\n")
        signed = SignedCheckpoint.from_text(note)
        root = base64.b64encode(bytes.fromhex(signed.checkpoint.log_hash))
        body = (folder / name / "proofs" / file.name.split(".")[0]).read_bytes()
        inner = Inner.model_validate(
            {
                "logIndex": index.split()[1],
                "logId": {"keyId": base64.b64encode(bytes.fromhex(key_id))},
                "kindVersion": {"kind": "sakshi", "version": "1"},
                "inclusionProof": {
                    "logIndex": index.split()[1],
                    "rootHash": root,
                    "treeSize": str(signed.checkpoint.log_size),
                    "hashes": path,
                    "checkpoint": {"envelope": note},
                },
                "canonicalizedBody": base64.b64encode(body),
                "integratedTime": "1",
            }
        )
        entry = TransparencyLogEntry.__new__(TransparencyLogEntry)
        entry._inner = inner
        assert signed.checkpoint.origin == name and not signed.checkpoint.other_content
        verify_checkpoint(ring, entry)
        verify_merkle_inclusion(entry)
        count += 1
assert count
print(f"{count} proofs")
