"""The client of SpamAssassin's spamd: one connection for each message, within a bounded time.

The protocol is `spamd_protocol.py`'s subject. The message travels in plain text, so the settings allow only sockets
nearby.
"""

import socket
import time
from collections.abc import Mapping

from trapline.config.filters import Spamd as SpamdSettings
from trapline.config.nearby import TcpSocket
from trapline.filters.scanner import (
    NOTHING_SEEN,
    FilterDownError,
    FilterError,
    Learnt,
    Lesson,
    Score,
    Seen,
    TooLargeError,
)
from trapline.filters.spamd_protocol import Answer, answer, learnt, lesson_headers, request, score
from trapline.filters.wrapping import unwrapped

MAX_ANSWER_BYTES = 1_048_576  #: a report is some kilobytes

_CHUNK_BYTES = 65_536


class Spamd:
    """spamd at the address of the settings."""

    name = "spamd"

    def __init__(self, settings: SpamdSettings) -> None:
        self._settings = settings

    def scan(self, message: bytes, seen: Seen = NOTHING_SEEN) -> Score:  # noqa: ARG002 - it reads Received itself
        """What spamd says of `message`. Raises FilterError."""
        return score(self._ask("REPORT", message, {}))

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        """Teach its Bayes database, after taking off what a filter wrapped `message` in. Raises FilterError."""
        return learnt(self._ask("TELL", unwrapped(message), lesson_headers(lesson)))

    def forget(self, message: bytes) -> Learnt:
        """Take `message` out of its Bayes database. Raises FilterError."""
        return learnt(self._ask("TELL", unwrapped(message), lesson_headers(None)))

    def _ask(self, command: str, message: bytes, headers: Mapping[str, str]) -> Answer:
        if len(message) > self._settings.max_bytes:
            raise TooLargeError(f"spamd: the message has more than filters.spamd.max_bytes ({len(message)} bytes)")
        user = {"User": self._settings.user} if self._settings.user else {}
        return answer(self._exchange(request(command, message, {**user, **headers})))

    def _exchange(self, sent: bytes) -> bytes:
        deadline = time.monotonic() + self._settings.timeout_seconds
        try:
            with self._connected() as connection:
                try:
                    connection.settimeout(_left(deadline))
                    connection.sendall(sent)
                    connection.shutdown(socket.SHUT_WR)
                except BrokenPipeError:
                    pass  # it answered before it had read all: what it says tells why
                return self._read(connection, deadline)
        except TimeoutError:
            raise FilterError(f"spamd: no answer within {self._settings.timeout_seconds:g} s") from None
        except OSError as error:
            raise FilterError(f"spamd: the connection broke: {error.strerror or type(error).__name__}") from None

    def _connected(self) -> socket.socket:
        address, timeout = self._settings.address, self._settings.timeout_seconds
        try:
            if isinstance(address, TcpSocket):
                return socket.create_connection((address.host, address.port), timeout)
            return _unix(str(address.path), timeout)
        except OSError as error:
            why = error.strerror or "no answer"
            raise FilterDownError(f"spamd: no connection to {address} (filters.spamd.address): {why}") from None

    def _read(self, connection: socket.socket, deadline: float) -> bytes:
        body = bytearray()
        while True:
            connection.settimeout(_left(deadline))
            chunk = connection.recv(_CHUNK_BYTES)
            if not chunk:
                return bytes(body)
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise FilterError(f"spamd: an answer of more than {MAX_ANSWER_BYTES} bytes")


def _left(deadline: float) -> float:
    """Seconds until `deadline` (monotonic). Raises TimeoutError: it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _unix(path: str, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        connection.settimeout(timeout)
        connection.connect(path)
    except OSError:
        connection.close()
        raise
    return connection
