"""What is fetched ends in time and is whole, or is not believed: `verify` and `monitor` alike."""

import gzip
import socket
import threading
from collections.abc import Callable

import pytest

from audit import deadline, fetch
from audit.monitoring.wire import NO_ANSWER, HttpSite, Unreachable
from tests.audit.raw import BODY, CONTINUE, DRIP, NOWHERE, TIMES, Say, moved, raw, says
from trust.formats.errors import SakshiError

Get = Callable[..., bytes]
SHORT, FAIR = 0.4, 1.0
"""Seconds within which nothing shall come to its end, and within which an answer shall begin."""


def monitored(url: str, timeout: float = 10.0, tries: int = 1) -> bytes:
    """As the monitor reads."""
    site = HttpSite(url, rate=0, tries=tries, timeout=timeout, sleep=lambda seconds: None)
    return site.get("file")


def fetched(url: str, timeout: float = 10.0) -> bytes:
    """As `verify` reads."""
    return fetch.get(f"{url}/file", fetch.SMALL, timeout)


both = pytest.mark.parametrize("get", [monitored, fetched])


@both
@pytest.mark.parametrize(
    "say", [pytest.param(DRIP, id="body"), pytest.param(CONTINUE, id="100-continue")]
)
def test_a_server_that_drips_is_given_up(get: Get, say: Say) -> None:
    with raw(say) as url, pytest.raises(SakshiError, match=r"within 0\.4 seconds|timed out"):
        get(url, SHORT)


def test_only_bytes_of_the_body_move_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("audit.deadline.time.monotonic", lambda: now)
    ends = deadline.Deadline(10.0)
    now += 4
    assert ends.left() == 6
    ends.extend(deadline.SLOWEST * 5)
    assert ends.left() == 11
    now += 11
    with pytest.raises(TimeoutError, match="within 10 seconds"):
        ends.left()
    ends.restart()
    assert ends.left() == 10


@both
def test_a_body_that_keeps_coming_is_read_to_its_end(get: Get) -> None:
    size = 400_000

    def say(line: socket.socket, number: int) -> None:
        line.sendall(BODY % size)
        for _ in range(10):
            line.sendall(b"x" * (size // 10))
            threading.Event().wait(FAIR / 8)

    with raw(say) as url:
        assert get(url, FAIR) == b"x" * size


@both
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(BODY % 100 + b"x" * 10, id="length"),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n5\r\nx",
            id="chunked",
        ),
        pytest.param(b"garbage\r\n\r\n", id="no status"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"a: b\r\n" * 300 + b"\r\n", id="many headers"),
        pytest.param(b"", id="nothing"),
    ],
)
def test_what_is_no_whole_answer_is_not_believed(get: Get, answer: bytes) -> None:
    with raw(says(answer)) as url, pytest.raises(SakshiError, match="could not be reached"):
        get(url)


def test_packed_bytes_that_were_cut_short_are_not_believed() -> None:
    packed = gzip.compress(bytes(range(256)))[:-20]
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    with raw(says(head % len(packed) + packed)) as url, pytest.raises(Unreachable) as wrong:
        monitored(url)
    assert wrong.value.code == NO_ANSWER


def test_a_body_that_was_cut_short_is_asked_for_again() -> None:
    def say(line: socket.socket, number: int) -> None:
        line.sendall(BODY % 20 + b"x" * (20 if number else 7))

    with raw(say) as url:
        assert monitored(url, tries=2) == b"x" * 20


@both
@pytest.mark.parametrize("place", [*NOWHERE, b"ftp://127.0.0.1/x", b"file:///etc/hostname", b""])
def test_a_redirection_to_nowhere_is_refused(get: Get, place: bytes) -> None:
    with raw(moved(place)) as url, pytest.raises(SakshiError):
        get(url)


@both
def test_a_redirection_is_followed_and_its_own_body_passed_over(get: Get) -> None:
    with raw(says(BODY % 3 + b"yes")) as there:
        place = there.encode() + b"/there"
        answer = b"HTTP/1.1 302 Found\r\nContent-Length: 9\r\nLocation: %s\r\n\r\npass over"
        with raw(says(answer % place)) as url:
            assert get(url) == b"yes"


def test_each_request_on_a_kept_connection_has_its_own_deadline() -> None:
    def say(line: socket.socket, number: int) -> None:
        for _ in range(2):
            line.sendall(BODY % 3 + b"yes")
            line.recv(4096)

    with raw(say) as url:
        site = HttpSite(url, rate=0, tries=1, timeout=FAIR)
        assert site.get("a") == b"yes"
        threading.Event().wait(FAIR * 1.1)
        assert site.get("b") == b"yes"


@both
def test_more_than_may_be_is_refused(get: Get) -> None:
    size = fetch.SMALL + 1
    with raw(says(BODY % size + b"x" * size)) as url, pytest.raises(SakshiError, match="more than"):
        get(url)


@pytest.mark.parametrize("base", ["http://[::1", "http://", "ftp://x.example", "x.example"])
def test_a_base_that_is_no_address_is_refused(base: str) -> None:
    with pytest.raises(Unreachable, match="not an http"):
        HttpSite(base)


def test_the_slow_server_of_these_tests_would_end() -> None:
    """Else a reader without a deadline would hang, and not fail."""
    with raw(DRIP) as url:
        assert monitored(url, 30.0) == b"x" * TIMES
