"""Gathering what a server publishes of a society or a meeting, to be verified like packages.

Every log of a society that has a head in a state log is read, and every state log whole, so that a
second version of a log, or a year left out, would show. Closed state logs name the next one, so a
policy that lists only the first is enough to find them all. Nothing fetched is believed: proofs are
built here, from the entries, and the verifier checks them like anybody's.
"""

from collections.abc import Iterator, Sequence
from functools import cached_property

from audit.fetch import LARGE, FetchError, Progress, Server
from audit.trees import Metered, Place, TooMuchError, Tree
from audit.verify.heads import StateLog
from audit.verify.states import order, stated
from audit.verify.verify import Source
from trust.formats import b64, canon, logkinds, merkle, origins, policy, records
from trust.formats.canon import Json
from trust.formats.commitments import commit_public
from trust.formats.entries import Entry, NoteEntry, parse_entry
from trust.formats.errors import SakshiError
from trust.formats.times import format_time

_KEY_SEARCH = 5_000
_STATES = 200
"""State logs followed at most: a server must not keep a verifier busy for ever."""


def gather(
    server: Server, origin: str, progress: Progress, pinned: bytes | None = None
) -> list[Source]:
    """Everything public about a log and, for a society's, about all its other logs.

    Args:
        pinned: the verifier's own policy; the state logs it names are asked for as well.
    """
    progress("policy and state logs")
    reader = _Reader(Metered(server), progress, _state_logs(pinned, origin))
    wanted = _family(reader.states, origin)
    if origin not in wanted:
        raise FetchError(f"The state log holds no head of {origin}: nothing is published yet.")
    logs = [StateLog(state.note, state.entries) for state in reader.states]
    found: list[Source] = []
    for name in wanted:
        try:
            members = reader.members(name)
        except SakshiError as error:
            if name == origin or isinstance(error, TooMuchError):
                raise
            continue  # The verifier names it: the state log holds heads of it.
        found.append(Source(name, files=members, state_logs=logs))
    return found


def _state_logs(pinned: bytes | None, origin: str) -> list[str]:
    """The state logs that the verifier's policy names of this log's operator."""
    if pinned is None:
        return []
    try:
        names = [log.key.name for log in policy.parse_policy(pinned).logs]
    except SakshiError:
        return []  # The verifier says what is wrong with it.
    host = origins.parse_origin(origin).host
    found = [(name, origins.parse_origin(name)) for name in names if _is_log(name)]
    return [name for name, one in found if (one.host, one.kind) == (host, "state")]


def _family(states: Sequence[Tree], origin: str) -> list[str]:
    """Every log of the same subject that a state log holds a head of, oldest first."""
    parsed = origins.parse_origin(origin)
    kind = logkinds.KINDS[parsed.kind]
    if kind.package is None:
        raise FetchError("Only a society's book log or a meeting's log can be verified so.")
    prefix = origin.rpartition("/")[0].encode() + b"/" if kind.yearly else None
    found: set[str] = set()
    for state in states:
        for entry in state.entries:
            if entry.startswith(prefix or origin.encode() + b"\n"):
                found.add(entry.partition(b"\n")[0].decode("utf-8", "replace"))
    return sorted((name for name in found if _is_log(name)), key=order)


def _is_log(name: str) -> bool:
    try:
        return bool(origins.parse_origin(name).kind)
    except SakshiError:
        return False


