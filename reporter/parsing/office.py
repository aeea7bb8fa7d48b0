"""The links of an Office document (Word, Excel, PowerPoint): where a click in it leads, and what it loads when opened.

Such a document is a ZIP archive that names all that lies outside of it in its files of relationships (`.rels`). Only
those are read; text, fields and macros are not, nor what is encrypted or damaged. Pure.
Source: ECMA-376, part 2, 6.5 (relationships), part 1, 15.3 (hyperlinks) and 17.15.1.6 (attached templates).
"""

import codecs
import html
import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from itertools import islice

MAX_FILES = 5_000  #: in the archive: one with more is not read
MAX_RELATIONS_FILES = 500  #: that are read
MAX_INFLATED_BYTES = 2_000_000  #: of all files of relationships together
MAX_RELATIONSHIPS = 1_000  #: of one file

_ARCHIVE = b"PK\x03\x04"
_LISTED = b"PK\x01\x02"  # each entry of an archive's directory begins so (APPNOTE 4.3.12)
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # Office knows no other; others may take memory without bound
_RELATIONSHIP = re.compile(r"<(?:\w{1,50}:)?Relationship\s([^<]{1,20000})")  # a value may hold a bare `>`
_ATTRIBUTE = re.compile(r"\b(\w{1,50})\s{0,20}=\s{0,20}(?:\"([^\"]{0,9000})\"|'([^']{0,9000})')")
# Pictures, and other sheets whose numbers this one shows.
_SHOWN = re.compile(r"/image$|/(?:xlE|e)xternalLink(?:Long)?Path\b")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, struct.error)


def is_office(data: bytes) -> bool:
    """Whether `data` is an archive that may be an Office document."""
    return data.startswith(_ARCHIVE) and b"[Content_Types].xml" in data and data.count(_LISTED) <= MAX_FILES


def office_links(data: bytes) -> tuple[str, ...]:
    """The targets outside of the document `data`, as they stand there, each once; pictures and other sheets aside."""
    return tuple(dict.fromkeys(link for text in _relations(data) for link in _targets(text)))


def _relations(data: bytes) -> Iterator[str]:
    """The files of relationships, as far as they can be read."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _UNREADABLE:
        return
    room = MAX_INFLATED_BYTES
    for entry in islice(filter(_holds_relations, archive.infolist()), MAX_RELATIONS_FILES):
        raw = _inflated(archive, entry, room)
        room -= min(room, entry.file_size)  # no more is inflated, and what turns out to be damaged took as long
        yield raw.decode("utf-16" if raw.startswith(_UTF_16) else "utf-8-sig", "replace")


def _holds_relations(entry: zipfile.ZipInfo) -> bool:
    return entry.filename.lower().endswith(".rels") and entry.compress_type in _METHODS


def _inflated(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, room: int) -> bytes:
    """At most `room` bytes of one file; b"" for what is encrypted or damaged."""
    try:
        with archive.open(entry) as file:
            return file.read(room)
    except _UNREADABLE:
        return b""


def _targets(relations: str) -> Iterator[str]:
    for match in islice(_RELATIONSHIP.finditer(relations), MAX_RELATIONSHIPS):
        written = _ATTRIBUTE.findall(match[1])
        attributes = {name: html.unescape(double or single) for name, double, single in written}
        if attributes.get("TargetMode") == "External" and not _SHOWN.search(attributes.get("Type", "")):
            yield attributes.get("Target", "")
