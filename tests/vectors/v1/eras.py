"""Two log years in records of version 1: a state log that turns, books that go on."""

from dataclasses import dataclass
from datetime import datetime

from nacl.signing import SigningKey

from tests.vectors.v1.scenario import START, WITNESS, AuditScenario, Log, Record, policy_of, seed
from trust.formats import archive, b64, canon, merkle, notes, origins
from trust.formats.commitments import commit_public
from trust.formats.cosignatures import cosign
from trust.formats.notes import SignedNote, VerifierKey
from trust.formats.times import IST, format_time
from trust.formats.tlogproof import format_tlog_proof

Files = dict[str, bytes]


def first_second(year: str) -> int:
    """When a log year begins."""
    return int(datetime(int(year[:4]), 4, 1, tzinfo=IST).timestamp())


@dataclass(frozen=True, slots=True)
class Placed:
    """A head of a log: its size and note, and the state log that holds it, at which index."""

    size: int
    note: str
    state: Log
    index: int


class Eras(AuditScenario):
    """Several state logs, each naming the next; a log's heads may stand in more than one."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.states = [self.state]
        self.placed: dict[str, list[Placed]] = {}
        self.stated: dict[tuple[str, str], int] = {}
        self.ends: dict[str, tuple[Log, int]] = {}
        self.opened: dict[str, int] = {}
        self.before: dict[str, Log] = {}  # by log, the one that it continues

    # ---- state logs

    def turn_state(self, year: str) -> None:
        """Close the state log and open that of another year."""
        old, new = self.state, self._make(origins.state_origin(self.host, year))
        old.append(
            {
                "kind": "log-closed",
                "v": 1,
                "origin": old.origin,
                "size": len(old.entries) + 1,
                "next": new.origin,
                "next_key": vkey(new).format(),
                "reason": "year-end",
                "note": "",
            },
            first_second(year),
        )
        new.entries.append(old.note().encode())
        self.states.append(new)
        self.state = new

    def head_of(self, state: Log) -> str:
        """A state log's newest head, cosigned."""
        note = notes.parse_note(state.note())
        witness = cosign(note.text, WITNESS, seed(WITNESS), START + 5000)
        return notes.format_note(SignedNote(note.text, (*note.signatures, witness)))

    def proof_in(self, state: Log, index: int) -> bytes:
        """The `.tlog-proof` of an entry of a state log."""
        size = len(state.entries)
        return format_tlog_proof(state.inclusion(index, size, self.head_of(state))).encode()

    def policy(self) -> bytes:
        """A policy that pins all the state logs."""
        return policy_of(*self.states)

    def policy_of_first(self) -> bytes:
        """A policy that pins the first state log alone."""
        return policy_of(self.states[0])

    # ---- subject logs

    def open(self, origin: str) -> Log:
        """A log whose key will be stated before its first head."""
        made = self._make(origin)
        year = origins.parse_origin(origin).year or "2026-27"
        self.opened[origin] = max(START - 1000, first_second(year))
        return made

    def publish(self, log: Log) -> None:
        """Release a head over everything in the log and admit it to the state log of now."""
        state = self.state
        if (state.origin, log.origin) not in self.stated:
            self.stated[state.origin, log.origin] = state.append(self.log_key(log, None))
        note = log.note()
        state.entries.append(note.encode())
        place = Placed(len(log.entries), note, state, len(state.entries) - 1)
        self.placed.setdefault(log.origin, []).append(place)

    def log_key(self, log: Log, until: int | None) -> Record:
        """A record of a log's key, or of its end."""
        return {
            "kind": "log-key",
            "v": 1,
            "origin": log.origin,
            "vkey": vkey(log).format(),
            "valid_from": format_time(self.opened[log.origin]),
            "valid_to": None if until is None else format_time(until),
        }

    def close(self, log: Log, after: str, time: int) -> None:
        """The closing entry, published, and the end of the key."""
        record: Record = {
            "kind": "log-closed",
            "v": 1,
            "origin": log.origin,
            "size": len(log.entries) + 1,
            "next": after,
            "next_key": None,
            "reason": "year-end",
            "note": "",
        }
        log.append(record, time)
        self.publish(log)
        self.ends[log.origin] = (self.state, self.state.append(self.log_key(log, time)))

    def continued(self, log: Log, origin: str) -> Log:
        """A log that begins with the last head of another."""
        made = self.open(origin)
        made.entries.append(self.placed[log.origin][-1].note.encode())
        self.before[origin] = log
        return made

    # ---- packages

    def entry(self, state: Log, index: int, name: str) -> Files:
        """An entry of a state log with its proof and record, as a package names them."""
        entry = state.entries[index]
        digest = b64.decode(entry.decode().split(" ")[3]).hex()
        return {
            f"{name}.tlog-proof": self.proof_in(state, index),
            f"{name}-entry": entry,
            f"{name}-record": state.documents[digest],
        }

    def files(self, log: Log) -> Files:
        """The files of a package, by name; made as the server makes them."""
        places = self.placed[log.origin]
        last = places[-1]
        about: Record = {
            "format": "sakshi-package/1",
            "kind": "society",
            "origin": log.origin,
            "state": last.state.origin,
            "subject": origins.parse_origin(log.origin).subject,
        }
        entries = log.entries[: last.size]
        files = {
            "package.json": canon.canonical(about),
            "policy": self.policy(),
            "log/checkpoint": last.note.encode(),
            "log/entries": b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries),
            "log/leaves": b"".join(merkle.leaf_hash(entry) for entry in entries),
            "state/checkpoint": self.head_of(last.state).encode(),
        }
        key = self.stated[last.state.origin, log.origin]
        files |= self.entry(last.state, key, "state/key")
        files |= self._heads(log, places)
        if log.origin in self.ends:
            files |= self.entry(*self.ends[log.origin], "state/key-end")
        if log.origin in self.before:
            files |= self._previous(self.before[log.origin])
        for state, after in zip(self.states, self.states[1:], strict=False):
            name = f"states/{state.origin.rpartition('/')[2]}"
            files |= self.entry(state, len(state.entries) - 1, f"{name}/last")
            files[f"{name}/next.tlog-proof"] = self.proof_in(after, 0)
        committed = {entry.decode().split(" ")[3] for entry in entries if b"sakshi/1 " in entry}
        files |= {
            f"doc/{digest}": data
            for digest, data in log.documents.items()
            if b64.encode(commit_public(data)) in committed
        }
        for index, opening in log.openings.items():
            if index < last.size:
                files[f"openings/{index}.json"] = canon.canonical(opening)
        return files

    def _heads(self, log: Log, places: list[Placed]) -> Files:
        files: Files = {}
        before = None
        for place in places:
            files[f"state/heads/{place.size}.tlog-proof"] = self.proof_in(place.state, place.index)
            if place is not places[-1]:
                files[f"log/earlier/{place.size}"] = place.note.encode()
            if before is not None:
                path = merkle.build_consistency(before, place.size, log.node)
                lines = "".join(f"{b64.encode(part)}\n" for part in path)
                files[f"proof/consistency/{before}-{place.size}"] = lines.encode()
            before = place.size
        return files

    def _previous(self, old: Log) -> Files:
        last = self.placed[old.origin][-1]
        entry = old.entries[last.size - 1]
        proof = old.inclusion(last.size - 1, last.size, last.note)
        digest = b64.decode(entry.decode().split(" ")[3]).hex()
        key = self.stated[last.state.origin, old.origin]
        return self.entry(last.state, key, "previous/key") | {
            "previous/head.tlog-proof": self.proof_in(last.state, last.index),
            "previous/last.tlog-proof": format_tlog_proof(proof).encode(),
            "previous/last-entry": entry,
            "previous/last-record": old.documents.get(digest, b""),
        }

    def pack(self, log: Log) -> bytes:
        """The package as a file."""
        return archive.pack(self.files(log))


def vkey(log: Log) -> VerifierKey:
    """A log's verifier key."""
    public = bytes(SigningKey(log.secret).verify_key)
    return VerifierKey.make(log.origin, notes.ED25519, public)
