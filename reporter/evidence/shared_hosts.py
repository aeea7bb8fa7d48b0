"""Do many share a link's host? Then a part of the link that looks like a recipient's token may be the page itself.

By the lists as trapline comes with them. Pure.
"""

from trapline.reporter.evidence.urls import Url
from trapline.reporter.lists import SHIPPED
from trapline.reporter.suffixes import platform


def is_shared(url: Url) -> bool:
    """Whether a platform gave the host its name, or a list knows it: shorteners, hosters, mail services, brands."""
    return platform(url.host) is not None or SHIPPED.known_link(url.host, url.path) is not None
