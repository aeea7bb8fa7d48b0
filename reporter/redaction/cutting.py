"""Making a message fit to be sent: what may not or can't be sent is replaced by a note that says what it was.

At part boundaries: header and text stay whole as far as possible, attachments give way first, and a text is cut at the
end of a word. What is in the words themselves is redaction.py's subject.
"""

import codecs
import hashlib
import re
from dataclasses import replace

from trapline.reporter.parsing.parts import Part, cost, encoded, field_name, mapped, raw_fields
from trapline.reporter.parsing.transfer import codec_of, decoded_body, is_odd_charset

SHORTEST_TEXT_BYTES = 2_000  #: of a text part are kept where several must be cut
LONGEST_WORD_BYTES = 1_000  #: that are left out so that no word is cut in two

_BORDERS = (b"\n", b" ", b"\t", b"<", b">", b'"', b"'")
_PACKED = (
    b"\x1f\x8b",
    b"PK\x03\x04",
    b"BZh",
    b"\xfd7zXZ",
    b"7z\xbc\xaf",
    b"Rar!",
    b"%PDF-",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8",
)
FILE_IN_TEXT = re.compile(  # uuencode (POSIX) and yEnc
    rb"^(?:begin [0-7]{3,4} |=ybegin )[^\n]{0,500}\n(?:(?!(?:end|=yend))[^\n]{0,1000}\n){1,100000}", re.MULTILINE
)
_UNPRINTABLE = re.compile(r"[^\x20-\x7e]+")


def without_opaque(part: Part) -> Part:
    """Every part that can hide an address where nobody can look (a PDF, an archive) as a note about it.

    So are the files that stand encoded in the middle of a text, as mail had them before MIME.
    """
    return mapped(part, lambda leaf: _without_files(leaf) if can_be_read(leaf) else noted(leaf))


def is_text(part: Part) -> bool:
    """Whether a part is read as text: an SVG image is."""
    return part.type.startswith("text/") or part.type.endswith("+xml")


def can_be_read(leaf: Part) -> bool:
    """Whether what stands in a part can be looked for in it."""
    if not is_text(leaf):
        return leaf.type.startswith("image/")
    packed = any(field_name(field) == "content-encoding" for field in raw_fields(leaf.header))
    unknown = leaf.encoding.startswith(("x-", "uu")) or (leaf.charset != "" and is_odd_charset(leaf.charset))
    return not (packed or unknown or decoded_body(leaf.body[:100], leaf.encoding).startswith(_PACKED))


def _without_files(leaf: Part) -> Part:
    if not is_text(leaf):
        return leaf
    data = decoded_body(leaf.body, leaf.encoding)
    kept = FILE_IN_TEXT.sub(_file_noted, data)
    return leaf if kept == data else replace(leaf, body=encoded(kept, leaf.encoding))


def _file_noted(match: re.Match[bytes]) -> bytes:
    raw = match.group()
    digest = hashlib.sha256(raw).hexdigest()
    return b"[left out by the reporter: a file in the text, %d bytes, SHA-256 %s]\n" % (len(raw), digest.encode())


def fitted(part: Part, room: int) -> Part:
    """`part` in `room` bytes as JSON as far as possible: attachments go first, then the ends of the longest texts."""
    over = sum(cost(segment) for segment in part.segments()) - room
    if over <= 0:
        return part
    plain = _plain_frame(part)
    over = sum(cost(segment) for segment in plain.segments()) - room
    sizes = sorted(((cost(leaf.body), leaf) for leaf in plain.leaves()), key=lambda pair: pair[0], reverse=True)
    instead: dict[int, Part] = {}
    for _, leaf in sizes:
        if over > 0 and (leaf.attached or not leaf.type.startswith("text/")) and leaf is not plain:
            instead[id(leaf)] = noted(leaf)
            over -= _leaf_cost(leaf) - _leaf_cost(instead[id(leaf)])
    for size, leaf in sizes:
        if over > 0 and id(leaf) not in instead and size > SHORTEST_TEXT_BYTES:
            instead[id(leaf)] = _shortened(leaf, max(size - over, SHORTEST_TEXT_BYTES))
            over -= _leaf_cost(leaf) - _leaf_cost(instead[id(leaf)])
    fitted = mapped(plain, lambda leaf: instead.get(id(leaf), leaf))
    return fitted if over <= 0 else _with_fewer_parts(fitted, room)


