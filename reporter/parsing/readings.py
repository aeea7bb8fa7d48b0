"""A text as people and programs would read it, in all the ways in which an address can be written there.

That is: in any case, percent- and entity-encoded, quoted-printable, with a script's or style sheet's escapes, with
tags, folds or invisible characters in between, with another sign for the `@`, as VERP has it, cut into several
parameters of a link; and what base64, hex and character codes in it hold. The search itself is recipient_forms.py's.
"""

import binascii
import html
import html.entities
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import unquote

from trapline.reporter.parsing.script_forms import unescaped
from trapline.reporter.parsing.transfer import from_quoted_printable
from trapline.reporter.parsing.word_search import octets

MAX_NESTED_CODINGS = 2  #: encoded twice is common in links inside links

_AT_SIGNS = "=%#/!"
_AT_WORDS = re.compile(r"\s{1,3}[(\[{]?at[)\]}]?\s{1,3}|[(\[{]at[)\]}]\s{0,3}|_at_|-at-")
_DOT_WORDS = re.compile(r"\s{1,3}[(\[{]?dot[)\]}]?\s{1,3}|[(\[{]dot[)\]}]\s{0,3}|_dot_|-dot-")
_ENTITY = re.compile(rf"&(?:#|\w{{2,32}};|{'|'.join(name for name in html.entities.html5 if name[-1] != ';')})")
_TAG = re.compile(r"<[^<>]{0,300}>")
_INVISIBLE = re.compile(  # control characters, and what Unicode's Default_Ignorable_Code_Point and annotations are
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    r"\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e0fff]"
)
_MARKS = re.compile(  # Unicode's blocks of marks that stand on the letter before them
    r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
)
_TAG_LETTERS = re.compile(r"[\U000e0020-\U000e007e]")  # ASCII that is not seen
_BASE64 = re.compile(r"[A-Za-z0-9+/]{7,}")
_BASE64_WITHIN = re.compile(rb"[A-Za-z0-9+/_-]{10}")  # of an address; fewer letters are chance
_HEX = re.compile(r"[0-9a-f]{10,}")
_PARAMETER = re.compile(r"&(?:amp;)?[\w.\[\]-]{0,40}=|[;,|&+]")  # what stands between the values of a link's query
_BLANKS = re.compile(r"\s+")
_SOFT_BREAK = re.compile(r"(?:=[ \t]*|\\)\r?\n")  # quoted-printable's, and that of a script's string
_FOLD = re.compile(r"\r?\n[ \t]")  # in a header (RFC 5322, 2.2.3), a calendar and a visiting card (RFC 5545, 3.1)
_CODES = re.compile(r"(?:\b\d{2,3}\s{0,3}[,;+]\s{0,3}){4,}\d{2,3}\b")


def readings(text: str) -> set[str]:
    """`text` as it may be read, in lower case."""
    found = {text, _SOFT_BREAK.sub("", text), _FOLD.sub("", text), *unescaped(text)}
    for _ in range(MAX_NESTED_CODINGS):
        found |= {decode(one) for one in found for decode in (unquote, _from_entities, _from_quoted_printable)}
    found |= {bare(one) for one in found if not one.isascii() for bare in (_without_marks, _with_tag_letters)}
    folded = {_visible(one).lower() for one in found}
    folded |= {_TAG.sub("", one) for one in folded if "<" in one}
    return folded | {_with_signs(one) for one in folded}


def _with_signs(text: str) -> str:
    """`text` with signs for what stands for them: an `@` for `=` or ` at `, a dot for `[dot]`."""
    text = _AT_WORDS.sub("@", text) if "at" in text else text
    for sign in _AT_SIGNS:  # translate() takes thirty times as long over letters that are no ASCII
        text = text.replace(sign, "@")
    return _DOT_WORDS.sub(".", text) if "dot" in text else text


def _visible(text: str) -> str:
    """Without characters that are not seen, and with letters of other widths as usual ones."""
    return _INVISIBLE.sub("", text if text.isascii() else unicodedata.normalize("NFKC", text))


def _without_marks(text: str) -> str:
    """`text` as it is read where marks stand on its letters that make no letters of a language."""
    return _MARKS.sub("", text)


def _with_tag_letters(text: str) -> str:
    """`text` as a program reads it that takes Unicode's tags for letters; people see none."""
    return _TAG_LETTERS.sub(lambda tag: chr(ord(tag[0]) - 0xE0000), text)


def put_together(reading: str) -> Iterator[str]:
    """The values of each link's parameters, side by side and with an `@` between them: `?u=anna&d=mx.example`."""
    for word in reading.split() if "=" in reading else ():
        values = _PARAMETER.split(word.partition("?")[2].partition("=")[2])
        if len(values) > 1:
            yield "".join(values)
            yield "@".join(values)


def decoded(text: str) -> Iterator[bytes]:
    """What base64 and hex in `text` hold, in lower case; at every alignment, since anything may stand before it."""
    joined = without_blanks(unquote(text))
    for once in _from_base64(joined):
        yield once.replace(b"\0", b"").lower()
        if once.isascii() or _BASE64_WITHIN.search(once):  # what stood before it, as a path does, makes odd bytes
            yield from (twice.lower() for twice in _from_base64(once.decode("latin-1")))
    for run in _CODES.findall(text):
        yield bytes(min(int(code), 255) for code in re.findall(r"\d+", run)).lower()
    for run in _HEX.findall(joined.lower()):
        for start in range(2):
            piece = run[start : start + (len(run) - start) // 2 * 2]
            yield bytes.fromhex(piece).replace(b"\0", b"").lower()


def _from_base64(text: str) -> Iterator[bytes]:
    for run in _BASE64.findall(in_usual_base64(text)):
        for start in range(4):
            piece = run[start:]
            yield binascii.a2b_base64(piece + "A" * (-len(piece) % 4))


def in_usual_base64(text: str) -> str:
    """`text` with the usual letters for the url-safe alphabet's own (RFC 4648, 5)."""
    return text.replace("-", "+").replace("_", "/")


def without_blanks(text: str) -> str:
    """`text` without what wraps it, or stands between its words."""
    return _BLANKS.sub("", text)


def _from_entities(text: str) -> str:
    return html.unescape(text) if _ENTITY.search(text) else text  # each `&` costs unescape() a call


def _from_quoted_printable(text: str) -> str:
    return from_quoted_printable(octets(text)).decode("utf-8", "surrogateescape")
