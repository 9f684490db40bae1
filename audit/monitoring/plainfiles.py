"""Files that are made once, whole and durable, in a folder that one process at a time writes to.

The same promises as those of `sakshi mirror`, in code of its own: what runs on an auditor's
machine shares nothing with the server.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from trust.formats.errors import SakshiError

_ASIDE = ".partial"


class KeepError(SakshiError):
    """What was read cannot be kept in this folder."""

    default_code = "keep"


class PlainFiles:
    """One folder; see `opened`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._aside = root / _ASIDE
        self._dirty: set[Path] = set()
        self._count = 0

    def read(self, name: str) -> bytes | None:
        """A file's bytes, or None."""
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def put(self, name: str, data: bytes) -> None:
        """Make a file; raises KeepError when it is there with other bytes, which stay."""
        path = self._path(name)
        held = self.read(name)
        if held is not None:
            if held != data:
                raise KeepError(
                    f"{path} is there with other content than was verified now. It was left as it "
                    "is; find out who changed it, and keep into a new folder."
                )
            return
        self._make(path.parent)
        draft = self._write(data)
        try:
            os.link(draft, path)
        finally:
            draft.unlink()
        self._dirty.add(path.parent)

    def replace(self, name: str, data: bytes) -> None:
        """Put a new version of a file in place, atomically, after everything put before it."""
        if self.read(name) == data:
            return
        self.sync()
        path = self._path(name)
        self._make(path.parent)
        os.replace(self._write(data), path)
        self._dirty.add(path.parent)

    def outgrow(self, name: str) -> None:
        """Remove the partial versions of a file that is now full."""
        folder = self._path(f"{name}.p")
        if folder.is_dir():
            shutil.rmtree(folder)

    def sync(self) -> None:
        """Make the names of everything put so far durable."""
        for folder in self._dirty:
            descriptor = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
        self._dirty.clear()

    def _path(self, name: str) -> Path:
        """Where a file lies; names come from other people's servers and stay below the folder."""
        if any(part in ("", ".", "..") for part in name.split("/")) or "\0" in name:
            raise KeepError(f"{name!r} is no name of a file in a mirror; nothing was kept of it.")
        return self.root / name

    def _make(self, folder: Path) -> None:
        missing = folder
        while not missing.exists():
            self._dirty.add(missing.parent)
            missing = missing.parent
        folder.mkdir(parents=True, exist_ok=True)

    def _write(self, data: bytes) -> Path:
        self._count += 1
        draft = self._aside / f"put-{os.getpid()}-{self._count}"
        with draft.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        return draft


@contextmanager
def opened(root: Path) -> Iterator[PlainFiles]:
    """The folder, locked against other writers if the system has such locks.

    Raises KeepError: it cannot be written to, or another process is writing to it.
    """
    files = PlainFiles(root)
    try:
        (root / _ASIDE).mkdir(parents=True, exist_ok=True)
        with (root / _ASIDE / "lock").open("w") as lock:
            _hold(lock.fileno(), root)
            for left in (root / _ASIDE).glob("put-*"):
                left.unlink()  # of a run that was killed
            yield files
            files.sync()
    except OSError as error:
        raise KeepError(
            f"{root} could not be written to: {error.strerror}. What is there is whole."
        ) from None


def _hold(descriptor: int, root: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows: nothing to be had in the standard library
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise KeepError(f"Another process is writing to {root}; wait for it.") from None
