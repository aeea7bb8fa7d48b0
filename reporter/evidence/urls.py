"""A URL in the one form in which it is compared, judged and submitted.

Parsed as browsers do (WHATWG, by the library ada), then without fragment, default port and the parameters that only
count clicks; user and password stay, and the rest of the query keeps its order and its letters. Nothing is fetched or
resolved.
Sources: WHATWG URL; the parameters' vendors (Google, Meta, Microsoft, Mailchimp, HubSpot, Marketo, MailerLite,
Klaviyo, Pinterest, LinkedIn, Yandex).
"""

import re
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address

import ada_url

from trapline.config.names import IpAddress, domain_name
from trapline.config.remembered import remembered
from trapline.reporter.suffixes import is_delegated, registered_domain

MAX_URL_CHARS = 8_000  #: of a longer one the page is read, without what is asked there
MAX_CUT_PARAMETERS = 500  #: a link with more of them is not searched for the one that names somebody

_COUNTERS = re.compile(
    r"&(?:utm_\w+|gclid|gclsrc|dclid|gbraid|wbraid|gad_source|gad_campaignid|srsltid|fbclid|msclkid|twclid|ttclid|yclid"
    r"|mc_cid|mc_eid|_hs(?:enc|mi)|hsctatracking|mkt_tok|ml_subscriber(?:_hash)?|_kx|vero_id|vero_conv|_openstat|igshid"
    r"|epik|li_fat_id|oly_(?:anon|enc)_id|_ga|_gl)(?:=[^&]*)?(?=&|$)",
    re.IGNORECASE,
)
_AROUND = (
    " \t\r\n\f\"'`\u2018\u2019\u201c\u201d\u2032\u2033"  # quotes that are none in HTML, as careless senders write them
)
# Comes in front with a link that was copied out of a document; behind it, a browser reads it as part of the path.
_COPIED = "\u00a0\u200b\u200e\u200f\u202a\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
_DROPPED = re.compile(r"\A[\x00-\x20]+|[\t\r\n]+")  # browsers read past it: `/&#9;/pills.com` (WHATWG URL, 4.4)
_MARKED = re.compile(r"\A\s{0,20}3D(?=[\"'h])")  # what is left of an `=3D` that nobody decoded
_WEB = ("http:", "https:")
_NO_SCHEME = ("//", "\\\\", "/\\", "\\/")  # what a link begins with that has only a host
_AUTHORITY_END = re.compile(r"[:/?#\\]")
_AUTHORITY = re.compile(r"https?:[/\\]{0,8}(?:[^/\\?#]{0,500}@)?([^/\\?#@]{1,500})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Url:
    """A link to a web host."""

    text: str  #: normalised
    host: str  #: lower case A-labels, or an IP address without brackets
    path: str  #: begins with "/"
    query: str  #: without "?"; "" where there is none
    address: IpAddress | None  #: of a host that is one

    @property
    def domain(self) -> str | None:
        """The registered domain of the host; None for an IP address."""
        return None if self.address is not None else registered_domain(self.host)


def normal(link: str, base: str | None = None) -> Url | None:
    """The URL that a browser opens for `link`, normalised; None for what leads to no web host.

    `base` is the page's `<base href>`. Mail has none of its own, so a link without a scheme that begins like a host
    name is one (mail programs do so too).
    """
    link = _DROPPED.sub("", _MARKED.sub("", link).lstrip(_AROUND + _COPIED).rstrip(_AROUND))
    if len(link) > MAX_URL_CHARS:
        link = re.split(r"[?#]", link, maxsplit=1)[0]
    if not link or len(link) > MAX_URL_CHARS:
        return None
    return _parsed(_absolute(link, base))


@remembered
def _parsed(link: str) -> Url | None:
    try:
        url = ada_url.URL(link)
    except ValueError:
        return _salvaged(link)
    if url.protocol not in _WEB:
        return None
    host, address = _host(url.hostname)
    if not host:
        return None
    query = _without_counters(url.search[1:])
    return Url(_with_query(url.href, query), host, url.pathname, query, address)


def _absolute(link: str, base: str | None) -> str:
    if link.startswith(_NO_SCHEME):
        return "https:" + link
    if base:  # even `https:page` is a page of it
        base = _DROPPED.sub("", base)
        with suppress(ValueError):  # a base that is no URL is none
            return ada_url.join_url(f"https:{base}" if base.startswith(_NO_SCHEME) else base, link)
    return "http://" + link if _begins_like_a_host(link) else link


def _begins_like_a_host(link: str) -> bool:
    """Whether it begins with a name of the public DNS, as a browser would read it, which maps and leaves out signs."""
    host = _AUTHORITY_END.split(link, maxsplit=1)[0]
    url = None if "@" in host else _parsed(f"http://{host}/")
    return url is not None and "." in url.host and is_delegated(url.host)


def _host(name: str) -> tuple[str, IpAddress | None]:
    """The host and, where it is one, the address. The WHATWG parser has already read octal, hex and single numbers."""
    bare = name.strip("[]")
    try:
        return bare, ip_address(bare)
    except ValueError:
        return name.strip("."), None


def _salvaged(link: str) -> Url | None:
    """What strict parsing refuses and a lenient program may still open: the right-hand labels that are a name."""
    match = _AUTHORITY.match(link)
    if match is None:
        return None
    labels = re.sub(r":\d{0,5}$", "", match[1]).strip().strip(".").split(".")
    for start in range(max(0, len(labels) - 10), len(labels) - 1):
        written = ".".join(labels[start:])
        host = domain_name(written)
        # The DNS has names of letters that no browser takes.
        if host is not None and (written.isascii() or ada_url.check_url(f"http://{written}/")):
            return Url(text=f"http://{host}/", host=host, path="/", query="", address=None)
    return None


def _with_query(text: str, query: str) -> str:
    """`text` without its fragment, and with `query` instead of its own."""
    before = text.partition("#")[0].partition("?")[0]
    return f"{before}?{query}" if query else before


def _without_counters(query: str) -> str:
    return _COUNTERS.sub("", f"&{query}")[1:]


def cut_before(url: Url, mentions: Callable[[str], bool]) -> Url | None:
    """`url` up to the first parameter of its query that `mentions` somebody; None where no such part is left.

    What is left leads to the same page for anybody, and tells nobody who was asked there.
    """
    if mentions(url.text.partition("?")[0]):
        return None
    parts = url.query.split("&")
    if len(parts) > MAX_CUT_PARAMETERS:
        return None
    count = bisect_left(range(1, len(parts) + 1), 1, key=lambda taken: mentions("&".join(parts[:taken])))
    query = "&".join(parts[:count])
    return replace(url, text=_with_query(url.text, query), query=query)
