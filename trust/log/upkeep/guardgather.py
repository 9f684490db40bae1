"""What is known outside of the heads a signer has released, for a guard that was lost.

The restored database and every mirror are sources; the largest state heads among them are compared
with one another and replayed, which gives the last head of every log. That alone would not say
whether anything was published after the last mirror run. The outside witnesses do: each is asked to
cosign the newest state head found. One that has seen a larger one says so (the size in its 409),
and then nothing is made: the missing heads have to be found first.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from trust.formats import canon, merkle, notes, origins, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import open_checkpoint
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import FormatError, SakshiError
from trust.formats.notes import VerifierKey
from trust.formats.policy import TrustPolicy, parse_policy
from trust.formats.tiles import BundleRef, TileReader, TileRef
from trust.log import lineage
from trust.log.errors import LogError, MirrorError, SignerError
from trust.log.keys.guardseed import Seed, SeedHead
from trust.log.upkeep import survey
from trust.log.upkeep.databasesource import DatabaseSource
from trust.log.upkeep.sources import Source
from trust.log.upkeep.survey import Offer, Released
from trust.log.witnesses import witnessclient
from trust.log.witnesses.witnessclient import WitnessError
from trust.log.witnesses.witnesspolicy import WitnessPolicy

Progress = Callable[[str], None]


@dataclass(slots=True)
class _Known:
    """What state logs say of one log."""

    vkey: str = ""
    society: bool = False
    size: int = 0
    note: str = ""
    closed: bool = False


@dataclass(slots=True)
class Gathered:
    """Every state log with the largest head found, and what they say of all the others.

    Attributes:
        unadmitted: the heads in the database of logs that no state log knows.
        troubles: why a source could not be used.
    """

    states: dict[str, Offer] = field(default_factory=dict)
    logs: dict[str, _Known] = field(default_factory=dict)
    unadmitted: dict[str, str] = field(default_factory=dict)
    troubles: list[str] = field(default_factory=list)

    @property
    def newest(self) -> Offer:
        """The head of the newest state log: what the witnesses are asked about."""
        return self.states[max(self.states, key=lineage.order)]


def gather(host: str, sources: Sequence[Source], progress: Progress = lambda _: None) -> Gathered:
    """Find the largest head of every state log, and replay them.

    Raises LogError `fork` when two sources contradict each other, MirrorError when one is another
    state's or the entries of a state log cannot be had from any.
    """
    found = Gathered()
    for origin, vkey in sorted(_state_keys(host, sources, found).items()):
        progress(f"{origin}: asking {len(sources)} sources")
        released = Released(origin, 0, merkle.EMPTY_ROOT, vkey, own=False)
        offers, troubles = survey.offers(released, sources)
        found.troubles += troubles
        if offers:
            found.logs[origin] = _Known(vkey=vkey)
            found.states[origin] = _replayed(found, offers)
    if not found.states:
        raise MirrorError("None of these sources holds a signed head of a state log.")
    for source in sources:
        _beyond(host, source, found)
    return found


def _state_keys(host: str, sources: Sequence[Source], found: Gathered) -> dict[str, str]:
    """The Ed25519 keys of all state logs. Every source's policy must pin the same keys of each log,
    the second one included; the signer has the last word, because it gives the keys."""
    known: dict[str, set[VerifierKey]] = {}
    for source in sources:
        try:
            text = source.read("policy")
            policy = None if text is None else parse_policy(text)
        except SakshiError as error:
            found.troubles.append(f"{source.name}: {error}")
            continue
        pinned = {} if policy is None else _pinned(host, source.name, policy)
        for origin, keys in pinned.items():
            if known.setdefault(origin, keys) != keys:
                raise LogError(
                    f"{source.name} pins other keys of {origin} than the sources before it. Keep "
                    "both and find out which of them is yours.",
                    code="fork",
                )
    return {
        origin: key.format()
        for origin, keys in known.items()
        for key in keys
        if key.type == notes.ED25519
    }


def _pinned(host: str, name: str, policy: TrustPolicy) -> dict[str, set[VerifierKey]]:
    """All `log` lines of a source's policy: the keys of each state log, an Ed25519 key and perhaps
    an ML-DSA-44 key."""
    found: dict[str, set[VerifierKey]] = {}
    for log in policy.logs:
        place = origins.parse_origin(log.key.name)
        if place.host != host or place.kind != "state":
            raise MirrorError(
                f"{name} pins {log.key.name}; the policy of this state pins logs "
                f"{host}/state/… alone."
            )
        found.setdefault(log.key.name, set()).add(log.key)
    for origin, keys in found.items():
        kinds = sorted(key.type for key in keys)
        if notes.ED25519 not in kinds or len(kinds) != len(set(kinds)):
            raise LogError(
                f"{name} pins {len(keys)} keys of {origin}. A log has one Ed25519 key for its "
                "whole life, and beside it one ML-DSA-44 key at most.",
                code="fork",
            )
    return found


def _replayed(found: Gathered, offers: list[Offer]) -> Offer:
    """The largest head, its entries replayed from a source that has them.

    Never a smaller one: the largest is signed, so it was released, and a guard that knows less
    would let the signer fork the log.
    """
    largest, reasons = offers[0].head, list[str]()
    for offer in [offer for offer in offers if offer.head.size == largest.size]:
        try:
            said = _Replay(offer, offers).run()
        except (MirrorError, FormatError) as error:
            reasons.append(f"{offer.source.name}: {error}")
            continue
        found.troubles += reasons
        for origin, new in said.items():
            _merge(found.logs.setdefault(origin, _Known()), new)
        return offer
    raise MirrorError(
        f"{largest.origin} was released at size {largest.size}, and its entries cannot be had from "
        f"any source that holds that head. {' '.join(reasons)} Mend or find a mirror that has them "
        "all: no guard is made from a smaller head."
    )


def _merge(held: _Known, new: _Known) -> None:
    if held.vkey and new.vkey and held.vkey != new.vkey:
        raise LogError(f"State logs give two keys: {held.vkey} and {new.vkey}.", code="fork")
    held.vkey = held.vkey or new.vkey
    held.society |= new.society
    held.closed |= new.closed
    if new.size >= held.size and new.note:
        held.size, held.note = new.size, new.note


class _Replay:
    """One state log read from one source, every entry hashed, up to its signed head."""

    def __init__(self, offer: Offer, known: Sequence[Offer]) -> None:
        self._offer, self._said = offer, dict[str, _Known]()
        self._passed = {other.head.size: other for other in known}

    def run(self) -> dict[str, _Known]:
        head, leaves = self._offer.head, list[bytes]()
        for data in self._entries():
            leaves.append(merkle.leaf_hash(data))
            self._see(data)
        grown = tiles.extend(0, {}, leaves)
        if grown.root != head.root:
            raise MirrorError(f"the entries of {head.origin} do not give its signed head.")
        for size, other in self._passed.items():
            if tiles.extend(0, {}, leaves[:size]).root != other.head.root:
                raise survey.forked(self._offer, other)
        note = self._offer.note.decode()
        own = self._said.setdefault(head.origin, _Known())
        own.size, own.note = head.size, note
        return self._said

    def _entries(self) -> Iterator[bytes]:
        head, source = self._offer.head, self._offer.source
        for n in range(-(-head.size // tiles.TILE)):
            ref = BundleRef(n, min(tiles.TILE, head.size - n * tiles.TILE))
            data = source.read(f"{head.origin}/{ref.path}")
            if data is None:
                raise MirrorError(f"it lacks {head.origin}/{ref.path}.")
            yield from tiles.decode_bundle(data, ref.width)

    def _see(self, data: bytes) -> None:
        parsed = parse_entry(data)
        if isinstance(parsed, NoteEntry):
            said = self._said.setdefault(parsed.checkpoint.origin, _Known())
            if parsed.checkpoint.size >= said.size:
                said.size, said.note = parsed.checkpoint.size, data.decode()
        elif isinstance(parsed, Entry) and parsed.kind in ("log-key", "abandonment", "log-closed"):
            self._record(parsed.kind, self._document(parsed))

    def _record(self, kind: str, record: dict[str, Json]) -> None:
        said = self._said.setdefault(str(record["origin"]), _Known())
        if kind == "log-key":
            said.vkey = str(record["vkey"])
            said.society |= record.get("holder") == "society"
            said.closed |= record["valid_to"] is not None
        else:
            said.closed = True

    def _document(self, entry: Entry) -> dict[str, Json]:
        name = f"{self._offer.head.origin}/doc/{entry.commitment.hex()}"
        data = self._offer.source.read(name)
        if data is None or sha256(data).digest() != entry.commitment:
            raise MirrorError(f"it lacks {name}, or holds another document.")
        return canon.parse(data)


def _beyond(host: str, source: Source, found: Gathered) -> None:
    """Heads of subject logs that are larger than the state log says: signed, so released."""
    try:
        listed = list(survey.listed(source))
    except MirrorError as error:
        found.troubles.append(f"{source.name}: {error}")
        return
    for origin, size in listed:
        known = found.logs.get(origin)
        if known is None and isinstance(source, DatabaseSource):
            # Signed, and then its server died before a state log took it.
            found.unadmitted[origin] = (source.read(f"{origin}/checkpoint") or b"").decode()
        if known is None or not known.vkey or size <= known.size or "/state/" in origin:
            continue
        note = source.read(f"{origin}/checkpoint")
        try:
            key = notes.VerifierKey.parse(known.vkey)
            head = None if note is None else open_checkpoint(note, key)
        except SakshiError as error:
            found.troubles.append(f"{source.name}, {origin}: {error}")
            continue
        if note is not None and head is not None and head.size > known.size:
            known.size, known.note = head.size, note.decode()


@dataclass(slots=True)
class Heard:
    """What the witnesses said of the newest state head: who confirmed it, who did not answer."""

    confirmed: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


def ask(
    rule: WitnessPolicy | None, offer: Offer, timeout: float, clock: witnessclient.Clock
) -> Heard:
    """Ask every witness of the policy for its word on the newest state head, given just now by
    `clock` (UTC seconds): an old cosignature does not say what its witness has seen since.

    Raises LogError `ahead` when one has seen a larger head (its size is in the words), `conflict`
    when one has seen another history.
    """
    heard = Heard()

    def get(ref: TileRef) -> bytes:
        data = offer.source.read(f"{offer.head.origin}/{ref.path}")
        if data is None:
            raise MirrorError(f"{offer.source.name} lacks {offer.head.origin}/{ref.path}.")
        return data

    def prove(old: int) -> list[bytes]:
        if old in (0, offer.head.size):
            return []
        reader = TileReader(offer.head.size, get)
        return merkle.build_consistency(old, offer.head.size, reader.node)

    note = notes.parse_note(offer.note)
    own = tuple(line for line in note.signatures if line.name == offer.head.origin)[:1]
    plain = notes.format_note(notes.SignedNote(note.text, own)).encode()
    for keys in () if rule is None else rule.policy.addressed().values():
        try:
            said = witnessclient.ask(keys, 0, offer.head.size, plain, prove, timeout, clock)
            heard.confirmed += [one.witness.name for one in said]
        except WitnessError as error:
            if error.code in ("ahead", "conflict"):
                raise LogError(
                    f"{error} No guard is made from what these mirrors hold: find a newer mirror "
                    "or monitor first. Whoever signed on from here would fork the log.",
                    code=error.code,
                ) from None
            heard.silent.append(f"{witnessclient.name_of(keys)}: {error}")
    return heard


def seed(
    host: str, found: Gathered, rule: WitnessPolicy | None, heard: Heard, unwitnessed: str | None
) -> Seed:
    """The seed for a new guard.

    Raises SignerError `unwitnessed` unless the outside quorum confirmed the newest head, or the
    operator said why it goes on without.
    """
    names = frozenset(heard.confirmed)
    met = rule is not None and rule.met(names)
    if not met and not (unwitnessed or "").strip():
        raise SignerError(
            f"No quorum of outside witnesses says that {found.newest.head.origin} ends at size "
            f"{found.newest.head.size}: heads may have been published that no source here holds, "
            "and a guard that does not know them could fork the log. Ask for every mirror and "
            "monitor there is. If there is no other, say why with --unwitnessed.",
            code="unwitnessed",
        )
    heads = tuple(
        SeedHead(origin, known.vkey, known.note, known.closed)
        for origin, known in sorted(found.logs.items())
        if known.size and known.vkey and not known.society
    )
    heads += tuple(SeedHead(name, "", note, False) for name, note in found.unadmitted.items())
    lost = sorted(o for o, k in found.logs.items() if k.size and not k.vkey)
    if lost:
        raise LogError(f"The state log holds heads of {lost[0]} and no key of it.", code="no-key")
    return Seed(host, heads, tuple(sorted(names)), None if met else unwitnessed)
