"""What an IMAP server says, as types of ours: folders, flags, and what it tells about a message.

A value that makes no sense is left out or None; a server's answer is never believed further than it was asked. Pure.
Sources: RFC 3501, 7 (server responses), RFC 6154 (special use).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

MAX_UIDS = 1_000_000  #: that a folder may have

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

    def keeps(self, flag: str) -> bool:
        """Whether the server says that `flag`, in lower case, can be set, and stays (RFC 3501, 7.1)."""
        return not self.read_only and (self.permanent_flags is None or flag in self.permanent_flags)


@dataclass(frozen=True, slots=True)
class About:
    """What the server says about a message without handing it over."""

    uid: int
    size_bytes: int
    received: datetime  #: INTERNALDATE; aware, UTC


def folder_of(flags: Sequence[bytes], name: str) -> Folder:
    """Of a line of LIST."""
    known = flags_of(flags)
    return Folder(name, known, not known & {"\\noselect", "\\nonexistent"})


def selected_of(folder: str, account: str, said: Mapping[bytes, Any], *, read_only: bool) -> Selected:
    """Of the answer to SELECT, or to EXAMINE (`read_only`). Raises KeyError, ValueError, …: it makes no sense."""
    permanent = said.get(b"PERMANENTFLAGS")
    uidvalidity = int(said[b"UIDVALIDITY"])
    return Selected(
        folder,
        uidvalidity,
        f"{account}-{uidvalidity}",
        min(int(said[b"EXISTS"]), MAX_UIDS),
        None if permanent is None else flags_of(flag.strip(b"()") for flag in permanent),
        read_only or b"READ-ONLY" in said,
    )


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
