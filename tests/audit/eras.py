"""A small state over several years: state logs that turn, books that go on; every key at hand."""

from dataclasses import dataclass
from datetime import datetime

from nacl.signing import SigningKey

from audit.verify.history import History
from audit.verify.verify import Source, verify_history
from tests.audit import books
from tests.audit.helpers import knowledge
from tests.audit.scenario import START, WITNESS, AuditScenario, Log, Record, folder, seed
from trust.books.pure.vouchers import from_record
from trust.formats import archive, b64, canon, merkle, notes, origins
from trust.formats.commitments import commit_public
from trust.formats.cosignatures import cosign, cosigner_key
from trust.formats.notes import SignedNote, VerifierKey
from trust.formats.proofs import SakshiProof, format_proof
from trust.formats.times import IST, format_time
from trust.formats.tlogproof import format_tlog_proof, parse_tlog_proof

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

    def __init__(self, name: str = "eras", *, witnessed: bool = True) -> None:
        super().__init__(name, witnessed=witnessed)
        self.states = [self.state]
        self.placed: dict[str, list[Placed]] = {}
        self.stated: dict[tuple[str, str], int] = {}
        self.ends: dict[str, tuple[Log, int]] = {}
        self.opened: dict[str, int] = {}
        self.before: dict[str, Log] = {}  # by log, the one that it continues

    # ---- state logs

    def turn_state(self, year: str, *, key: Log | None = None, start: bytes | None = None) -> Log:
        """Close the state log and open that of another year.

        `key` is the log whose key the closing entry names instead of the right one's, `start`
        what stands at entry 0 instead of the last head.
        """
        old, new = self.state, self._make(origins.state_origin(self.host, year))
        named = new if key is None else key
        old.append(
            {
                "kind": "log-closed",
                "v": 1,
                "origin": old.origin,
                "size": len(old.entries) + 1,
                "next": named.origin,
                "next_key": vkey(named).format(),
                "reason": "year-end",
                "note": "",
            },
            first_second(year),
        )
        new.entries.append(old.note().encode() if start is None else start)
        self.states.append(new)
        self.state = new
        return new

    def head_of(self, state: Log) -> str:
        """A state log's newest head, cosigned."""
        note = notes.parse_note(state.note())
        lines = list(note.signatures)
        if self.witnessed:
            lines.append(cosign(note.text, WITNESS, seed(WITNESS), START + 5000))
        return notes.format_note(SignedNote(note.text, tuple(lines)))

    def proof_in(self, state: Log, index: int) -> bytes:
        """The `.tlog-proof` of an entry of a state log."""
        size = len(state.entries)
        return format_tlog_proof(state.inclusion(index, size, self.head_of(state))).encode()

    def policy(self, states: int | None = None) -> bytes:
        """A policy that pins the first so many state logs, by default all."""
        lines = [f"log {vkey(state).format()}" for state in self.states[:states]]
        if self.witnessed:
            lines.append(f"witness press {cosigner_key(WITNESS, seed(WITNESS)).format()}")
        lines.append("quorum press" if self.witnessed else "quorum none")
        return "".join(f"{line}\n" for line in lines).encode()

    # ---- subject logs

    def open(self, origin: str, *, secret: bytes | None = None) -> Log:
        """A log whose key will be stated before its first head."""
        made = self._make(origin)
        if secret is not None:
            made.secret = secret
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

    def close(self, log: Log, after: str, time: int, **change: canon.Json) -> None:
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
        log.append(record | change, time)
        self.publish(log)
        self.ends[log.origin] = (self.state, self.state.append(self.log_key(log, time)))

    def continued(self, log: Log, origin: str, *, secret: bytes | None = None) -> Log:
        """A log that begins with the last head of another."""
        made = self.open(origin, secret=secret)
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

    def files(self, log: Log, *, shown: bool = True) -> Files:
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
            if shown and index < last.size:
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

    def sakshi_proof(self, log: Log, index: int) -> bytes:
        """The proof of one entry under the log's last published head."""
        last = self.placed[log.origin][-1]
        key = self.stated[last.state.origin, log.origin]
        entry = last.state.entries[key]
        head, stated = (
            parse_tlog_proof(self.proof_in(last.state, at).decode()) for at in (last.index, key)
        )
        digest = b64.decode(entry.decode().split(" ")[3]).hex()
        return format_proof(
            SakshiProof(
                log.entries[index],
                self._opening(log, index),
                log.inclusion(index, last.size, last.note),
                head,
                stated,
                entry,
                last.state.documents[digest],
            )
        )

    def pack(self, log: Log) -> bytes:
        """The package as a file."""
        return archive.pack(self.files(log))


