"""The bytes everything else agrees on: hashes, trees, tiles, signed notes, proofs, names, times.

This is a pure package: it opens no file or socket, reads no clock and draws no random
number. It may import the standard library, PyNaCl and, lazily, cryptography (for ML-DSA-44);
from the project it imports only itself. The same code therefore runs in the server, in the
signer and in the offline verifier, and can be read apart from all three.

Where to start reading:

1. ``merkle`` - RFC 6962 hashing, inclusion and consistency proofs;
2. ``tiles`` - how a tree is cut into files (C2SP tlog-tiles) and grown in batches;
3. ``notes``, ``checkpoints``, ``cosignatures`` - who signed which tree head, and who saw it;
4. ``policy``, ``witnessed``, ``tlogproof`` - what a verifier trusts, whether a head satisfies it,
   and the proof file a member gets;
5. ``origins``, ``times``, ``b64``, ``errors`` - names, instants, base64, errors.
"""