def _with_fewer_parts(part: Part, room: int) -> Part:
    """`part` with the first of its many parts, and a note about the others; with a note alone where not one fits."""
    if not part.children:
        return noted(part)
    note = noted(replace(part, header=b""))
    left = room - cost(part.header) - _leaf_cost(note) - cost(part.delimiters[0]) - cost(part.delimiters[-1])
    count = 0
    for delimiter, child in zip(part.delimiters, part.children, strict=False):
        left -= cost(delimiter) + sum(cost(segment) for segment in child.segments())
        if left < 0:
            break
        count += 1
    if not count:
        return noted(part)
    rest = noted(replace(part, header=b"", children=part.children[count:], delimiters=part.delimiters[count:]))
    closing = part.delimiters[len(part.children) :]
    return replace(part, children=(*part.children[:count], rest), delimiters=(*part.delimiters[: count + 1], *closing))


def _plain_frame(part: Part) -> Part:
    """Without what stands before and after the parts of a multipart, which no mail program shows."""
    children = tuple(_plain_frame(child) for child in part.children)
    return replace(part, children=children, preamble=b"", epilogue=b"")


def noted(part: Part) -> Part:
    """`part` replaced by a text that says what it was."""
    raw = b"".join(part.segments())[len(part.header) :] if part.children else decoded_body(part.body, part.encoding)
    name = _UNPRINTABLE.sub("?", part.name)[:100].replace('"', "'")
    digest = hashlib.sha256(raw).hexdigest()
    note = f'[left out by the reporter: "{name}", {part.type[:100]}, {len(raw)} bytes, SHA-256 {digest}]\n'
    kept = b"".join(
        field for field in raw_fields(part.header) if not field_name(field).startswith("content-") and field.strip()
    )
    return Part(
        header=kept + b"Content-Type: text/plain; charset=us-ascii\n\n",
        type="text/plain",
        encoding="",
        charset="us-ascii",
        name="",
        attached=False,
        body=_UNPRINTABLE.sub("?", note.rstrip("\n")).encode("ascii") + b"\n",
    )


def _shortened(leaf: Part, keep: int) -> Part:
    """`leaf` with at most about `keep` bytes (as JSON) of its text, cut at the end of a line or of a character."""
    data = decoded_body(leaf.body, leaf.encoding)
    codec = codec_of(data, leaf.charset, html="html" in leaf.type)
    codec = "utf-8" if codec in {None, "windows-1252"} else codec  # what says nothing or latin1 is often UTF-8
    length = min(len(data), keep)
    while length:
        kept = _in_whole_characters(_at_a_border(data, length), codec)
        note = f"\n[cut by the reporter: the last {len(data) - len(kept)} of {len(data)} bytes are left out]\n"
        shorter = replace(leaf, body=encoded(kept + note.encode(codec), leaf.encoding))
        if cost(shorter.body) <= keep:
            return shorter
        length = length * 3 // 4
    return replace(leaf, body=b"")


def _at_a_border(data: bytes, length: int) -> bytes:
    """The first `length` bytes without the word that the cut goes through: half an address can't be recognised."""
    if length >= len(data):
        return data
    border = max(data.rfind(mark, max(0, length - LONGEST_WORD_BYTES), length) for mark in _BORDERS)
    return data[: border if border >= 0 else length]


def _in_whole_characters(data: bytes, codec: str) -> bytes:
    """`data` without the half of a character at its end, and back in ASCII where the charset switches (ISO-2022)."""
    decoder = codecs.getincrementaldecoder(codec)("replace")
    text = decoder.decode(data)
    encoder = codecs.getincrementalencoder(codec)("replace")
    encoder.encode(text[-1:])
    return data[: len(data) - len(decoder.getstate()[0])] + encoder.encode("", final=True)


def _leaf_cost(leaf: Part) -> int:
    return cost(leaf.header) + cost(leaf.body)
