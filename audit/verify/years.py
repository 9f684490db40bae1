"""From one log year to the next: how a log begins, how it ends, and until when its key was valid.

A log that continues another begins with the other's last head; the other's last entry names it
(docs/formats.md 6.7). Both are shown by the files `previous/…` of a package, which rest on the
state log like everything else; without them it is said that they were not checked.
"""

from typing import Protocol

from audit.verify.chain import Chain
from audit.verify.links import LogKey, check_admitted, check_key, check_subject, saying
from audit.verify.report import Check
from audit.verify.states import order
from trust.formats import b64, origins, times
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, ProofError
from trust.formats.merkle import leaf_hash
from trust.formats.tlogproof import TlogProof, parse_tlog_proof

PREVIOUS = "previous/"
GIVEN_UP = "previous/given-up"
KEY_END = "state/key-end"


class Proofs(Protocol):
    """What the state log's side of a package offers: proofs under heads that are right."""

    def proof(self, name: str, check: Check) -> TlogProof | None: ...


def continues(chain: Chain) -> bool:
    """Whether the log begins with the head of another."""
    return bool(chain.parsed) and isinstance(chain.parsed[0], NoteEntry)


def check_years(chain: Chain, key: LogKey, state: Proofs, whole: bool, check: Check) -> None:
    """Beginning and end of the log; call after the grammar, when every entry was read.

    Args:
        whole: the whole state logs were read, so that what is not shown is not there.
    """
    check.ok(0)
    first = chain.parsed[0] if chain.parsed else None
    if isinstance(first, NoteEntry):
        with saying(check, entry=chain.ref(0)):
            _check_place(chain, first.checkpoint.origin)
            _check_previous(chain, first, state, check)
    closed = _check_closing(chain, check)
    if f"{KEY_END}.tlog-proof" in chain.members:
        _check_key_end(chain, key, closed, state, check)
    elif closed is not None and whole:
        check.missing(
            "The log is closed, but the state log does not end its key: whoever holds that key "
            "could go on signing."
        )
    elif closed is not None:
        check.skip("That the state log has ended this log's key is not shown by this package.")


def _check_place(chain: Chain, before: str) -> None:
    if not _same_subject(chain.origin, before) or order(before) >= order(chain.origin):
        raise ProofError(f"Entry 0 is a head of {before}, which this log does not continue.")


def _same_subject(one: str, other: str) -> bool:
    own, found = origins.parse_origin(one), origins.parse_origin(other)
    return (own.host, own.kind, own.subject) == (found.host, found.kind, found.subject)


def _check_previous(chain: Chain, first: NoteEntry, state: Proofs, check: Check) -> None:
    before = first.checkpoint.origin
    if not any(name.startswith(PREVIOUS) for name in chain.members):
        check.skip(
            f"That entry 0 is the last head of {before}, and that nothing was left out between the "
            "two logs: this package does not show it; a monitor and that log's own package do.",
            entry=chain.ref(0),
        )
        return
    if f"{GIVEN_UP}.tlog-proof" in chain.members:
        _check_given_up(chain, first, state, check)
        return
    proof = state.proof(f"{PREVIOUS}key.tlog-proof", check)
    admitted = state.proof(f"{PREVIOUS}head.tlog-proof", check)
    entry, record = (chain.take(f"{PREVIOUS}{name}") or b"" for name in ("key-entry", "key-record"))
    last = _last_entry(chain, first)
    if proof is None or admitted is None:
        return
    found = check_key(proof, entry, record)
    if found.origin != before:
        raise ProofError(f"The key under previous/ is that of {found.origin}, not of {before}.")
    note = chain.entries[0].decode("utf-8", "replace")
    check_subject(note, found)
    check_admitted(admitted, note)
    if last != chain.origin:
        raise ProofError(f"{before} says that it goes on in {last}, not in {chain.origin}.")
    chain.previous_key = found
    check.ok()


