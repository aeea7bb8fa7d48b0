"""The link inside a link: what a wrapper (Safe Links, Proofpoint, a search engine's redirect) leads to, read offline.

Which hosts wrap, and where the inner URL stands, is data: the third column of data/link_wrappers.txt. On other hosts
that a list knows, which are not reported themselves, a parameter counts that is named like a redirect and leads to
another domain: phish likes to start at a brand that sends everybody on. Only an absolute http(s) URL counts as found;
where none comes out the wrapper is opaque. Nothing is fetched.
Sources: the list's header; Proofpoint's URL decoding guide (v1, v2: query u; v3: path, with replaced characters);
AppsFlyer's and Branch's parameters (`af_r`, `$fallback_url`); RFC 3986, 2.3 (signs that need no code).
"""

import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from urllib.parse import unquote

from trapline.reporter.evidence.urls import MAX_URL_CHARS, Url, normal
from trapline.reporter.lists import SHIPPED, Entry, Lists
from trapline.reporter.parsing.transfer import from_base64_run

MAX_WRAPS = 5  #: wrappers around each other that are undone

_ABSOLUTE = re.compile(r"https?:/{1,3}[^/]", re.IGNORECASE)
_GOOGLE = re.compile(r"(?:[a-z0-9-]+\.)*google(?:\.com?)?\.[a-z]{2,3}")
# Not `q`, `ref` and `source`, which name pages that nobody is led to.
_REDIRECTS = re.compile(
    r"(?:u|url|uri|to|out|exit|go|goto|jump|next|continue|return|target|dest|destination|forward|fwd|link|adurl|murl"
    r"|redir|redirect|re(?:direct|turn)_?(?:to|ur[il])|r?ur[il]|redirect_?link|target_?url|dest_?url|link_?url"
    r"|af_r|af_web_dp|af_(?:ios|android)_url|(?:\$|%24)(?:desktop|fallback|original|ios|android)_url)",
    re.IGNORECASE,
)
_EMBEDDED = re.compile(r"https?(?::|%3a)(?:/|%2f){1,3}[^\s\"'\\]+", re.IGNORECASE)
_NAMES_ONLY = {"mimecast", "inky"}  # tell the host that a link leads to, and keep the rest to themselves
_V3_RUN = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_NEEDLESS = re.compile(r"%(2[de]|3\d|[46][1-9a-f]|5[0-9af]|7[0-9ae])", re.IGNORECASE)
_HINT = re.compile(r"(?P<where>[\w-]+)(?::(?P<name>[\w]+))?(?:\((?P<how>[^)]*)\))?")


def wrapper(url: Url, lists: Lists = SHIPPED) -> Entry | None:
    """The list's row that says that `url` wraps another one; None for an ordinary link."""
    path = _plain(url.path)
    entry = lists.known_link(url.host, path)
    if entry is not None and entry.listed_in == "well_known" and _GOOGLE.fullmatch(url.host):
        entry = lists.known_link("google.com", path)  # google.de and its like do as google.com does
    return entry if entry is not None and entry.listed_in == "link_wrappers" else None


def _plain(path: str) -> str:
    """`path` with the letters, digits and signs that need no code as they are: `/%75rl` is `/url`."""
    return _NEEDLESS.sub(lambda code: chr(int(code[1], 16)), path) if "%" in path else path


def unwrapped(url: Url, lists: Lists = SHIPPED) -> Url | None:
    """What `url` leads to when every known wrapper around it is undone; None where nothing can be read in it."""
    inner: Url | None = None
    for _ in range(MAX_WRAPS):
        entry = wrapper(inner or url, lists)
        # Where it stands in the operator's own wrappers nobody says.
        found = _inside(inner or url, entry) if entry and entry.hint else _sent_on(inner or url, lists)
        if found is None:
            break
        inner = found
    return inner


def _inside(url: Url, entry: Entry) -> Url | None:
    for hint in _hints(entry):
        for candidate in _candidates(url, entry, *hint):
            link = _absolute(candidate)
            found = None if link is None else normal(link)
            if found is not None and (found.host != url.host or len(found.text) < len(url.text)):
                return found
    return None


def _sent_on(url: Url, lists: Lists, steps: int = MAX_WRAPS) -> Url | None:
    """Where a known host that is no wrapper sends on to: to another domain, perhaps by `steps` within its own."""
    known = "//" in unquote(url.query) and lists.known_link(url.host, url.path) is not None
    for part in url.query.split("&") if known else ():
        name, _, value = part.partition("=")
        link = _absolute(unquote(value)) if _REDIRECTS.fullmatch(name) else None
        found = None if link is None else normal(link)
        if found is not None and (found.domain or found.host) == (url.domain or url.host):
            found = _sent_on(found, lists, steps - 1) if steps else None
        if found is not None:
            return found
    return None


def _hints(entry: Entry) -> Iterator[tuple[str, str, str]]:
    """The hints of a row as (where, name, coding); `v2:` and `v3:` are Proofpoint's versions."""
    for hint in re.split(r",(?![^(]*\))", entry.hint):
        match = _HINT.fullmatch(re.sub(r"^v[12]:", "", hint))
        if match is not None:
            yield match["where"], match["name"] or "", match["how"] or ""


def _candidates(url: Url, entry: Entry, where: str, name: str, how: str) -> Iterator[str]:
    reader = _READERS.get(where, _nowhere)
    for text in reader(url, entry, name):
        yield from _codings(text, how, proofpoint=entry.kind == "proofpoint")


