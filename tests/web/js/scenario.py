"""A small state made from fixed seeds: a state log, one society's book, a filed statement.

Everything is written through ``trust.formats``, so that the browser's modules are held against the
bytes of the server's own rules: tiles, bundles, checkpoints, documents and one proof file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from trust.formats import canon, merkle, notes, origins, tiles, tlogproof
from trust.formats.b64 import encode
from trust.formats.checkpoints import Checkpoint, format_checkpoint
from trust.formats.commitments import Opening, commit_private, commit_public
from trust.formats.cosignatures import cosign, cosigner_key
from trust.formats.entries import Entry, format_entry
from trust.formats.proofs import SakshiProof, format_proof

HOST = "s0.test.example"
COOP = origins.coop_origin(HOST, "k-1", "2026-27")
STATE = origins.state_origin(HOST, "2026-27")
START = 1_780_300_800
SEEDS = {COOP: b"\x01" * 32, STATE: b"\x02" * 32, "witness.example/w1": b"\x03" * 32}


@dataclass(slots=True)
class Log:
    """A log in memory."""

    origin: str
    entries: list[bytes] = field(default_factory=list)
    documents: dict[str, bytes] = field(default_factory=dict)

    def public(self, record: dict[str, canon.Json], time: int) -> int:
        """Append a public record; gives its index."""
        document = canon.canonical(record)
        self.documents[sha256(document).hexdigest()] = document
        return self.add(format_entry(Entry(str(record["kind"]), time, commit_public(document))))

    def add(self, entry: bytes) -> int:
        """Append exact bytes."""
        self.entries.append(entry)
        return len(self.entries) - 1

    def leaves(self) -> list[bytes]:
        return [merkle.leaf_hash(entry) for entry in self.entries]

    def node(self, level: int, index: int) -> bytes:
        return merkle.root_of(self.leaves()[index << level : (index + 1) << level])

    def text(self) -> str:
        size = len(self.entries)
        return format_checkpoint(Checkpoint(self.origin, size, merkle.root_of(self.leaves())))

    def note(self, *cosigners: notes.NoteSignature) -> str:
        own = notes.sign_ed25519(self.text(), self.origin, SEEDS[self.origin])
        return notes.format_note(notes.SignedNote(self.text(), (own, *cosigners)))

    def proof(self, index: int, note: str) -> tlogproof.TlogProof:
        path = merkle.build_inclusion(index, len(self.entries), self.node)
        return tlogproof.TlogProof(index, tuple(path), note, None)

    def files(self, note: str) -> dict[str, bytes]:
        """Everything a server gives for this log at its present size."""
        found = {"checkpoint": note.encode()}
        found |= {f"doc/{name}": document for name, document in self.documents.items()}
        for ref in tiles.tiles_at(len(self.entries)):
            first = ref.n * tiles.TILE
            nodes = [self.node(8 * ref.level, i) for i in range(first, first + ref.width)]
            found[ref.path] = b"".join(nodes)
        for bundle in tiles.bundles_at(len(self.entries)):
            first = bundle.n * tiles.TILE
            chunk: Sequence[bytes] = self.entries[first : first + bundle.width]
            found[bundle.path] = tiles.encode_bundle(chunk)
        return {f"{self.origin}/{path}": data for path, data in found.items()}


@dataclass(slots=True)
class CheckScenario:
    """What the tests serve, the proof files, and what the check page would be given."""

    files: dict[str, bytes]
    policy: str
    policy_with_witness: str
    proofs: dict[str, bytes]
    forked: bytes
    subject: dict[str, object]
    earlier: dict[str, object]


def build(before: int = 300) -> CheckScenario:
    """Make the scenario; ``before`` private entries come before the statement in the book."""
    coop, state = Log(COOP), Log(STATE)
    key = state.public(_log_key(), START)
    earlier_state = {"size": len(state.entries), "root": merkle.root_of(state.leaves()).hex()}
    salt = b"\x07" * 32
    voucher = canon.canonical(_voucher())
    commitment = commit_private("voucher", salt, voucher)
    first = coop.add(format_entry(Entry("voucher", START + 1, commitment)))
    for other in range(before - 1):  # all different: equal neighbours would hide a wrong index
        hidden = sha256(b"other %d" % other).digest()
        coop.add(format_entry(Entry("voucher", START + 1, hidden)))
    statement = _statement()
    filed = coop.public(statement, START + 2)
    coop.add(format_entry(Entry("voucher", START + 3, sha256(b"later").digest())))
    for filler in range(5):
        state.add(format_entry(Entry("log-key", START + 1, sha256(b"%d" % filler).digest())))
    head = state.add(coop.note().encode())
    note = state.note(_cosigned(state))
    parts = _Parts(coop, state, head, key, note)
    document = canon.canonical(statement)
    fork = Log(STATE, [*state.entries])
    fork.entries[3] = format_entry(Entry("log-key", START + 1, sha256(b"other").digest()))
    twin = _Parts(coop, fork, head, key, fork.note(_cosigned(fork)))
    return CheckScenario(
        files=coop.files(coop.note()) | state.files(note),
        policy=f"log {_vkey(STATE)}\nquorum none\n",
        policy_with_witness=(
            f"log {_vkey(STATE)}\nwitness w1 "
            f"{cosigner_key('witness.example/w1', SEEDS['witness.example/w1']).format()}\n"
            "group g any w1\nquorum g\n"
        ),
        proofs={
            "statement": parts.proof(filed, Opening(document, None)),
            "voucher": parts.proof(first, Opening(voucher, salt)),
        },
        forked=parts.proof(filed, Opening(document, None), twin),
        subject={
            "origin": COOP,
            "state": STATE,
            "document": sha256(document).hexdigest(),
            "kind": "statement",
            "at": {"entry": filed, "key": key, "head": head},
            "shown": [
                ["L1a", 500, 400],
                ["A9", 500, None],
                ["total-assets", 500, None],
                ["total-liabilities", 500, None],
                ["total-profit", 0, None],
            ],
        },
        earlier=earlier_state,
    )


def _cosigned(log: Log) -> notes.NoteSignature:
    return cosign(log.text(), "witness.example/w1", SEEDS["witness.example/w1"], START + 9)


@dataclass(slots=True)
class _Parts:
    coop: Log
    state: Log
    head: int
    key: int
    note: str

    def proof(self, index: int, opening: Opening, twin: "_Parts | None" = None) -> bytes:
        """The `.sakshi-proof` of one entry of the book; `twin` is the state log that holds the key,
        if it is another one than that which holds the head."""
        keys = twin or self
        return format_proof(
            SakshiProof(
                entry=self.coop.entries[index],
                opening=opening,
                inclusion=self.coop.proof(index, self.coop.note()),
                head=self.state.proof(self.head, self.note),
                key=keys.state.proof(self.key, keys.note),
                key_entry=self.state.entries[self.key],
                key_record=canon.canonical(_log_key()),
            )
        )


def _vkey(origin: str) -> str:
    return notes.verifier_key(origin, SEEDS[origin]).format()


def _log_key() -> dict[str, canon.Json]:
    return {
        "kind": "log-key",
        "v": 1,
        "origin": COOP,
        "vkey": _vkey(COOP),
        "valid_from": "2026-06-01T08:00:00Z",
        "valid_to": None,
    }


def _voucher() -> dict[str, canon.Json]:
    return {
        "kind": "voucher",
        "v": 1,
        "society": "k-1",
        "book_year": "2026-27",
        "import": "i-1",
        "detail": None,
        "id": "c-1",
        "source": "csv",
        "date": "2026-06-01",
        "type": "Receipt",
        "corrects": None,
        "lines": [{"account": "14101", "paise": -500}, {"account": "20101", "paise": 500}],
    }


def _statement() -> dict[str, canon.Json]:
    return {
        "kind": "statement", "v": 1, "society": "k-1", "book_year": "2025-26",
        "origin": COOP, "as_of": "2026-03-31", "book_size": 1, "book_root": encode(b"\x05" * 32),
        "mapping": "ab" * 32, "previous": None, "supersedes": None, "signatures": [],
        "lines": [{"id": "L1a", "paise": 500, "prior": 400},
                  {"id": "A9", "paise": 500, "prior": None}],
        "totals": {"assets": 500, "liabilities": 500, "profit": 0},
    }  # fmt: skip
