"""A link without what may be its recipient's token, so that one campaign's links count once.

Only on hosts that nobody shares: on a shortener or a site builder the token is the page. What counts as a token is a
guess, a careful one: a part of the path or a value of the query with a digit in it and no less than six characters, or
a long one of mixed case. Words, however long, are none.
"""

import re

from trapline.reporter.evidence.shared_hosts import is_shared
from trapline.reporter.evidence.urls import normal

WILD = "*"  #: what stands for a token

_TOKEN = re.compile(
    r"(?=[^/&=]*\d)[\w%.~+:,@$!-]{6,}={0,2}"  # with a digit: 8fe21c, user-12345, dHJhcDE=
    r"|(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*[a-z][A-Z])[\w-]{12,}={0,2}"  # or of mixed case: dHJhcEBteC5leGFt
)
_PAGE = re.compile(r"\.(?:html?|php\d?|aspx?|jsp|cgi)$", re.IGNORECASE)


def shape_of(link: str) -> str | None:
    """The form that a normalised link shares with others of its campaign; None: it has no token, or a shared host."""
    url = normal(link)
    if url is None or (url.domain is not None and is_shared(url)):
        return None
    path = "/".join(WILD if _is_token(part) else part for part in url.path.split("/"))
    query = "&".join(_without_token(part) for part in url.query.split("&"))
    made = f"{url.host}{path}?{query}"
    return None if made == f"{url.host}{url.path}?{url.query}" else made


def _without_token(parameter: str) -> str:
    name, equals, value = parameter.partition("=")
    if not equals:
        return WILD if _is_token(name) else name
    return f"{name}={WILD if _is_token(value) else value}"


def _is_token(part: str) -> bool:
    return _PAGE.search(part) is None and _TOKEN.fullmatch(part) is not None
