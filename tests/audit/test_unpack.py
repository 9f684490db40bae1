"""What a proxy compressed unasked is read, or told by its true cause: `verify` and `monitor`."""

import gzip
import zlib

import pytest

from audit import fetch
from tests.audit.raw import raw, says
from tests.audit.test_deadline import Get, both
from trust.formats.errors import SakshiError

FILE = b"sakshi.example/coop/s1/2026-27\n20\nJ6dgZ...\n" * 9


def raw_deflate(data: bytes) -> bytes:
    """Deflate without the head of zlib."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def encoded(name: str, body: bytes) -> bytes:
    """An answer that something on the way encoded."""
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


@both
@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("gzip", gzip.compress(FILE), id="gzip"),
        pytest.param("X-Gzip", gzip.compress(FILE), id="x-gzip"),
        pytest.param("deflate", zlib.compress(FILE), id="deflate"),
        pytest.param("deflate", raw_deflate(FILE), id="raw-deflate"),
        pytest.param("identity, gzip", gzip.compress(FILE), id="identity-gzip"),
        pytest.param("identity", FILE, id="identity"),
    ],
)
def test_an_answer_that_a_proxy_compressed_is_read(get: Get, name: str, body: bytes) -> None:
    with raw(says(encoded(name, body))) as url:
        assert get(url) == FILE


@both
@pytest.mark.parametrize(
    ("name", "body"),
    [
        pytest.param("br", FILE, id="br"),
        pytest.param("gzip, br", FILE, id="gzip-br"),
        pytest.param("gzip", FILE, id="not-packed"),
        pytest.param("gzip", gzip.compress(FILE) + b"more", id="more"),
    ],
)
def test_what_cannot_be_unpacked_is_told_as_compressed(get: Get, name: str, body: bytes) -> None:
    with (
        raw(says(encoded(name, body))) as url,
        pytest.raises(SakshiError, match="on the way compressed it"),
    ):
        get(url)


@both
def test_packed_bytes_that_were_cut_short_are_not_believed(get: Get) -> None:
    with (
        raw(says(encoded("gzip", gzip.compress(FILE)[:-9]))) as url,
        pytest.raises(SakshiError, match="could not be reached"),
    ):
        get(url)


@both
def test_an_answer_that_swells_is_given_up(get: Get) -> None:
    swelling = gzip.compress(bytes(fetch.SMALL * 8))
    with raw(says(encoded("gzip", swelling))) as url, pytest.raises(SakshiError, match="more than"):
        get(url)
