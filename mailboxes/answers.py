"""What an IMAP server says, as types of ours: folders, flags, and what it tells about a message.

A value that makes no sense is left out or None; a server's answer is never believed further than it was asked. Pure.
Sources: RFC 3501, 7 (server responses), RFC 6154 (special use).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Flags = frozenset[str]  #: in lower case: IMAP compares them without case


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder that the server has."""

    name: str
    flags: Flags  #: special uses among them, `\\junk`
    selectable: bool


@dataclass(frozen=True, slots=True)
class Selected:
    """The folder that is open."""

    name: str
    uidvalidity: int
    numbering: str  #: UIDVALIDITY and the account: under it a UID is one message's for ever
    messages: int
    permanent_flags: Flags | None  #: that can be kept; None where the server does not say
    read_only: bool


@dataclass(frozen=True, slots=True)
class About:
    """What the server says about a message without handing it over."""

    uid: int
    size_bytes: int
    received: datetime  #: INTERNALDATE; aware, UTC


def folder_of(flags: Sequence[bytes], name: str) -> Folder:
    """Of a line of LIST."""
    known = flags_of(flags)
    return Folder(str(name), known, not known & {"\\noselect", "\\nonexistent"})


def about_of(uid: int, said: dict[bytes, Any]) -> About | None:
    """None where it makes no sense, such as a time that no clock can show: one message must not hide the others."""
    size, received = said.get(b"RFC822.SIZE"), said.get(b"INTERNALDATE")
    if not isinstance(size, int) or not isinstance(received, datetime):
        return None
    try:
        return About(uid, size, received.astimezone(UTC))
    except (OverflowError, ValueError):  # the latter: its offset is a day or more
        return None


def flags_of(said: Any) -> Flags:
    """As a server lists them; what is no list is none."""
    said = said if isinstance(said, list | tuple | Iterator) else ()
    return frozenset(str(flag, "ascii", "replace").lower() if isinstance(flag, bytes) else str(flag) for flag in said)


def has_all(said: dict[bytes, Any], *keys: str) -> bool:
    """Whether the answer holds all of these items."""
    return all(said.get(key.encode()) is not None for key in keys)


def is_body(key: bytes, value: object) -> bool:
    """Whether an item of a FETCH holds a message: by its form, since some write another than was asked for."""
    return isinstance(value, bytes) and (key.startswith(b"BODY[") or key == b"RFC822")
