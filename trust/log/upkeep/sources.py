"""Where lost entries may come back from: a mirror as a folder, in an object store, or behind a
static file server."""

import urllib.error
import urllib.request
from pathlib import Path
from typing import Protocol
from urllib.parse import quote, urlsplit

from trust.log.errors import MirrorError
from trust.log.upkeep.objectstore import SCHEME, ObjectStore

TIMEOUT = 30.0
LIMIT = 64 << 20


class Source(Protocol):
    """A mirror to read from; nothing it gives is believed before it is verified."""

    name: str

    def read(self, path: str) -> bytes | None:
        """A file, None if the mirror has none of that name; MirrorError if it cannot be read."""


class FolderSource:
    """A mirror's folder."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise MirrorError(f"There is no mirror at {root}.")
        self.name, self._root = str(root), root

    def read(self, path: str) -> bytes | None:
        """A file below the folder."""
        try:
            return (self._root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise MirrorError(f"{self._root / path} cannot be read: {error.strerror}.") from None


class HttpSource:
    """A mirror behind http or https."""

    def __init__(self, url: str) -> None:
        if urlsplit(url).scheme not in ("http", "https"):
            raise MirrorError(f"{url} is neither a folder nor an http(s):// or s3:// address.")
        self.name = url.rstrip("/")

    def read(self, path: str) -> bytes | None:
        """A file below the address; 404 and 410 mean that there is none."""
        url = f"{self.name}/{quote(path)}"
        request = urllib.request.Request(url, headers={"User-Agent": "sakshi"})
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
                body: bytes = answer.read(LIMIT + 1)
        except urllib.error.HTTPError as error:
            if error.code in (404, 410):
                return None
            raise MirrorError(f"{url} answered {error.code}.") from None
        except OSError as error:
            raise MirrorError(f"{url} could not be reached: {error}.") from None
        if len(body) > LIMIT:
            raise MirrorError(f"{url} answered with more than {LIMIT} bytes.")
        return body


class BucketSource:
    """A mirror in an object store."""

    def __init__(self, place: str) -> None:
        self._store = ObjectStore(place)
        self.name = self._store.name

    def read(self, path: str) -> bytes | None:
        """An object below the prefix."""
        found = self._store.get(path)
        return None if found is None else found.data


def source(place: str) -> Source:
    """A mirror by its folder or address."""
    if place.startswith(SCHEME):
        return BucketSource(place)
    return HttpSource(place) if "://" in place else FolderSource(Path(place))
