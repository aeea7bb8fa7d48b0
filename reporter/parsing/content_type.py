"""What a part says of itself: its media type with parameters, and the name of the file that it is.

Read as leniently as mail programs do, every length bounded; nothing here raises.
Sources: RFC 2045, 5.1 (Content-Type); RFC 2183 (Content-Disposition); RFC 2231 (parameters in pieces and charsets); RFC
2047 (encoded words, which RFC 2231 forbids in parameters and mail programs write all the same).
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from trapline.reporter.parsing.transfer import decoded_text, decoded_words

MAX_PARAMETER_CHARS = 4_000  #: of a Content-Type or Content-Disposition that are read
MAX_NAME_CHARS = 255  #: of a file's name that are kept; file systems take no more

_PARAMETER = re.compile(
    r";\s*([^\s=;*]{1,60})(?:\*(\d{1,3}))?(\*)?\s*=\s*(\"(?:[^\"\\]|\\.)*\"?|[^;\s]*)", re.ASCII | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ContentType:
    """A Content-Type, or another field that is written like one."""

    value: str  #: lower case
    parameters: Mapping[str, str]  #: by lower-case name


def content_type(raw: bytes, default: str) -> ContentType:
    """The field value `raw`; `default` stands for a value that is no media type (RFC 2045, 5.2).

    >>> content_type(b"Text/HTML; Charset=x", "text/plain").parameters
    {'charset': 'x'}
    """
    text = raw[:MAX_PARAMETER_CHARS].decode("utf-8", "surrogateescape")
    value = re.split(r"[;\s]", text.strip(), maxsplit=1)[0].lower()
    if value == "multipart/":  # of no kind we know, and so mixed (RFC 2046, 5.1.3)
        value = "multipart/mixed"
    return ContentType(value if re.fullmatch(r"[^/\s]+/[^/\s]+", value) else default, _parameters(text))


def file_name(header: Mapping[str, bytes]) -> str:
    """The name of the file that a part with this `header` (lower-case names) is, decoded; "" where it has none."""
    disposition = content_type(header.get("content-disposition", b""), "").parameters
    name = disposition.get("filename") or content_type(header.get("content-type", b""), "").parameters.get("name", "")
    raw = name.encode("utf-8", "surrogateescape")
    text = decoded_words(raw) if b"=?" in raw else decoded_text(raw, "", html=False)
    return " ".join(text.split())[:MAX_NAME_CHARS]


def _parameters(text: str) -> dict[str, str]:
    """By name; of several with one name the coded or numbered one counts: the plain one is for old readers."""
    plain: dict[str, str] = {}
    pieces: defaultdict[str, dict[int, tuple[str, bool]]] = defaultdict(dict)
    for name, number, coded, given in _PARAMETER.findall(text):
        if number or coded:
            pieces[name.lower()].setdefault(int(number or 0), (_unquoted(given), bool(coded)))
        else:
            plain.setdefault(name.lower(), _unquoted(given))
    return plain | {name: _joined(numbered) for name, numbered in pieces.items()}


def _joined(numbered: Mapping[int, tuple[str, bool]]) -> str:
    """The pieces of one parameter in their order; the first may name the charset, each may be percent-encoded."""
    charset, raw = "", b""
    for place, (_, (text, coded)) in enumerate(sorted(numbered.items())):
        piece = text
        if coded and place == 0 and text.count("'") >= 2:
            charset, _, piece = text.split("'", 2)
        written = piece.encode("utf-8", "surrogateescape")
        raw += unquote_to_bytes(written) if coded else written
    return decoded_text(raw, charset, html=False)


def _unquoted(text: str) -> str:
    if not text.startswith('"'):
        return text
    return re.sub(r"\\(.)", r"\1", text[1:].removesuffix('"'), flags=re.DOTALL)
