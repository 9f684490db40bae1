"""Proofs as files: the three hops of a Sakshi proof, and the policy that pins the state log."""

from sqlalchemy import Connection

from trust.formats.commitments import Opening
from trust.formats.entries import Entry, parse_entry
from trust.formats.proofs import SakshiProof
from trust.formats.tlogproof import TlogProof
from trust.log import queries, tree_queries
from trust.log.errors import ErasedError, LogError, NoHeadError, NotPublishedError
from trust.log.keys import mldsa_signatures
from trust.log.witnesses import witness_status, witnesspolicy


def tlog_proof(conn: Connection, origin: str, index: int, size: int, note: bytes) -> TlogProof:
    """The `.tlog-proof` of one entry under a released note of that size."""
    path = tree_queries.inclusion(conn, origin, index, size)
    return TlogProof(index=index, path=tuple(path), checkpoint=note.decode(), extra=None)


def sakshi_proof(conn: Connection, origin: str, index: int) -> SakshiProof:
    """One entry proven up to the state log (docs/formats.md section 7).

    Proven by a head that has been witnessed as the rule asks, where one covers the entry; else by
    the newest published one, and a verifier will miss the quorum.

    Raises LogError `not-published` while no published state head covers it, `erased` when the
    payload that would open it is gone.
    """
    head = witness_status.exported(conn, origin, index)
    if head is None:
        raise NotPublishedError(index=index, origin=origin)
    stored = queries.entry(conn, origin, index)
    admitted = queries.admission(conn, origin, head.size)
    if admitted is None:
        raise LogError(f"The head of size {head.size} of {origin} was not admitted.")
    state, state_index = admitted
    state_head = witness_status.anchor(conn, state, state_index)
    key = queries.entry_by_key(conn, state, f"key {origin}")
    if key is None:
        raise LogError(f"The key of {origin} is not in {state}.")
    key_record = public_document(conn, state, key.entry)
    return SakshiProof(
        entry=stored.entry,
        opening=opening_of(conn, origin, index),
        inclusion=tlog_proof(conn, origin, index, head.size, head.note),
        head=tlog_proof(conn, state, state_index, state_head.size, state_head.note),
        key=tlog_proof(conn, state, key.index, state_head.size, state_head.note),
        key_entry=key.entry,
        key_record=key_record,
    )


def public_document(conn: Connection, origin: str, entry: bytes) -> bytes:
    """The document of a public entry."""
    parsed = parse_entry(entry)
    if not isinstance(parsed, Entry):
        raise LogError("A signed head has no document.")
    document = queries.document(conn, parsed.commitment.hex(), origin)
    if document is None:
        raise LogError(f"The document of a {parsed.kind} entry of {origin} is missing.")
    return document


def opening_of(conn: Connection, origin: str, index: int) -> Opening:
    """What opens an entry, public or private; LogError `erased` when it is gone."""
    stored = queries.opening(conn, origin, index)
    if stored is None:
        entry = queries.entry(conn, origin, index)
        return Opening(public_document(conn, origin, entry.entry), None)
    if stored.record is None or stored.salt is None:
        raise ErasedError(index=index, origin=origin)
    return Opening(stored.record, stored.salt)


def policy_text(conn: Connection, *, current: bool = False) -> str:
    """The tlog-policy that pins every state log of this installation, its witnesses and quorum.

    A state log that signs every head twice has two lines, one for each of its keys. With `current`
    it pins the newest state log alone, for clients that want every `log` line to have signed.
    Raises NoHeadError before the state key is known (the first publication makes it known).
    """
    pinned = []
    for info in queries.logs(conn, "state"):
        keys = (info.vkey, mldsa_signatures.pinned(conn, info.origin))
        pinned.append([f"log {key}" for key in keys if key is not None])
    known = [lines for lines in pinned if lines]
    if not known:
        raise NoHeadError(origin="state")
    lines = [line for log in known[-1 if current else 0 :] for line in log]
    return "\n".join([*lines, witnesspolicy.lines(witnesspolicy.current(conn))])
