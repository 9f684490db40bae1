"""Where the server listens: what the setting and the flags may say, and a port that is taken."""

import socket

import pytest

from web import binding
from web.binding import Address


@pytest.mark.parametrize(
    ("setting", "host", "port", "found"),
    [
        ("", None, None, "127.0.0.1:8000"),
        ("0.0.0.0:80", None, None, "0.0.0.0:80"),
        ("[::1]:8000", None, None, "[::1]:8000"),
        ("localhost:0", None, None, "localhost:0"),
        ("[::1]:8000", None, 9000, "[::1]:9000"),
        ("[::1]:8000", "10.0.0.1", None, "10.0.0.1:8000"),
        ("10.0.0.1:8000", "::", 1, "[::]:1"),
        ("10.0.0.1:8000", "[::1]", None, "[::1]:8000"),
    ],
)
def test_flags_win_over_the_setting(
    setting: str, host: str | None, port: int | None, found: str
) -> None:
    assert str(binding.chosen(setting, host, port)) == found


@pytest.mark.parametrize(
    "setting",
    ["x", ":80", "::1:80", "[::1]", "[zz]:80", "a:65536", "a:-1", "a:²", "a:80/", "http://a:80",
     "a b:80", "[1.2.3.4]:80", "ക:80", "a:", " "],
)  # fmt: skip
def test_a_bad_setting_is_refused_in_words(setting: str) -> None:
    with pytest.raises(binding.BindError, match="SAKSHI_BIND must be host:port") as refused:
        binding.chosen(setting)
    assert setting in str(refused.value)


def test_a_bad_flag_is_refused_by_its_own_name() -> None:
    with pytest.raises(binding.HostFlagError, match="--host"):
        binding.chosen("", "::zz")
    with pytest.raises(binding.PortFlagError, match="--port"):
        binding.chosen("", port=65_536)


def test_what_is_shown_can_be_opened_on_this_machine() -> None:
    assert Address("0.0.0.0", 8000).url == "http://127.0.0.1:8000"
    assert Address("::", 8000).url == "http://[::1]:8000"
    assert Address("coop.example", 80).url == "http://coop.example:80"


def test_who_comes_second_hears_it_and_the_demo_takes_the_next() -> None:
    with binding.listen(Address("127.0.0.1", 0)) as first:
        taken = binding.opened(first, Address("127.0.0.1", 0))
        with pytest.raises(binding.PortTakenError, match=str(taken)):
            binding.listen(taken)
        with binding.listen_near(taken) as second:
            assert taken.port < binding.opened(second, taken).port < taken.port + binding.TRIED


def test_no_free_port_and_no_such_address_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binding, "TRIED", 1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(binding.NoFreePortError, match=f"from {port} to {port}"):
            binding.listen_near(Address("127.0.0.1", port))
    with pytest.raises(binding.ListenError, match=r"203\.0\.113\.9:8000"):
        binding.listen_near(Address("203.0.113.9", 8000))
