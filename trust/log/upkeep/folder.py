"""A folder of files that are made once: complete and durable, or not there at all.

A file is written aside, synced, and linked to its name, so a reader never sees a part of it and
two writers cannot both make it. What exists is never overwritten; only `replace` puts a new
version in place, atomically. Files are synced many at a time, because the file system then needs
one commit for all of them: ten times as fast as one after the other.
"""

import contextlib
import fcntl
import os
import shutil
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from trust.log.errors import MirrorError

_ASIDE = ".partial"
_LOCK = "lock"
_THREADS = 8
_MOST = 1024
"""Files that may stand aside before they are given their names."""


@dataclass(frozen=True, slots=True)
class _Aside:
    """A file that has not got its name yet; `over` whether it may take it from another."""

    path: Path
    size: int
    over: bool


class Folder:
    """One target folder, held by one process at a time (`with Folder(path) as folder`)."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.name = str(root)
        self._aside = root / _ASIDE
        self._waiting: dict[str, _Aside] = {}
        self._dirty: set[Path] = set()
        self._lock = -1
        self._count = 0
        self.written = 0
        self.written_bytes = 0

    def __enter__(self) -> "Folder":
        try:
            self._aside.mkdir(parents=True, exist_ok=True)
            self._lock = os.open(self._aside / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise MirrorError(f"Another process is writing to {self.root}; wait for it.") from None
        except OSError as error:
            raise MirrorError(f"{self.root} cannot be written to: {error.strerror}.") from None
        for left in self._aside.glob("put-*"):
            left.unlink()  # of a run that was killed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for item in self._waiting.values():
            item.path.unlink(missing_ok=True)  # of a run that stopped
        os.close(self._lock)

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None."""
        try:
            return (self.root / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """Several files, in the order asked for."""
        return [self.read(name) for name in names]

    def put(self, name: str, data: bytes) -> None:
        """Make a file, unless it is there with these bytes already.

        Raises MirrorError when it is there with other bytes (nothing is changed).
        """
        path = self.root / name
        if name in self._waiting:
            self.sync()
        with contextlib.suppress(FileNotFoundError):
            if path.read_bytes() == data:
                return
            raise MirrorError(
                f"{path} exists with other content than the log has now. It was left as it is: "
                "find out which of the two was changed (`sakshi fsck`), and mirror into a new "
                "folder if it is the mirror.",
                code="mirror-conflict",
            )
        self._write(name, data, over=False)

    def replace(self, name: str, data: bytes) -> None:
        """Put a new version of a file in place, unless it has these bytes already."""
        if name in self._waiting:
            self.sync()
        if self.read(name) != data:
            self._write(name, data, over=True)

    def partials(self, folder: str, full: Sequence[str]) -> list[str]:
        """Of these full tiles below a folder, those that have partial ones still: `<full>.p`."""
        return [f"{name}.p" for name in full if (self.root / f"{name}.p").is_dir()]

    def remove(self, name: str) -> None:
        """Remove a file or folder with what is in it; does nothing if missing.

        Raises MirrorError for a name that is not below this folder.
        """
        if {"", ".", ".."} & set(name.split("/")):
            raise MirrorError(f"{name!r} is no name below {self.root}; nothing was removed.")
        path = self.root / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)

    def sync(self) -> None:
        """Give everything put so far its name, durably."""
        try:
            _sync([item.path for item in self._waiting.values()])
            while self._waiting:
                name = next(iter(self._waiting))
                self._settle(name, self._waiting[name])
                del self._waiting[name]
            _sync(self._dirty)
        except OSError as error:
            raise self._told(error) from None
        self._dirty.clear()

    def _write(self, name: str, data: bytes, *, over: bool) -> None:
        self._count += 1
        aside = self._aside / f"put-{os.getpid()}-{self._count}"
        self._waiting[name] = _Aside(aside, len(data), over)
        try:
            with aside.open("xb") as file:
                file.write(data)
        except OSError as error:
            raise self._told(error) from None
        if len(self._waiting) >= _MOST:
            self.sync()

    def _settle(self, name: str, item: _Aside) -> None:
        path = self.root / name
        self._make(path.parent)
        if item.over:
            os.replace(item.path, path)
        else:
            os.link(item.path, path)
            item.path.unlink()
        if not name.startswith(_ASIDE):
            self.written += 1
            self.written_bytes += item.size

    def _make(self, folder: Path) -> None:
        self._dirty.add(folder)
        missing = folder
        while not missing.exists():
            self._dirty.add(missing.parent)
            missing = missing.parent
        folder.mkdir(parents=True, exist_ok=True)

    def _told(self, fault: OSError) -> MirrorError:
        return MirrorError(
            f"{self.root} could not be written to: {fault.strerror}. What is there is whole; "
            "run the same command again when there is room."
        )


def _sync(paths: Iterable[Path]) -> None:
    """Make files, or the names in folders, durable."""
    with ThreadPoolExecutor(_THREADS) as pool:
        for _ in pool.map(_sync_one, paths):
            pass


def _sync_one(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
