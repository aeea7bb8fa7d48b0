"""Servers that mail is handed to in plain text: on this host, or in a private network.

A message is somebody's letter, so the settings refuse to send it over the Internet in the open. Each function returns
what the rooms work with, or raises ValueError with what was expected.
"""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator

from trapline.config.names import unmapped
from trapline.config.networks import NetworkSet
from trapline.config.values import a_url, is_port

# Loopback, private and link-local (RFC 1122, 1918, 3927, 4193, 4291). Python's `is_private` has more: 6to4, say.
_NEARBY = NetworkSet(
    ip_network(network)
    for network in (
        "127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16",
        "::1/128", "fc00::/7", "fe80::/10",
    )
)  # fmt: skip

_SOCKET = 'expected "HOST:PORT", "[v6]:PORT" or "unix:/absolute/path"'


@dataclass(frozen=True, slots=True)
class UnixSocket:
    """A UNIX domain socket that a server listens on."""

    path: Path

    def __str__(self) -> str:
        """As it is configured."""
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class TcpSocket:
    """A TCP port that a server listens on."""

    host: str
    port: int

    def __str__(self) -> str:
        """As it is configured."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _nearby_socket(value: object) -> UnixSocket | TcpSocket:
    if isinstance(value, UnixSocket | TcpSocket):
        return value
    text = value if isinstance(value, str) else ""
    if text.startswith("unix:/"):
        return UnixSocket(Path(text.removeprefix("unix:")))
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not is_port(port):
        raise ValueError(_SOCKET)
    if not _is_nearby(host):
        raise ValueError(
            'expected "localhost" or a loopback or private address: elsewhere mail would travel unencrypted'
        )
    return TcpSocket(host, int(port))


def _nearby_url(value: object) -> str:
    only_for = '"localhost" and loopback or private addresses only: elsewhere mail would travel unencrypted'
    return a_url(value, "http://127.0.0.1:11333", _is_nearby, only_for)


def _is_nearby(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return host == "localhost"
    return unmapped(address) in _NEARBY


NearbySocket = Annotated[UnixSocket | TcpSocket, BeforeValidator(_nearby_socket)]
NearbyUrl = Annotated[str, BeforeValidator(_nearby_url)]
