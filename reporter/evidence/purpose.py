"""What a link is there for: to be followed, to show a picture, or to leave a list.

Told from the link itself and from where it stood; nothing is fetched. A link that nobody is lured
by is not reported.
"""

import re
from typing import Literal

from trapline.reporter.evidence.urls import Url

Purpose = Literal["link", "picture", "unsubscribe"]

_PICTURES = frozenset({"html:img", "html:link"})
# A text part that was made from the HTML names its pictures too.
_TEXTS = frozenset({"text", "html:text"})
# Whole words of a path, a query or a host; "remove" and "preferences" alone are said of other things too.
_UNSUBSCRIBE = re.compile(
    r"(?:^|[/._?&=-])(?:unsub|unsubscribe\w*|opt-?_?out|list-?unsubscribe|email-?preferences|abmelden|abbestellen"
    r"|desabonn\w*|desinscri\w*|desuscri\w*|darbaja|cancellami|disiscri\w*|afmelden|uitschrijven"
    r"|mailman/(?:listinfo|options))(?:$|[/._?&=-])",
    re.IGNORECASE,
)


def is_list_page(url: Url) -> bool:
    """Whether `url` is a page of Mailman's, as mailing lists write it below each message."""
    return "/mailman/" in url.path or url.path.startswith("/pipermail/")


def purpose(url: Url, sources: frozenset[str]) -> Purpose:
    """The purpose of `url`, which was seen in `sources`."""
    if sources & _PICTURES and sources <= _PICTURES | _TEXTS:
        return "picture"
    said = (url.path, url.query, url.host.partition(".")[0])
    if "list_unsubscribe" in sources or any(_UNSUBSCRIBE.search(text) for text in said):
        return "unsubscribe"
    return "link"
