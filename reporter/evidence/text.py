"""Links in plain text, as a person would see and a mail program underline them.

Finds `http(s)://…`, `www.…`, and names with a path (`pills.com/buy`) under a known suffix; a bare domain is no link.
What stands around it (brackets, quotes, the end of a sentence) is taken off. Every pattern runs in linear time.
Source: RFC 3986, appendix C (delimiting a URI in context).
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

from trapline.config.names import domain_name
from trapline.reporter.suffixes import is_delegated

MAX_LINKS = 100_000  #: in one text
MAX_HOST_CHARS = 500  #: of the part before the path that are read, user and port among them
MAX_PATH_CHARS = 8_000  #: that are read; browsers and servers take less
MAX_TRIMMED_CHARS = 100  #: of punctuation that are taken off a link

# A path ends at blanks and quotes, and where the next link begins without a blank between; and at arrows, symbols and
# the punctuation of languages without blanks: there the words go on right behind it.
_ENDS = (
    r"\s<>\"\u2190-\u21ff\u2500-\u27bf\u3000-\u3003\u3008-\u301f"
    r"\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
)
# What is written without blanks: Thai, Lao, Burmese, Khmer, Japanese, Chinese, and Korean before a foreign word.
_UNSPACED = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\uf900-\ufaff"
    r"\U00020000-\U0003ffff"
)
# `pills.com/buyへアクセス`, `(pills.com/buy)에서`, `pills.com/まで`: there the sentence goes on; not in
# `pills.com/購入`, which may be a path.
_SENTENCE = rf"(?<=[a-z\d)])[{_UNSPACED}]|(?<=/)[\u3041-\u309f]"
_NEXT = r"[,;|({]https?:"  # `(http://…),(http://…)`
_PAIR = rf"\[(?!/|https?:)[^{_ENDS}\[\]]{{0,100}}\]"  # `x[y]`; elsewhere a bracket ends it: `[url=http://…]Buy[/url]`
_PATH = rf"(?:[/?#\\](?:(?!{_NEXT}|{_SENTENCE})[^{_ENDS}\[\]]|{_PAIR}){{0,{MAX_PATH_CHARS}}})"
_HOST = rf"(?:\[[\da-f:.]{{2,50}}\]|[\w.%-]{{1,{MAX_HOST_CHARS}}})(?::\d{{0,5}}(?!\w))?"
_AUTHORITY = rf"(?:[\w.:@%\[\]-]{{0,{MAX_HOST_CHARS}}}@)?{_HOST}"
_TOP = r"(?:[a-z]{2,24}|xn--[a-z\d-]{2,59}|[^\W\d_a-z]{2,24})"  # of letters of one kind: `pills.com下載/` is a sentence
_LINK = re.compile(
    rf"(?P<scheme>https?):[/\\]{{1,3}}(?P<link>{_AUTHORITY}{_PATH}?)"
    rf"|(?<![a-z0-9_@.-])(?P<www>www\d?\.{_AUTHORITY}{_PATH}?)"
    rf"|(?<![\w@./:=&%-])(?P<named>(?:[\w-]{{1,63}}\.){{1,8}}{_TOP}(?::\d{{1,5}})?(?=/){_PATH})",
    re.IGNORECASE,
)
# In the wide letters of East Asia's keyboards, all of it or a sign: colon, dot, slash. Browsers read such a host too,
# and take the full stop of Chinese and Japanese for a dot (RFC 3490, 3.1).
_WIDE = re.compile(
    r"(?:(?:https?|\uff48\uff54\uff54\uff50\uff53?)[:\uff1a][/\uff0f]{2}"
    r"|(?<!\w)(?=www[\u3002\uff61]|\uff57{3}[\uff0e\u3002\uff61]))"
    r"(?P<host>[a-z\d\uff41-\uff5a](?:[-.\uff0d\uff0e\u3002\uff61]{0,2}[a-z\d\uff41-\uff5a]){0,250})"
    r"(?P<path>(?:\uff0f[\d\uff41-\uff5a\uff0d-\uff0f\uff3f]{0,500})?)",
    re.IGNORECASE,
)
_FULL_STOP = "\u3002"
_ANGLED = re.compile(r"<(?:URL:)?https?://[^<>\"]{1,2000}>", re.IGNORECASE)  # may be broken over lines
# What XML in a text is written in (Namespaces in XML 1.0, 3; XML Schema 1, 2.6.3): names, which nobody follows.
_NAMES = re.compile(
    r"<!DOCTYPE\b[^<>]{0,1000}>"
    r"|(?:xmlns(?::[\w.-]{1,64})?|chemaLocation)\s{0,9}=\s{0,9}(?:\"[^\"<>]{0,4000}\"|'[^'<>]{0,4000}')"
)
_PICTURE = re.compile(  # in Markdown, as a text that was made from HTML has them: nobody follows one
    r"!\[[^\[\]]{0,500}\]\((https?://[^\s()<>\"?]{1,2000}\.(?:png|jpe?g|gif|webp|svg|bmp)(?:\?[^\s()<>\"]{0,2000})?)"
    r"(?:\s[^()\n]{0,200})?\)",
    re.IGNORECASE,
)
_SOFT = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))  # invisible, written to split a name
# What directs writing, and more that nobody sees: within a name it is there to split it, elsewhere it parts words.
_UNSEEN = "[\u034f\u061c\u180e\u200e\u200f\u202a-\u202e\u2061-\u2064\u2066-\u2069\ufe00-\ufe0f]"
_WITHIN_NAME = re.compile(rf"(?<=[a-z0-9.-]){_UNSEEN}+(?=[a-z0-9.-])", re.IGNORECASE)
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_WORD_BEFORE = re.compile(  # `请访问www.pills.com/a`, `请访问pills.com/a`
    rf"\A(?:[^\x00-\x7f]+(?=www\d?\.)|[{_UNSPACED}]+(?=[a-z\d]))", re.IGNORECASE
)
_CLOSING = {")": "(", "]": "[", "}": "{"}
_SENTENCE_ENDS = frozenset(".,;:!?'`*_~|\\\"\ufe0f")  # the last makes an emoji of the sign before it
_SIGNS = frozenset("PSZC")  # punctuation, symbols, blanks and what directs writing (Unicode's general categories)


def links(text: str) -> Iterator[str]:
    """Each link in `text`, in order; those without a scheme are given `http://`.

    >>> list(links("Buy (www.pills.com), now: https://pills.com/a?b=c."))
    ['http://www.pills.com', 'https://pills.com/a?b=c']
    """
    seen = text if text.isascii() else _WIDE.sub(_narrow, _WITHIN_NAME.sub("", text.translate(_SOFT)))
    plain = _ANGLED.sub(_on_one_line, seen)
    if "xmlns" in plain or "<!DOCTYPE" in plain:
        plain = _NAMES.sub(" ", plain)
    if "![" in plain:
        plain = _PICTURE.sub("", plain)
    for match in islice(_LINK.finditer(plain), MAX_LINKS):
        found = match["link"] or match["www"] or _WORD_BEFORE.sub("", match["named"])
        link = _without_foreign_tail(found if _is_angled(plain, match) else _trimmed(found))
        if link and (not match["named"] or _is_known(link)):
            yield f"{(match['scheme'] or 'http').lower()}://{link}"


def pictures(text: str) -> Iterator[str]:
    """The address of each picture in `text` that is Markdown.

    >>> list(pictures("![Your bank](https://www.bank.com/logo.png)"))
    ['https://www.bank.com/logo.png']
    """
    if "![" in text:
        yield from (match[1] for match in islice(_PICTURE.finditer(text), MAX_LINKS))


def _narrow(wide: re.Match[str]) -> str:
    narrow = unicodedata.normalize("NFKC", wide.group())
    before, full_stop, _ = unicodedata.normalize("NFKC", wide["host"]).partition(_FULL_STOP)
    has_path = wide["path"] or wide.string.startswith("/", wide.end())
    if full_stop and (has_path or not _is_known(before)):  # else it ends a sentence: `http://pills.com\u3002QQ`
        return narrow.replace(_FULL_STOP, ".")
    return narrow


def _on_one_line(angled: re.Match[str]) -> str:
    return "".join(line.strip() for line in angled.group().split("\n"))


def _is_angled(text: str, match: re.Match[str]) -> bool:
    """Whether the link is all that stands in angle brackets: then nothing around it is in it (RFC 3986, appendix C)."""
    before = text[max(0, match.start() - len("<URL:")) : match.start()]
    return text.startswith(">", match.end()) and before.upper().endswith(("<", "<URL:"))


def _host(link: str) -> str:
    return re.split(r"[/?#\\]", link, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]


def _is_known(link: str) -> bool:
    name = domain_name(_host(link))
    return name is not None and is_delegated(name)


def _without_foreign_tail(link: str) -> str:
    """`link` without the sentence that goes on right behind it, as in languages without blanks: `pills.com下載`."""
    foreign = _NOT_ASCII.search(link)
    if foreign is None or _is_known(link):
        return link
    short = link[: foreign.start()]
    return short if _is_known(short) else link


def _trimmed(link: str) -> str:
    """Without the punctuation that ends the sentence, and without brackets that were opened before the link."""
    end = len(link)
    last = max(0, end - MAX_TRIMMED_CHARS)
    while end > last and (_ends_sentence(link[end - 1]) or _is_closing(link, end)):
        end -= 1
    return link[:end]


def _ends_sentence(sign: str) -> bool:
    """Whether no link ends with `sign`; of those beyond ASCII only letters, their marks and numbers may."""
    return sign in _SENTENCE_ENDS or (not sign.isascii() and unicodedata.category(sign)[0] in _SIGNS)


def _is_closing(link: str, end: int) -> bool:
    opening = _CLOSING.get(link[end - 1])
    return opening is not None and link.count(opening, 0, end) < link.count(link[end - 1], 0, end)
