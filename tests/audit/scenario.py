"""A whole small state in memory, made of the formats alone: logs, heads, witnesses, packages.

No database, no signer, no clock: everything follows from the seeds, and a test can forge whatever
it likes, because here it holds every key.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from trust.formats import archive, b64, canon, commitments, merkle, notes, origins, records, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.commitments import Opening
from trust.formats.cosignatures import cosign, cosigner_key
from trust.formats.entries import Entry, format_entry
from trust.formats.notes import SignedNote
from trust.formats.proofs import SakshiProof, format_proof
from trust.formats.times import format_time
from trust.formats.tlogproof import TlogProof, format_tlog_proof

Record = dict[str, Json]
START = 1_780_000_000  # 2026-05-28
VECTORS = Path(__file__).resolve().parent.parent / "vectors"
WITNESS = "witness.example/press"


def seed(*parts: object) -> bytes:
    """32 bytes that follow from their names."""
    return sha256("/".join(map(str, parts)).encode()).digest()


@dataclass(slots=True)
class Log:
    """One log with everything it holds, private parts included."""

    origin: str
    secret: bytes
    entries: list[bytes] = field(default_factory=list)
    openings: dict[int, Record] = field(default_factory=dict)
    documents: dict[str, bytes] = field(default_factory=dict)
    heads: list[tuple[int, str, int]] = field(default_factory=list)  # size, note, state index

    def append(self, record: Record, time: int = START, detail: Record | None = None) -> int:
        """Seal a record, public or private as its kind is; gives its index."""
        index, kind = len(self.entries), str(record["kind"])
        opening: Record = {}
        if detail is not None:
            salt, body = seed(self.origin, index, "detail"), canon.canonical(detail)
            commitment = commitments.commit_private(f"{kind}-detail", salt, body)
            record = {**record, "detail": b64.encode(commitment)}
            opening["detail"] = {"record": body.decode(), "salt": b64.encode(salt)}
        body = canon.canonical(record)
        if records.newest(kind).public:
            commitment = commitments.commit_public(body)
            self.documents[commitment.hex()] = body
        else:
            salt = seed(self.origin, index, "salt")
            commitment = commitments.commit_private(kind, salt, body)
            opening |= {"kind": kind, "record": body.decode(), "salt": b64.encode(salt)}
            self.openings[index] = opening
        self.entries.append(format_entry(Entry(kind, time, commitment)))
        return index

    def root(self, size: int | None = None) -> bytes:
        """Root over the first `size` entries."""
        return merkle.root_of([merkle.leaf_hash(entry) for entry in self.entries[:size]])

    def node(self, level: int, index: int) -> bytes:
        """Hash of a perfect subtree, for building proofs."""
        row = self.entries[index << level : (index + 1) << level]
        return merkle.root_of([merkle.leaf_hash(entry) for entry in row])

    def note(self, size: int | None = None) -> str:
        """The signed head over the first `size` entries."""
        size = len(self.entries) if size is None else size
        text = format_checkpoint(Checkpoint(self.origin, size, self.root(size)))
        return notes.format_note(
            SignedNote(text, (notes.sign_ed25519(text, self.origin, self.secret),))
        )

    def inclusion(self, index: int, size: int, note: str) -> TlogProof:
        """Proof of one entry under a note of that size."""
        return TlogProof(index, tuple(merkle.build_inclusion(index, size, self.node)), note)


class AuditScenario:
    """A state: the state log, its subject logs, and one outside witness."""

    def __init__(self, name: str = "world", *, witnessed: bool = True) -> None:
        self.host = f"{name}.example"
        self.witnessed = witnessed
        self.state = self._make(origins.state_origin(self.host, "2026-27"))
        self.keys: dict[str, int] = {}

    def _make(self, origin: str) -> Log:
        return Log(origin, seed(origin, "key"))

    def log(self, origin: str) -> Log:
        """A subject log whose key the state log holds."""
        made = self._make(origin)
        record: Record = {
            "kind": "log-key",
            "v": 1,
            "origin": origin,
            "vkey": notes.verifier_key(origin, made.secret).format(),
            "valid_from": format_time(START - 1000),
            "valid_to": None,
        }
        self.keys[origin] = self.state.append(record)
        return made

    def coop(self, slug: str = "k-12") -> Log:
        """A society's book log of 2026-27."""
        return self.log(origins.coop_origin(self.host, slug, "2026-27"))

    def publish(self, log: Log) -> None:
        """Release a head over everything in the log and admit it to the state log."""
        note = log.note()
        self.state.entries.append(note.encode())
        log.heads.append((len(log.entries), note, len(self.state.entries) - 1))

    def state_note(self) -> str:
        """The state log's head, cosigned by the witness if the scenario has one."""
        note = notes.parse_note(self.state.note())
        lines = list(note.signatures)
        if self.witnessed:
            lines.append(cosign(note.text, WITNESS, seed(WITNESS), START + 5000))
        return notes.format_note(SignedNote(note.text, tuple(lines)))

    def policy(self) -> bytes:
        """A policy that pins the state log and, if there is one, asks for the witness."""
        lines = [f"log {notes.verifier_key(self.state.origin, self.state.secret).format()}"]
        if self.witnessed:
            lines.append(f"witness press {cosigner_key(WITNESS, seed(WITNESS)).format()}")
        lines.append("quorum press" if self.witnessed else "quorum none")
        return "".join(f"{line}\n" for line in lines).encode()

    def state_proof(self, index: int) -> TlogProof:
        """Proof of an entry of the state log under its present head."""
        return self.state.inclusion(index, len(self.state.entries), self.state_note())

    def proof(self, log: Log, index: int) -> SakshiProof:
        """The Sakshi proof of an entry under the log's last published head."""
        size, note, state_index = log.heads[-1]
        key_entry = self.state.entries[self.keys[log.origin]]
        return SakshiProof(
            entry=log.entries[index],
            opening=self._opening(log, index),
            inclusion=log.inclusion(index, size, note),
            head=self.state_proof(state_index),
            key=self.state_proof(self.keys[log.origin]),
            key_entry=key_entry,
            key_record=self._key_record(log),
        )

    def proof_bytes(self, log: Log, index: int) -> bytes:
        """The same as a file."""
        return format_proof(self.proof(log, index))

    def _opening(self, log: Log, index: int) -> Opening:
        opening = log.openings.get(index)
        if opening is None:
            digest = b64.decode(log.entries[index].decode().split(" ")[3]).hex()
            return Opening(log.documents[digest], None)
        return Opening(str(opening["record"]).encode(), b64.decode(str(opening["salt"])))

    def _key_record(self, log: Log) -> bytes:
        entry = self.state.entries[self.keys[log.origin]]
        return self.state.documents[b64.decode(entry.decode().split(" ")[3]).hex()]

    def members(
        self, log: Log, kind: str = "society", shown: Callable[[int], bool] = lambda index: True
    ) -> dict[str, bytes]:
        """The files of an audit package, by name, to be altered at will."""
        size, note, _ = log.heads[-1]
        about: Record = {
            "format": "sakshi-package/1",
            "kind": kind,
            "origin": log.origin,
            "state": self.state.origin,
            "subject": origins.parse_origin(log.origin).subject,
        }
        key = self.state_proof(self.keys[log.origin])
        files = {
            "package.json": canon.canonical(about),
            "policy": self.policy(),
            "log/checkpoint": note.encode(),
            "log/entries": bundle(log.entries[:size]),
            "log/leaves": b"".join(merkle.leaf_hash(entry) for entry in log.entries[:size]),
            "state/checkpoint": self.state_note().encode(),
            "state/key.tlog-proof": format_tlog_proof(key).encode(),
            "state/key-entry": self.state.entries[self.keys[log.origin]],
            "state/key-record": self._key_record(log),
        }
        before = None
        for earlier, earlier_note, index in log.heads:
            proof = format_tlog_proof(self.state_proof(index))
            files[f"state/heads/{earlier}.tlog-proof"] = proof.encode()
            if earlier != size:
                files[f"log/earlier/{earlier}"] = earlier_note.encode()
            if before is not None:
                path = merkle.build_consistency(before, earlier, log.node)
                lines = "".join(f"{b64.encode(part)}\n" for part in path)
                files[f"proof/consistency/{before}-{earlier}"] = lines.encode()
            before = earlier
        files |= {f"doc/{digest}": document for digest, document in log.documents.items()}
        for index, opening in log.openings.items():
            if shown(index):
                files[f"openings/{index}.json"] = canon.canonical(opening)
        return files

    def package(self, log: Log, kind: str = "society") -> bytes:
        """The package as a file."""
        return archive.pack(self.members(log, kind))


def bundle(entries: list[bytes]) -> bytes:
    """Entries as `log/entries` holds them."""
    return b"".join(
        tiles.encode_bundle(entries[at : at + tiles.TILE])
        for at in range(0, len(entries), tiles.TILE)
    )


def folder(members: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with their manifest, as an unpacked package."""
    return {archive.MANIFEST: archive.manifest_of(members), **members}
