"""What every package has in common: the log's entries, and the two hops up to the state log.

The verifier does not look at tiles: it hashes all entries again, so every head of the log that was
ever admitted can be compared with the entries themselves, not with a proof about them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from audit.verify.links import LogKey, check_valid_at, saying
from audit.verify.report import Check, EntryRef, Report
from trust.formats import canon, logkinds, merkle, origins, times
from trust.formats.checkpoints import Checkpoint
from trust.formats.entries import BeleniosEvent, Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, ProofError
from trust.formats.notes import VerifierKey

PLAN = (
    ("package", "The package says what it is about, and nothing in it stands outside that."),
    ("policy", "The keys believed come from a policy the verifier brought along."),
    ("state-logs", "Every state log is one the policy names, or follows from one that it names."),
    ("state-head", "The state log's head is signed by the key of the policy."),
    ("witnesses", "Outside witnesses have seen the state log's head."),
    ("log-key", "The state log holds the key of this log."),
    ("log-head", "This log's head is signed by that key alone."),
    ("entries", "All entries together, hashed again, give the root of that head."),
    ("admitted", "The state log holds that head, exactly as signed."),
    ("earlier", "Every earlier head enclosed was signed, admitted, and continues into the next."),
    ("other-heads", "The state log holds no other head of this log than those enclosed."),
    ("years", "The log begins where the one before it ended, and nothing follows its closing."),
    ("grammar", "Every entry follows the grammar, its time never goes back and its key was valid."),
)

ParsedEntry = Entry | NoteEntry | BeleniosEvent


@dataclass(frozen=True, slots=True)
class Closing:
    """A state log's last head, and the log and key that its closing entry names."""

    head: Checkpoint
    next: VerifierKey


@dataclass
class Chain:
    """The log as far as it could be read. `parsed[i]` is None if an entry is not readable.

    `key` is the log's own, `previous_key` that of the log it continues, as this package shows it;
    `given_up` tells that the state log gave the log before up instead of its being closed;
    `state_heads` are the heads that proofs of this package rest on, `other_heads` those of state
    logs that were stamped, or under which a closed state log names the next;
    `siblings` are the logs of the same subject with heads in the state logs, where these were read.
    """

    members: Mapping[str, bytes]
    kind: str = ""
    origin: str = ""
    state: str = ""
    subject: str = ""
    entries: list[bytes] = field(default_factory=list)
    parsed: list[ParsedEntry | None] = field(default_factory=list)
    head: Checkpoint | None = None
    key: LogKey | None = None
    previous_key: LogKey | None = None
    given_up: bool = False
    state_heads: list[Checkpoint] = field(default_factory=list)
    other_heads: list[Checkpoint] = field(default_factory=list)
    closings: list[Closing] = field(default_factory=list)
    siblings: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)

    def ref(self, index: int) -> EntryRef:
        """How a finding names an entry."""
        entry = self.parsed[index] if 0 <= index < len(self.parsed) else None
        kind = entry.kind if isinstance(entry, Entry) else None
        return EntryRef(self.origin, index, kind)

    def time(self, index: int) -> int:
        """Time of an entry in UTC seconds; 0 if it is not readable or states none."""
        entry = self.parsed[index] if 0 <= index < len(self.parsed) else None
        return entry.time if isinstance(entry, Entry) else 0

    def take(self, name: str) -> bytes | None:
        """A file of the package, noted as belonging to it."""
        self.used.add(name)
        return self.members.get(name)

    def root_at(self, size: int) -> bytes:
        """Root over the first `size` entries; raises ProofError if there are fewer."""
        if not 0 <= size <= len(self.entries):
            raise ProofError(f"There are only {len(self.entries)} entries, not {size}.")
        return merkle.root_from_nodes(size, self._node)

    @cached_property
    def _nodes(self) -> dict[tuple[int, int], bytes]:
        return {(0, i): merkle.leaf_hash(entry) for i, entry in enumerate(self.entries)}

    def _node(self, level: int, index: int) -> bytes:
        found = self._nodes.get((level, index))
        if found is None:
            left, right = self._node(level - 1, 2 * index), self._node(level - 1, 2 * index + 1)
            found = self._nodes[(level, index)] = merkle.node_hash(left, right)
        return found


