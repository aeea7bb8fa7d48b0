"""The files that come with a message, as evidence: name, type, size and digest.

Archives are not looked into. What a person may read (an attached message, an HTML page) is read by message.py besides,
and the links of documents by documents.py.
"""

import hashlib
from dataclasses import dataclass

from trapline.config.printable import printable

MAX_ATTACHMENTS = 50  #: of one message that are kept; the rest is counted
MAX_TYPE_CHARS = 100  #: of a media type that are kept


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file, as the sender named it."""

    name: str  #: decoded, one line; "" where it has none
    type: str  #: the media type that it claims to be, lower case, with `?` for what can't be printed
    size_bytes: int  #: without its transfer encoding
    sha256: str  #: of the same bytes, hexadecimal


def is_attachment(media_type: str, disposition: bytes, name: str) -> bool:
    """Whether a part is a file: one with a name, one that says so, and what is neither text nor a container."""
    if media_type.startswith("multipart/"):
        return False
    said = disposition.strip().lower().startswith(b"attachment")
    return said or bool(name) or not media_type.startswith(("text/", "message/"))


def attachment(name: str, media_type: str, data: bytes) -> Attachment:
    """The file of the decoded bytes `data`."""
    return Attachment(name, printable(media_type[:MAX_TYPE_CHARS]), len(data), hashlib.sha256(data).hexdigest())
