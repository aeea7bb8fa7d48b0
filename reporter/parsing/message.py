"""A message taken apart: header fields, and the text of every part that a person may read.

Any byte string is a message. The structure is read as MIME has it; what is broken is read as mail programs read it.
What was left out is named in `problem`. Nothing here recurses and every size is bounded, since the sender wrote every
byte. What the text says is the subject of evidence/.
Sources: RFC 5322 (header), RFC 2045 to 2047 and 2231 (MIME), RFC 2046, 5.1 (multipart), 5.2.1 (message/rfc822).
"""

import re
from dataclasses import dataclass
from itertools import islice

from trapline.reporter.parsing.attachments import MAX_ATTACHMENTS, Attachment, attachment, is_attachment
from trapline.reporter.parsing.content_type import ContentType, content_type, file_name
from trapline.reporter.parsing.documents import MAX_DOCUMENT_BYTES, MAX_DOCUMENTS, document_links, is_document
from trapline.reporter.parsing.text_formats import as_shown
from trapline.reporter.parsing.transfer import decoded_body, decoded_text, transfer_encoding
from trapline.spool.header import MAX_FIELDS, MAX_HEADER_BYTES, split_header

MAX_PARTS = 10_000  #: MIME parts of the whole message, containers counted
MAX_DEPTH = 50  #: containers and attached messages in each other
MAX_TEXT_BYTES = 8 * 1024 * 1024  #: decoded text of all parts together
MAX_DECODED_BYTES = 192 * 1024 * 1024  #: of attached files and messages together; each depth decodes what is below it

_GUESSED_BOUNDARY = re.compile(
    rb"^--([^\s-][^\s]{0,69}|-[^\s]{1,69})[ \t]*\r?\n(?=content-)", re.MULTILINE | re.IGNORECASE
)
_HTML_NAMES = (".htm", ".html", ".shtml", ".xhtml", ".xht", ".svg")  # what opens in a browser, whatever its type says
_TEXT_NAMES = (*_HTML_NAMES, ".txt", ".ics", ".vcf", ".url", ".webloc")
_MESSAGE_NAMES = (".eml", ".mht", ".mhtml")
_HTML_TYPES = ("htm", "svg")  # within a media type


@dataclass(frozen=True, slots=True)
class Text:
    """A part that a person may read."""

    html: bool
    text: str


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it was taken apart."""

    fields: tuple[tuple[str, bytes], ...]  #: of the outermost header: lower-case name, unfolded value; in order
    texts: tuple[Text, ...]  #: in order of appearance, those of attached messages too
    types: tuple[str, ...]  #: the media types of all parts, in order
    attachments: tuple[Attachment, ...] = ()  #: the first of them, in order; those of attached messages too
    files: int = 0  #: how many there are in all
    documents: tuple[tuple[str, ...], ...] = ()  #: where each of the attached documents leads to, as it stands there
    problem: str | None = None  #: what was left unread, because a bound was met

    def values(self, name: str) -> tuple[bytes, ...]:
        """The values of all fields `name` (lower case), from the top."""
        return tuple(value for field, value in self.fields if field == name)

    def value(self, name: str) -> bytes | None:
        """The topmost value of `name`; None where there is no such field."""
        return next((value for field, value in self.fields if field == name), None)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A part that waits to be read: a slice of a buffer."""

    data: bytes
    start: int
    end: int
    depth: int
    default: str  #: its media type where it names none (RFC 2046, 5.1.5: a digest holds messages)


def parse(data: bytes) -> Message:
    """`data` taken apart. Never raises; what was left out is in `problem`."""
    walk = _Walk()
    fields = walk.run(data if b"\n" in data else data.replace(b"\r", b"\n"))
    return Message(
        fields=fields,
        texts=tuple(walk.texts),
        types=tuple(walk.types),
        attachments=tuple(walk.attachments),
        files=walk.files,
        documents=tuple(walk.documents),
        problem=walk.problem,
    )


