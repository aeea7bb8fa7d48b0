"""The beginning of the milter protocol as the MTA speaks it: is there a milter at the socket, and does it answer?

Options are negotiated, and the session is ended again: no client is ever mentioned, so the milter logs and counts
nothing. Source: libmilter's mfdef.h (SMFIC_OPTNEG, SMFIC_QUIT) and Postfix's src/milter/milter8.c.
"""

import socket
import struct
import time
from dataclasses import dataclass
from pathlib import Path

from trapline.config.errors import TraplineError
from trapline.config.values import InetListen, Listen, UnixListen

VERSION = 6  #: as Postfix offers it
OLDEST_VERSION = 2
MAX_ANSWER_BYTES = 65_536

_ACTIONS = 0x1FF  # all that a milter may do
_STEPS = 0x1FFFFF  # all that it may leave out
_OPTIONS = struct.Struct("!III")
_LENGTH = struct.Struct("!I")
_QUIT = b"\0\0\0\1Q"


class HandshakeFailed(TraplineError):
    """No milter answers there."""


class NoPermission(HandshakeFailed):
    """The user that asks may not connect to the socket; another one may."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """What the milter chose."""

    version: int
    seconds: float  #: that it took


def shake_hands(listen: Listen, seconds: float) -> Agreed:
    """Negotiate with the milter that listens on `listen`, within `seconds`.

    Raises NoPermission, HandshakeFailed: with what happened instead.
    """
    started = time.monotonic()
    deadline = started + seconds
    try:
        with _socket(listen, seconds) as connection:
            connection.sendall(offer())
            version = chosen(_answer(connection, deadline))
            connection.sendall(_QUIT)
    except PermissionError:
        raise NoPermission(f"this user may not connect to {listen}") from None
    except FileNotFoundError:
        raise HandshakeFailed("there is no such socket: the milter is not running") from None
    except ConnectionRefusedError:
        raise HandshakeFailed("nothing listens there: the milter is not running") from None
    except TimeoutError:
        raise HandshakeFailed(f"no answer within {seconds:g} s") from None
    except OSError as error:
        raise HandshakeFailed(f"can't connect: {error.strerror or error}") from None
    return Agreed(version, time.monotonic() - started)


def offer() -> bytes:
    """The MTA's first packet: its length, the command, what there is to choose from."""
    return _LENGTH.pack(1 + _OPTIONS.size) + b"O" + _OPTIONS.pack(VERSION, _ACTIONS, _STEPS)


def chosen(packet: bytes) -> int:
    """The version of the protocol that the milter's answer to the offer chooses.

    Raises HandshakeFailed: it is no such answer.
    """
    if packet[:1] != b"O" or len(packet) < 1 + _OPTIONS.size:
        raise HandshakeFailed("what answers there is not a milter")
    version: int = _OPTIONS.unpack_from(packet, 1)[0]
    if not OLDEST_VERSION <= version <= VERSION:
        raise HandshakeFailed(f"it speaks version {version} of the milter protocol, which Postfix does not")
    return version


def _socket(listen: Listen, seconds: float) -> socket.socket:
    match listen:
        case UnixListen(path):
            return _unix(path, seconds)
        case InetListen(port, host):
            return socket.create_connection((host, port), seconds)


def _unix(path: Path, seconds: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(seconds)
        connection.connect(str(path))
    except BaseException:
        connection.close()
        raise
    return connection


def _answer(connection: socket.socket, deadline: float) -> bytes:
    (length,) = _LENGTH.unpack(_exactly(connection, _LENGTH.size, deadline))
    if not 1 <= length <= MAX_ANSWER_BYTES:
        raise HandshakeFailed("what answers there is not a milter")
    return _exactly(connection, length, deadline)


def _exactly(connection: socket.socket, count: int, deadline: float) -> bytes:
    found = b""
    while len(found) < count:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        connection.settimeout(left)
        octets = connection.recv(count - len(found))
        if not octets:
            raise HandshakeFailed("it closed the connection at once")
        found += octets
    return found