def _codings(text: str, how: str, *, proofpoint: bool) -> Iterator[str]:
    if proofpoint:
        yield unquote(text.replace("-", "%").replace("_", "/"))
    if "colon" in how:
        yield unquote(text).rpartition(":")[0]
    if "base64" in how:
        yield from _from_base64(text.removeprefix("a1") if "after-a1" in how else text)
    yield unquote(text)
    yield text


def _from_base64(text: str) -> Iterator[str]:
    """`text` as base64, url-safe or not, and inflated where it is zlib's; a URL inside JSON is cut out of it."""
    clean = re.sub(r"[^A-Za-z0-9+/]", "", unquote(text).replace("-", "+").replace("_", "/"))
    data = from_base64_run(clean.encode("ascii"))
    with suppress(zlib.error):  # most are not compressed
        data = zlib.decompressobj().decompress(data, MAX_URL_CHARS)
    plain = re.sub(r"\\{1,4}/", "/", data.decode("utf-8", "replace"))
    yield plain
    yield unquote(plain)
    embedded = re.search(r"https?://[^\s\"'\\\x00-\x1f]+", plain)
    if embedded:
        yield embedded.group()


def _query(url: Url, entry: Entry, name: str) -> Iterator[str]:
    for part in url.query.split("&"):
        key, equals, value = part.partition("=")
        if equals and key.lower().removeprefix("amp;") == name.lower():
            yield value.replace("+", " ")
            if value.startswith("//"):
                yield f"https:{value}"
            if entry.kind in _NAMES_ONLY:
                yield f"http://{value}/"


def _path(url: Url, entry: Entry, name: str) -> Iterator[str]:
    """The path after the row's own prefix; with a name, the part after that name."""
    whole = _plain(url.path) + (f"?{url.query}" if url.query else "")
    _, v3, rest = whole.partition("/v3/__")
    inner, end, rest = rest.partition("__;")
    letters, bang, _ = rest.partition("!")
    if v3 and end and bang:
        yield _proofpoint_v3(inner, letters)
    rest = whole.removeprefix(entry.path)
    if name:
        rest = re.split(rf"/{name}[:=/]", rest, maxsplit=1)[-1]
        yield rest.partition("/")[0]
        yield re.split(r"/R[KS]=", rest, maxsplit=1)[0]
    embedded = _EMBEDDED.search(rest)
    if embedded:
        yield embedded.group()
    if entry.kind in {"google", "amp"} and not embedded:
        yield "https://" + re.sub(r"^/(?:(?:[vcri]|amp|s)/)*", "", rest)
    yield from (segment for segment in url.path.split("/") if len(segment) > 8)


def _tail(url: Url, _: Entry, __: str) -> Iterator[str]:
    if url.query.startswith("//"):
        yield f"https:{url.query}"
    embedded = _EMBEDDED.search(url.query)
    yield from ([embedded.group()] if embedded else [])


def _segments(url: Url, _: Entry, __: str) -> Iterator[str]:
    for segment in url.path.split("/")[1:]:
        decoded = unquote(segment)
        yield decoded
        if "." in decoded and not _ABSOLUTE.match(decoded):
            yield "https://" + decoded


def _underscored(url: Url, _: Entry, __: str) -> Iterator[str]:
    pieces = (url.path + (f"?{url.query}" if url.query else "")).split("___")
    yield from pieces[1:2]


def _translated_host(url: Url, _: Entry, __: str) -> Iterator[str]:
    """`pills-com.translate.goog`: a hyphen for a dot, two for a hyphen; AMP's cache has it so too."""
    label = url.host.split(".")[0]
    if not label.startswith("xn--") and "-" in label:
        name = label.replace("--", "\0").replace("-", ".").replace("\0", "-")
        query = "&".join(part for part in url.query.split("&") if not part.startswith("_x_tr_"))
        yield f"https://{name}{url.path}" + (f"?{query}" if query else "")


def _nowhere(_: Url, __: Entry, ___: str) -> Iterator[str]:
    """An opaque wrapper."""
    yield from ()


_READERS: dict[str, Callable[[Url, Entry, str], Iterator[str]]] = {
    "query": _query,
    "query-tail": _tail,
    "query-whole": _tail,
    "path": _path,
    "path-after": _path,
    "path-last-segment": _segments,
    "path-second-segment": _segments,
    "path-between-triple-underscore": _underscored,
    "v3": _path,
    "host": _translated_host,
}


def _absolute(text: str) -> str | None:
    text = text.strip()
    return text if len(text) <= MAX_URL_CHARS and _ABSOLUTE.match(text) else None


def _proofpoint_v3(text: str, letters: str) -> str:
    """Undo v3: `*` stands for one replaced character, `**X` for a run of them; the characters follow as base64."""
    clean = re.sub(r"[^A-Za-z0-9_-]", "", letters).replace("-", "+").replace("_", "/")
    replaced = from_base64_run(clean.encode("ascii")).decode("utf-8", "replace")
    place = 0

    def put_back(match: re.Match[str]) -> str:
        nonlocal place
        count = 1 if match[1] is None else _V3_RUN.index(match[1]) + 2
        place += count
        return replaced[place - count : place]

    return re.sub(r"\*(?:\*([A-Za-z0-9_-]))?", put_back, text)
