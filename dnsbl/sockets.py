"""The UDP sockets to the resolvers, kept open from one lookup to the next.

Against forged answers (RFC 5452): a socket is connected to its resolver, so that nobody else's datagrams arrive; it has
a port of its own, serves one lookup at a time and is renewed after some.
"""

import socket
import struct
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from trapline.config.values import Nameserver

MAX_USES = 100  #: lookups on one socket, before it is replaced by one with another port
MAX_IDLE = 256  #: sockets kept open for each resolver
TICK_SECONDS = 0.25  #: what one receive waits at most

_TICK = struct.pack("@ll", 0, int(TICK_SECONDS * 1_000_000))


@dataclass(slots=True)
class Used:
    """A socket, and for how many lookups it has served."""

    place: int  #: of its resolver
    socket: socket.socket
    lookups: int = 0


class Sockets:
    """The sockets of a process. Safe to use from many threads: a deque's ends are atomic."""

    def __init__(self, nameservers: Sequence[Nameserver]) -> None:
        self._nameservers = tuple(nameservers)
        self._idle: tuple[deque[Used], ...] = tuple(deque() for _ in self._nameservers)

    def take(self, place: int) -> Used:
        """A socket to the resolver at `place`. Raises OSError: none can be made."""
        try:
            return self._idle[place].pop()
        except IndexError:
            return Used(place, self._make(self._nameservers[place]))

    def give_back(self, used: Used) -> None:
        """A lookup has done with it."""
        used.lookups += 1
        if used.lookups >= MAX_USES or len(self._idle[used.place]) >= MAX_IDLE:
            used.socket.close()
        else:
            self._idle[used.place].append(used)

    def close(self) -> None:
        """Close those that nobody uses."""
        for idle in self._idle:
            while idle:
                idle.pop().socket.close()

    @staticmethod
    def _make(nameserver: Nameserver) -> socket.socket:
        family = socket.AF_INET6 if ":" in nameserver.address else socket.AF_INET
        made = socket.socket(family, socket.SOCK_DGRAM)
        try:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _TICK)
            made.connect((nameserver.address, nameserver.port))
        except OSError:
            made.close()
            raise
        return made
