"""What several mirrors say of one log, before anything is taken from any of them.

Every signed head is compared with the last head known to be released, and the smaller heads
against the largest: by its tiles here, by its entries again when they are taken (`refill`). Two
heads that contradict each other are a fork: both are signed, so neither mirror can be believed
over the other, and recovery stops with both names.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trust.formats import merkle, notes, origins
from trust.formats.checkpoints import Checkpoint, open_checkpoint, parse_decimal
from trust.formats.errors import FormatError, SakshiError
from trust.formats.tiles import TileReader, TileRef
from trust.log.context import Signer
from trust.log.errors import LogError, MirrorError, PutBackError
from trust.log.upkeep.sources import Source

LISTING = "origins"
"""A mirror's list of its logs: origin and size, one a line."""


@dataclass(frozen=True, slots=True)
class Released:
    """The last head of a log that is known to be released, and the key it is signed with.

    `own` says that our signer's guard knows it: no larger signed head can exist then. Of a log
    whose society signs only what the state log took is known here.
    """

    origin: str
    size: int
    root: bytes
    vkey: str
    own: bool = True


@dataclass(frozen=True, slots=True)
class Offer:
    """A signed head of a log, as one mirror has it, and the key that signed it."""

    source: Source
    head: Checkpoint
    note: bytes
    vkey: str


def offers(released: Released, sources: Sequence[Source]) -> tuple[list[Offer], list[str]]:
    """The heads that the mirrors have of a log, largest first, and why others gave none.

    Raises LogError `fork` when two of them, or one and the released head, contradict each other;
    PutBackError when one is larger than the guard's.
    """
    found: list[Offer] = []
    troubles: list[str] = []
    for source in sources:
        try:
            offer = _offer(released, source)
        except MirrorError as error:
            troubles.append(f"{source.name}: {error}")
            continue
        if offer is not None:
            found.append(offer)
    found.sort(key=lambda offer: -offer.head.size)
    for smaller in found[1:]:
        compare(found[0], smaller)
    return found, troubles


def compare(largest: Offer, smaller: Offer) -> None:
    """Raise LogError `fork` when the larger head's tiles show that it does not contain the other.

    Tiles that are missing or do not give the signed root prove nothing; the entries will.
    """
    size, root = smaller.head.size, smaller.head.root
    if size == largest.head.size:
        if root != largest.head.root:
            raise forked(largest, smaller)
        return
    if not size:
        return
    origin = largest.head.origin

    def get(ref: TileRef) -> bytes:
        data = largest.source.read(f"{origin}/{ref.path}")
        if data is None:
            raise MirrorError(f"{largest.source.name} lacks {origin}/{ref.path}.")
        return data

    reader = TileReader(largest.head.size, get)
    try:
        if merkle.root_from_nodes(largest.head.size, reader.node) != largest.head.root:
            return
        same = merkle.root_from_nodes(size, reader.node) == root
    except (MirrorError, FormatError):
        return
    if not same:
        raise forked(largest, smaller)


def forked(one: Offer, other: Offer) -> LogError:
    """Two signed heads that cannot both be of one log."""
    return LogError(
        f"{one.source.name} holds a signed head of size {one.head.size} of {one.head.origin}, "
        f"{other.source.name} one of size {other.head.size}, and one does not continue the other: "
        "the log was forked. Nothing was taken from either. Keep both folders as evidence and "
        "find out how both came to be signed.",
        code="fork",
    )


def _offer(released: Released, source: Source) -> Offer | None:
    """A mirror's head of this log, if it has one that fits key and guard."""
    origin = released.origin
    note = source.read(f"{origin}/checkpoint")
    if note is None:
        return None
    try:
        head = open_checkpoint(note, notes.VerifierKey.parse(released.vkey))
    except SakshiError as error:
        raise MirrorError(f"The checkpoint of {origin} in {source.name}: {error}") from None
    if released.own and head.size > released.size:
        raise PutBackError(
            f"{source.name} holds a signed head of size {head.size} of {origin}, the signer's "
            f"guard knows {released.size} only: the guard itself was put back. Nothing may be "
            "signed with this guard again. Find the newest one, or put the signer's home away and "
            "make a new guard from every mirror there is (docs/operations.md, *The guard is "
            "lost*)."
        )
    if head.size == released.size and head.root != released.root:
        raise LogError(
            f"{source.name} holds another head of size {head.size} of {origin} than the signer "
            "released: both are signed. The log was forked; keep both and find out how.",
            code="fork",
        )
    return Offer(source, head, note, released.vkey)


def listed(source: Source) -> Iterable[tuple[str, int]]:
    """Every log a mirror lists, with its size; empty if it has no list.

    Raises MirrorError when the list cannot be read.
    """
    data = source.read(LISTING)
    if data is None:
        return
    try:
        for line in data.decode("ascii").splitlines():
            origin, _, size = line.partition(" ")
            origins.parse_origin(origin)
            yield origin, parse_decimal(size, "size")
    except (UnicodeDecodeError, FormatError) as error:
        raise MirrorError(f"{source.name}/{LISTING} is no list of logs: {error}") from None


def check_guard(signer: Signer, host: str, sources: Sequence[Source]) -> list[str]:
    """Look for heads beyond the guard in every log the mirrors list, not only in those missing.

    Returns why a mirror could not be asked. Raises PutBackError, LogError `fork`; and MirrorError
    when a mirror is another state's.
    """
    guard = {origin: (size, root) for origin, size, root in signer.heads()}
    troubles: list[str] = []
    for source in sources:
        try:
            beyond = [
                (name, size) for name, size in listed(source) if size > guard.get(name, (0,))[0]
            ]
        except MirrorError as error:
            troubles.append(f"{source.name}: {error}")
            continue
        for origin, _ in beyond:
            if origins.parse_origin(origin).host != host:
                raise MirrorError(f"{source.name} is a mirror of {origin}, this state is {host}.")
            size, root = guard.get(origin, (0, merkle.EMPTY_ROOT))
            try:
                _offer(Released(origin, size, root, signer.vkey(origin)), source)
            except MirrorError:
                continue  # Signed by a society, or by nobody: no head of ours.
    return troubles
