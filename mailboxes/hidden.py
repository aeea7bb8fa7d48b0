"""What no error and no log shows of a mailbox: its secret, its user, and its addresses, which are a honeypot's traps.

A server repeats what it was sent in the form in which it was sent, quoted or as base64, and the library shows its words
as Python writes bytes: so each of these forms is looked for. Pure.
"""

import base64
import re
from collections.abc import Iterator

from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.config.printable import printable
from trapline.mailboxes.credentials import quoted, sasl_answer

MAX_SAID = 300  #: characters of a server's words that an error repeats

_TELLING = 16  #: characters of base64 by which it is known; a server may cut the rest


class Hidden:
    """What is not to be shown of one mailbox."""

    def __init__(self, mailbox: Mailbox, login: Login | None = None) -> None:
        """Without `login`, of what a server knows before we log in: the addresses alone."""
        told = () if login is None else (login.user, login.secret)
        longest_first = sorted({*mailbox.owners, *told}, key=len, reverse=True)  # a password may be part of an address
        sent = [] if login is None else [_base64(sasl_answer(login))]
        forms = [form for one in longest_first for form in _forms(one)]
        self._hidden = re.compile("|".join([*sent, *forms]), re.IGNORECASE)

    def shown(self, text: str, length: int | None = None) -> str:
        """`text` as it may be shown and logged, cut to `length` characters where one is given."""
        return printable(self._hidden.sub("…", text), length)


def _base64(sent: bytes) -> str:
    """A pattern for `sent` in base64, all of it or its beginning."""
    return re.escape(base64.b64encode(sent).decode()[:_TELLING]) + "[A-Za-z0-9+/=]*"


def _forms(text: str) -> Iterator[str]:
    """Patterns for `text`, quoted or not, within bytes as Python writes them or not; the longest first."""
    for one in (quoted(text), text):
        written = repr(f'"{one}'.encode())[3:-1].replace("\\'", "'")
        yield re.escape(written).replace("'", r"\\?'")  # the backslash depends on what else is in these bytes
        yield re.escape(one)
