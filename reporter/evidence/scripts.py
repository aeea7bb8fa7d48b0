"""Where a script leads: the addresses that it says to open or to send to, and the pages that it writes.

No script is run. Only the plain forms are read, which attached pages of phish use: an address that is assigned to the
location or opened, one to which it posts what was typed, a page that is written; as they stand, by a name that is given
one address, in base64, percent-encoded, or in a string's escapes. Every pattern runs in linear time.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from urllib.parse import unquote

from trapline.reporter.parsing.transfer import from_base64_run

MAX_SCRIPT_CHARS = 200_000  #: of one script that are read
MAX_LINKS = 100  #: of one script
MAX_PAGES = 5  #: of one script
MAX_CALL_CHARS = 2_000  #: of a request's parameters

_LEADS_TO = (
    r"(?:(?:\.action|(?<!location)\.href)\s{0,9}[=(]"
    r"|(?<!\(location\))\.(?:attr|prop|setAttribute)\(\s{0,9}[\"'`](?:href|action)[\"'`]\s{0,9},)\s{0,9}"
)
_GOES_TO = (
    r"(?:(?:location(?:\.(?:href|assign|replace))?|window\.open)\s{0,9}[=(]"
    r"|\(location\)\.(?:attr|prop)\(\s{0,9}[\"'`]href[\"'`]\s{0,9},)\s{0,9}"
)
_POSTS_TO = r"(?:\.post\(|sendBeacon\(|\.open\(\s{0,9}[\"'`]POST[\"'`]\s{0,9},)\s{0,9}"
_LINK = r"[\"'`]((?:https?:)?//[^\"'`\s<>]{1,8000})"
_NAME = r"([a-z_$][\w$]{2,60})"  # shorter ones stand for anything, in scripts that were made small
_END = r"\s{0,9}(?:[;,+)}\n]|\Z)"
_FOUND_THERE = re.compile(f"(?:{_LEADS_TO}|{_POSTS_TO})(?:{_LINK}|{_NAME}{_END})", re.IGNORECASE)
_GONE_TO = re.compile(f"{_GOES_TO}(?:{_LINK}|{_NAME}{_END})", re.IGNORECASE)
_LOADED = re.compile(r"\.(?:css|ico)(?:[?#]|\Z)", re.IGNORECASE)  # with the page: `link.href = '….css'`
_ASSIGNED = re.compile(rf"(?<![\w$.]){_NAME}\s{{0,9}}=(?![=>])\s{{0,9}}(?:{_LINK}[\"'`])?", re.IGNORECASE)
_REQUEST = re.compile(r"\.ajax\(|\bfetch\(", re.IGNORECASE)
_NEXT = re.compile(r";|\.ajax\(|\bfetch\(|\)\s{0,9}\.(?:then|done)\(", re.IGNORECASE)  # behind what a request says
_POSTS = re.compile(r"(?:type|method)[\"']?\s{0,9}:\s{0,9}[\"'`]POST", re.IGNORECASE)
_SENDS = re.compile(f"{_POSTS_TO}|{_POSTS.pattern}", re.IGNORECASE)
_ASKED = re.compile(rf"(?:\A\s{{0,9}}|\burl[\"']?\s{{0,9}}:\s{{0,9}})(?:{_LINK}|{_NAME}\s{{0,9}}[,}}])", re.IGNORECASE)
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
_CODE = re.compile(r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4}))", re.IGNORECASE)
_JOINED = re.compile(r"([\"'])\s{0,9}\+\s{0,9}\1")  # `"ht" + "tps://"`
_MEMBER = re.compile(r"\[[\"'`]([a-z]{2,20})[\"'`]\]", re.IGNORECASE)  # `window["location"]`
_BASE64 = re.compile(r"(?:aHR0c|Ly9)[A-Za-z0-9+/_-]{6,8000}={0,2}")  # http, //
_LINK_END = re.compile(r"[\"'`\s<>\\]")  # where a longer text was encoded, in which the link stands
_PERCENT = re.compile(r"[\"'`](https?%3A%2F%2F[\w%.~+-]{1,8000})[\"'`]", re.IGNORECASE)


def opened(script: str) -> Iterator[str]:
    """The addresses that `script` says to open or to send to.

    Where it sends something, not where it goes on to: phish sends its victim to the site that it copied.

    >>> list(opened("window.location.href = 'https://pills.com/x'"))
    ['https://pills.com/x']
    """
    outer = _plain(script)
    texts = (outer, *(_plain(text) for text in _encoded(outer) if not _is_page(text)))
    forms = [_FOUND_THERE] if any(map(_SENDS.search, texts)) else [_GONE_TO, _FOUND_THERE]
    yield from dict.fromkeys(link for text in texts for link in _opened(text, forms))


def written(script: str) -> Iterator[str]:
    """The pages that `script` writes, plain or encoded.

    >>> list(written("document.write(unescape('%3Cb%3Ex'))"))
    ['<b>x']
    """
    plain = _plain(script)
    yield from filter(_is_page, _encoded(plain))
    for match in islice(_WRITES.finditer(plain), MAX_PAGES):
        yield _ESCAPE.sub(lambda escape: "\n" if escape[1] == "n" else escape[1], match["page"])


def _plain(script: str) -> str:
    r"""`script` with letters for their codes, strings that are joined as one, and a dot before a member's name.

    >>> _plain(r"top['location'] = '\x68tt' + 'ps'")
    "top.location = 'https'"
    """
    text = script[:MAX_SCRIPT_CHARS]
    text = _JOINED.sub("", _CODE.sub(_letter, text) if "\\" in text else text)
    return _MEMBER.sub(r".\1", text)


def _letter(code: re.Match[str]) -> str:
    letter = chr(int(code[1] or code[2], 16))
    if "\ud800" <= letter <= "\udfff":  # half a letter
        return code[0]
    return f"\\{letter}" if letter in "\"'`\\" else letter  # which ends no string


def _opened(script: str, forms: Iterable[re.Pattern[str]]) -> Iterator[str]:
    text = script.replace("\\/", "/")
    names: list[str] = []
    found = (match for form in forms for match in islice(form.finditer(text), MAX_LINKS))
    for link, name in (match.groups() for match in (*found, *_posted(text))):
        if name:
            names.append(name)
        elif _LOADED.search(link) is None:
            yield link
    yield from _addresses_of(dict.fromkeys(names), text)
    yield from (unquote(match[1]) for match in islice(_PERCENT.finditer(text), MAX_LINKS))
    if "atob" in text:
        links = (_decoded(match.group()) for match in islice(_BASE64.finditer(text), MAX_LINKS))
        yield from (_LINK_END.split(link, maxsplit=1)[0] for link in links)


def _posted(text: str) -> Iterator[re.Match[str]]:
    """What requests say that they post to: an address or a name."""
    for call in islice(_REQUEST.finditer(text), MAX_LINKS):
        said = _NEXT.split(text[call.end() : call.end() + MAX_CALL_CHARS], maxsplit=1)[0]
        asked = _ASKED.search(said) if _POSTS.search(said) else None
        if asked is not None:
            yield asked


def _addresses_of(names: Collection[str], script: str) -> Iterator[str]:
    """What `names` stand for, of each that nothing but one address is assigned to."""
    if not names:
        return
    assigned: defaultdict[str, set[str]] = defaultdict(set)
    for name, link in _ASSIGNED.findall(script):
        assigned[name].add(link)
    yield from ("".join(assigned[name]) for name in names if len(assigned[name]) == 1 and "" not in assigned[name])


def _encoded(script: str) -> Iterator[str]:
    """What is encoded in `script`: a page, a script, or what is neither, too. Each once."""
    found = {match["text"]: match["how"].lower() for match in islice(_ENCODED.finditer(script), MAX_PAGES)}
    if "atob" in script:
        found |= {match["text"]: "atob" for match in islice(_QUOTED_BASE64.finditer(script), MAX_PAGES)}
    return (_decoded(text) if how == "atob" else unquote(text) for text, how in found.items())


def _is_page(text: str) -> bool:
    return text.lstrip().startswith("<")


def _decoded(coded: str) -> str:
    letters = coded.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return from_base64_run(letters.encode("ascii")).decode()
    except ValueError:  # no base64, a letter that is no ASCII, or bytes that are no text
        return ""
