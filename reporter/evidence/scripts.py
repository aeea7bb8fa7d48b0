"""Where a script leads: the addresses that it says to open, and the pages that it writes.

No script is run. Only the plain forms are read, which attached pages of phish use: an address that is assigned to the
location or opened, a page that is written; as they stand, in base64, or percent-encoded. Every pattern runs in linear
time.
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

_OPENS = r"(?:location(?:\.(?:href|assign|replace))?|window\.open|\.action|\.href)\s{0,9}[=(]\s{0,9}"
_ADDRESS = re.compile(rf"{_OPENS}[\"'`]((?:https?:)?//[^\"'`\s<>]{{1,8000}})", re.IGNORECASE)
_ENCODED = re.compile(
    r"\b(?P<how>atob|unescape|decodeURIComponent)\(\s{0,9}(?P<quote>[\"'`])(?P<text>[^\"'`]{8,200000})", re.IGNORECASE
)
_BASE64 = re.compile(r"(?:aHR0c|Ly9)[A-Za-z0-9+/_-]{6,8000}={0,2}")  # http, //
_PERCENT = re.compile(r"[\"'`](https?%3A%2F%2F[\w%.~+-]{1,8000})[\"'`]", re.IGNORECASE)


def opened(script: str) -> Iterator[str]:
    """The addresses that `script` says to open.

    >>> list(opened("window.location.href = 'https://pills.com/x'"))
    ['https://pills.com/x']
    """
    text = script[:MAX_SCRIPT_CHARS].replace("\\/", "/")
    yield from (match[1] for match in islice(_ADDRESS.finditer(text), MAX_LINKS))
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