def _check_given_up(chain: Chain, first: NoteEntry, state: Proofs, check: Check) -> None:
    """The log before was not closed: the state log gives it up and says where and why."""
    head = first.checkpoint
    proof = state.proof(f"{GIVEN_UP}.tlog-proof", check)
    entry, record = (chain.take(f"{GIVEN_UP}-{name}") or b"" for name in ("entry", "record"))
    if proof is None:
        return
    parsed = parse_entry(entry)
    if not isinstance(parsed, Entry) or parsed.kind != "abandonment":
        raise FormatError("The entry under previous/given-up gives no log up.")
    value = open_commitment("abandonment", parsed.commitment, Opening(record, None))
    proof.check_path(leaf_hash(entry))
    named = (value["origin"], value["size"], value["root"], value["successor"])
    if named != (head.origin, head.size, b64.encode(head.root), chain.origin):
        raise ProofError(f"The state log gives up {value['origin']} at another head or elsewhere.")
    chain.given_up = True
    check.skip(
        f"{head.origin} was given up, not closed: of its {head.size} entries {value['kept']} were "
        f"left ({value['reason']}).",
        entry=chain.ref(0),
    )


def _last_entry(chain: Chain, first: NoteEntry) -> str:
    """The log in which the previous one goes on, by its last entry."""
    data = chain.take(f"{PREVIOUS}last.tlog-proof") or b""
    entry = chain.take(f"{PREVIOUS}last-entry") or b""
    record = chain.take(f"{PREVIOUS}last-record") or b""
    proof = parse_tlog_proof(data.decode("utf-8", "replace"))
    if proof.checkpoint.encode() != chain.entries[0]:
        raise ProofError("previous/last.tlog-proof rests on another head than entry 0.")
    if proof.index != first.checkpoint.size - 1:
        raise ProofError("previous/last-entry is not the last entry of its log.")
    proof.check_path(leaf_hash(entry))
    parsed = parse_entry(entry)
    if not isinstance(parsed, Entry) or parsed.kind != "log-closed":
        raise FormatError("The last entry of the log before does not close it.")
    value = open_commitment("log-closed", parsed.commitment, Opening(record, None))
    if value["origin"] != first.checkpoint.origin:
        raise ProofError(f"The closing entry is of {value['origin']}.")
    return str(value["next"])


def _check_closing(chain: Chain, check: Check) -> Entry | None:
    """The closing entry, if there is one: the last, of this log and size."""
    found = None
    for index, entry in enumerate(chain.parsed):
        if not isinstance(entry, Entry) or entry.kind != "log-closed":
            continue
        found = entry
        with saying(check, entry=chain.ref(index)):
            if index != len(chain.parsed) - 1:
                raise ProofError("The log is closed here, but entries stand after it.")
            document = chain.members.get(f"doc/{entry.commitment.hex()}")
            if document is None:
                continue  # Named as missing with the other documents.
            value = open_commitment("log-closed", entry.commitment, Opening(document, None))
            if value["origin"] != chain.origin or value["size"] != index + 1:
                raise ProofError("The closing entry is of another log or size.")
            after = str(value["next"])
            if not _same_subject(chain.origin, after):
                raise ProofError(f"The log cannot go on in {after}, which is another subject's.")
            if order(after) <= order(chain.origin):
                raise ProofError(f"The log cannot go on in {after}, which is older.")
            check.ok()
    return found


def _check_key_end(
    chain: Chain, key: LogKey, closed: Entry | None, state: Proofs, check: Check
) -> None:
    proof = state.proof(f"{KEY_END}.tlog-proof", check)
    entry, record = (chain.take(f"{KEY_END}-{name}") or b"" for name in ("entry", "record"))
    if proof is None:
        return
    with saying(check, member=f"{KEY_END}.tlog-proof"):
        ended = check_key(proof, entry, record)
        if ended.key != key.key or ended.valid_from != key.valid_from or ended.valid_to is None:
            raise ProofError("The record that ends the key is not about this log's key.")
        if closed is None:
            raise ProofError("The key has ended, but the log has no closing entry: it is cut off.")
        if ended.valid_to != closed.time:
            raise ProofError(
                f"The key ended at {times.Moment(ended.valid_to)}, the log was closed at "
                f"{times.Moment(closed.time)}."
            )
        check.ok()
