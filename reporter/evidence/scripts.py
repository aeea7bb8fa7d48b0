"""Where a script leads: the addresses that it says to open or to send to, and the pages that it writes.

No script is run. Only the plain forms are read, which attached pages of phish use: an address that is assigned to the
location or opened, one to which it posts what was typed, a page that is written; as they stand, in base64, or
percent-encoded. Every pattern runs in linear time.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from urllib.parse import unquote

MAX_SCRIPT_CHARS = 200_000  #: of one script that are read
MAX_LINKS = 100  #: of one script
MAX_PAGES = 5  #: of one script
MAX_CALL_CHARS = 2_000  #: of a request's parameters

_OPENS = r"(?:location(?:\.(?:href|assign|replace))?|window\.open|\.action|\.href)\s{0,9}[=(]\s{0,9}"
_LINK = r"[\"'`]((?:https?:)?//[^\"'`\s<>]{1,8000})"
_ADDRESS = re.compile(f"{_OPENS}{_LINK}", re.IGNORECASE)
_SENDS = re.compile(
    rf"(?:\.post\(|sendBeacon\(|\.open\(\s{{0,9}}[\"'`]POST[\"'`]\s{{0,9}},)\s{{0,9}}{_LINK}", re.IGNORECASE
)
_REQUEST = re.compile(r"\.ajax\(|\bfetch\(", re.IGNORECASE)
_POSTS = re.compile(r"(?:type|method)[\"']?\s{0,9}:\s{0,9}[\"'`]POST", re.IGNORECASE)
_ASKED = re.compile(rf"(?:\A\s{{0,9}}|\burl[\"']?\s{{0,9}}:\s{{0,9}}){_LINK}", re.IGNORECASE)
_ENCODED = re.compile(
    r"\b(?P<how>atob|unescape|decodeURIComponent)\(\s{0,9}(?P<quote>[\"'`])(?P<text>[^\"'`]{8,200000})", re.IGNORECASE
)
_QUOTED_BASE64 = re.compile(r"[\"'`](?P<text>[A-Za-z0-9+/]{24,200000}={0,2})[\"'`]")
_WRITES = re.compile(
    r"(?:\bwrite(?:ln)?\(|innerHTML\s{0,9}\+?=|insertAdjacentHTML\(\s{0,9}[\"'`]\w{0,20}[\"'`]\s{0,9},)\s{0,9}"
    r"(?P<quote>[\"'`])(?P<page>\s{0,99}<(?:\\.|(?!(?P=quote))[^\\])*)",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_BASE64 = re.compile(r"(?:aHR0c|Ly9)[A-Za-z0-9+/_-]{6,8000}={0,2}")  # http, //
_LINK_END = re.compile(r"[\"'`\s<>\\]")  # where a longer text was encoded, in which the link stands
_PERCENT = re.compile(r"[\"'`](https?%3A%2F%2F[\w%.~+-]{1,8000})[\"'`]", re.IGNORECASE)


def opened(script: str) -> Iterator[str]:
    """The addresses that `script` says to open or to send to.

    >>> list(opened("window.location.href = 'https://pills.com/x'"))
    ['https://pills.com/x']
    """
    inner = (text for text in _encoded(script[:MAX_SCRIPT_CHARS]) if not _is_page(text))
    yield from dict.fromkeys(link for text in (script[:MAX_SCRIPT_CHARS], *inner) for link in _opened(text))


def written(script: str) -> Iterator[str]:
    """The pages that `script` writes, plain or encoded.

    >>> list(written("document.write(unescape('%3Cb%3Ex'))"))
    ['<b>x']
    """
    yield from filter(_is_page, _encoded(script[:MAX_SCRIPT_CHARS]))
    for match in islice(_WRITES.finditer(script[:MAX_SCRIPT_CHARS]), MAX_PAGES):
        yield _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], match["page"])


def _opened(script: str) -> Iterator[str]:
    text = script.replace("\\/", "/")
    for form in (_ADDRESS, _SENDS):
        yield from (match[1] for match in islice(form.finditer(text), MAX_LINKS))
    for call in islice(_REQUEST.finditer(text), MAX_LINKS):
        said = text[call.end() : call.end() + MAX_CALL_CHARS].partition(";")[0]
        asked = _ASKED.search(said) if _POSTS.search(said) else None
        if asked is not None:
            yield asked[1]
    yield from (unquote(match[1]) for match in islice(_PERCENT.finditer(text), MAX_LINKS))
    if "atob" in text:
        links = (_decoded(match.group()) for match in islice(_BASE64.finditer(text), MAX_LINKS))
        yield from (_LINK_END.split(link, maxsplit=1)[0] for link in links)


def _encoded(script: str) -> Iterator[str]:
    """What is encoded in `script`: a page, a script, or what is neither, too. Each once."""
    found = {match["text"]: match["how"].lower() for match in islice(_ENCODED.finditer(script), MAX_PAGES)}
    if "atob" in script:
        found |= {match["text"]: "atob" for match in islice(_QUOTED_BASE64.finditer(script), MAX_PAGES)}
    return (_decoded(text) if how == "atob" else unquote(text) for text, how in found.items())


def _is_page(text: str) -> bool:
    return text.lstrip().startswith("<")


def _decoded(coded: str) -> str:
    letters = coded.rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.urlsafe_b64decode(
            letters.replace("+", "-").replace("/", "_") + "=" * (-len(letters) % 4)
        ).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
