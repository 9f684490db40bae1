"""Gathering what a server publishes of one log, so that it can be verified like a package.

Everything comes over the C2SP endpoints (`<prefix>/checkpoint`, `<prefix>/tile/entries/…`) and
`<prefix>/doc/<hash>`. The whole state log is read, so that a second version of the subject log
would show. Nothing fetched is believed: proofs are built here, from the entries.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from trust.formats import b64, canon, merkle, notes, origins, policy, records, tiles
from trust.formats.canon import Json
from trust.formats.checkpoints import parse_checkpoint
from trust.formats.entries import Entry, parse_entry
from trust.formats.errors import SakshiError
from trust.formats.tlogproof import TlogProof, format_tlog_proof

TIMEOUT = 20.0
SMALL, LARGE = 1 << 20, 64 << 20
MAX_ENTRIES = 2_000_000
_KEY_SEARCH = 5_000

Progress = Callable[[str], None]


class FetchError(SakshiError):
    """The server could not be reached, or does not offer what a verifier needs."""

    default_code = "fetch"


@dataclass(frozen=True)
class Gathered:
    """Files named as in a package, and all entries of the state log."""

    members: dict[str, bytes]
    state_entries: list[bytes]


class Server:
    """One server's address; every answer is bounded in size and time.

    `logs` is where its logs lie: below `l/` at a server of ours, below their own names at a mirror.
    """

    def __init__(self, base: str, timeout: float = TIMEOUT, logs: str = "l/") -> None:
        self.base, self.timeout, self.logs = base.rstrip("/"), timeout, logs

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The body at a path; raises FetchError with a sentence for a person."""
        return get(f"{self.base}/{quote(path)}", limit, self.timeout)

    def log(self, origin: str, path: str, limit: int = SMALL) -> bytes:
        """A file of a log."""
        return self.get(f"{self.logs}{origin}/{path}", limit)

    def entries(self, origin: str, size: int, progress: Progress) -> list[bytes]:
        """All entries of a log up to a size, from its entry bundles."""
        if size > MAX_ENTRIES:
            raise FetchError(f"{origin} has {size} entries; more than {MAX_ENTRIES} are not read.")
        found: list[bytes] = []
        for ref in tiles.bundles_at(size):
            progress(f"{origin}: {len(found)} of {size} entries")
            found += tiles.decode_bundle(self.log(origin, ref.path, LARGE), ref.width)
        return found


