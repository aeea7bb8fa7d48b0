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

    def sentence(said: str) -> str:
        # Both filtered: a folder's name may have the user in it.
        return f"{mailbox}: {hidden.shown(what)}: {hidden.shown(said, MAX_SAID)}"

    try:
        yield
    except SessionError:
        raise
    except (imaplib.IMAP4.abort, OSError, ProtocolError) as error:
        raise SessionOver(sentence(_words(error))) from None
    except imaplib.IMAP4.error as error:
        raise Refused(sentence(_words(error))) from None
    except Exception as error:  # noqa: BLE001 - a server's nonsense surfaces as anything in the library's parser
        raise SessionOver(sentence(f"the server's answer makes no sense ({_kind(error)})")) from None


def _words(error: Exception) -> str:
    return str(error.strerror if isinstance(error, OSError) and error.strerror else error) or _kind(error)


def _kind(error: Exception) -> str:
    return type(error).__name__
