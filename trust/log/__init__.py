"""Append-only Merkle logs: sequencing, integration, signing, publication through the state log.

Imports `trust.formats`, `trust.groupcommit`, `trust.database`, `trust.outbox`, `trust.settings`;
nothing above. Start at `service.py` (verbs), then `publish/publisher.py` (rounds of publication),
`keys/signer.py` (the only code that signs), `keys/guard.py` (what makes a fork impossible),
`queries.py` and `proofs.py` (what others read). Beside them lie `witnesses` (what others say of
our heads), `checks` (fsck) and `upkeep` (mirrors, backups, recovery).
"""
