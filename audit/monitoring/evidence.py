"""The folder of evidence: a folder for each finding, on the disk before it has its name.

All of them together have a limit, for a server can make a monitor find something as often as it
likes. The last quarter is kept for findings that endure: they rest on what a log signed, so that
whoever floods the rest cannot push the proof of a fork out.
"""

import os
from collections.abc import Mapping
from pathlib import Path

LIMIT = 1 << 30
"""Bytes of all evidence unless the caller says otherwise."""

_BLOCK = 4096
"""What any file or folder takes on a disk."""

Files = Mapping[str, bytes]


class EvidenceFolder:
    """Evidence of one monitor, `limit` bytes of it at most."""

    def __init__(self, root: Path, limit: int = LIMIT) -> None:
        self._root, self._limit = root, limit
        self._used: int | None = None

    def make(self, name: str, files: Files, *, endures: bool) -> Path | None:
        """Keep files in a new folder, whole before it gets its name; None if there is no room."""
        if not self._room(files, endures):
            return None
        self._root.mkdir(parents=True, exist_ok=True)
        target, number = self._root / name, 1
        while target.exists():
            number += 1
            target = self._root / f"{name}-{number}"
        draft = target.with_name(f"{target.name}.part")
        draft.mkdir(exist_ok=True)
        self._write(draft, files)
        draft.rename(target)
        return target

    def add(self, folder: Path, files: Files, *, endures: bool) -> None:
        """Put files beside those of a folder, in their order, if there is room for all."""
        if self._room(files, endures):
            self._write(folder, files)

    def _room(self, files: Files, endures: bool) -> bool:
        if self._used is None:
            self._used = sum(_size(path) for path in self._root.rglob("*"))
        wanted = _BLOCK + sum(_BLOCK + len(data) for data in files.values())
        limit = self._limit if endures else self._limit // 4 * 3
        return self._used + wanted <= limit

    def _write(self, folder: Path, files: Files) -> None:
        for name, data in files.items():
            part = folder / f"{name}.part"
            with part.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.replace(folder / name)
        self._used = (self._used or 0) + _BLOCK + sum(_BLOCK + len(v) for v in files.values())


def _size(path: Path) -> int:
    try:
        return _BLOCK + (path.stat().st_size if path.is_file() else 0)
    except OSError:  # moved away by its owner meanwhile
        return 0
