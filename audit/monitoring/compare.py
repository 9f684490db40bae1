"""Two views of the same logs compared: the same, one behind the other, or a fork.

A view is a monitor's state file, a file of signed notes, the address of a server or of a witness,
or a mirror's folder.
Nobody has to be believed: a fork is two notes signed by one key, and that one head continues the
other is shown by the tiles of any server, checked against both roots.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from audit.monitoring import witnesses
from audit.monitoring.logs import Logs
from audit.monitoring.rules import PLAIN, kind_of
from audit.monitoring.store import Store
from audit.monitoring.wire import Absent, Site, Unreachable
from trust.formats.checkpoints import Checkpoint, open_checkpoint, parse_checkpoint
from trust.formats.errors import FormatError, SakshiError
from trust.formats.merkle import build_consistency, root_from_nodes, verify_consistency
from trust.formats.notes import VerifierKey, parse_note
from trust.formats.policy import PolicyWitness, parse_policy
from trust.formats.tiles import TileReader, TileRef
from trust.formats.times import format_time

FORMAT = "sakshi-compare/1"
_DASH = "— "


@dataclass(slots=True)
class View:
    """What somebody saw: signed notes of each log, and the keys they were checked with.

    Attributes:
        followed: whether a monitor verified every step between the notes.
        remarks: what else to report about a log's notes.
    """

    name: str
    followed: bool
    notes: dict[str, list[str]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    remarks: dict[str, str] = field(default_factory=dict)

    def add(self, note: str) -> None:
        """Add a note; raises FormatError if it is not a checkpoint."""
        head = parse_checkpoint(parse_note(note).text)
        notes = self.notes.setdefault(head.origin, [])
        if note not in notes:
            notes.append(note)


@dataclass(frozen=True, slots=True)
class Signed:
    """A head that the log signed, and who holds it."""

    head: Checkpoint
    note: str
    view: View

    def same(self, other: "Signed") -> bool:
        """Whether the other is the same head, whoever holds it and whoever else signed it."""
        return (self.head.size, self.head.root) == (other.head.size, other.head.root)


@dataclass(frozen=True, slots=True)
class Verdict:
    """About one log: `consistent`, `behind`, `fork` or `not-checked`."""

    origin: str
    verdict: str
    text: str
    notes: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The verdict as it is reported."""
        return {
            "origin": self.origin,
            "verdict": self.verdict,
            "text": self.text,
            "notes": list(self.notes),
        }


def from_state(path: Path) -> View:
    """A monitor's state file; raises StoreError."""
    store = Store(path, read_only=True)
    try:
        view = View(str(path), True)
        for log in store.logs():
            for note in (log.note, log.head_note):
                if note is not None:
                    view.add(note)
            for _, _, note in store.seen(log.origin):
                view.add(note)
            if log.vkey is not None:
                view.keys[log.origin] = log.vkey
        return view
    finally:
        store.close()


def from_notes(path: Path, text: str) -> View:
    """A file of one or more signed notes, one after the other; raises FormatError."""
    view = View(str(path), False)
    note = ""
    for line in text.splitlines(keepends=True):
        if note.rpartition("\n\n")[2].startswith(_DASH) and not line.startswith(_DASH):
            view.add(note)
            note = ""
        note += line if note or line.strip() else ""
    view.add(note)
    return view


def from_site(site: Site, only: tuple[str, ...]) -> View:
    """What a server or mirror serves now: its state logs, or these logs; raises Unreachable."""
    logs, view = Logs(site), View(site.base, False)
    try:
        for origin, key in parse_policy(site.get("policy")).keys().items():
            view.keys[origin] = key.format()
    except (Absent, FormatError):
        pass
    named = [name for name in only if kind_of(name) != PLAIN]
    # A page names a society, whose logs the state log knows; one log's address means that log.
    for origin in named if named and named == list(only) else [*named, *view.keys]:
        try:
            view.add(logs.get(origin, "checkpoint").decode("utf-8", "replace"))
        except Absent:
            continue
    return view


