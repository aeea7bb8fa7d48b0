"""From the bytes of a part to its text: transfer encodings and charsets, read as leniently as mail programs do.

Nothing here raises: a broken encoding is decoded as far as it goes, an unknown charset is read as UTF-8 or else as
windows-1252. Only charsets of text are used: Python's other codecs can be slow without bound or are no charsets.
Sources: RFC 2045, 6.7 and 6.8; WHATWG Encoding (latin1 and ascii mean windows-1252), HTML, 13.2.3.2 (meta charset).
"""

import binascii
import codecs
import re
import string
from email.errors import HeaderParseError
from email.header import decode_header
from encodings.aliases import aliases
from itertools import islice

MAX_BASE64_PIECES = 100_000  #: of one part, each with padding of its own; mail has one, concatenated parts a few
MAX_WORDS_BYTES = 8_000  #: of a field that are decoded; a subject has 998
SNIFFED_BYTES = 4_096  #: of an HTML part in which its own charset is looked for (browsers: 1,024)

_ENCODINGS = {"base64": "base64", "quoted": "quoted-printable"}  # by their beginnings
_COMMENTS = re.compile(rb"\A\s*(?:\([^()]*\)\s*)+")
_NOT_BASE64 = bytes(set(range(256)) - set(string.ascii_letters.encode() + string.digits.encode() + b"+/="))
_BASE64_PIECE = re.compile(rb"[^=]+=*")
_FOOTER = re.compile(rb"\r?\n\r?\n(?=[^\n]{0,998}?[^A-Za-z0-9+/=\s])")  # plain text below, as mailing lists add it
_CODED_LINE = re.compile(rb"\n[A-Za-z0-9+/]{60}")  # of base64, which has up to 76 letters; no words are so long
_PADDED_BREAK = re.compile(rb"=[ \t]+(?:\r?\n|\Z)")
_META_CHARSET = re.compile(rb"<meta[^>]{0,300}?charset\s{0,9}=\s{0,9}[\"']?\s{0,9}([\w.:-]{1,40})", re.IGNORECASE)
_NO_CHARSETS = {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"} | {
    "base64_codec", "bz2_codec", "hex_codec", "quopri_codec", "rot_13", "uu_codec", "zlib_codec", "charmap"
}  # fmt: skip
# No mail program knows EBCDIC, so what is called so is something else.
_EBCDIC = {"cp037", "cp273", "cp424", "cp500", "cp875", "cp1026", "cp1140"}
_CHARSETS = frozenset(aliases.values()) - _NO_CHARSETS - _EBCDIC
_WINDOWS_1252 = {"ascii", "iso8859-1", "latin_1", "latin-1"}
_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def transfer_encoding(value: bytes) -> str:
    """What a Content-Transfer-Encoding names, lower case; mail programs pass over comments, quotes and what follows.

    >>> transfer_encoding(b'(by us) "Base64"; x=y'), transfer_encoding(b"quoted")
    ('base64', 'quoted-printable')
    """
    name = _COMMENTS.sub(b"", value[:MAX_WORDS_BYTES]).decode("latin-1").strip("\"' \t\r\n").lower()
    return next((full for start, full in _ENCODINGS.items() if name.startswith(start)), name)


def decoded_body(raw: bytes, encoding: str) -> bytes:
    """`raw` without its `transfer_encoding`; an unknown one is none at all."""
    if encoding == "base64" and not raw.lstrip().startswith(b"<"):  # HTML that is called base64 by mistake
        return _from_base64(raw)
    if encoding == "quoted-printable":
        return from_quoted_printable(raw)
    return raw


def from_base64_run(letters: bytes) -> bytes:
    """What `letters` of base64, without padding, stand for; one that is left over stands for nothing.

    Raises binascii.Error where something else is among them, and what is left then does not come out even.
    """
    letters = letters[:-1] if len(letters) % 4 == 1 else letters
    return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