def get(url: str, limit: int, timeout: float = TIMEOUT) -> bytes:
    """Fetch over http or https only, at most `limit` bytes."""
    if urlsplit(url).scheme not in ("http", "https"):
        raise FetchError("Only http and https addresses can be verified.")
    request = urllib.request.Request(url, headers={"User-Agent": "sakshi-audit"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            body: bytes = answer.read(limit + 1)
    except urllib.error.HTTPError as fault:
        raise FetchError(f"{url} answered {fault.code}: it is not published there.") from None
    except TimeoutError:
        raise FetchError(f"{url} did not answer within {timeout:.0f} seconds.") from None
    except (urllib.error.URLError, OSError, ValueError) as fault:
        raise FetchError(f"{url} could not be reached: {fault}.") from None
    if len(body) > limit:
        raise FetchError(f"{url} answered with more than {limit} bytes.")
    return body


def locate(url: str, timeout: float = TIMEOUT) -> tuple[Server, str]:
    """The server and the log's origin of a log prefix (`…/l/<origin>`, at a mirror `…/<origin>`)
    or a society page."""
    parts = urlsplit(url)
    base = f"{parts.scheme}://{parts.netloc}"
    if "/l/" not in parts.path and (named := _at_mirror(parts.path)):
        return Server(base + named[0], timeout, logs=""), named[1]
    before, mark, origin = parts.path.partition("/l/")
    if mark:
        origin = origin.rstrip("/").removesuffix("/checkpoint")
    else:
        before, mark, tail = parts.path.partition("/s/")
        if not mark:
            raise FetchError(
                "Give the address of a society's page (…/s/<society>), of a log (…/l/<origin>), of "
                "a package or of a proof."
            )
        slug, *rest = tail.rstrip("/").split("/")
        slug = slug.removesuffix(".json")
        page = get(f"{base}{before}/s/{quote(slug)}.json", SMALL, timeout)
        origin = _origin_of(page, rest[1] if rest[:1] == ["meetings"] and rest[1:] else None)
    try:
        origins.parse_origin(origin)
    except SakshiError as fault:
        raise FetchError(str(fault)) from None
    return Server(base + before, timeout), origin


def _at_mirror(path: str) -> tuple[str, str] | None:
    """What stands before a log's own name in a path, and that name; None if there is none."""
    segments = path.strip("/").removesuffix("/checkpoint").split("/")
    for at in range(len(segments)):
        origin = "/".join(segments[at:])
        try:
            origins.parse_origin(origin)
        except SakshiError:
            continue
        return "/" + "/".join(segments[:at]), origin
    return None


def _origin_of(body: bytes, meeting: str | None) -> str:
    """The book log (`book`), or a meeting's log, that a society page's JSON names."""
    try:
        page = json.loads(body)
    except (ValueError, RecursionError):
        page = None
    origin = page.get("book") if isinstance(page, dict) else None
    if meeting is not None and isinstance(page, dict):
        listed = page.get("meetings")
        found = [m for m in listed if isinstance(m, dict)] if isinstance(listed, list) else []
        origin = next((m.get("origin") for m in found if m.get("id") == meeting), None)
    if not isinstance(origin, str):
        raise FetchError(
            "The page names no log that could be verified: nothing may be sealed there yet, or the "
            "server is of another kind."
        )
    return origin


def gather(server: Server, origin: str, progress: Progress) -> Gathered:
    """Everything public about one log."""
    progress("policy and state log")
    packed = server.get("policy")
    state, note, state_entries = _state(server, packed, origin, progress)
    heads = _heads(state_entries, origin)
    if not heads:
        raise FetchError(f"The state log holds no head of {origin}: nothing is published yet.")
    size = heads[-1][1]
    entries = server.entries(origin, size, progress)
    tree = _tree(state_entries)
    members = {
        "package.json": _about(origin, state),
        "policy": packed,
        "log/checkpoint": state_entries[heads[-1][0]],
        "log/entries": b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries),
        "log/leaves": b"".join(merkle.leaf_hash(entry) for entry in entries),
        "state/checkpoint": note.encode(),
    }
    first = min(index for index, _ in heads)
    members |= _key(server, state, state_entries, first, origin, note, tree)
    members |= _earlier(state_entries, heads, note, tree, _tree(entries))
    members |= _documents(server, origin, entries, progress)
    return Gathered(members, state_entries)


def _state(
    server: Server, packed: bytes, origin: str, progress: Progress
) -> tuple[str, str, list[bytes]]:
    """The state log that holds this log's heads, the newest first: origin, note, entries."""
    listed = [log.key.name for log in policy.parse_policy(packed).logs]
    if not listed:
        raise FetchError("The server's policy names no state log.")
    last: tuple[str, str, list[bytes]] | None = None
    for state in reversed(listed):
        note = server.log(state, "checkpoint").decode("utf-8", "replace")
        size = parse_checkpoint(notes.parse_note(note).text).size
        last = (state, note, server.entries(state, size, progress))
        if _heads(last[2], origin):
            break
    assert last is not None
    return last


def _heads(state_entries: Sequence[bytes], origin: str) -> list[tuple[int, int]]:
    """Position in the state log and size of every head of a log, smallest first."""
    prefix = origin.encode() + b"\n"
    found: list[tuple[int, int]] = []
    for index, entry in enumerate(state_entries):
        if entry.startswith(prefix):
            found.append((index, parse_checkpoint(notes.parse_note(entry).text).size))
    # Of two heads of one size the first stands; the verifier names the other as a fork.
    first = {size: index for index, size in reversed(found)}
    return [(index, size) for size, index in sorted(first.items())]


def _tree(entries: Sequence[bytes]) -> merkle.Node:
    """Hashes of perfect subtrees, each computed once."""
    known = {(0, index): merkle.leaf_hash(entry) for index, entry in enumerate(entries)}

    def node(level: int, index: int) -> bytes:
        found = known.get((level, index))
        if found is None:
            found = merkle.node_hash(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
            known[level, index] = found
        return found

    return node


def _about(origin: str, state: str) -> bytes:
    parsed = origins.parse_origin(origin)
    if parsed.kind not in ("coop", "meeting"):
        raise FetchError("Only a society's book log or a meeting's log can be verified so.")
    about: dict[str, Json] = {
        "format": "sakshi-package/1",
        "kind": "society" if parsed.kind == "coop" else "meeting",
        "origin": origin,
        "state": state,
        "subject": parsed.subject,
    }
    return canon.canonical(about)


def _proof(index: int, size: int, note: str, tree: merkle.Node) -> bytes:
    path = merkle.build_inclusion(index, size, tree)
    return format_tlog_proof(TlogProof(index, tuple(path), note)).encode()


def _key(
    server: Server,
    state: str,
    state_entries: Sequence[bytes],
    before: int,
    origin: str,
    note: str,
    tree: merkle.Node,
) -> dict[str, bytes]:
    """The log's key entry: it stands before the log's first head, and mostly right before it."""
    for index in range(before - 1, max(-1, before - _KEY_SEARCH), -1):
        if not state_entries[index].startswith(b"sakshi/1 log-key "):
            continue
        entry = parse_entry(state_entries[index])
        assert isinstance(entry, Entry)
        document = server.log(state, f"doc/{entry.commitment.hex()}")
        if canon.parse(document).get("origin") == origin:
            return {
                "state/key.tlog-proof": _proof(index, len(state_entries), note, tree),
                "state/key-entry": state_entries[index],
                "state/key-record": document,
            }
    raise FetchError(f"The state log does not hold the key of {origin}.")


def _earlier(
    state_entries: Sequence[bytes],
    heads: list[tuple[int, int]],
    note: str,
    state_tree: merkle.Node,
    tree: merkle.Node,
) -> dict[str, bytes]:
    """Each admitted head with its place in the state log and the step from the one before."""
    members: dict[str, bytes] = {}
    before: int | None = None
    for index, size in heads:
        proof = _proof(index, len(state_entries), note, state_tree)
        members[f"state/heads/{size}.tlog-proof"] = proof
        if size != heads[-1][1]:
            members[f"log/earlier/{size}"] = state_entries[index]
        if before is not None:
            path = merkle.build_consistency(before, size, tree)
            lines = "".join(f"{b64.encode(part)}\n" for part in path)
            members[f"proof/consistency/{before}-{size}"] = lines.encode()
        before = size
    return members


def _documents(
    server: Server, origin: str, entries: Sequence[bytes], progress: Progress
) -> dict[str, bytes]:
    """Every document that is served; one that is not is left to the verifier to miss."""
    members: dict[str, bytes] = {}
    for index, data in enumerate(entries):
        try:
            entry = parse_entry(data)
        except SakshiError:
            continue  # the verifier names it
        if not isinstance(entry, Entry) or not _is_public(entry.kind):
            continue
        progress(f"{origin}: document of entry {index}")
        name = f"doc/{entry.commitment.hex()}"
        try:
            members[name] = server.log(origin, name, LARGE)
        except FetchError:
            continue
    return members


def _is_public(kind: str) -> bool:
    found = records.KINDS.get(kind)
    return found is not None and found.public
