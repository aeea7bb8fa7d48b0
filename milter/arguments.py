"""What libmilter hands to a callback, in the form that the rest works with: addresses, macros, octets as text."""

import logging
from ipaddress import ip_address
from typing import Protocol

from trapline.config.names import IpAddress, unmapped
from trapline.config.remembered import remembered

_log = logging.getLogger(__name__)


class Macros(Protocol):
    """Where the macros of a session are."""

    def getsymval(self, name: str) -> str | None:
        """The value of the macro `name`."""


@remembered
def client_address(text: str) -> IpAddress | None:
    """The client's address as pymilter writes it; None where it is none."""
    try:
        return unmapped(ip_address(text))
    except ValueError:
        return None


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


def is_address(resolved: str | None) -> bool:
    """Whether Postfix names an address in {rcpt_addr}: for a recipient that it refuses, it gives its reason there.

    The mailer alone does not tell: `error` is that of a virtual alias domain too, whose recipients it accepts.
    """
    domain = (resolved or "").rpartition("@")[2]
    return resolved is not None and domain != resolved and " " not in domain
