"""What is kept of a server while its logs are gathered: so many bytes, and logs as trees."""

from dataclasses import dataclass

from audit.fetch import SMALL, FetchError, Progress, Server
from trust.formats import merkle
from trust.formats.tlogproof import TlogProof, format_tlog_proof

MAX_BYTES = 4 << 30
"""Bytes of memory that one run keeps of a server, all its logs together."""
ROW = 400
"""Bytes that an entry takes besides its own: its hash, and its part of the tree above it."""


class Metered(Server):
    """A server that gives so much in one run and no more, however many logs it names."""

    def __init__(self, server: Server) -> None:
        super().__init__(server.base, server.timeout, server.logs)
        self.left = MAX_BYTES

    def get(self, path: str, limit: int = SMALL) -> bytes:
        """The body at a path; raises FetchError also when the run has read too much."""
        body = super().get(path, limit)
        self._spend(len(body))
        return body

    def entries(self, origin: str, size: int, progress: Progress) -> list[bytes]:
        """All entries of a log up to a size; raises FetchError also when these are too many."""
        self._spend(ROW * size)
        return super().entries(origin, size, progress)

    def _spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooMuchError(
                f"{self.base} has more to give than the {MAX_BYTES >> 20} MiB that are kept in one "
                "run. Verify the society's packages instead."
            )


class TooMuchError(FetchError):
    """The limit of a run is reached: nothing more is asked for."""


class Tree:
    """A log's entries with the hashes of its perfect subtrees, each computed once."""

    def __init__(self, origin: str, note: str, entries: list[bytes]) -> None:
        self.origin, self.note, self.entries = origin, note, entries
        self._known = {(0, index): merkle.leaf_hash(entry) for index, entry in enumerate(entries)}

    def node(self, level: int, index: int) -> bytes:
        """Hash of a perfect subtree."""
        found = self._known.get((level, index))
        if found is None:
            left, right = self.node(level - 1, 2 * index), self.node(level - 1, 2 * index + 1)
            found = self._known[level, index] = merkle.node_hash(left, right)
        return found

    def proof(self, index: int) -> bytes:
        """The `.tlog-proof` of an entry under the newest head."""
        path = merkle.build_inclusion(index, len(self.entries), self.node)
        return format_tlog_proof(TlogProof(index, tuple(path), self.note)).encode()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the state logs hold a head of a log."""

    state: Tree
    index: int
    size: int

    @property
    def note(self) -> bytes:
        """The head itself."""
        return self.state.entries[self.index]
