"""The client's address is what the outermost proxy of ours saw, and nothing that a client wrote."""

from typing import Any

import pytest

from trust.settings import ProxiesError
from web.proxies import UNKNOWN, one_client, one_site, proxies

OURS = "10.0.0.1 10.1.0.0/16, 2001:db8:ffff::/48"


def scope(peer: str | None, *forwarded: str) -> dict[str, Any]:
    return {
        "client": None if peer is None else (peer, 50_000),
        "headers": [(b"x-forwarded-for", value.encode()) for value in forwarded],
    }


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.7", (), "192.0.2.7"),
        ("192.0.2.7", ("203.0.113.1",), "192.0.2.7"),
        ("10.0.0.1", ("203.0.113.1",), "203.0.113.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        # What stands left of the first stranger was written by the stranger.
        ("10.0.0.1", ("198.51.100.99, 203.0.113.1",), "203.0.113.1"),
        ("10.0.0.1", ("198.51.100.99", "203.0.113.1"), "203.0.113.1"),
        ("10.0.0.1", ("203.0.113.1, 10.1.2.3",), "203.0.113.1"),
        ("10.0.0.1", ("198.51.100.9, 203.0.113.1, 10.1.2.3",), "203.0.113.1"),
        ("10.0.0.1", ("10.1.9.9, 10.1.2.3",), "10.1.9.9"),
        ("10.0.0.1", ("203.0.113.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("",), "10.0.0.1"),
        ("10.0.0.1", ("203.0.113.1:4711",), "203.0.113.1"),
        ("10.0.0.1", ('"[2001:db8::7]:4711"',), "2001:db8::7"),
        ("::ffff:10.0.0.1", ("::ffff:203.0.113.1",), "203.0.113.1"),
        ("2001:db8:ffff::1", ("2001:db8::7",), "2001:db8::7"),
        (None, ("203.0.113.1",), UNKNOWN),
    ],
)
def test_read_from_the_right(peer: str | None, forwarded: tuple[str, ...], client: str) -> None:
    assert proxies(OURS).client(scope(peer, *forwarded)) == client


def test_a_unix_socket_is_believed_if_named() -> None:
    assert proxies("unix").client(scope(None, "203.0.113.1")) == "203.0.113.1"
    assert proxies("unix").client(scope("192.0.2.7", "203.0.113.1")) == "192.0.2.7"


def test_without_the_setting_nobody_is_believed() -> None:
    assert proxies("").client(scope("127.0.0.1", "203.0.113.1")) == "127.0.0.1"


def test_an_unnamed_proxy_is_told_once_and_without_an_address(
    capsys: pytest.CaptureFixture[str],
) -> None:
    made = proxies("")
    for _ in range(3):
        made.client(scope("192.0.2.7", "203.0.113.1"))
    said = "".join(capsys.readouterr())
    assert said.count("SAKSHI_PROXIES") == 1
    assert "192.0.2" not in said and "203.0.113" not in said


@pytest.mark.parametrize("word", ["nginx", "10.0.0.1/8", "10.0.0.300", "::1/129"])
def test_a_word_that_is_no_address_is_refused(word: str) -> None:
    with pytest.raises(ProxiesError) as told:
        proxies(f"10.0.0.1 {word}")
    assert word in str(told.value)


def test_a_home_is_one_client() -> None:
    assert (
        one_client("2001:db8:1:2:3:4:5:6") == one_client("2001:db8:1:2::1") == "2001:db8:1:2::/64"
    )
    assert one_client("2001:db8:1:3::1") != one_client("2001:db8:1:2::1")
    assert one_site("2001:db8:1:3::1") == one_site("2001:db8:1:2::1") == "2001:db8:1::/48"
    assert one_client("192.0.2.7") == "192.0.2.7" and one_client("testclient") == "testclient"
