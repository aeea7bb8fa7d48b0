"""What a link is there for: to be followed, to show a picture, or to leave a list.

Told from the link itself and from where it stood; nothing is fetched. A link that lures nobody is not reported.
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


# Folders of a site that its visitors never open: who links there has most likely broken in. And a user's own pages.
_INNER = re.compile(
    r"/(?:wp-(?:content|includes|admin/(?:css|images|includes|js|maint|network|user))|\.well-known"
    r"|administrator/(?:components|modules|templates)|sites/(?:all|default)/(?:files|libraries|modules|themes))/|^/~[^/]+/",
    re.IGNORECASE,
)


def is_inner(url: Url) -> bool:
    """Whether `url` leads where a site's own pages do not lead to (WordPress, Joomla, Drupal, RFC 8615)."""
    return _INNER.search(url.path) is not None


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
