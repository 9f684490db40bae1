"""Append-only Merkle logs: sequencing, integration, signing, publication through the state log.

Imports `trust.formats`, `trust.database`, `trust.outbox`, `trust.settings`; nothing above. Start
at `service.py` (verbs), then `publisher.py` (group commit), `signer.py` (the only code that signs),
`guard.py` (what makes a fork impossible), `queries.py` and `proofs.py` (what others read).
"""