class _Walk:
    """One walk over a message: a stack of pieces instead of recursion."""

    def __init__(self) -> None:
        self.texts: list[Text] = []
        self.types: list[str] = []
        self.attachments: list[Attachment] = []
        self.files = 0
        self.documents: list[tuple[str, ...]] = []
        self.problem: str | None = None
        self._stack: list[_Piece] = []
        self._room = MAX_TEXT_BYTES
        self._decodable = MAX_DECODED_BYTES

    def run(self, data: bytes) -> tuple[tuple[str, bytes], ...]:
        """Reads everything; returns the outermost header."""
        outermost = self._read(_Piece(data, 0, len(data), 0, "text/plain"))
        while self._stack:
            if len(self.types) >= MAX_PARTS:
                self._trouble(f"more than {MAX_PARTS} parts: the rest was not read")
                break
            self._read(self._stack.pop())
        return outermost

    def _trouble(self, what: str) -> None:
        self.problem = self.problem or what

    def _read(self, piece: _Piece) -> tuple[tuple[str, bytes], ...]:
        """Reads a part; returns its header."""
        fields, body = split_header(piece.data, piece.start, piece.end)
        if len(fields) >= MAX_FIELDS:
            self._trouble(f"{MAX_FIELDS} header fields or more: the rest was not read")
        if body - piece.start >= MAX_HEADER_BYTES:
            self._trouble(f"a header of {MAX_HEADER_BYTES} bytes or more: the rest was not read as one")
        header = dict(reversed(fields))
        content = content_type(header.get("content-type", b""), piece.default)
        self.types.append(content.value)
        encoding = transfer_encoding(header.get("content-transfer-encoding", b""))
        name = file_name(header)
        if content.value.startswith("multipart/"):
            self._read_multipart(piece, body, content)
        elif _is_message(content.value, name):
            self._read_attached(piece, body, encoding)
        elif _is_text(content.value, name):
            self._read_text(piece.data[body : piece.end], content, encoding, name)
        if is_attachment(content.value, header.get("content-disposition", b""), name):
            self._keep_attachment(piece, body, encoding, name, content.value)
        return fields

    def _keep_attachment(self, piece: _Piece, body: int, encoding: str, name: str, media_type: str) -> None:
        self.files += 1
        if len(self.attachments) < MAX_ATTACHMENTS and self._may_decode(piece.end - body):
            data = decoded_body(piece.data[body : piece.end], encoding)
            self.attachments.append(attachment(name, media_type, data))
            self._read_document(data)

    def _read_document(self, data: bytes) -> None:
        if not is_document(data):
            return
        if len(self.documents) >= MAX_DOCUMENTS:
            self._trouble(f"more than {MAX_DOCUMENTS} documents: the rest was not read")
        elif len(data) > MAX_DOCUMENT_BYTES:
            self._trouble(f"a document of more than {MAX_DOCUMENT_BYTES} bytes: it was not read")
        else:
            self.documents.append(document_links(data))

    def _may_decode(self, size_bytes: int) -> bool:
        self._decodable -= size_bytes
        if self._decodable < 0:
            self._trouble(f"more than {MAX_DECODED_BYTES} bytes to decode: the rest was not read")
        return self._decodable >= 0

    def _read_multipart(self, piece: _Piece, body: int, content: ContentType) -> None:
        boundary = content.parameters.get("boundary", "").strip()
        inside = _between(piece.data, body, piece.end, boundary) if boundary else []
        if not inside and (guess := _GUESSED_BOUNDARY.search(piece.data, body, piece.end)):
            inside = _between(piece.data, body, piece.end, guess[1].decode("utf-8", "surrogateescape"))
        if piece.depth >= MAX_DEPTH:
            self._trouble(f"nested deeper than {MAX_DEPTH}: what is below was not read")
        elif inside:
            default = "message/rfc822" if content.value == "multipart/digest" else "text/plain"
            pieces = [_Piece(piece.data, start, end, piece.depth + 1, default) for start, end in inside]
            self._stack.extend(reversed(pieces))
        elif piece.data[body : piece.end].strip():
            self._read_text(piece.data[body : piece.end], ContentType("text/plain", {}), "", "")

    def _read_attached(self, piece: _Piece, body: int, encoding: str) -> None:
        if piece.depth >= MAX_DEPTH:
            self._trouble(f"nested deeper than {MAX_DEPTH}: what is below was not read")
        elif encoding in {"base64", "quoted-printable"}:
            if not self._may_decode(piece.end - body):
                return
            inner = decoded_body(piece.data[body : piece.end], encoding)
            self._stack.append(_Piece(inner, 0, len(inner), piece.depth + 1, "text/plain"))
        else:
            self._stack.append(_Piece(piece.data, body, piece.end, piece.depth + 1, "text/plain"))

    def _read_text(self, raw: bytes, content: ContentType, encoding: str, name: str) -> None:
        if self._room <= 0:
            self._trouble(f"more than {MAX_TEXT_BYTES} bytes of text: the rest was not read")
            return
        data = decoded_body(raw[: 3 * self._room], encoding)
        if len(data) > self._room:
            self._trouble(f"more than {MAX_TEXT_BYTES} bytes of text: the rest was not read")
        data = data[: self._room]
        self._room -= len(data)
        html = _is_html(content.value, name)
        text = decoded_text(data, content.parameters.get("charset", ""), html=html)
        self.texts.append(Text(html, text if html else as_shown(text, content, name)))


def _between(data: bytes, start: int, end: int, boundary: str) -> list[tuple[int, int]]:
    """The parts between the delimiter lines of `boundary`; one that is never closed lasts until the end."""
    mark = re.escape(boundary.encode("utf-8", "surrogateescape"))
    # From the line end above it on: a fixed start is found fast; ^ is not. The one behind it begins the next.
    delimiter = re.compile(rb"\n--" + mark + rb"(--)?[ \t]*\r?(?=\n|\Z)")
    parts: list[tuple[int, int]] = []
    begin: int | None = None
    for match in islice(delimiter.finditer(data, max(start - 1, 0), end), MAX_PARTS + 1):
        if begin is not None:
            parts.append((begin, match.start() + 1))
        begin = None if match[1] else min(match.end() + 1, end)
    if begin is not None:
        parts.append((begin, end))
    return parts


def _is_message(media_type: str, name: str) -> bool:
    return _named(name, _MESSAGE_NAMES) or (
        media_type.startswith("message/") and not media_type.endswith(("-status", "-notification"))
    )


def _is_text(media_type: str, name: str) -> bool:
    return media_type.startswith("text/") or media_type.endswith("+xml") or _named(name, _TEXT_NAMES)


def _is_html(media_type: str, name: str) -> bool:
    return any(kind in media_type for kind in _HTML_TYPES) or _named(name, _HTML_NAMES)


def _named(name: str, endings: tuple[str, ...]) -> bool:
    return name.lower().endswith(endings)
