"""Messages that lie in files: a Maildir, an mbox, a folder of single messages, a file, standard input.

Each is read up to a bound. A Maildir's and a file's time is when the message was filed (mtime), an mbox's that of its
`From ` line. Sources: cr.yp.to/proto/maildir.html, RFC 4155, 5 (mbox: concurrent changes).
"""

import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from trapline.config.errors import TraplineError
from trapline.mailboxes.mbox import parts

MAX_BYTES = 50_000_000  #: of one message that are kept
EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)  #: that mail was filed; what says so was set wrong, or forged


class UnreadableMail(TraplineError):
    """A file or folder can't be read as mail."""


@dataclass(frozen=True, slots=True)
class Saved:
    """One message."""

    name: str  #: the file, and in an mbox the number in it
    message: bytes  #: with LF line ends
    filed: datetime  #: aware, UTC; neither before EARLIEST nor in the future, whatever its source says
    truncated: bool = False


def read_all(path: Path, now: datetime) -> Iterator[Saved | UnreadableMail]:
    """Every message at `path`, and an error for each file that can't be read, or not to its end."""
    try:
        files = _files(path)
    except OSError as error:
        yield _unreadable(path, error)
        return
    for file in files:
        if file.is_dir():
            yield UnreadableMail(f"{file}: folders in a folder are not looked into: name it as well")
            continue
        try:
            yield from _file(file, now)
        except UnreadableMail as error:
            yield error
        except OSError as error:
            yield _unreadable(file, error)


def read_stream(stream: BinaryIO, now: datetime) -> Saved:
    """The one message that `stream` holds. Raises UnreadableMail: there is nothing."""
    return _message("-", _without_from_line(stream.read(MAX_BYTES + 1)), now, now)


def _files(path: Path) -> list[Path]:
    """The file itself, or what is in a folder or Maildir. A link that leads nowhere is one that can't be read."""
    if not path.is_dir():
        return [path]
    maildir = [path / "new", path / "cur"]
    folders = maildir if all(folder.is_dir() for folder in maildir) else [path]
    there = [one for folder in folders for one in sorted(folder.iterdir()) if not one.name.startswith(".")]
    return [one for one in there if one.is_file() or one.is_dir() or not one.exists()]


def _unreadable(path: Path, error: OSError) -> UnreadableMail:
    return UnreadableMail(f"{path}: cannot be read: {error.strerror}")


def _file(path: Path, now: datetime) -> Iterator[Saved | UnreadableMail]:
    with path.open("rb") as file:
        if file.peek(5).startswith(b"From "):
            yield from _mbox(path, file, now)
        else:
            yield _message(str(path), file.read(MAX_BYTES + 1), _modified(file), now)


def _mbox(path: Path, file: BinaryIO, now: datetime) -> Iterator[Saved | UnreadableMail]:
    _lock(path, file)
    modified, before = _modified(file), _state(file)
    for number, part in enumerate(parts(file, MAX_BYTES), 1):
        if _state(file) != before:
            break
        try:
            yield _message(f"{path}:{number}", part.message, part.filed or modified, now)
        except UnreadableMail as error:
            yield error
    if _state(file) != before:
        raise UnreadableMail(f"{path}: it changed while it was read: add it again, what is there already counts once")


def _lock(path: Path, file: BinaryIO) -> None:
    """As mail servers and mail programs do, until `file` is closed. Raises UnreadableMail: one of them has done so."""
    dotlock = path.with_name(f"{path.name}.lock")
    if dotlock.exists():
        raise UnreadableMail(f"{path}: another program works on it: add it again once {dotlock} is gone")
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        raise UnreadableMail(f"{path}: another program works on it and has it locked: add it again later") from None


def _state(file: BinaryIO) -> tuple[int, int]:
    """What is another once somebody has changed the file."""
    found = os.fstat(file.fileno())
    return found.st_size, found.st_mtime_ns


def _modified(file: BinaryIO) -> datetime:
    try:
        return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    except (OverflowError, ValueError):  # no calendar has it
        return EARLIEST


def _message(name: str, raw: bytes, filed: datetime, now: datetime) -> Saved:
    """Raises UnreadableMail: it is empty."""
    if not raw.strip():
        raise UnreadableMail(f"{name}: there is no message in it")
    plausible = min(max(filed, EARLIEST), now)
    return Saved(name, raw[:MAX_BYTES].replace(b"\r\n", b"\n"), plausible, len(raw) > MAX_BYTES)


def _without_from_line(raw: bytes) -> bytes:
    """What procmail and others put on top of a message that they pipe."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
