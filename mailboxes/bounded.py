"""Reading from a server that may be hostile: every answer has a bound, in bytes and in time.

imaplib and poplib read what a server announces (a literal of a terabyte), and wait as long as a byte comes now and
then. Here both end: `Budget` says what a command may cost, `BoundedFile` takes the place of the socket's file.
"""

import contextlib
import socket
import ssl
import time
from collections.abc import Callable

CHUNK_BYTES = 64 * 1024
SLOWEST_BYTES_PER_SECOND = 20_000  #: of a long answer; slower than that we do not wait for its end


class TooMuch(OSError):
    """A server's answer is longer than it may be, or does not end."""


class Budget:
    """What the answer to the command that was begun last may still cost."""

    def __init__(self, timeout_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        """`timeout_seconds` is how long a server may be silent; an answer may take five times as long in all."""
        self._timeout = timeout_seconds
        self._clock = clock
        self.spent = 0  #: bytes read so far, of all commands
        self.commands = -1  #: begun so far, the greeting not counted
        self.begin(0)

    def begin(self, expected_bytes: int) -> None:
        """A command is sent whose answer has `expected_bytes` at most."""
        self.commands += 1
        self._left = expected_bytes
        self._until = self._clock() + 5 * self._timeout + expected_bytes / SLOWEST_BYTES_PER_SECOND

    def spend(self, number: int) -> None:
        """`number` bytes were read. Raises TooMuch."""
        self.spent += number
        self._left -= number
        self.allow(0)

    def allow(self, number: int) -> None:
        """Raises TooMuch: `number` further bytes, as the server announces them, are too many."""
        if number > self._left:
            raise TooMuch("the server sends more than it was asked for")

    def seconds(self) -> float:
        """How long the next byte may take. Raises TooMuch: the answer has taken too long as a whole."""
        left = self._until - self._clock()
        if left <= 0:
            raise TooMuch("the server's answer does not come to an end")
        return min(left, self._timeout)


class BoundedFile:
    """A socket as the file that imaplib and poplib read from."""

    def __init__(self, sock: socket.socket, budget: Budget) -> None:
        self._socket = sock
        self._budget = budget
        self._buffer = bytearray()

    def readline(self, limit: int) -> bytes:
        """A line with its end; without it only at the end of the connection. Raises TooMuch: longer than `limit`."""
        searched = 0
        while (end := self._buffer.find(b"\n", searched, limit)) < 0 and len(self._buffer) < limit:
            searched = len(self._buffer)
            if not self._receive():
                return self._taken(len(self._buffer))
        if end < 0:
            raise TooMuch("the server sends a line without an end")
        return self._taken(end + 1)

    def read(self, size: int) -> bytes:
        """`size` bytes; less only at the end of the connection. Raises TooMuch: that is more than was asked for."""
        self._budget.allow(size - len(self._buffer))
        while len(self._buffer) < size and self._receive():
            pass
        return self._taken(size)

    @property
    def waiting(self) -> bool:
        """Whether there is something to read that a `select` on the socket does not see."""
        return bool(self._buffer) or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0)

    def close(self) -> None:
        """Nothing is read any more; the socket itself is closed by whoever opened it."""
        self._buffer.clear()

    def _receive(self) -> bool:
        self._socket.settimeout(self._budget.seconds())
        received = self._socket.recv(CHUNK_BYTES)
        self._budget.spend(len(received))
        self._buffer += received
        return bool(received)

    def _taken(self, size: int) -> bytes:
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        return taken


def connected(host: str, port: int, timeout_seconds: float, context: ssl.SSLContext | None) -> socket.socket:
    """A connection to `host`; with a context, TLS with that host's name. Raises OSError (also of TLS)."""
    sock = socket.create_connection((host, port), timeout_seconds)
    if context is None:
        return sock
    return wrapped(sock, host, context)


def wrapped(sock: socket.socket, host: str, context: ssl.SSLContext) -> socket.socket:
    """`sock` with TLS on it. Raises OSError: the certificate is not right for `host`, or the handshake failed."""
    try:
        return context.wrap_socket(sock, server_hostname=host)
    except BaseException:
        with contextlib.suppress(OSError):
            sock.close()
        raise
