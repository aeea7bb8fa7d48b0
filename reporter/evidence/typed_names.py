"""What robots type into a site's form as somebody's name: spam, so that the site writes to a trap in its words.

Told from the links of WordPress's letter to a new user, which hold that name, and from the name that a newsletter
writes into To; both are the same in all languages.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from trapline.reporter.evidence.text import links
from trapline.reporter.evidence.urls import Url, normal

TO_NAME = "to_name"  #: the source of a link in a recipient's name
MIN_NAME_WORDS = 4  #: of a recipient's name that is spam, its link among them; people and firms have fewer

# A site's name without a path, which is no link elsewhere in a text.
_SITE = re.compile(r"(?<![\w@./:-])(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@/?#-]|[.:]\w)", re.IGNORECASE)
_ANGLED = re.compile(r"<[^<>]{0,1000}>")


def new_users_of(urls: Iterable[Url]) -> frozenset[str]:
    """The domains to which `urls` lead only for a new user of WordPress to set a password and log in.

    What spam says beside these links it typed into the site's form, as the name of that user.
    """
    asking, other = set(), set()
    for url in urls:
        if not url.path.endswith("/wp-login.php"):
            other.add(url.domain)
        elif _asks(url):
            asking.add(url.domain)
    return frozenset(domain for domain in asking - other if domain is not None)


def links_in_users_names(urls: Iterable[Url]) -> Iterator[str]:
    """The sites that are named in the names of new users: each a link, as spam means it. A name of one word is none."""
    for url in urls:
        if url.path.endswith("/wp-login.php") and _asks(url):
            name = dict(parse_qsl(url.query)).get("login", "")
            if " " in name.strip():
                yield from links(_SITE.sub(r"\g<0>/", name))


def links_in_recipients_names(field: str) -> Iterator[Url]:
    """The links among the words of the names in To, decoded. Without a path one may be the recipient's own site."""
    for name in _ANGLED.split(field):
        if len(name.split()) >= MIN_NAME_WORDS:
            found = filter(None, map(normal, links(name)))
            yield from (url for url in found if url.path != "/" or url.query)


def _asks(url: Url) -> bool:
    return "action=rp" in url.query.split("&")
