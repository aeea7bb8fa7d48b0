"""What can go wrong with a mailbox's server, IMAP or POP3, and how its own words are repeated in an error."""

import re
from collections.abc import Iterable

from trapline.config.errors import TraplineError
from trapline.config.printable import printable

MAX_SAID = 300  #: characters of a server's words that an error repeats


class SessionError(TraplineError):
    """Something went wrong with a mailbox's server."""


class Refused(SessionError):
    """The server refused a command (NO, BAD); the session goes on."""


class SessionOver(SessionError):
    """The connection is gone, or what the server says makes no sense. Connect anew."""


class LoginRefused(SessionOver):
    """The server does not accept user and password."""


def said_of_server(said: str, hidden: Iterable[str]) -> str:
    """A server's words as they may be shown and logged: without what is to be hidden."""
    longest_first = sorted(map(re.escape, hidden), key=len, reverse=True)  # a short password may be part of an address
    return printable(re.sub("|".join(longest_first), "…", said, flags=re.IGNORECASE), MAX_SAID)
