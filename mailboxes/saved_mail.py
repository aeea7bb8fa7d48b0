"""Messages that lie in files: a Maildir, an mbox, a folder of single messages, a file, standard input.

Each is read up to a bound. A Maildir's and a file's time is when the message was filed (mtime), an mbox's that of its
`From ` line. Sources: cr.yp.to/proto/maildir.html, RFC 4155 (mbox).
"""

import mailbox
import time
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from trapline.config.errors import TraplineError

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
        try:
            yield from _file(file, now)
        except UnreadableMail as error:
            yield error
        except OSError as error:
            yield _unreadable(file, error)


def read_stream(stream: BinaryIO, now: datetime) -> Saved:
    """The one message that `stream` holds. Raises UnreadableMail: there is nothing."""
    raw = stream.read(MAX_BYTES + 1)
    if not raw.strip():
        raise UnreadableMail("-: there is no message on standard input")
    return _saved("-", _without_from_line(raw), now, now)


def _files(path: Path) -> list[Path]:
    """The file itself, or those in a folder or Maildir. A link that leads nowhere is one that can't be read."""
    if not path.is_dir():
        return [path]
    maildir = [path / "new", path / "cur"]
    folders = maildir if all(folder.is_dir() for folder in maildir) else [path]
    there = [one for folder in folders for one in sorted(folder.iterdir()) if not one.name.startswith(".")]
    return [one for one in there if one.is_file() or not one.exists()]


def _unreadable(path: Path, error: OSError) -> UnreadableMail:
    return UnreadableMail(f"{path}: cannot be read: {error.strerror}")


def _file(path: Path, now: datetime) -> Iterator[Saved]:
    with path.open("rb") as file:
        start = file.read(5)
        if start == b"From ":
            yield from _mbox(path, now)
            return
        raw = start + file.read(MAX_BYTES + 1 - len(start))
        filed = _modified(path)
    if not raw.strip():
        raise UnreadableMail(f"{path}: there is no message in it")
    yield _saved(str(path), raw, filed, now)


def _mbox(path: Path, now: datetime) -> Iterator[Saved]:
    box = mailbox.mbox(path, create=False)
    try:
        for number, key in enumerate(box.keys(), 1):
            with box.get_file(key, from_=True) as file:
                line = file.readline(1_000)
                yield _saved(f"{path}:{number}", file.read(MAX_BYTES + 1), _time_of(line, path), now)
    finally:
        box.close()


def _time_of(line: bytes, path: Path) -> datetime:
    """Of `From sender Thu Nov 21 12:00:00 2026`; the file's where it can't be read."""
    words = line.decode("ascii", "replace").split()
    try:
        return datetime.fromtimestamp(timegm(time.strptime(" ".join(words[-5:]), "%a %b %d %H:%M:%S %Y")), UTC)
    except ValueError:
        return _modified(path)


def _modified(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except (OverflowError, ValueError):  # no calendar has it
        return EARLIEST


def _saved(name: str, raw: bytes, filed: datetime, now: datetime) -> Saved:
    plausible = min(max(filed, EARLIEST), now)
    return Saved(name, raw[:MAX_BYTES].replace(b"\r\n", b"\n"), plausible, len(raw) > MAX_BYTES)


def _without_from_line(raw: bytes) -> bytes:
    """What procmail and others put on top of a message that they pipe."""
    return raw.partition(b"\n")[2] if raw.startswith(b"From ") else raw