def from_quoted_printable(raw: bytes) -> bytes:
    """`raw` without quoted-printable; a line goes on behind `=` and blanks too (RFC 2045, 6.7: transport padding)."""
    return binascii.a2b_qp(_PADDED_BREAK.sub(b"=\n", raw))


def decoded_text(data: bytes, charset: str, *, html: bool) -> str:
    """`data` as text: by its byte order mark, by `charset`, by HTML's own charset, else by what fits.

    NUL is dropped, as browsers do; what a charset can't read becomes U+FFFD, so the text can always be encoded.
    """
    return _decoded(data, codec_of(data, charset, html=html)).replace("\0", "")


def codec_of(data: bytes, charset: str, *, html: bool) -> str | None:
    """The codec that `data` is read by; None where nothing says so."""
    codec = _by_mark(data) or known_charset(charset) or (_by_meta(data) if html else None)
    return _wide(data, codec) if codec is not None and codec.startswith(("utf-16", "utf-32")) else codec


def decoded_words(raw: bytes) -> str:
    """A header field's value with its encoded words as text, those that stand side by side joined (RFC 2047, 6.2)."""
    text = decoded_text(raw[:MAX_WORDS_BYTES], "", html=False)
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(
        piece if isinstance(piece, str) else decoded_text(piece, charset or "", html=False) for piece, charset in pieces
    )


def known_charset(label: str) -> str | None:
    """The codec for the charset named `label`; None where there is none, or none that text may be in.

    >>> known_charset("ISO-8859-1"), known_charset("default"), known_charset("base64")
    ('windows-1252', None, None)
    """
    label = label.strip().lower()[:40].removeprefix("x-")
    if not label or not label.isascii() or "\0" in label:
        return None
    try:
        name = codecs.lookup(label).name
    except (LookupError, ValueError):
        return None
    if name in _WINDOWS_1252:
        return "windows-1252"
    return name if name.replace("-", "_") in _CHARSETS else None


def is_odd_charset(label: str) -> bool:
    """Whether `label` is no charset of mail, but some program may read text by it all the same (EBCDIC, ROT13)."""
    try:
        codecs.lookup(label.strip()[:40])
    except (LookupError, ValueError):
        return False
    return known_charset(label) is None


def _decoded(data: bytes, codec: str | None) -> str:
    if codec in {None, "windows-1252", "utf-8"}:
        # Much mail says latin1 or nothing and is UTF-8; bytes that are valid UTF-8 by chance are rare.
        try:
            return data.decode("utf-8")
        except UnicodeDecodeError:
            codec = codec or "windows-1252"
    return data.decode(codec, "replace").encode("utf-8", "replace").decode("utf-8")


def _by_mark(data: bytes) -> str | None:
    return next((codec for mark, codec in _BOMS if data.startswith(mark)), None)


def _wide(data: bytes, codec: str) -> str | None:
    """UTF-16 and UTF-32 have NULs wherever a letter is Latin; text without any is something else, whatever it says."""
    start = data[:SNIFFED_BYTES]
    if b"\0" not in start:
        return None
    if codec == "utf-16":  # without a mark: which half of each pair is empty?
        return "utf-16-be" if start[::2].count(0) > start[1::2].count(0) else "utf-16-le"
    return codec


def _by_meta(data: bytes) -> str | None:
    match = _META_CHARSET.search(data, 0, SNIFFED_BYTES)
    return None if match is None else known_charset(match[1].decode("ascii", "replace"))


def _from_base64(raw: bytes) -> bytes:
    """Decoded piece by piece, since padding may stand in the middle; a list's footer below it stays as it is.

    Signs above more of base64 are no footer: they are passed over.
    """
    footer = _FOOTER.search(raw)
    if footer is not None and _CODED_LINE.search(raw, footer.end()):
        footer = None
    coded, rest = (raw, b"") if footer is None else (raw[: footer.start()], raw[footer.start() :])
    pieces = islice(_BASE64_PIECE.finditer(coded.translate(None, _NOT_BASE64)), MAX_BASE64_PIECES)
    return b"".join(from_base64_run(piece.group().rstrip(b"=")) for piece in pieces) + rest
