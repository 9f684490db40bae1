"""A mirror in an object store: files made once, by requests that many may be in flight of.

An object is written by one request and is whole or not there. It is made only if missing
(`If-None-Match: *`) and a version is replaced only where it is the one that was read (`If-Match`),
so two writers cannot overwrite each other and no lock is needed. A store that ignores these
headers is found out at the start of each run, and refused.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType

from trust.log.errors import MirrorError
from trust.log.upkeep.objectstore import Object, ObjectStore
from trust.log.upkeep.served import headers

IN_FLIGHT = 16
"""Requests made at a time: an answer from a far store takes tens of milliseconds."""
_WAITING = 4 * IN_FLIGHT
_ASIDE = ".partial"
_PROBE = f"{_ASIDE}/create-only"


class Bucket:
    """One target in an object store (`with Bucket("s3://…") as bucket`)."""

    def __init__(self, place: str) -> None:
        self._store = ObjectStore(place)
        self.name = self._store.name
        self.written = 0
        self.written_bytes = 0
        self._pool = ThreadPoolExecutor(IN_FLIGHT, thread_name_prefix="mirror")
        self._room = threading.BoundedSemaphore(_WAITING)
        self._lock = threading.Lock()
        self._jobs: list[Future[None]] = []
        self._failed = threading.Event()
        self._seen: dict[str, Object | None] = {}

    def __enter__(self) -> "Bucket":
        text = b"Objects of a mirror are made once and never overwritten.\n"
        for _ in range(2):
            if self._store.put(_PROBE, text, headers(_PROBE))[0] == "refused":
                return self
        raise MirrorError(
            f"The object store of {self.name} made the same object twice: it ignores "
            "If-None-Match, so a mirror there could be overwritten. Use a store that honours it, "
            "or mirror into a folder.",
            code="mirror-create-only",
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def read(self, name: str) -> bytes | None:
        """An object's bytes, or None; `replace` puts a new one in place of this version only."""
        found = self._seen[name] = self._store.get(name)
        return None if found is None else found.data

    def read_all(self, names: Sequence[str]) -> list[bytes | None]:
        """Several objects at once, in the order asked for."""
        return list(self._pool.map(self.read, names))

    def put(self, name: str, data: bytes) -> None:
        """Make an object; it is there after `sync`, which raises MirrorError if it was there
        with other bytes."""
        self._start(lambda: self._put(name, data))

    def replace(self, name: str, data: bytes) -> None:
        """Put a new version of an object in place; it is there after `sync`."""
        self._start(lambda: self._replace(name, data))

    def partials(self, folder: str, full: Sequence[str]) -> list[str]:
        """Of these full tiles below a folder, those that have partial ones still: `<full>.p`."""
        wanted = {f"{name}.p" for name in full}
        if not wanted:
            return []
        # "<full>.p/<width>" comes after "<full>" in the order of names.
        listed = self._store.names(folder, after=min(full))
        return sorted({name.rpartition("/")[0] for name in listed} & wanted)

    def remove(self, name: str) -> None:
        """Remove an object, or all below that name; does nothing if missing."""
        self._store.delete([*self._store.names(name), name])

    def sync(self) -> None:
        """Wait until everything asked for so far is there; raises what went wrong."""
        jobs, self._jobs = self._jobs, []
        for job in jobs:
            job.result()

    def _start(self, work: Callable[[], None]) -> None:
        if self._failed.is_set():
            self.sync()
        self._room.acquire()
        job = self._pool.submit(self._run, work)
        self._jobs.append(job)
        if len(self._jobs) > 2 * _WAITING:
            self._jobs = [item for item in self._jobs if not item.done() or item.exception()]

    def _run(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException:
            self._failed.set()
            raise
        finally:
            self._room.release()

    def _put(self, name: str, data: bytes) -> None:
        done, _ = self._store.put(name, data, headers(name))
        if done == "made":
            self._count(name, data)
            return
        held = self._store.get(name)
        if held is None or held.data != data:
            raise MirrorError(
                f"{self.name}/{name} exists with other content than the log has now. It was left "
                "as it is: find out which of the two was changed (`sakshi fsck`), and mirror "
                "below a new prefix if it is the mirror.",
                code="mirror-conflict",
            )

    def _replace(self, name: str, data: bytes) -> None:
        held = self._seen.pop(name) if name in self._seen else self._store.get(name)
        if held is not None and held.data == data:
            return
        if held is not None and held.tag is None:
            raise MirrorError(
                f"The object store gives no ETag for {self.name}/{name}; without one it cannot "
                "be replaced safely."
            )
        tag = None if held is None else held.tag
        if self._store.put(name, data, headers(name), tag)[0] == "made":
            self._count(name, data)
            return
        now = self._store.get(name)  # A try whose answer was lost may have done it.
        if now is None or now.data != data:
            raise MirrorError(
                f"Another process is writing to {self.name} ({name} changed meanwhile); wait for "
                "it and run the same command again.",
                code="mirror-busy",
            )

    def _count(self, name: str, data: bytes) -> None:
        with self._lock:
            if not name.startswith(_ASIDE):
                self.written += 1
                self.written_bytes += len(data)
