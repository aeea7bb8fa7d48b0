"""The page that a URL is itself: `data:text/html;base64,…`, as attached pages frame one to show what no scanner reads.

Only frames show such a page; browsers open none that a link leads to.
Source: RFC 2397; WHATWG Fetch, 6 (data: URLs).
"""

import re
from urllib.parse import unquote_to_bytes

from trapline.reporter.parsing.content_type import content_type
from trapline.reporter.parsing.transfer import decoded_body, decoded_text

_DATA = re.compile(r"\s{0,20}data:([^,]{0,200}),", re.IGNORECASE)
_BASE64 = re.compile(r";\s{0,9}base64\s{0,9}\Z", re.IGNORECASE)
_PAGES = ("html", "svg")  # within a media type


def framed_page(link: str) -> str | None:
    """The page that `link` is itself; None where it leads to one, or is something else.

    >>> framed_page("data:text/html,%3Cp%3Ehello")
    '<p>hello'
    """
    head = _DATA.match(link)
    if head is None:
        return None
    is_base64 = _BASE64.search(head[1]) is not None
    kind = content_type(_BASE64.sub("", head[1]).encode("utf-8", "replace"), "text/plain")
    if not any(page in kind.value for page in _PAGES):
        return None
    data = unquote_to_bytes(link[head.end() :].encode("utf-8", "replace"))  # a script can write half a character
    return decoded_text(
        decoded_body(data, "base64") if is_base64 else data, kind.parameters.get("charset", ""), html=True
    )