def vkey(log: Log) -> VerifierKey:
    """A log's verifier key."""
    public = bytes(SigningKey(log.secret).verify_key)
    return VerifierKey.make(log.origin, notes.ED25519, public)


def verify(scenario: Eras, *files: Files, states: int | None = None, own: bool = True) -> History:
    """Verify packages together; `own` with a policy that pins the first so many state logs."""
    sources = [Source(f"package {number}", files=folder(one)) for number, one in enumerate(files)]
    return verify_history(sources, knowledge(scenario.policy(states) if own else None))


NEXT = "2027-28"
LATER = first_second(NEXT)


@dataclass(slots=True)
class Society:
    """A society whose book year 2026-27 stands in two log years; made in three steps."""

    scenario: Eras
    old: Log
    first: Record
    sealed: list[Record]
    new: Log

    def turn(self) -> None:
        """The state log turns, the old book log is closed, and the new one continues it."""
        self.scenario.turn_state(NEXT)
        after = origins.coop_origin(self.scenario.host, books.SLUG, NEXT)
        self.scenario.close(self.old, after, LATER + 5)
        self.new = self.scenario.continued(self.old, after)

    def finish(self, late: list[Record] | None = None) -> None:
        """The rest of 2026-27 and its sheet; `late` are other vouchers than the usual ones."""
        rest = movements()[2:] if late is None else late
        post(self.new, "imp-3", rest, LATER + 10)
        self.sealed += rest
        self.scenario.publish(self.new)
        self.new.append(self.second(), LATER + 30)
        self.scenario.publish(self.new)

    def second(self, **change: canon.Json) -> Record:
        """The sheet of 2026-27, over the vouchers of both logs."""
        counted = [from_record(one) for one in self.sealed]
        record = books.statement(self.new, counted, "2026-27", prior=self.first)
        record |= change
        del record["signatures"]
        return books.sign(record, self.new.origin, books.OFFICER, "secretary")

    def packages(self) -> list[Files]:
        """Both packages."""
        return [self.scenario.files(self.old), self.scenario.files(self.new)]


def begin(scenario: Eras | None = None) -> Society:
    """Registration, the sheet of 2025-26, and half of 2026-27; the log year has not ended."""
    scenario = scenario or Eras()
    old = scenario.open(origins.coop_origin(scenario.host, books.SLUG, "2026-27"))
    old.append(books.society_record())
    old.append(books.officer_record())
    early = books.vouchers()
    post(old, "imp-1", early, START + 10)
    scenario.publish(old)
    first = books.statement(old, [from_record(one) for one in early])
    old.append(first, START + 30)
    ours = movements()[:2]
    post(old, "imp-2", ours, START + 40)
    scenario.publish(old)
    return Society(scenario, old, first, [*early, *ours], old)


def society(scenario: Eras | None = None) -> Society:
    """The whole story, honestly told."""
    found = begin(scenario)
    found.turn()
    found.finish()
    return found


def post(log: Log, batch: str, records: list[Record], time: int, *, closed: bool = True) -> None:
    """One import with these vouchers."""
    year = "2025-26" if batch == "imp-1" else "2026-27"
    log.append({**books.import_open(batch, len(records)), "book_year": year}, time)
    for number, record in enumerate(records):
        log.append(record, time + 1 + number, books.detail(f"{batch}-{number}"))
    if closed:
        log.append(books.import_close(batch, len(records)), time + 1 + len(records))


def movements() -> list[Record]:
    """Vouchers of 2026-27: two sealed before the log turned, two after; the last one reverses."""
    cash, savings, *_ = books.accounts()
    return [
        movement("h-1", (cash, 7_000_00), (savings, -7_000_00), batch="imp-2"),
        movement("h-2", (cash, 300_00), (savings, -300_00), batch="imp-2"),
        movement("h-3", (cash, 1_000_00), (savings, -1_000_00), day="2027-03-30"),
        movement("h-2~1r", (cash, -300_00), (savings, 300_00), corrects="h-2"),
    ]


def movement(
    identity: str,
    *lines: tuple[str, int],
    day: str = "2026-05-01",
    batch: str = "imp-3",
    type: str = "Receipt",
    corrects: str | None = None,
) -> Record:
    """A voucher of 2026-27."""
    return books.voucher(
        identity, *lines, day=day, batch=batch, type=type, corrects=corrects, year="2026-27"
    )
