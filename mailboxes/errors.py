"""What can go wrong with a mailbox's server, IMAP or POP3."""

from trapline.config.errors import TraplineError


class SessionError(TraplineError):
    """Something went wrong with a mailbox's server."""


class Refused(SessionError):
    """The server refused a command (NO, BAD); the session goes on."""


class SessionOver(SessionError):
    """The connection is gone, or what the server says makes no sense. Connect anew."""


class LoginRefused(SessionOver):
    """The server does not accept user and password."""

    def __init__(self, said: str) -> None:
        super().__init__(f"{said.rstrip('.')}. Is the password right, and may programs log in with it?")