def from_witness(site: Site, keys: Mapping[str, str], known: Sequence[PolicyWitness]) -> View:
    """What a witness has seen of these logs; `known` are the witnesses of the caller's policy.

    Raises Unreachable.
    """
    view = View(site.base, False)
    for origin, vkey in keys.items():
        try:
            shown = witnesses.read(
                site.get(witnesses.path_of(origin)), VerifierKey.parse(vkey), known
            )
        except Absent:
            continue
        except SakshiError as error:
            if isinstance(error, Unreachable):
                raise
            view.remarks[origin] = f"what {site.base} shows is not signed by the log: {error}"
            continue
        view.add(shown.note)
        view.remarks[origin] = (
            f"of the witness's head, {shown.remark}"
            if shown.time is None
            else f"the witness cosigned its head at {format_time(shown.time)}"
        )
    return view


def compare(one: View, two: View, keys: dict[str, str], site: Site | None) -> list[Verdict]:
    """A verdict for every log that both saw; `keys` are the caller's own and win over theirs."""
    shared = sorted(set(one.notes) & set(two.notes))
    found = [_judge(origin, one, two, keys.get(origin), site) for origin in shared]
    remarks = one.remarks | two.remarks
    found = [_remarked(item, remarks.get(item.origin)) for item in found]
    for origin in sorted(set(remarks) - set(shared)):
        found.append(Verdict(origin, "not-checked", _sentence(remarks[origin])))
    if not found:
        return [Verdict("", "not-checked", f"{one.name} and {two.name} saw no log in common.")]
    return found


def _remarked(found: Verdict, remark: str | None) -> Verdict:
    return replace(found, text=f"{found.text} {_sentence(remark)}") if remark else found


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def _judge(origin: str, one: View, two: View, own: str | None, site: Site | None) -> Verdict:
    known = [key for key in (one.keys.get(origin), two.keys.get(origin)) if key is not None]
    last = (_newest(one, origin), _newest(two, origin))
    if len(set(known)) > 1:
        return Verdict(
            origin,
            "fork",
            "The two were given different keys for this log, so different people are shown "
            "different logs.",
            last,
        )
    vkey = own or (known[0] if known else None)
    if vkey is None:
        return Verdict(origin, "not-checked", "The log's key is not known: give --policy.", last)
    # What nobody signed must not hide what contradicts itself among what is signed.
    heads, fault = _open((one, two), origin, vkey)
    by_size = sorted(heads, key=lambda held: held.head.size)
    for a, b in pairwise(by_size):
        if a.head.size == b.head.size and not a.same(b):
            return _two_of_a_size(origin, a, b)
    if fault is not None:
        return Verdict(origin, "not-checked", f"A note is not signed by the log: {fault}", last)
    return _in_line(origin, (one, two), by_size, site)


def _two_of_a_size(origin: str, a: Signed, b: Signed) -> Verdict:
    who = "Both hold a head" if a.view is not b.view else f"{a.view.name} holds two heads"
    return Verdict(
        origin,
        "fork",
        f"{who} of size {a.head.size} signed by the log, and the roots differ.",
        (a.note, b.note),
    )


def _in_line(
    origin: str, views: tuple[View, View], heads: list[Signed], site: Site | None
) -> Verdict:
    """Does the largest head continue all the others? `heads` are ordered by size."""
    top = heads[-1]
    newest = [max(_of(view, heads), key=lambda held: held.head.size) for view in views]
    same = newest[0].same(newest[1])
    if same:
        right, text = "consistent", f"Both saw the same head of size {top.head.size}"
    else:
        late, ahead = sorted(newest, key=lambda held: held.head.size)
        right = "behind"
        text = f"{late.view.name} is at {late.head.size} entries, {ahead.view.name} at "
        text += f"{ahead.head.size}"
    open_ = _unproven(views, heads, newest)
    if not open_:
        rest = "; the one ahead kept the same head and followed from there"
        return Verdict(origin, right, f"{text}{'' if same else rest}.")
    for old in open_:
        about = (
            text
            if any(old.same(end) for end in newest)
            else f"{text}; {old.view.name} also saw {old.head.size}"
        )
        found = _by_tiles(origin, old, top, about, site)
        if found is not None:
            return found
    proven = "the smaller head" if len(open_) == 1 else "each smaller head"
    return Verdict(origin, right, f"{text}; the tiles prove that the largest continues {proven}.")


