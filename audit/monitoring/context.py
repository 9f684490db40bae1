"""What every part of a monitor's round works with."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from audit.monitoring import evidence, rules
from audit.monitoring.clocks import Clocks
from audit.monitoring.ledger import Ledger
from audit.monitoring.logs import Logs
from audit.monitoring.model import LogState
from audit.monitoring.rules import Place, names, record_faults
from audit.monitoring.scheduler import Scheduler
from audit.monitoring.store import Store
from audit.monitoring.wire import LARGE, Absent
from trust.formats import records
from trust.formats.canon import Json
from trust.formats.checkpoints import open_checkpoint
from trust.formats.commitments import Opening, open_commitment
from trust.formats.entries import Entry, NoteEntry
from trust.formats.errors import SakshiError
from trust.formats.notes import VerifierKey, format_note
from trust.formats.policy import TrustPolicy


@dataclass(frozen=True)
class Options:
    """How a monitor judges; times in seconds.

    Attributes:
        tolerance: how far in the future an entry's time may lie (clocks differ).
        stall: how long announced entries may wait for a head, and a head for the state log.
        backdate: how old a new entry may say it is.
        recheck: bundles of each visited log that are read again in each round.
        sweep: logs without news that are visited in each round, those longest unvisited.
        patience: wait before a smaller head than expected is believed (caches may be old).
        watch: logs that must be in the state log, beside those the server lists.
        only: follow these alone (and the state logs): origins, or subjects such as
            `coop/<slug>` with the logs of all their years.
        evidence_limit: bytes of all evidence folders together.
    """

    tolerance: int = 300
    stall: int = 3600
    backdate: int = 86_400
    recheck: int = 4
    sweep: int = 100
    patience: float = 2.5
    watch: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    evidence_limit: int = evidence.LIMIT


@dataclass(slots=True)
class Context:
    """One round.

    Attributes:
        postponed: state logs that serve less than they did, asked again when the later ones are
            read: one of these may say that the log was given up.
        left: entries that a given-up log serves, where that is less than was seen.
    """

    scheduler: Scheduler
    logs: Logs
    store: Store
    ledger: Ledger
    options: Options
    policy: TrustPolicy
    now: int
    clocks: Clocks
    progress: Callable[[str], None] = lambda text: None
    counts: dict[str, int] = field(default_factory=lambda: {"logs": 0, "entries": 0, "again": 0})
    postponed: set[str] = field(default_factory=set)
    left: dict[str, int] = field(default_factory=dict)

    def chosen(self, origin: str) -> bool:
        """Whether a log is to be followed: all are, unless some were named."""
        only = self.options.only
        return not only or any(names(name, origin) for name in only)

    def place(self, log: LogState) -> Place:
        """What the rules need to know of a log."""
        return Place(
            log.origin,
            log.kind,
            log.valid_from,
            log.valid_to,
            self.now,
            self.options.tolerance,
            log.verified,
            self.options.backdate,
        )

    def documents_ahead(self, log: LogState, entries: Iterable[Entry]) -> None:
        """Read the documents of these entries together, before `document` is asked for each."""
        self.logs.ahead(log.origin, (f"doc/{e.commitment.hex()}" for e in entries if _public(e)))

    def document(self, log: LogState, index: int, entry: Entry) -> dict[str, Json] | None:
        """The record of a public entry, fetched and checked; None when it is not right or private.

        Raises Unreachable.
        """
        if not _public(entry):
            return None
        digest = entry.commitment.hex()
        scope = f"doc:{log.origin}:{index}"
        try:
            data = self.logs.get(log.origin, f"doc/{digest}", LARGE)
        except Absent as error:
            self.ledger.found(
                "missing-document",
                log.origin,
                f"The {entry.kind!r} document doc/{digest} is missing: {error}",
                scope=scope,
                index=index,
                evidence={"head.note": log.note, "key.txt": log.vkey},
            )
            return None
        if sha256(data).digest() != entry.commitment:
            self.ledger.found(
                "altered-document",
                log.origin,
                f"The {entry.kind!r} document has the SHA-256 {sha256(data).hexdigest()}, the log "
                f"holds {digest}.",
                scope=scope,
                index=index,
                evidence={"document.json": data, "head.note": log.note, "key.txt": log.vkey},
            )
            return None
        self.ledger.passed(scope)
        return self._record(log, index, entry, data)

    def _record(
        self, log: LogState, index: int, entry: Entry, data: bytes
    ) -> dict[str, Json] | None:
        wrong: list[str] = []
        record: dict[str, Json] | None = None
        try:
            record = open_commitment(entry.kind, entry.commitment, Opening(data, None))
            wrong = [text for _, text in record_faults(self.place(log), record)]
        except SakshiError as error:
            wrong = [str(error)]
        for text in wrong:
            self.ledger.found(
                "bad-document",
                log.origin,
                text,
                scope=f"fact:{log.origin}:{index}",
                index=index,
                evidence={"document.json": data, "head.note": log.note, "key.txt": log.vkey},
            )
        return None if wrong else record

    def opening(self, log: LogState, index: int, entry: NoteEntry) -> None:
        """The first entry of a new year's log: the last head of the year before, as it was kept."""
        head = entry.checkpoint
        if index != 0:
            return
        if not rules.continues(log.origin, head.origin):
            self.ledger.found(
                "wrong-kind",
                log.origin,
                f"It begins with a head of {head.origin}, which is not an earlier log of the same "
                "subject.",
                scope=f"fact:{log.origin}:0",
                index=0,
                evidence={"opening.note": format_note(entry.note)},
            )
            return
        old = self.store.log(head.origin)
        note = format_note(entry.note)
        text = None
        if old is None or old.vkey is None:
            return
        try:
            open_checkpoint(note, VerifierKey.parse(old.vkey))
            if old.size > head.size:
                text = f"but {old.size} entries of it were signed for."
            elif old.size == head.size and old.root != head.root:
                text = "but another head of that size was signed."
        except SakshiError as error:
            text = str(error)
        if text is not None:
            self.ledger.found(
                "fork",
                log.origin,
                f"It begins with a head of {head.origin} of size {head.size}, {text}",
                scope=f"fork:{log.origin}:opening",
                index=0,
                evidence={"opening.note": note, "kept.note": old.note, "key.txt": old.vkey},
            )


def _public(entry: Entry) -> bool:
    return records.is_public(entry.kind)
