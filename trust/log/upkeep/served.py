"""What a file of a log is called over HTTP: its content type, and how long caches may keep it.

C2SP tlog-tiles asks for these types. Tiles, bundles and documents never change once they are
there, partial ones neither; checkpoints and lists do.
"""

IMMUTABLE = "public, max-age=31536000, immutable"
FRESH = "public, max-age=2"
TEXT = "text/plain; charset=utf-8"


def headers(name: str) -> tuple[str, str]:
    """Content type and Cache-Control of a mirror's file, by its name below the mirror."""
    last = name.rpartition("/")[2]
    if name.startswith(".partial/"):
        return TEXT, "no-store"
    if "/tile/" in name:
        return "application/octet-stream", IMMUTABLE
    if "/doc/" in name:
        return "application/json", IMMUTABLE
    if last.endswith(".tsr"):
        return "application/timestamp-reply", IMMUTABLE
    if last.endswith(".note"):
        return TEXT, IMMUTABLE
    return TEXT, FRESH
