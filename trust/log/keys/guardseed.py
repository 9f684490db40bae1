"""A new guard for a signer whose old one is lost with its disk: the signer's own side.

A signer without its guard signs nothing: it would not know what it has released. A *seed* is a
file of signed heads, gathered from every mirror there is and confirmed by the witnesses
(`trust.log.upkeep.guardgather`). The signer takes it once, into a home that has no guard, and only
if every head in it is signed by a key that one of its own masters gives. It then signs nothing
smaller, nothing more of a log that was closed, and of every other log in the seed only the head
that closes it: a head may have been released that no mirror and no witness has seen. Logs that are
not in the seed get their keys from a new master, so that one which was forgotten is not forked.
"""

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from trust.formats import notes, origins
from trust.formats.checkpoints import Checkpoint, open_checkpoint
from trust.formats.errors import SakshiError
from trust.log.errors import SignerError
from trust.log.keys.guard import Guard
from trust.log.model import Unsigned

FORMAT = "sakshi-guard-seed/1"
GONE = 0
"""Number of a master that was retired: its closed logs keep their key and sign nothing."""


@dataclass(frozen=True, slots=True)
class SeedHead:
    """The last head known of a log, with its key, and whether the log ended with it.

    The key is empty for a log that the database knows and no state log yet: the signer finds out
    whether one of its masters gives it.
    """

    origin: str
    vkey: str
    note: str
    closed: bool


@dataclass(frozen=True, slots=True)
class Seed:
    """What a guard is made of.

    Attributes:
        witnesses: outside witnesses that confirmed the newest state head, by policy name.
        unwitnessed: why the operator went on although the quorum did not; None if it did.
    """

    host: str
    heads: tuple[SeedHead, ...]
    witnesses: tuple[str, ...]
    unwitnessed: str | None

    def dump(self) -> bytes:
        """The seed as a file."""
        value = {
            "format": FORMAT,
            "host": self.host,
            "witnesses": list(self.witnesses),
            "unwitnessed": self.unwitnessed,
            "heads": [asdict(head) for head in self.heads],
        }
        return json.dumps(value, indent=1, ensure_ascii=False).encode() + b"\n"


def read(file: Path) -> Seed:
    """A seed from its file; raises SignerError."""
    try:
        return parse(file.read_bytes())
    except OSError as error:
        raise SignerError(f"The guard seed {file} cannot be read: {error.strerror}.") from None


def parse(data: bytes) -> Seed:
    """Read a seed file; raises SignerError."""
    try:
        value: dict[str, Any] = json.loads(data)
        if value["format"] != FORMAT:
            raise SignerError(f"This is no guard seed, but {value['format']!r}.")
        heads = tuple(
            SeedHead(str(h["origin"]), str(h["vkey"]), str(h["note"]), h["closed"] is True)
            for h in value["heads"]
        )
        said = value["unwitnessed"]
        names = tuple(str(name) for name in value["witnesses"])
        return Seed(str(value["host"]), heads, names, None if said is None else str(said))
    except (ValueError, KeyError, TypeError) as error:
        raise SignerError(f"The guard seed cannot be read: {error!r}") from None


Derive = Callable[[bytes, str], bytes]
"""The seed of an origin's key from a master."""


def plant(
    home: Path,
    masters: Mapping[int, bytes],
    derive: Derive,
    seed: Seed,
    renew: Callable[[], object],
) -> int:
    """Make the guard of a home that has none; returns the number of logs it knows.

    `renew` makes a new master for the logs to come; killed after it, the next run does not make
    another.

    Raises SignerError: there is a guard, the home is another state's, or a head in the seed is not
    signed by a key of these masters. Nothing is made then.
    """
    path, draft = guard_path(home), home / ".guard.new"
    if path.exists():
        raise SignerError(f"{path} exists. A guard is never replaced: move it away if it is old.")
    if not seed.heads:
        raise SignerError("The seed holds no head: it would let the signer begin again.")
    _check_host(home, seed.host)
    found = [
        (head, *opened)
        for head in seed.heads
        if (opened := _opened(seed.host, masters, derive, head)) is not None
    ]
    for old in home.glob(f"{draft.name}*"):
        old.unlink()
    guard = Guard(draft)
    try:
        guard.bind([(head.origin, number, vkey) for head, number, vkey, _ in found])
        answers = guard.seed(
            [Unsigned(c.origin, 0, c.size, c.root, last=head.closed) for head, *_, c in found]
        )
    finally:
        guard.close()
    if any(answers):
        raise SignerError(f"The seed contradicts itself: {next(filter(None, answers))}")
    if max(masters) in {number for _, number, *_ in found}:
        # It may have given the key of a log, too, that nobody remembers.
        renew()
    os.link(draft, path)
    draft.unlink()
    _sync(home)
    return len(found)


def guard_path(home: Path) -> Path:
    """Where a home's guard lies."""
    return home / "guard.db"


def need_guard(home: Path) -> Path:
    """The guard's path; raises SignerError `no-guard` where it is lost."""
    path = guard_path(home)
    if not path.exists():
        raise SignerError(
            f"The guard {path} is missing: without it nothing is signed, because nobody here knows "
            "what was released. Never put an older one back. `sakshi keys guard-seed FILE --from "
            "MIRROR` gathers what is known outside, and `python -m trust.log.keys.signer --home "
            "DIR --seed-guard FILE` makes a new one (docs/operations.md, The guard is lost).",
            code="no-guard",
        )
    return path


def _check_host(home: Path, host: str) -> None:
    """The label of the home; made from the seed where it went with the disk."""
    label = home / "host"
    if not label.exists():
        origins.check_host(host)
        label.write_text(host + "\n", encoding="ascii")
    held = label.read_text(encoding="ascii").strip()
    if held != host:
        raise SignerError(f"This home signs for {held}, the seed is of {host}.")


def _opened(
    host: str, masters: Mapping[int, bytes], derive: Derive, head: SeedHead
) -> tuple[int, str, Checkpoint] | None:
    """The master a head's key comes from, that key, and the head, verified; None for a head that
    no state log knows and none of these masters has signed: it is none of ours."""
    try:
        if origins.parse_origin(head.origin).host != host:
            raise SignerError(f"The seed holds a head of {head.origin}, this home is {host}'s.")
        keys = {
            number: notes.verifier_key(head.origin, derive(master, head.origin)).format()
            for number, master in sorted(masters.items(), reverse=True)
        }
        if not head.vkey:
            return _unadmitted(keys, head)
        checkpoint = open_checkpoint(head.note, notes.VerifierKey.parse(head.vkey))
    except SakshiError as error:
        raise SignerError(f"The seed's head of {head.origin}: {error}") from None
    if checkpoint.origin != head.origin:
        raise SignerError(f"The seed's head of {head.origin} is one of {checkpoint.origin}.")
    number = next((n for n, vkey in keys.items() if vkey == head.vkey), GONE)
    if number == GONE and not head.closed:
        raise SignerError(
            f"No master in this home gives the key of {head.origin}: this is not the master the "
            "state was signed with, or one of its masters is missing."
        )
    return number, head.vkey, checkpoint


def _unadmitted(keys: Mapping[int, str], head: SeedHead) -> tuple[int, str, Checkpoint] | None:
    for number, vkey in keys.items():
        try:
            checkpoint = open_checkpoint(head.note, notes.VerifierKey.parse(vkey))
        except SakshiError:
            continue
        if checkpoint.origin == head.origin:
            return number, vkey, checkpoint
    return None


def _sync(home: Path) -> None:
    for path in (guard_path(home), home):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
