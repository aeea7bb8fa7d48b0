"""A session with a POP3 server: what is there, and messages one by one. Nothing is ever removed.

poplib speaks the protocol, on reads that are bounded as IMAP's are. Sources: RFC 1939 (UIDL and TOP among its optional
commands), RFC 2595 (STLS).
"""

import contextlib
import poplib
import sys
from collections.abc import Iterator
from typing import Any

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.bounded import BoundedFile, Budget, connected, wrapped
from trapline.mailboxes.connection import tls_context
from trapline.mailboxes.errors import LoginRefused, Refused, SessionOver
from trapline.mailboxes.hidden import MAX_SAID, Hidden

ANSWER_BYTES = 8_000_000  #: of an answer that holds no message: 100,000 lines of UIDL
HEADER_BYTES = 1_000_000  #: that are read of a header
LARGEST_BYTES = 200_000_000  #: of a message that a part is read of, more than any server takes in
MAX_LINE_BYTES = 1_000_000  #: poplib's own bound of 2,048 is below what mail has


class Pop3Session:
    """A connection that is logged in."""

    def __init__(self, mailbox: Mailbox, login: Login) -> None:
        """Connect and log in. Raises SessionOver, LoginRefused: as an IMAP session."""
        self._name = mailbox.name
        self._hidden = Hidden(mailbox, login)
        self.budget = Budget(mailbox.timeout_seconds)
        try:
            with self._speaking("connect"):
                self._client = _Connection(mailbox, self.budget)
        except Refused as error:
            raise SessionOver(str(error)) from None
        try:
            self._log_in(login)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Disconnect."""
        with contextlib.suppress(Exception):
            self.budget.begin(ANSWER_BYTES)
            self._client.quit()
        with contextlib.suppress(Exception):
            self._client.close()

    def uids(self) -> dict[str, int]:
        """The unique ids of the messages, with their numbers in this session. Raises SessionOver, Refused."""
        with self._speaking("UIDL"):
            lines = self._client.uidl()[1]
            return {words[1]: int(words[0]) for line in lines if len(words := _words(line)) == 2}

    def sizes(self) -> dict[int, int]:
        """The sizes of the messages in bytes, by number. Raises SessionOver, Refused."""
        with self._speaking("LIST"):
            lines = self._client.list()[1]
            return {int(words[0]): int(words[1]) for line in lines if len(words := _words(line)) >= 2}

    def header(self, number: int, size_bytes: int) -> bytes:
        """The header of a message of `size_bytes`, or its beginning. Raises Refused: the server can't do that.

        Raises SessionOver.
        """
        return self._part(number, 0, size_bytes, HEADER_BYTES)

    def message(self, number: int, size_bytes: int) -> bytes:
        """A message with LF line ends, which the server said has `size_bytes`. Raises Refused, SessionOver."""
        with self._speaking("RETR", size_bytes):
            return self._client.text(f"RETR {number}")

    def beginning(self, number: int, size_bytes: int, limit: int) -> bytes:
        """No more than `limit` bytes of a message of `size_bytes`. Raises Refused: the server can't do that.

        By lines, the only part that POP3 has; they should have no more than 1,000 bytes (RFC 5322, 2.1.1). Raises
        SessionOver.
        """
        return self._part(number, limit // 1000, size_bytes, limit)

    def _part(self, number: int, lines: int, size_bytes: int, limit: int) -> bytes:
        """Whatever its sender made of header and lines, the server sends no more than the message: it is read past."""
        with self._speaking("TOP", min(size_bytes, LARGEST_BYTES)):
            return self._client.text(f"TOP {number} {lines}", limit)

    def _log_in(self, login: Login) -> None:
        try:
            with self._speaking("log in"):
                self._client.user(login.user)
                self._client.pass_(login.secret)
        except Refused as error:
            raise LoginRefused(str(error)) from None

    @contextlib.contextmanager
    def _speaking(self, what: str, expected_bytes: int = 0) -> Iterator[None]:
        self.budget.begin(ANSWER_BYTES + expected_bytes)
        try:
            yield
        except poplib.error_proto as error:
            words = error.args[0] if error.args else b""
            text = words.decode("utf-8", "replace") if isinstance(words, bytes) else str(words)
            said = self._hidden.shown(text, MAX_SAID) or "the server's answer is empty"
            if "-ERR" in said and "EOF" not in said:
                raise Refused(f"{self._name}: {what}: {said}") from None
            raise SessionOver(f"{self._name}: {what}: {said}") from None
        except OSError as error:
            raise SessionOver(f"{self._name}: {what}: {error.strerror or error}") from None
        except Exception as error:  # noqa: BLE001 - a server's nonsense surfaces as anything in the library's parser
            sentence = f"{self._name}: {what}: the server's answer makes no sense ({type(error).__name__})"
            raise SessionOver(sentence) from None


class _Connection(poplib.POP3):
    """poplib's connection, with TLS as configured and every read bounded."""

    def __init__(self, mailbox: Mailbox, budget: Budget) -> None:
        context = tls_context(mailbox)
        self.host, self.port = mailbox.host, mailbox.port_number
        self._debugging = 0
        self._tls_established = mailbox.tls == "implicit"
        first = context if self._tls_established else None
        self.sock = connected(self.host, self.port, mailbox.timeout_seconds, first)
        try:
            self._read_bounded(budget)
            self.welcome = self._getresp()  # type: ignore[attr-defined]
            if mailbox.tls == "starttls" and context is not None:
                self._shortcmd("STLS")  # type: ignore[attr-defined]
                self.sock = wrapped(self.sock, self.host, context)
                self._read_bounded(budget)
        except BaseException:
            self.close()
            raise

    def text(self, command: str, limit: int = sys.maxsize) -> bytes:
        """The lines that follow the answer, with LF ends, `limit` bytes of them at most.

        poplib's list of them takes forty times their size.
        """
        self._shortcmd(command)  # type: ignore[attr-defined]
        text = bytearray()
        while (line := self._getline()[0]) != b".":
            if len(text) < limit:
                text += line[line.startswith(b"..") :] + b"\n"  # a first dot was put there (RFC 1939, 3)
        return bytes(text[:limit])

    def _read_bounded(self, budget: Budget) -> None:
        self.file: Any = BoundedFile(self.sock, budget)

    def _getline(self) -> tuple[bytes, int]:
        """A line without its end, and its length with it: poplib calls this."""
        line: bytes = self.file.readline(MAX_LINE_BYTES)
        if not line.endswith(b"\n"):
            raise poplib.error_proto("EOF")
        return line.rstrip(b"\r\n"), len(line)


def _words(line: bytes) -> list[str]:
    return line.decode("ascii", "replace").split()
