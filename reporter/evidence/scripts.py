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
_SENDS = re.compile(rf"(?:\.post\(|\.open\(\s{{0,9}}[\"'`]POST[\"'`]\s{{0,9}},)\s{{0,9}}{_LINK}", re.IGNORECASE)
_REQUEST = re.compile(r"\.ajax\(|\bfetch\(", re.IGNORECASE)
_POSTS = re.compile(r"(?:type|method)[\"']?\s{0,9}:\s{0,9}[\"'`]POST", re.IGNORECASE)
_ASKED = re.compile(rf"(?:\A\s{{0,9}}|\burl[\"']?\s{{0,9}}:\s{{0,9}}){_LINK}", re.IGNORECASE)
_ENCODED = re.compile(
    r"\b(?P<how>atob|unescape|decodeURIComponent)\(\s{0,9}(?P<quote>[\"'`])(?P<text>[^\"'`]{8,200000})", re.IGNORECASE
)
_BASE64 = re.compile(r"(?:aHR0c|Ly9)[A-Za-z0-9+/_-]{6,8000}={0,2}")  # http, //
_PERCENT = re.compile(r"[\"'`](https?%3A%2F%2F[\w%.~+-]{1,8000})[\"'`]", re.IGNORECASE)


def opened(script: str) -> Iterator[str]:
    """The addresses that `script` says to open or to send to.

    >>> list(opened("window.location.href = 'https://pills.com/x'"))
    ['https://pills.com/x']
    """
    text = script[:MAX_SCRIPT_CHARS].replace("\\/", "/")
    for form in (_ADDRESS, _SENDS):
        yield from (match[1] for match in islice(form.finditer(text), MAX_LINKS))
    for call in islice(_REQUEST.finditer(text), MAX_LINKS):
        said = text[call.end() : call.end() + MAX_CALL_CHARS].partition(";")[0]
        asked = _ASKED.search(said) if _POSTS.search(said) else None
        if asked is not None:
            yield asked[1]
    yield from (unquote(match[1]) for match in islice(_PERCENT.finditer(text), MAX_LINKS))
    if "atob" in text:
        yield from (_decoded(match.group()) for match in islice(_BASE64.finditer(text), MAX_LINKS))


def written(script: str) -> Iterator[str]:
    """The pages that `script` has encoded in it.

    >>> list(written("document.write(unescape('%3Cb%3Ex'))"))
    ['<b>x']
    """
    for match in islice(_ENCODED.finditer(script[:MAX_SCRIPT_CHARS]), MAX_PAGES):
        page = _decoded(match["text"]) if match["how"].lower() == "atob" else unquote(match["text"])
        if page.lstrip().startswith("<"):
            yield page


def _decoded(coded: str) -> str:
    letters = coded.rstrip("=")
    letters = letters[: len(letters) - (len(letters) % 4 == 1)]
    try:
        return base64.urlsafe_b64decode(
            letters.replace("+", "-").replace("/", "_") + "=" * (-len(letters) % 4)
        ).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
