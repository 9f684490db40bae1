"""The signed head that a mirror brought with the entries, kept as it was released.

Our signer signs a head again only if it is the last one of its log. Of a log that no mirror holds
in full this head is smaller, and nobody signs it any more: with its second line and the
cosignatures of the policy's witnesses it is what the log serves, mirrors and proves by.
"""

from collections.abc import Iterator

from sqlalchemy import Connection, insert, select

from trust.formats import notes
from trust.formats.cosignatures import verify_cosignature
from trust.formats.errors import SakshiError
from trust.formats.notes import SignedNote, VerifierKey
from trust.formats.policy import PolicyWitness
from trust.log import queries
from trust.log.context import Context
from trust.log.keys import mldsa_signatures
from trust.log.keys.mldsa_signatures import SecondLine
from trust.log.tables import log_cosignature, log_head
from trust.log.upkeep.survey import Offer
from trust.log.witnesses import witness_status, witnesspolicy


def keep(ctx: Context, conn: Connection, origin: str, offer: Offer) -> None:
    """Store the head under which entries came back; of a state log, publish it with the witnesses
    that it names. Does nothing if the head is stored already."""
    log_id, size = queries.info(conn, origin).id, offer.head.size
    held = select(log_head.c.size).where(log_head.c.log_id == log_id, log_head.c.size == size)
    if conn.execute(held).first() is not None:
        return
    note, now = notes.parse_note(offer.note), ctx.clock()
    lines = tuple(s for s in note.signatures if _is(s, VerifierKey.parse(offer.vkey)))
    own = notes.format_note(SignedNote(note.text, lines[:1])).encode()
    values = {"log_id": log_id, "size": size, "root": offer.head.root}
    conn.execute(insert(log_head).values(**values, note=own, signed_at=now))
    mldsa_signatures.store(conn, _second(ctx, origin, offer, note))
    if queries.info(conn, origin).kind == "state":
        _publish(conn, origin, size, note, now)


def _is(signature: notes.NoteSignature, key: VerifierKey) -> bool:
    return (signature.name, signature.key_id) == (key.name, key.key_id)


def _second(ctx: Context, origin: str, offer: Offer, note: SignedNote) -> Iterator[SecondLine]:
    """The log's ML-DSA-44 line, if it is under the head and right; with the key if the mirror's
    policy pins it."""
    if len(note.signatures) < 2:
        return
    vkey = ctx.signer.second_vkey(origin)
    key, policy = VerifierKey.parse(vkey), offer.source.read("policy") or b""
    pins = vkey if f"log {vkey}".encode() in policy.splitlines() else None
    for signature in note.signatures:
        if _is(signature, key) and _seen(note, signature, key) is not None:
            yield SecondLine(origin, offer.head.size, signature.line().encode(), pins)
            return


def _publish(conn: Connection, origin: str, size: int, note: SignedNote, now: int) -> None:
    """As the head stands by the rule in force, with the cosignatures that it carries."""
    rule = witnesspolicy.current(conn)
    log_id = witness_status.lock(conn, origin)
    for witness in () if rule is None else rule.policy.witnesses:
        for signature in note.signatures:
            if _is(signature, witness.key):
                _cosignature(conn, log_id, size, note, signature, witness)
    status = witness_status.judge(conn, origin, size, rule)
    policy_id = 0 if rule is None else rule.id
    witness_status.raise_to(conn, origin, size, status, policy_id, now=now)


def _cosignature(
    conn: Connection,
    log_id: int,
    size: int,
    note: SignedNote,
    signature: notes.NoteSignature,
    witness: PolicyWitness,
) -> None:
    at = _seen(note, signature, witness.key)
    key = {
        "log_id": log_id,
        "size": size,
        "key_name": witness.key.name,
        "key_id": witness.key.key_id.hex(),
    }
    where = [log_cosignature.c[name] == value for name, value in key.items()]
    if at is None or conn.execute(select(log_cosignature.c.time).where(*where)).first():
        return
    values = {"witness": witness.name, "time": at, "line": signature.line().encode()}
    conn.execute(insert(log_cosignature).values(**key, **values))


def _seen(note: SignedNote, signature: notes.NoteSignature, key: VerifierKey) -> int | None:
    """The time a cosignature states (UTC seconds); None if it is not right or of another kind."""
    try:
        return verify_cosignature(note.text, signature, key)
    except SakshiError:
        return None