class _Reader:
    """A server's state logs, and the logs read from it so far."""

    def __init__(self, server: Server, progress: Progress, pinned: Sequence[str] = ()) -> None:
        self.server, self.progress, self.pinned = server, progress, pinned
        self.policy = server.get("policy")
        self._logs: dict[str, Tree] = {}

    @cached_property
    def states(self) -> list[Tree]:
        """Every state log of the server's policy and of the verifier's, and those that closed ones
        lead to, oldest first; of the verifier's, one that is not served is left to it to miss."""
        listed = [log.key.name for log in policy.parse_policy(self.policy).logs]
        if not listed:
            raise FetchError("The server's policy names no state log.")
        waiting, found = list(dict.fromkeys((*listed, *self.pinned))), dict[str, Tree]()
        while waiting and len(found) < _STATES:
            name = waiting.pop()
            try:
                found[name] = self._tree(name)
            except FetchError as error:
                if name in listed or name not in self.pinned or isinstance(error, TooMuchError):
                    raise
                continue
            after = self._closing(found[name])
            if after is not None and after not in found and after not in waiting:
                waiting.append(after)
        return sorted(found.values(), key=lambda state: order(state.origin))

    def _tree(self, origin: str) -> Tree:
        note = self.server.log(origin, "checkpoint").decode("utf-8", "replace")
        size = stated(note).size
        return Tree(origin, note, self.server.entries(origin, size, self.progress))

    def _closing(self, log: Tree) -> str | None:
        """The log that the last entry names as the next."""
        entry = _entry(log.entries[-1]) if log.entries else None
        if entry is None or entry.kind != "log-closed":
            return None
        named = canon.parse(self._document(log.origin, entry)).get("next")
        return str(named) if _is_log(str(named)) else None

    def _document(self, origin: str, entry: Entry) -> bytes:
        return self.server.log(origin, f"doc/{entry.commitment.hex()}", LARGE)

    def _places(self, origin: str) -> list[Place]:
        """Every head of a log, smallest first.

        Of two heads of one size the first counts; the verifier names the other as a fork.
        """
        prefix, found = origin.encode() + b"\n", dict[int, Place]()
        for state in self.states:
            for index, entry in enumerate(state.entries):
                if entry.startswith(prefix):
                    size = stated(entry.decode("utf-8", "replace")).size
                    found.setdefault(size, Place(state, index, size))
        return [place for _, place in sorted(found.items())]

    def members(self, origin: str) -> dict[str, bytes]:
        """The files of one log, named as in a package."""
        places = self._places(origin)
        last = places[-1]
        entries = self.server.entries(origin, last.size, self.progress)
        log = self._logs[origin] = Tree(origin, last.note.decode("utf-8", "replace"), entries)
        members = {
            "package.json": _about(origin, last.state.origin),
            "policy": self.policy,
            "log/checkpoint": last.note,
            "log/entries": b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries),
            "log/leaves": b"".join(merkle.leaf_hash(entry) for entry in entries),
            "state/checkpoint": last.state.note.encode(),
        }
        members |= self._key(last, origin, "state/key")
        members |= self._key_end(last, log, members["state/key-record"])
        members |= _earlier(places, log)
        members |= self._previous(log)
        members |= self._handed_on()
        members |= self._documents(log)
        return members

    def _stated(self, state: Tree, index: int, name: str) -> dict[str, bytes]:
        """A public entry of a state log with its proof and record."""
        entry = self._public_entry(state, index)
        return {
            f"{name}.tlog-proof": state.proof(index),
            f"{name}-entry": state.entries[index],
            f"{name}-record": self._document(state.origin, entry),
        }

    def _key(self, last: Place, origin: str, name: str) -> dict[str, bytes]:
        """The log's key entry: it stands before its first head in that state log, and mostly
        right before it."""
        prefix, entries = origin.encode() + b"\n", last.state.entries
        first = next(index for index, entry in enumerate(entries) if entry.startswith(prefix))
        for index in range(first - 1, max(-1, first - _KEY_SEARCH), -1):
            if self._is_key(last.state, index, origin):
                return self._stated(last.state, index, name)
        raise FetchError(f"The state log does not hold the key of {origin}.")

    def _is_key(self, state: Tree, index: int, origin: str) -> bool:
        if not state.entries[index].startswith(b"sakshi/1 log-key "):
            return False
        entry = self._public_entry(state, index)
        return canon.parse(self._document(state.origin, entry)).get("origin") == origin

    def _public_entry(self, state: Tree, index: int) -> Entry:
        entry = _entry(state.entries[index])
        if entry is None:
            raise FetchError(f"Entry {index} of {state.origin} is no entry that a log may hold.")
        return entry

    def _key_end(self, last: Place, log: Tree, key: bytes) -> dict[str, bytes]:
        """The end of a closed log's key, somewhere after its last head.

        Its record is that of the key with the time of the closing entry, so the entry is known by
        its commitment, and no record of another log need be fetched.
        """
        closing = _entry(log.entries[-1]) if log.entries else None
        if closing is None or closing.kind != "log-closed":
            return {}
        ended = canon.parse(key) | {"valid_to": format_time(closing.time)}
        mark = f" {b64.encode(commit_public(canon.canonical(ended)))}".encode()
        for index in range(last.index + 1, len(last.state.entries)):
            if last.state.entries[index].endswith(mark):
                return self._stated(last.state, index, "state/key-end")
        return {}

    def _previous(self, log: Tree) -> dict[str, bytes]:
        """For a log that continues another: the other's key, last head and last entry."""
        before = _note(log.entries[0]) if log.entries else None
        if before is None:
            return {}
        old = self._logs.get(before.checkpoint.origin)
        closing = _entry(old.entries[-1]) if old is not None and old.entries else None
        if old is None or closing is None or closing.kind != "log-closed":
            return self._given_up(before.checkpoint.origin)
        last = self._places(old.origin)[-1]
        return self._key(last, old.origin, "previous/key") | {
            "previous/head.tlog-proof": last.state.proof(last.index),
            "previous/last.tlog-proof": old.proof(len(old.entries) - 1),
            "previous/last-entry": old.entries[-1],
            "previous/last-record": self._document(old.origin, closing),
        }

    def _given_up(self, origin: str) -> dict[str, bytes]:
        """What a state log says of a log that was given up, if it says so."""
        for state in self.states:
            for index, data in enumerate(state.entries):
                entry = _entry(data) if data.startswith(b"sakshi/1 abandonment ") else None
                if entry is not None:
                    record = canon.parse(self._document(state.origin, entry))
                    if record.get("origin") == origin:
                        return self._stated(state, index, "previous/given-up")
        return {}

    def _handed_on(self) -> dict[str, bytes]:
        """How each closed state log names the next."""
        members: dict[str, bytes] = {}
        by_name = {state.origin: state for state in self.states}
        for state in self.states:
            after = by_name.get(self._closing(state) or "")
            if after is not None:
                name = f"states/{state.origin.rpartition('/')[2]}"
                members |= self._stated(state, len(state.entries) - 1, f"{name}/last")
                members[f"{name}/next.tlog-proof"] = after.proof(0)
        return members

    def _documents(self, log: Tree) -> dict[str, bytes]:
        """Every document that is served; one that is not is left to the verifier to miss."""
        members: dict[str, bytes] = {}
        for index, data in enumerate(log.entries):
            entry = _entry(data)
            if entry is None or not records.is_public(entry.kind):
                continue
            self.progress(f"{log.origin}: document of entry {index}")
            try:
                members[f"doc/{entry.commitment.hex()}"] = self._document(log.origin, entry)
            except TooMuchError:
                raise
            except FetchError:
                continue
        return members


