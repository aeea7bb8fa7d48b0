"""Adding lines to a trap file, so that the milter never reads half of one and no line is lost.

The whole file is read, checked, written anew beside and renamed. Whoever else adds at the same moment is told to try
again; an editor that has the file open is not noticed.
"""

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from trapline.config.durable import NotWritten, create, replace
from trapline.config.missing import is_missing
from trapline.traps.errors import NoTrapMade, TrapFileError
from trapline.traps.file import Entry, parse, read
from trapline.traps.line import identity
from trapline.traps.matching import TrapSet


def append(path: Path, lines: Sequence[tuple[str, Entry]], other_files: Iterable[Path] = ()) -> None:
    """Add `lines` (of `new_line`) to the trap file at `path`; a missing file is made, its folder is not.

    Raises NoTrapMade: one of them stands there or in `other_files`, or the regular expressions of all would be too many
    or too large. TrapFileError: a file that is there can't be read. NotWritten: the file can't be written. In each case
    nothing has changed.
    """
    with _alone(path.parent):
        others = (file for file in other_files if file.resolve() != path.resolve())
        files = {file: read(file) for file in (path, *others) if not is_missing(file)}
        _refuse_known([entry for _, entry in lines], chain.from_iterable(files.values()))
        old = path.read_bytes() if path.exists() else b""
        new = _with_lines(old, [line for line, _ in lines])
        _refuse_too_many(files | {path: parse(path, new.decode("utf-8"))})
        (replace if path.exists() else create)(path, new)


def _refuse_known(new: Iterable[Entry], known: Iterable[Entry]) -> None:
    labels = {identity(entry): entry.trap for entry in known}
    for entry in new:
        twin = labels.setdefault(identity(entry), entry.trap)
        if twin is not entry.trap:
            raise NoTrapMade(f"this is a trap already, with label {twin.label!r}, kind {twin.kind}: nothing was added")


def _refuse_too_many(files: Mapping[Path, Sequence[Entry]]) -> None:
    """What the milter would not take, so that it would keep its old set."""
    try:
        TrapSet.of_files(files)
    except TrapFileError as error:
        raise NoTrapMade(f"{error.why}: nothing was added") from None


def _with_lines(old: bytes, lines: Sequence[str]) -> bytes:
    gap = b"\n" if old and not old.endswith(b"\n") else b""
    return old + gap + b"".join(line.encode() + b"\n" for line in lines)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Keep other commands of ours from changing a file in `folder` meanwhile."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        advice = ". Create it first" if isinstance(error, FileNotFoundError) else ""
        raise NotWritten(f"{folder}: the folder of the trap file: {error.strerror}{advice}") from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotWritten(f"{folder}: another command is adding traps here right now. Try again") from None
        yield
    finally:
        os.close(descriptor)