def _unproven(views: tuple[View, View], heads: list[Signed], newest: list[Signed]) -> list[Signed]:
    """Heads that nobody has followed to the largest, one of each, in the order of their sizes.

    A monitor verified the way from each of its heads to its newest, so that one stands for all.
    """
    top, open_ = heads[-1], list[Signed]()
    for held in heads:
        passed = [
            end
            for view, end in zip(views, newest, strict=True)
            if view.followed
            and any(held.same(own) for own in _of(view, heads))
            and (end.same(top) or not end.same(held))
        ]
        if not (held.same(top) or passed or any(held.same(other) for other in open_)):
            open_.append(held)
    return open_


def _of(view: View, heads: list[Signed]) -> list[Signed]:
    return [held for held in heads if held.view is view]


def _by_tiles(
    origin: str, small: Signed, large: Signed, text: str, site: Site | None
) -> Verdict | None:
    """What is wrong or unknown about the way from one head to a larger one; None if nothing is."""
    old, new, both = small.head, large.head, (small.note, large.note)

    def unknown(why: str) -> Verdict:
        return Verdict(origin, "not-checked", f"{text}. {why}", both)

    if site is None:
        return unknown(
            f"Whether the head of size {new.size} continues that of size {old.size} has to be "
            "shown by a server's tiles: give one with --server."
        )
    logs = Logs(site)

    def get(ref: TileRef) -> bytes:
        return logs.get(origin, ref.path)

    reader = TileReader(new.size, get)
    try:
        if root_from_nodes(new.size, reader.node) != new.root:
            return unknown(
                f"{site.base} has other tiles than the larger head was signed over: it can show "
                "nothing about it. Ask another server or a mirror; if none has them, somebody was "
                "shown a head that nobody else can see."
            )
        if root_from_nodes(old.size, reader.node) != old.root:
            return Verdict(
                origin,
                "fork",
                f"{text}, and by the tiles of the larger head it does not contain the smaller one "
                f"(sizes {new.size} and {old.size}): both are signed by the log.",
                both,
            )
        proof = build_consistency(old.size, new.size, reader.node)
        verify_consistency(old.size, new.size, old.root, new.root, proof)
    except (Absent, Unreachable) as error:
        return unknown(f"The tiles could not be read: {error}")
    return None


def _newest(view: View, origin: str) -> str:
    notes = view.notes[origin]
    return max(notes, key=lambda note: parse_checkpoint(parse_note(note).text).size)


def _open(
    views: tuple[View, View], origin: str, vkey: str
) -> tuple[list[Signed], SakshiError | None]:
    """The heads that the log signed, and what is wrong with a note that it did not."""
    found, wrong = list[Signed](), None
    for view in views:
        for note in view.notes[origin]:
            try:
                found.append(Signed(open_checkpoint(note, VerifierKey.parse(vkey)), note, view))
            except SakshiError as error:
                wrong = wrong or error
    return found, wrong


def evidence(verdicts: list[Verdict], folder: Path) -> Iterator[Path]:
    """Write the notes of every fork; returns the files written."""
    for found in verdicts:
        if found.verdict != "fork":
            continue
        folder.mkdir(parents=True, exist_ok=True)
        for number, note in enumerate(found.notes, 1):
            path = folder / f"fork-{found.origin.replace('/', '-')}-{number}.note"
            path.write_text(note, encoding="utf-8")
            yield path
