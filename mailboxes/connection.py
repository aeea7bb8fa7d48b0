"""The connection to an IMAP server: TLS that is verified, reads that are bounded, and logging in.

IMAPClient on top of imaplib on top of `bounded.py`. Sources: RFC 3501, 6.2 (STARTTLS, AUTHENTICATE, LOGIN), RFC 8314
(implicit TLS).
"""

import imaplib
import logging
import select
import socket
import ssl
from collections.abc import Sequence
from typing import Any

import imapclient
from imapclient import imap_utf7

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes.bounded import CHUNK_BYTES, BoundedFile, Budget, connected, wrapped
from trapline.mailboxes.credentials import quoted, sasl_answer

logging.getLogger("imapclient").setLevel(logging.WARNING)  # below that it logs every line, messages and all


def tls_context(mailbox: Mailbox) -> ssl.SSLContext | None:
    """What verifies certificate and host name, always; None for plain text to a loopback address.

    Raises OSError: `ca_file` can't be used.
    """
    if mailbox.tls == "none":
        return None
    try:
        return ssl.create_default_context(cafile=mailbox.ca_file)
    except OSError as error:
        raise OSError(f"ca_file = {mailbox.ca_file}: {error.strerror or error}") from None


class Connection(imaplib.IMAP4):
    """imaplib's connection, with TLS as configured and every read bounded."""

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext | None, budget: Budget) -> None:
        self._mailbox = mailbox
        self._context = context
        self._budget = budget
        super().__init__(mailbox.host, mailbox.port_number)
        if mailbox.tls == "starttls":
            try:
                self._secure(context)
            except BaseException:
                self.shutdown()
                raise

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:
        """Connect; imaplib calls this. The time limit is the mailbox's."""
        del timeout
        self.host, self.port = host, port
        context = self._context if self._mailbox.tls == "implicit" else None
        self.sock = connected(host, port, self._mailbox.timeout_seconds, context)
        self._read_bounded()

    def send(self, data: Any) -> None:
        """Send in pieces, each of which may take as long as the server may be silent; imaplib calls this."""
        for start in range(0, len(data), CHUNK_BYTES):
            self.sock.settimeout(self._budget.seconds())
            self.sock.sendall(data[start : start + CHUNK_BYTES])

    @property
    def waiting(self) -> bool:
        """Whether there is something to read that a `select` on the socket does not see."""
        return self._bounded.waiting

    def _secure(self, context: ssl.SSLContext | None) -> None:
        """STARTTLS. What the server said before is forgotten (RFC 3501, 6.2.1). Raises abort: it has none."""
        if "STARTTLS" not in self.capabilities or context is None or self.state != "NONAUTH":
            raise self.abort('the server does not offer STARTTLS; is tls = "implicit" meant?')
        status, _ = self._simple_command("STARTTLS")
        if status != "OK":
            raise self.abort("the server refuses STARTTLS")
        self.sock = wrapped(self.sock, self._mailbox.host, context)
        self._read_bounded()
        self._get_capabilities()

    def _read_bounded(self) -> None:
        self._bounded = BoundedFile(self.sock, self._budget)
        self.file: Any = self._bounded


class Client(imapclient.IMAPClient):
    """IMAPClient on such a connection."""

    def __init__(self, mailbox: Mailbox, context: ssl.SSLContext | None, budget: Budget) -> None:
        self._connection = Connection(mailbox, context, budget)
        super().__init__(mailbox.host, use_uid=True)
        self.normalise_times = False  # times stay aware
        self.folder_encode = False  # one name that is not encoded rightly would hide all others
        self._written: dict[str, bytes] = {}  #: folders' names as the server wrote them

    def log_in(self, login: Login) -> None:
        """By the token; else by SASL PLAIN, which takes any character, else by LOGIN."""
        if login.token or self.has_capability("AUTH=PLAIN"):
            self.sasl_login("XOAUTH2" if login.token else "PLAIN", lambda _: sasl_answer(login))
        elif self.has_capability("LOGINDISABLED"):
            raise imaplib.IMAP4.error("the server offers no way to log in that we know")
        else:
            self.login(f'"{quoted(login.user)}"', login.secret)

    def named_folders(self) -> list[tuple[Sequence[bytes], str]]:
        """Every folder's flags and name."""
        self._written = {}
        return [(flags, self._name(written)) for flags, _, written in self.list_folders()]

    def forget(self) -> None:
        """Drop what the server said beside its answers: imaplib keeps that until the next SELECT.

        Of its capabilities the last list stays, which IMAPClient reads there when it is asked.
        """
        said = self._connection.untagged_responses
        capabilities = said.get("CAPABILITY", [])[-1:]
        said.clear()
        if capabilities:
            said["CAPABILITY"] = capabilities

    def readable(self, seconds: float) -> bool:
        """Whether the server says something within `seconds`."""
        return self._connection.waiting or _readable(self.socket(), seconds)

    def _name(self, written: object) -> str:
        """In modified UTF-7, or whatever it is: some servers write UTF-8, or a `&` that is to stand for itself."""
        raw = written if isinstance(written, bytes) else str(written).encode()
        try:
            name = imap_utf7.decode(raw)
            right = imap_utf7.encode(name) == raw
        except UnicodeError:
            right = False
        shown = name if right else raw.decode("utf-8", "replace")
        self._written[shown] = raw
        return shown

    def _normalise_folder(self, folder_name: str) -> bytes:
        """As the server writes the name, between quotes; IMAPClient calls this."""
        written = self._written.get(folder_name) or imap_utf7.encode(folder_name)
        return b'"' + written.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"'

    def _create_IMAP4(self) -> Connection:  # noqa: N802  IMAPClient's name
        return self._connection

    def _set_read_timeout(self) -> None:
        """Each read has its own; see `Budget`."""


def _readable(sock: socket.socket, seconds: float) -> bool:
    poller = select.poll()  # unlike select, it takes any file descriptor
    poller.register(sock, select.POLLIN)
    return bool(poller.poll(seconds * 1000))
