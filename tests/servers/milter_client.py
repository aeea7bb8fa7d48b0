"""The MTA's side of the milter protocol, as Postfix speaks it: what the tests use where a whole Postfix is in the way.

It offers what Postfix offers, keeps to what the milter chose (events it does not want, events it leaves unanswered,
macros it asked for), and holds unanswered events back until one needs an answer, as Postfix does. `send` and `receive`
let a test break the protocol. Source: Postfix's src/milter/milter8.c.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.servers import milter_wire as wire
from tests.servers.milter_wire import Agreed, Packet

TIMEOUT_SECONDS = 10.0
_VERDICTS = {b"c": "continue", b"a": "accept", b"r": "reject", b"t": "tempfail", b"d": "discard", b"s": "skip"}
MACROS: Mapping[str, str] = {
    "j": "mx.quayside-mail.com",
    "v": "Postfix 3.7.11",
    "{daemon_name}": "mx.quayside-mail.com",
    "{daemon_addr}": "127.0.0.1",
}

Where = Path | tuple[str, int]


class Hung(Exception):
    """The milter closed the connection, or stayed silent for too long."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the milter answered to one event."""

    verdict: str  #: "continue", "accept", "reject", "tempfail", "discard", "skip", or "reply" with a text of its own
    text: str = ""  #: of the SMTP reply, `550 5.7.1 …`
    changes: tuple[Packet, ...] = ()  #: what the message is to be changed by; at its end only

    @property
    def code(self) -> int | None:
        """The SMTP code, where the milter gave one."""
        return int(self.text[:3]) if self.text else None


CONTINUE = Answer("continue")


class MilterClient:
    """One SMTP session as the milter sees it. Connected and negotiated while the `with` block runs."""

    def __init__(self, where: Where, macros: Mapping[str, str | bytes] | None = None) -> None:
        """`macros` are values by name (`{auth_type}`, `i`), over `MACROS`; they may change during the session."""
        self.where = where
        self.macros: dict[str, str | bytes] = {**MACROS, **(macros or {})}
        self.agreed = Agreed(wire.VERSION, 0, 0)
        self._held_back = b""
        self._buffer = bytearray()

    def __enter__(self) -> Self:
        self.dial()
        try:
            self.agreed = self.negotiate()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self.quit()
        self.close()

    def dial(self) -> None:
        """Connect, and say nothing yet."""
        family = socket.AF_UNIX if isinstance(self.where, Path) else socket.AF_INET
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(TIMEOUT_SECONDS)
        self.socket.connect(str(self.where) if isinstance(self.where, Path) else self.where)

    def negotiate(self) -> Agreed:
        """Offer what Postfix offers; what the milter chose of it."""
        self.send(wire.offer())
        return wire.agreed(self.receive().data)

    def connect(self, address: str | None, name: str | None = None) -> Answer:
        """A client has connected; `name` is its own where DNS has verified it."""
        return self.event(b"C", wire.client(address, name))

    def helo(self, name: str | bytes) -> Answer:
        """HELO or EHLO."""
        return self.event(b"H", wire.strings(name))

    def mail(self, sender: str | bytes, *parameters: str) -> Answer:
        """MAIL FROM, the address without its brackets."""
        return self.event(b"M", wire.strings(_path(sender), *parameters))

    def rcpt(self, recipient: str | bytes, *parameters: str) -> Answer:
        """RCPT TO, the address without its brackets."""
        return self.event(b"R", wire.strings(_path(recipient), *parameters))

    def data(self) -> Answer:
        """DATA."""
        return self.event(b"T")

    def message(self, message: bytes) -> Answer:
        """Headers, body and end of `message` (lines end with CRLF); the answer that ended it."""
        head, _, body = (b"\r\n" + message).partition(b"\r\n\r\n")
        for line in head.replace(b"\r\n ", b"\n ").replace(b"\r\n\t", b"\n\t").split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            answer = self.header(name, value)
            if answer.verdict != "continue":
                return answer
        self.end_of_headers()
        self.body(body)
        return self.end()

    def header(self, name: str | bytes, value: bytes) -> Answer:
        """One header field; `value` is what stands after the colon."""
        blank = not self.agreed.steps & wire.HDR_LEADSPC
        return self.event(b"L", wire.strings(name, value.removeprefix(b" ") if blank else value))

    def end_of_headers(self) -> Answer:
        """The blank line after the headers."""
        return self.event(b"N")

    def body(self, body: bytes) -> None:
        """The body, in pieces, until the milter has enough."""
        for start in range(0, len(body), wire.BODY_CHUNK_BYTES):
            if self.event(b"B", body[start : start + wire.BODY_CHUNK_BYTES]).verdict == "skip":
                return

    def end(self) -> Answer:
        """The end of the message."""
        return self.event(b"E")

    def abort(self) -> None:
        """RSET, or a new greeting: the message is over. Not answered, and held back like anything unanswered."""
        self._held_back += wire.packet(b"A")

    def quit(self) -> None:
        """The session is over. Not answered."""
        try:
            self.send(self._held_back + wire.packet(b"Q"))
        except OSError:
            return
        finally:
            self._held_back = b""

    def event(self, command: bytes, data: bytes = b"") -> Answer:
        """One event with its macros, and the answer; `continue` where the milter does not want or answer it."""
        if not self.agreed.sent(command):
            return CONTINUE
        self._held_back += wire.macros(command, self.agreed.macros.get(command, ()), self.macros)
        self._held_back += wire.packet(command, data)
        if not self.agreed.answered(command):
            return CONTINUE
        sent, self._held_back = self._held_back, b""
        self.send(sent)
        return self.answer()

    def answer(self) -> Answer:
        """The answer to what was sent last. Raises Hung: none came."""
        changes: list[Packet] = []
        while (packet := self.receive()).command not in wire.FINAL:
            changes.append(packet)
        if packet.command == b"y":
            return Answer("reply", packet.data.rstrip(b"\0").decode("utf-8", "replace"), tuple(changes))
        return Answer(_VERDICTS[packet.command], changes=tuple(changes))

    def send(self, octets: bytes) -> None:
        """Send whatever a test likes."""
        self.socket.sendall(octets)

    def receive(self) -> Packet:
        """The next packet. Raises Hung: the milter has closed the connection, or says nothing."""
        while (packet := wire.take(self._buffer)) is None:
            try:
                octets = self.socket.recv(65536)
            except (TimeoutError, ConnectionError) as error:
                raise Hung(str(error)) from None
            if not octets:
                raise Hung("the milter closed the connection")
            self._buffer += octets
        return packet

    def close(self) -> None:
        """Close the connection, without a word."""
        self.socket.close()


def _path(address: str | bytes) -> bytes:
    octets = address if isinstance(address, bytes) else address.encode("utf-8", "surrogateescape")
    return b"<" + octets + b">"
