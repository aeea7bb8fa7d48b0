"""The milter protocol's packets, as the MTA writes and reads them: pure, shared by the tests' client and the benchmark.

A packet is its length (four octets, the command counts), a command, and data. Source: libmilter's mfdef.h and
engine.c; Postfix's src/milter/milter8.c for what an MTA sends when.
"""

import socket
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

VERSION = 6
ACTIONS = 0x1FF  #: what we let a milter do: everything, SMFIF_SETSYMLIST (0x100) included
STEPS = 0x1FFFFF  #: what a milter may leave out or leave unanswered, as Postfix offers it
MAX_PACKET_BYTES = 1 << 20  #: of a reply; what is longer is a defect
BODY_CHUNK_BYTES = 65535  #: as Postfix cuts a body

# The flag by which a milter declines an event (SMFIP_NO…), and by which it leaves it unanswered (SMFIP_NR_…).
NOT_SENT = {b"C": 0x1, b"H": 0x2, b"M": 0x4, b"R": 0x8, b"B": 0x10, b"L": 0x20, b"N": 0x40, b"U": 0x100, b"T": 0x200}
NO_REPLY = {
    b"L": 0x80, b"C": 0x1000, b"H": 0x2000, b"M": 0x4000, b"R": 0x8000, b"T": 0x10000, b"U": 0x20000, b"N": 0x40000,
    b"B": 0x80000,
}  # fmt: skip
HDR_LEADSPC = 0x100000  #: the blank after a header's colon is part of the value

# Postfix's default macros by event (global/mail_params.h), and the numbers of the lists that a milter may set instead.
DEFAULT_MACROS = {
    b"C": "j {daemon_name} {daemon_addr} v _",
    b"H": "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
    b"M": "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
    b"R": "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
    b"T": "i",
    b"N": "i",
    b"E": "i",
}
_LISTS = {0: b"C", 1: b"H", 2: b"M", 3: b"R", 4: b"T", 5: b"E", 6: b"N"}

#: Replies that end the answer to an event; all others (a recipient removed, a header added) come before one of these.
FINAL = frozenset({b"c", b"a", b"r", b"t", b"d", b"s", b"y", b"4", b"O"})

_LENGTH = struct.Struct("!I")
_OPTIONS = struct.Struct("!III")


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet: `command` is one octet."""

    command: bytes
    data: bytes = b""

    def __bytes__(self) -> bytes:
        """On the wire."""
        return packet(self.command, self.data)


@dataclass(frozen=True, slots=True)
class Agreed:
    """What a milter has chosen from our offer."""

    version: int
    actions: int
    steps: int
    macros: Mapping[bytes, tuple[str, ...]] = field(default_factory=dict)  #: their names by event

    def sent(self, command: bytes) -> bool:
        """Whether the milter wants the event at all."""
        return not self.steps & NOT_SENT.get(command, 0)

    def answered(self, command: bytes) -> bool:
        """Whether it will answer it; the end of a message is always answered."""
        return not self.steps & NO_REPLY.get(command, 0)


def packet(command: bytes, data: bytes = b"") -> bytes:
    """One packet on the wire."""
    return _LENGTH.pack(len(data) + 1) + command + data


def offer() -> bytes:
    """The first packet: what an MTA can do."""
    return packet(b"O", _OPTIONS.pack(VERSION, ACTIONS, STEPS))


def agreed(data: bytes) -> Agreed:
    """What the milter's answer to the offer says. Raises ValueError: it is none, or asks for more than was offered."""
    if len(data) < _OPTIONS.size:
        raise ValueError(f"an answer to the offer of {len(data)} octets")
    version, actions, steps = _OPTIONS.unpack_from(data)
    if version > VERSION or actions & ~ACTIONS or steps & ~STEPS:
        raise ValueError("the milter asks for more than was offered")
    macros = {event: tuple(names.split()) for event, names in DEFAULT_MACROS.items()}
    place = _OPTIONS.size
    while place < len(data):
        end = data.index(b"\0", place + 4)
        event = _LISTS[_LENGTH.unpack_from(data, place)[0]]
        macros[event] = tuple(data[place + 4 : end].decode("ascii").split())
        place = end + 1
    return Agreed(version, actions, steps, macros)


def strings(*texts: str | bytes) -> bytes:
    """Each with a NUL behind it, as addresses, names and headers are sent."""
    return b"".join((_octets(text)) + b"\0" for text in texts)


def macros(event: bytes, names: Iterable[str], values: Mapping[str, str | bytes]) -> bytes:
    """The packet that comes before an event: those of the wanted macros that have a value; nothing if none has."""
    given = [(name, values[name]) for name in names if values.get(name)]
    return packet(b"D", event + b"".join(strings(*pair) for pair in given)) if given else b""


def client(address: str | None, name: str | None = None, port: int = 40404) -> bytes:
    """The data of CONNECT: a client at `address`; its name where one was verified, else its address in brackets."""
    if address is None:
        return strings("localhost") + b"U"
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    shown = f"IPv6:{address}" if family == socket.AF_INET6 else address
    kind = b"6" if family == socket.AF_INET6 else b"4"
    return strings(name or f"[{address}]") + kind + struct.pack("!H", port) + strings(shown)


def take(buffer: bytearray) -> Packet | None:
    """The first packet in `buffer`, removed from it; None while it is not complete. Raises ValueError: no packet."""
    if len(buffer) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack_from(buffer)
    if not 1 <= length <= MAX_PACKET_BYTES:
        raise ValueError(f"a packet of {length} octets")
    if len(buffer) < _LENGTH.size + length:
        return None
    data = bytes(buffer[_LENGTH.size : _LENGTH.size + length])
    del buffer[: _LENGTH.size + length]
    return Packet(data[:1], data[1:])


def _octets(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
