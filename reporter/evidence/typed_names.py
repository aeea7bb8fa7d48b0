"""What robots type into a site's form as the name of a new user: spam, so that the site writes to a trap in its words.

Told from the links of WordPress's letter, which hold that name; it is the same in all languages.
"""

import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl

from trapline.reporter.evidence.text import links
from trapline.reporter.evidence.urls import Url

# A site's name without a path, which is no link elsewhere in a text.
_SITE = re.compile(r"(?<![\w@./:-])(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}(?![\w@/?#-]|[.:]\w)", re.IGNORECASE)


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


def _asks(url: Url) -> bool:
    return "action=rp" in url.query.split("&")
