"""What libmilter hands to a callback, in the form that the rest works with: macros, octets as text."""

import logging
import re
from typing import Protocol

_STATUS = re.compile(r"[45]\.[0-9]{1,3}\.[0-9]{1,3}")

_log = logging.getLogger(__name__)


class Macros(Protocol):
    """Where the macros of a session are."""

    def getsymval(self, name: str) -> str | None:
        """The value of the macro `name`."""


def macro(context: Macros, name: str) -> str | None:
    """A macro's value; None where Postfix did not send it, or where it is no UTF-8 (then it is not ours to read)."""
    try:
        return context.getsymval(name) or None
    except UnicodeDecodeError:
        _log.warning("macro %s is not UTF-8 and counts as not given", name)
        return None


def text(argument: bytes) -> str:
    """An SMTP argument; what is no UTF-8 in it is kept as lone surrogates."""
    return argument.decode("utf-8", "surrogateescape")


def is_status(host: str | None) -> bool:
    """Whether {rcpt_host} is an enhanced status code (RFC 3463, 2): Postfix gives its own for a recipient it refuses.

    The mailer alone does not tell: `error` is that of a virtual alias domain too, whose recipients it accepts.
    """
    return host is not None and _STATUS.fullmatch(host) is not None
