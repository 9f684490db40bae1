"""The logs of a site, wherever it keeps them, and files read ahead of their turn."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from audit.monitoring.scheduler import Scheduler
from audit.monitoring.wire import SMALL, Absent, Site

_Item = TypeVar("_Item")

AHEAD = 32
"""Files read ahead at once; each at most a megabyte, so that memory stays flat."""


class Logs:
    """The logs of a site: below `l/`, or below their own names."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self._before: str | None = None
        self._ready: dict[tuple[str, str], bytes | Absent] = {}

    def get(self, origin: str, path: str, limit: int = SMALL) -> bytes:
        """A file of a log; raises Absent, Unreachable or Halted."""
        ready = self._ready.pop((origin, path), None)
        if isinstance(ready, Absent):
            raise ready
        if ready is not None:
            return ready
        if self._before is not None:
            return self.site.get(f"{self._before}{origin}/{path}", limit)
        try:
            data = self.site.get(f"l/{origin}/{path}", limit)
            self._before = "l/"
        except Absent:
            data = self.site.get(f"{origin}/{path}", limit)
            self._before = ""
        return data

    def ahead(self, origin: str, paths: Iterable[str]) -> None:
        """Read files together that `get` is about to ask for; each of them serves once.

        What cannot be had so (no answer, too long) is left to `get`.
        """
        wanted = list(dict.fromkeys(paths))
        if self._before is None or len(wanted) < 2 or not isinstance(self.site, Scheduler):
            return
        found = self.site.get_many([f"{self._before}{origin}/{path}" for path in wanted])
        for path, item in zip(wanted, found, strict=True):
            if isinstance(item, bytes | Absent):
                self._ready[origin, path] = item

    def forget(self, origin: str) -> None:
        """Drop what was read ahead of a log and not asked for."""
        for key in [key for key in self._ready if key[0] == origin]:
            del self._ready[key]


def batched(items: Sequence[_Item], size: int) -> Iterator[Sequence[_Item]]:
    """Items in their order, so many at a time."""
    for at in range(0, len(items), size):
        yield items[at : at + size]