def _entry(data: bytes) -> Entry | None:
    """A line of ours; None for anything else, which the verifier names."""
    try:
        parsed = parse_entry(data)
    except SakshiError:
        return None
    return parsed if isinstance(parsed, Entry) else None


def _note(data: bytes) -> NoteEntry | None:
    try:
        parsed = parse_entry(data)
    except SakshiError:
        return None
    return parsed if isinstance(parsed, NoteEntry) else None


def _about(origin: str, state: str) -> bytes:
    parsed = origins.parse_origin(origin)
    about: dict[str, Json] = {
        "format": "sakshi-package/1",
        "kind": logkinds.KINDS[parsed.kind].package,
        "origin": origin,
        "state": state,
        "subject": parsed.subject,
    }
    return canon.canonical(about)


def _earlier(places: Sequence[Place], log: Tree) -> dict[str, bytes]:
    """Each admitted head with its place in the state log and the step from the one before."""
    return dict(_steps(places, log))


def _steps(places: Sequence[Place], log: Tree) -> Iterator[tuple[str, bytes]]:
    before: int | None = None
    for place in places:
        size = place.size
        yield f"state/heads/{size}.tlog-proof", place.state.proof(place.index)
        if size != places[-1].size:
            yield f"log/earlier/{size}", place.note
        if before is not None:
            path = merkle.build_consistency(before, size, log.node)
            lines = "".join(f"{b64.encode(part)}\n" for part in path)
            yield f"proof/consistency/{before}-{size}", lines.encode()
        before = size
