"""Where a mirror is written to: a folder or an object store, with the same seven verbs."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from trust.log.errors import MirrorError
from trust.log.upkeep.bucket import Bucket
from trust.log.upkeep.folder import Folder
from trust.log.upkeep.objectstore import SCHEME


class Target(Protocol):
    """A place of files that are made once; entered by one run at a time.

    What was asked for by `put` and `replace` is there, durably, after `sync`; without it some of
    it may be, in any order. `written` and `written_bytes` count the public files that are
    new; names below `.partial/` are the mirror's own.
    """

    name: str
    written: int
    written_bytes: int

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None."""

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """Several files, in the order asked for."""

    def put(self, name: str, data: bytes) -> None:
        """Make a file; MirrorError, now or at `sync`, if it is there with other bytes."""

    def replace(self, name: str, data: bytes) -> None:
        """Put a new version of a file in place of the one that was read."""

    def partials(self, folder: str, full: Sequence[str]) -> list[str]:
        """Of these full tiles below a folder, those that have partial ones still: `<full>.p`."""

    def remove(self, name: str) -> None:
        """Remove a file, or all below that name; does nothing if missing."""

    def sync(self) -> None:
        """Make everything asked for so far durable."""


def target(place: Path | str) -> Target:
    """A folder, or `s3://BUCKET[/PREFIX]`; raises MirrorError for any other address."""
    if isinstance(place, str):
        if place.startswith(SCHEME):
            return Bucket(place)
        if "://" in place:
            raise MirrorError(
                "A mirror is written to a folder or to an object store (s3://BUCKET/PREFIX).",
                code="mirror-place",
            )
    return Folder(Path(place))
