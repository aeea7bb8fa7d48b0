"""What goes wrong while we speak IMAP, as one of two errors in our own words: refused, or the session is over.

imaplib, IMAPClient and the connection each raise errors of their own, with the server's words in them: which are
filtered, since a server repeats what it was sent.
"""

import contextlib
import imaplib
from collections.abc import Iterator

from imapclient.exceptions import ProtocolError

from trapline.mailboxes.errors import Refused, SessionError, SessionOver
from trapline.mailboxes.hidden import MAX_SAID, Hidden


@contextlib.contextmanager
def translated(mailbox: str, what: str, hidden: Hidden) -> Iterator[None]:
    """For the block in which `what` is asked of the server of the mailbox called so. Raises Refused, SessionOver."""
    try:
        yield
    except SessionError:
        raise
    except Exception as error:  # noqa: BLE001 - a server's nonsense surfaces as anything in the library's parser
        error.__traceback__ = None  # its frames keep all that the server said, in a cycle, until somebody collects it
        kind, said = _read(error)
        # Both filtered: a folder's name may have the user in it.
        raise kind(f"{mailbox}: {hidden.shown(what)}: {hidden.shown(said, MAX_SAID)}") from None


def _read(error: Exception) -> tuple[type[SessionError], str]:
    """What `error` means for the session, and its words."""
    if isinstance(error, imaplib.IMAP4.abort | OSError | ProtocolError):
        return SessionOver, _words(error)
    if isinstance(error, imaplib.IMAP4.error):
        return Refused, _words(error)
    return SessionOver, f"the server's answer makes no sense ({_kind(error)})"


def _words(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error) or _kind(error)


def _kind(error: Exception) -> str:
    return type(error).__name__
