"""An IMAP server that a test writes itself: right where it has to be, wrong where the test wants it."""

import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

Answer = bytes | Callable[[str], bytes | None]
"""What follows a command: bytes with `TAG` for its tag; or a function of the command's line (None: the end)."""

CAPABILITIES = b"IMAP4rev1 IDLE UIDPLUS MOVE"
SELECT = (
    b"* FLAGS (\\Seen)\r\n* 1 EXISTS\r\n* OK [PERMANENTFLAGS (\\Seen \\*)]\r\n"
    b"* OK [UIDVALIDITY 7] ok\r\nTAG OK [READ-WRITE] done\r\n"
)
MESSAGE = b"Subject: offer\r\n\r\nhttps://pills-r-us.com/\r\n"
INTERNALDATE = b'"21-Nov-2026 12:00:00 +0000"'


def fetched(line: str) -> bytes:
    """The answer of a right server with one message, UID 1."""
    items = {
        "FLAGS": b"FLAGS ()",
        "RFC822.SIZE": b"RFC822.SIZE %d" % len(MESSAGE),
        "INTERNALDATE": b"INTERNALDATE " + INTERNALDATE,
        "BODY.PEEK[]": b"BODY[] {%d}\r\n%s" % (len(MESSAGE), MESSAGE),
    }
    wanted = b" ".join(answer for item, answer in items.items() if item in line)
    return b"* 1 FETCH (UID 1 " + wanted + b")\r\nTAG OK done\r\n"


RIGHT: Mapping[str, Answer] = {
    "CAPABILITY": b"* CAPABILITY " + CAPABILITIES + b"\r\nTAG OK done\r\n",
    "LOGIN": b"TAG OK welcome\r\n",
    "LIST": b'* LIST (\\Junk) "/" Junk\r\nTAG OK done\r\n',
    "SELECT": SELECT,
    "EXAMINE": SELECT.replace(b"READ-WRITE", b"READ-ONLY"),
    "FETCH": fetched,
    "UID FETCH": fetched,
    "UID STORE": b"TAG OK done\r\n",
    "UID SEARCH": b"* SEARCH 1\r\nTAG OK done\r\n",
    "NOOP": b"TAG OK done\r\n",
    "LOGOUT": b"* BYE bye\r\nTAG OK done\r\n",
}

_COMMAND = re.compile(r"(\S+) ((?:UID )?\S+)", re.ASCII)


class ScriptedImap:
    """Serves on a loopback port, each connection in a thread, while the `with` block runs."""

    def __init__(self, wrong: Mapping[str, Answer] | None = None, greeting: bytes = b"* OK hello\r\n") -> None:
        """`wrong` answers in place of the right ones; "" answers what is no command but goes on with one."""
        self._answers = {**RIGHT, **(wrong or {})}
        self._greeting = greeting
        self._open: list[socket.socket] = []
        self.commands: list[str] = []
        self.connections = 0

    def __enter__(self) -> Self:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        for one in (self._listener, *self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._thread.join(5)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self._open.append(connection)
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as lines:
            connection.sendall(self._greeting)
            tag = b"*"
            for raw in lines:
                line = raw.decode("latin-1").rstrip()
                self.commands.append(line)
                if command := _COMMAND.match(line):
                    tag = command[1].encode()
                answer = self._answers.get(command[2].upper() if command else "", b"TAG BAD unknown\r\n")
                said = answer(line) if callable(answer) else answer
                if said is None:
                    return
                connection.sendall(said.replace(b"TAG", tag, 1))
