"""What became of a proven entry: whether a server still serves it, or its log was given up.

A proof stays right for ever; that the entry can still be read is another question, and only a
server or a mirror answers it. An entry that is lost after its log was given up in public was signed
all the same: that is a note, never an accusation. An entry that is gone without a word is one.
"""

from dataclasses import dataclass

from audit.fetch import LARGE, FetchError, Progress, Server
from audit.verify.report import Check, EntryRef, Report
from trust.formats import merkle, notes, origins, tiles, times
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.formats.policy import TrustPolicy, parse_policy
from trust.formats.proofs import SakshiProof, parse_proof
from trust.formats.witnessed import check_checkpoint

CHECK = ("served", "The server named serves the entry still.")
_LINE = b"sakshi/1 abandonment "


@dataclass(frozen=True, slots=True)
class _Said:
    """An abandonment, and when it was sealed (UTC seconds)."""

    at: int
    record: dict[str, Json]


def check(report: Report, data: bytes, policy: bytes, server: Server, progress: Progress) -> None:
    """Add to the report on a proof whether its entry is there still.

    Asked only of a proof that is right: of another one the question has no meaning.
    """
    report.plan([CHECK])
    question = report[CHECK[0]]
    if report.facts.get("log") is None or any(c.state == "wrong" for c in report.checks.values()):
        question.skip("The proof itself is not right, so the server was not asked.")
        return
    origin, proof = report.facts["log"], parse_proof(data)
    where = EntryRef(origin, proof.inclusion.index, report.facts.get("kind"))
    try:
        said = _given_up(server, parse_policy(policy), origin, question, progress)
        _compare(server, proof, origin, said, question, where)
    except SakshiError as error:
        question.skip(f"What became of the entry could not be asked: {error}", entry=where)


def _compare(
    server: Server,
    proof: SakshiProof,
    origin: str,
    said: _Said | None,
    question: Check,
    where: EntryRef,
) -> None:
    index, size = proof.inclusion.index, _size(proof.inclusion.checkpoint)
    if said is not None and size > int(str(said.record["size"])):
        question.wrong(
            f"The log was given up at size {said.record['size']}, but this proof rests on a head "
            f"of size {size} that it signed. Keep the proof: it convicts the log.",
            entry=where,
        )
        return
    head = _head(server, proof, origin, said)
    if head is None or head.size <= index:
        _gone(head, said, question, where)
    elif _entry(server, origin, head, index) == proof.entry:
        question.ok()
    else:
        question.wrong(
            f"The server serves another entry at position {index} than the one that was signed.",
            entry=where,
        )


def _gone(head: Checkpoint | None, said: _Said | None, question: Check, where: EntryRef) -> None:
    served = 0 if head is None else head.size
    if said is None:
        question.missing(
            f"The entry was signed, but the server serves {served} entries of its log, and no "
            "state log says that the log was given up.",
            entry=where,
        )
    elif where.index < int(str(said.record["kept"])):
        question.missing(
            f"The entry was signed, and {said.record['kept']} entries were left when the log was "
            f"given up; the server serves {served} of them.",
            entry=where,
        )
    else:
        question.ok(0)
        question.note(
            f"The entry was signed, and it was right. It was lost, and its log was given up on "
            f"{times.format_time(said.at)} with the reason: {said.record['reason']}. It goes on in "
            f"{said.record['successor']}. Keep this proof: it may be all that is left of it.",
            entry=where,
        )


def _size(note: str) -> int:
    return int(note.split("\n")[1])


def _head(server: Server, proof: SakshiProof, origin: str, said: _Said | None) -> Checkpoint | None:
    """The log's head as served, signed by the key of the proof; None if nothing is left of it."""
    key = Opening(proof.key_record, None)
    vkey = str(open_commitment("log-key", _commitment(proof.key_entry), key)["vkey"])
    try:
        note = server.log(origin, "checkpoint")
    except FetchError:
        if said is not None:
            return None
        raise
    return open_checkpoint(note, notes.VerifierKey.parse(vkey))


def _commitment(line: bytes) -> bytes:
    parsed = parse_entry(line)
    if not isinstance(parsed, Entry):
        raise FormatError("This entry is a signed head and has no record.")
    return parsed.commitment


def _entry(server: Server, origin: str, head: Checkpoint, index: int) -> bytes:
    n = index // tiles.TILE
    ref = tiles.BundleRef(n, min(tiles.TILE, head.size - n * tiles.TILE))
    return tiles.decode_bundle(server.log(origin, ref.path, LARGE), ref.width)[index % tiles.TILE]


def _given_up(
    server: Server, policy: TrustPolicy, origin: str, question: Check, progress: Progress
) -> _Said | None:
    """What the state logs of the policy say of the log; each is read whole and checked."""
    pinned = {log.key.name for log in policy.logs}
    for name in sorted({log.key.name for log in parse_policy(server.get("policy")).logs} - pinned):
        question.skip(f"{name}, which the server names, is not in your policy and was not read.")
    host = origins.parse_origin(origin).host
    for name in sorted(name for name in pinned if name.startswith(f"{host}/state/")):
        for sealed, at in _abandonments(server, policy, name, progress):
            document = server.log(name, f"doc/{sealed.hex()}", LARGE)
            record = open_commitment("abandonment", sealed, Opening(document, None))
            if record["origin"] == origin:
                return _Said(at, record)
    return None


def _abandonments(
    server: Server, policy: TrustPolicy, state: str, progress: Progress
) -> list[tuple[bytes, int]]:
    """Commitment and time of every abandonment in a state log, under its witnessed head."""
    head = check_checkpoint(policy, server.log(state, "checkpoint")).checkpoint
    entries = server.entries(state, head.size, progress)
    tree = merkle.root_of([merkle.leaf_hash(entry) for entry in entries])
    if tree != head.root:
        raise FormatError(f"The entries of {state} do not give the root of its signed head.")
    parsed = [parse_entry(entry) for entry in entries if entry.startswith(_LINE)]
    return [(one.commitment, one.time) for one in parsed if isinstance(one, Entry)]
