"""Whose address a request has, if it came through proxies of ours (`SAKSHI_PROXIES`).

Each proxy writes the address it was called from at the end of ``X-Forwarded-For``. The field is
therefore read from the right, and only as far as the hops are named in the setting: what stands
further left was written by the client and means nothing. ``Forwarded`` (RFC 7239) is not read:
a client could fill the one of the two that the proxy does not write.
"""

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

import structlog
from starlette.types import Scope

from trust.settings import ProxiesError

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNIX: Final = "unix"
CLIENT_PREFIX: Final = 64
"""Bits of an IPv6 address that are one client: a home has that many addresses to itself."""
SITE_PREFIX: Final = 48
"""Bits that are one site: the most a provider gives to a customer."""
UNKNOWN: Final = "unknown"
MOST_HOPS: Final = 16
_HEADER: Final = b"x-forwarded-for"
_PORT: Final = re.compile(r"\[(?P<six>[^\]]*)\](?::\d+)?|(?P<four>[0-9.]+):\d+")
_log = structlog.get_logger("sakshi.web")


@dataclass(slots=True)
class Proxies:
    """The proxies that are believed.

    Attributes:
        networks: their addresses.
        unix: whether one that calls over a Unix socket is believed.
        told: whether a forwarded request of a proxy that is not named was logged.
    """

    networks: tuple[Network, ...] = ()
    unix: bool = False
    told: bool = False

    def client(self, scope: Scope) -> str:
        """The address that a request came from, as the outermost of our proxies saw it.

        IPv4 in IPv6 is IPv4. A name that is no address is returned as it is.
        """
        peer = scope.get("client")
        named = [
            hop
            for name, value in scope["headers"]
            if name == _HEADER
            for hop in value.decode("latin-1").split(",")
        ]
        here: Address | None = None
        if peer is not None and peer[0]:
            here = parsed(peer[0])
            if here is None:
                return str(peer[0])
        believed = self.unix if here is None else self._believed(here)
        if named and not believed:
            self._tell()
        for hop in reversed(named[-MOST_HOPS:]):
            if not believed:
                break
            told = parsed(hop)
            if told is None:
                break
            here, believed = told, self._believed(told)
        return UNKNOWN if here is None else str(here)

    def _believed(self, address: Address) -> bool:
        return any(address in network for network in self.networks)

    def _tell(self) -> None:
        """Once in a process: with a proxy that is not named, all who come through it are one."""
        if not self.told:
            self.told = True
            _log.warning(
                "A request carries X-Forwarded-For, and its sender is not in SAKSHI_PROXIES. If "
                "it is a proxy of yours, name it there: until then all its clients share one limit."
            )


def parsed(text: str) -> Address | None:
    """An address of a connection or a header, without zone and port; None if it is none."""
    text = text.strip().strip('"')
    if found := _PORT.fullmatch(text):
        text = found["six"] or found["four"] or ""
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def one_client(address: str) -> str:
    """What counts as one client: an IPv4 address, the /64 of an IPv6 address."""
    return _network(address, CLIENT_PREFIX)


def one_site(address: str) -> str:
    """What counts as one site: an IPv4 address, the /48 of an IPv6 address."""
    return _network(address, SITE_PREFIX)


def _network(address: str, prefix: int) -> str:
    found = parsed(address)
    if isinstance(found, IPv6Address):
        return str(ip_network((found, prefix), strict=False))
    return address


def proxies(setting: str) -> Proxies:
    """The proxies of `SAKSHI_PROXIES`: addresses, networks and ``unix``, with commas or blanks
    between.

    Raises ProxiesError for anything else.
    """
    networks: list[Network] = []
    unix = False
    for word in setting.replace(",", " ").split():
        if word == UNIX:
            unix = True
            continue
        try:
            networks.append(ip_network(word))
        except ValueError:
            raise ProxiesError(found=word) from None
    return Proxies(tuple(networks), unix)
