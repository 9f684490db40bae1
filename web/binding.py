"""Where the server listens: the setting `SAKSHI_BIND` and the flags `--host` and `--port`.

The socket is opened before anything else starts, and the server gets this very socket: whoever
comes second hears it at once, and no port is lost between looking and listening.
"""

import contextlib
import errno
import socket
from dataclasses import dataclass, replace

from trust.formats.errors import SakshiError

DEFAULT = "127.0.0.1:8000"
TRIED = 50
"""How many ports from the first on the demo tries."""
BACKLOG = 512
LAST_PORT = 65_535
_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


class BindError(SakshiError):
    """The address to listen on is none."""

    default_code = "bind"
    text = (
        "SAKSHI_BIND must be host:port, such as 127.0.0.1:8000 or [::1]:8000, not “{found}”. "
        "Ports go from 0 to 65535; 0 takes any free one."
    )


class HostFlagError(BindError):
    """The flag names no host."""

    default_code = "bind-host"
    text = "--host must be an address or a name, such as 127.0.0.1 or ::1, not “{found}”."


class PortFlagError(BindError):
    """The flag names no port."""

    default_code = "bind-port"
    text = "--port must be a number from 0 to 65535, not {found}; 0 takes any free port."


class PortTakenError(SakshiError):
    """Another program listens there."""

    default_code = "port-taken"
    text = (
        "Another program listens on {address}. Stop it, or choose another port with --port or "
        "SAKSHI_BIND."
    )


class ListenError(SakshiError):
    """The system does not let us listen there."""

    default_code = "cannot-listen"
    text = (
        "Nothing can listen on {address}: {reason}. Choose another address with --host, --port or "
        "SAKSHI_BIND."
    )


class NoFreePortError(SakshiError):
    """The demo found no free port."""

    default_code = "no-free-port"
    text = "All ports from {first} to {last} are taken. Choose one with --port or SAKSHI_BIND."


@dataclass(frozen=True, slots=True)
class Address:
    """A host and a port to listen on; the host is a name, an IPv4 or a bare IPv6 address."""

    host: str
    port: int

    def __str__(self) -> str:
        """As the setting has it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        """Where a browser on this machine finds it; every address of the machine is one of them."""
        return f"http://{replace(self, host=_ANYWHERE.get(self.host, self.host))}"


def chosen(setting: str, host: str | None = None, port: int | None = None) -> Address:
    """The address of the setting (empty: the default); flags replace its parts.

    Raises BindError.
    """
    found = read(setting or DEFAULT)
    if host is not None:
        bare = host.strip("[]")
        if not _is_host(bare, six=":" in bare):
            raise HostFlagError(found=host)
        found = replace(found, host=bare)
    if port is not None:
        if not 0 <= port <= LAST_PORT:
            raise PortFlagError(found=port)
        found = replace(found, port=port)
    return found


def read(text: str) -> Address:
    """`host:port` as an address; raises BindError."""
    host, _, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    digits = port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= LAST_PORT
    if not digits or not _is_host(bare, six=bracketed):
        raise BindError(found=text)
    return Address(bare, int(port))


def _is_host(text: str, *, six: bool) -> bool:
    """Whether a socket could be asked to listen there; names are not looked up yet."""
    if six:
        with contextlib.suppress(OSError):
            socket.inet_pton(socket.AF_INET6, text.partition("%")[0])
            return True
        return False
    return bool(text) and text.isascii() and all(c.isalnum() or c in "-._" for c in text)


def listen(address: Address) -> socket.socket:
    """A socket that listens there; raises PortTakenError or ListenError."""
    six = ":" in address.host
    made = socket.socket(socket.AF_INET6 if six else socket.AF_INET)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.bind((address.host, address.port))
        made.listen(BACKLOG)
    except OSError as error:
        made.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(address=address) from None
        raise ListenError(address=address, reason=error.strerror or str(error)) from None
    return made


def listen_near(address: Address) -> socket.socket:
    """The same at the first free port from there on; raises ListenError or NoFreePortError."""
    last = min(address.port + TRIED - 1, LAST_PORT)
    for port in range(address.port, last + 1):
        with contextlib.suppress(PortTakenError):
            return listen(replace(address, port=port))
    raise NoFreePortError(first=address.port, last=last)


def opened(listening: socket.socket, address: Address) -> Address:
    """The address with the port that was really opened."""
    return replace(address, port=int(listening.getsockname()[1]))