def finish(chain: Chain, report: Report) -> None:
    """Call last: every file of the package must have had a meaning."""
    for name in sorted(set(chain.members) - chain.used):
        report["package"].wrong(
            f"The file {name} belongs to nothing in this log: it proves nothing and should not be "
            "here.",
            member=name,
        )


REQUIRED = (
    "package.json",
    "log/checkpoint",
    "log/entries",
    "log/leaves",
    "state/checkpoint",
    "state/key.tlog-proof",
    "state/key-entry",
    "state/key-record",
)
"""Without these nothing of a package can be verified."""


def read_about(chain: Chain, report: Report) -> bool:
    """Read `package.json`: kind, origin and subject; false if a package has not even the least."""
    check = report["package"]
    for name in REQUIRED:
        if name not in chain.members:
            check.missing(f"{name} is missing; without it nothing can be verified.", member=name)
    if "missing" in check.states:
        return False
    data = chain.members["package.json"]
    chain.used.add("package.json")
    with saying(check, member="package.json"):
        about = canon.parse(data)
        packages = logkinds.packages()
        names = ("format", "kind", "origin", "state", "subject")
        if set(about) != set(names) or not all(isinstance(about[name], str) for name in names):
            raise FormatError("package.json has exactly the members " + ", ".join(names) + ".")
        if about["format"] != "sakshi-package/1" or about["kind"] not in packages:
            raise FormatError("This is not a package of a kind this version knows.")
        kinds = [origins.parse_origin(str(about[name])).kind for name in ("origin", "state")]
        if kinds != [packages[str(about["kind"])], "state"]:
            raise FormatError("The log or the state log named is not of the kind of this package.")
        chain.kind, chain.origin, chain.state, chain.subject = (
            str(about[name]) for name in ("kind", "origin", "state", "subject")
        )
        report.facts |= {"log": chain.origin, "subject": chain.subject}
        check.ok()
    return chain.origin != ""


def read_entries(chain: Chain, check: Check) -> None:
    """Cut `log/entries` into entries; whether they are right the head decides."""
    data = chain.take("log/entries") or b""
    at = 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            check.wrong(
                f"log/entries breaks off inside entry {len(chain.entries)}.",
                member="log/entries",
                entry=EntryRef(chain.origin, len(chain.entries)),
            )
            return
        chain.entries.append(data[at + 2 : end])
        at = end


def check_grammar(chain: Chain, key: LogKey | None, check: Check) -> None:
    """Read every entry; call after the heads, so that a changed entry is named by both."""
    last, bounds = 0, _bounds(chain.origin)
    takes = logkinds.KINDS[origins.parse_origin(chain.origin).kind].takes
    for index, data in enumerate(chain.entries):
        chain.parsed.append(None)
        with saying(check, member="log/entries", entry=EntryRef(chain.origin, index)):
            parsed = parse_entry(data)
            chain.parsed[index] = parsed
            if isinstance(parsed, Entry):
                if parsed.time < last:
                    raise FormatError(
                        f"Entry {index} says {times.Moment(parsed.time)}, earlier than the "
                        "entry before it: times never go back within a log."
                    )
                last = parsed.time
                _check_year(parsed, bounds)
                if key is not None:
                    check_valid_at(key, parsed.time)
            elif not takes(parsed, index):
                raise FormatError(f"Entry {index} is of a form that has no place in this log.")
            check.ok()
    check.ok(0)


def _bounds(origin: str) -> tuple[int, int]:
    """First second of a log's year and first after it; all of time for a log without a year."""
    try:
        year = origins.parse_origin(origin).year
    except FormatError:
        year = None
    return (0, 1 << 62) if year is None else origins.year_bounds(year)


def _check_year(entry: Entry, bounds: tuple[int, int]) -> None:
    """Only the closing entry, the first thing sequenced after the year, may bear a later time."""
    start, end = bounds
    if entry.time < start or (entry.time >= end and entry.kind != "log-closed"):
        raise FormatError(f"{times.Moment(entry.time)} is not in the year of this log.")
