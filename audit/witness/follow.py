"""Learning from a state log which logs there are: `serve --follow`, in a process that then ends.

A state log is believed as far as this witness has cosigned it and no further: its entries are
fetched from wherever they lie, hashed here, and must give the root of the head that is held. Each
document that names a key must have the hash that stands in the log. A state can name logs of its
own only, and the first key that it names for one stays.
"""

from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256

from audit.monitoring.logs import Logs
from audit.monitoring.wire import LARGE, HttpSite
from audit.witness.store import Followed, Store, state_of
from trust.formats import canon, merkle, origins, records, tiles
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import FormatError, ProofError, SakshiError
from trust.formats.notes import ED25519, VerifierKey

Say = Callable[[str], None]
_NAMING = {"log-key": ("origin", "vkey"), "log-closed": ("next", "next_key")}
"""Kinds of a state log's entries that name a key, and in which fields: the log, its key."""
_STEP = 256
_HASH = 32


def follow(memory: Store, bases: Sequence[str], say: Say) -> bool:
    """Read each known state log up to the head that is held; returns whether all was read."""
    whole = True
    for state in memory.states():
        if state.taken < state.held.size:
            whole = _from_any(memory, bases, state, say) and whole
    return whole


def _from_any(memory: Store, bases: Sequence[str], state: Followed, say: Say) -> bool:
    """Read one state log from the first place that has it."""
    faults = []
    for base in bases:
        try:
            count = _read(memory, Logs(HttpSite(base, rate=0)), state, say)
        except SakshiError as error:
            faults.append(str(error))
            continue
        say(f"{state.origin} was followed to size {state.held.size}: {count} keys read")
        return True
    say(f"{state.origin} could not be followed: {' '.join(faults)}")
    return False


def _read(memory: Store, logs: Logs, state: Followed, say: Say) -> int:
    """Take over every key named up to the head held; returns how many.

    Raises:
        Unreachable, Absent: something is not served.
        FormatError, ProofError: what is served is not what was cosigned.
    """
    peaks = [state.peaks[at : at + _HASH] for at in range(0, len(state.peaks), _HASH)]
    naming: list[tuple[int, Entry]] = []
    for index, entry in _entries(logs, state):
        _grow(peaks, index, merkle.leaf_hash(entry))
        parsed = parse_entry(entry)
        if isinstance(parsed, Entry) and parsed.kind in _NAMING and index >= state.taken:
            naming.append((index, parsed))
    if _root(peaks) != state.held.root:
        raise ProofError(
            f"What is served as {state.origin} is not the log whose head was cosigned here."
        )
    for at in range(0, len(naming), _STEP):
        named = [_named(logs, state, entry) for _, entry in naming[at : at + _STEP]]
        with memory.transaction():
            for origin, vkey in named:
                if origin and not memory.know(origin, vkey, state_of(state.origin)):
                    say(f"another key is named for {origin}; the first stays")
            done = naming[at : at + _STEP][-1][0] + 1
            memory.followed(state._replace(taken=done))
    with memory.transaction():
        size = state.held.size
        memory.followed(state._replace(size=size, peaks=b"".join(peaks), taken=size))
    return len(naming)


def _entries(logs: Logs, state: Followed) -> Iterator[tuple[int, bytes]]:
    """The entries from where the last reading ended up to the head held."""
    for ref in tiles.bundles_at(state.held.size):
        start = ref.n * tiles.TILE
        if start + ref.width > state.size:
            data = logs.get(state.origin, ref.path, LARGE)
            for offset, entry in enumerate(tiles.decode_bundle(data, ref.width)):
                if start + offset >= state.size:
                    yield start + offset, entry


def _named(logs: Logs, state: Followed, entry: Entry) -> tuple[str, str]:
    """Which log an entry names and its key; empty if it names none."""
    document = logs.get(state.origin, f"doc/{entry.commitment.hex()}")
    if sha256(document).digest() != entry.commitment:
        raise FormatError(f"A document of {state.origin} is not the one that stands in the log.")
    record = canon.parse(document)
    if records.check_record(record).name != entry.kind:
        raise FormatError(f"A document of {state.origin} is of another kind than its entry.")
    origin, vkey = (record[field] for field in _NAMING[entry.kind])
    if not isinstance(origin, str) or not isinstance(vkey, str):
        return "", ""
    _check(state.origin, origin, vkey)
    return origin, vkey


def _check(state: str, origin: str, vkey: str) -> None:
    origins.parse_origin(origin)
    key = VerifierKey.parse(vkey)
    if state_of(origin) != state_of(state) or key.name != origin or key.type != ED25519:
        raise FormatError(f"{state} names a key for {origin} that cannot be one of its logs.")


def _grow(peaks: list[bytes], size: int, leaf: bytes) -> None:
    """Append a leaf to a tree of `size` leaves, kept as its largest perfect subtrees."""
    while size & 1:
        leaf = merkle.node_hash(peaks.pop(), leaf)
        size >>= 1
    peaks.append(leaf)


def _root(peaks: Sequence[bytes]) -> bytes:
    *rest, root = peaks or [merkle.EMPTY_ROOT]
    for peak in reversed(rest):
        root = merkle.node_hash(peak, root)
    return root
