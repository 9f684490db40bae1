"""Answers that a proxy on the way compressed, though nobody asked for it."""

import http.client
import zlib

_GZIP, _ZLIB, _RAW = 31, 15, -15
_WINDOWS = {"gzip": (_GZIP,), "x-gzip": (_GZIP,), "deflate": (_ZLIB, _RAW)}
"""How each encoding is written; what is called deflate has the head of zlib or none."""


class PackedError(ValueError):
    """The answer is compressed in a way that cannot be read here."""


def plain(body: bytes, encoding: str, limit: int) -> bytes:
    """The bytes of a file from an answer's body, at most `limit + 1` of them.

    Args:
        body: as it came.
        encoding: the answer's `Content-Encoding`; empty if it states none.

    Raises:
        PackedError: it is compressed in another way, more than once, or broken.
        http.client.IncompleteRead: its end is missing.
    """
    named = [name for one in encoding.lower().split(",") if (name := one.strip()) != "identity"]
    if not any(named) or len(body) > limit:
        return body
    windows = _WINDOWS.get(named[0]) if len(named) == 1 else None
    if windows is None:
        raise PackedError(
            f"something on the way compressed it ({', '.join(named)[:40]}), which was not asked "
            "for and cannot be read here; have it pass the files of the log as they are"
        )
    for window in windows:
        unpack = zlib.decompressobj(wbits=window)
        try:
            found = unpack.decompress(body, limit + 1)
        except zlib.error:
            continue
        if not unpack.eof and len(found) <= limit:
            raise http.client.IncompleteRead(found)
        if unpack.unused_data:
            break
        return found
    raise PackedError(f"something on the way compressed it ({named[0]}), and it cannot be unpacked")
