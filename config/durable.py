"""Files that a command writes for the administrator: whole or not at all, and on the disk when the function returns.

What a daemon writes again and again, large files among it, goes by `Beside`. The steps of all: a file beside, written,
synced, put in place in one step, the folder synced. So nobody ever reads half a file, and a power cut leaves the old
one or the new one.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from io import BufferedWriter
from pathlib import Path
from types import TracebackType
from typing import Self

from trapline.config.errors import TraplineError

NEW_FILE_MODE = 0o640  #: the owner writes, the group (of the daemons) reads, the world has no business here

_THERE = "exists already, and is not overwritten. Name another file, or move this one away"


class NotWritten(TraplineError):
    """A file could not be written; what was there before is unchanged."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that is to be made."""

    path: Path
    content: bytes = field(repr=False)  #: may be a secret
    mode: int = NEW_FILE_MODE


def create_all(files: Iterable[NewFile]) -> None:
    """Make all of `files`, as `create` does, or none: where one can't be made, those before it are taken away again.

    Raises NotWritten: as `create`, of the first that can't be made.
    """
    made: list[Path] = []
    try:
        for file in files:
            create(file.path, file.content, file.mode)
            made.append(file.path)
    except BaseException:  # whoever interrupts it finds nothing in the way the next time either
        for path in made:
            path.unlink(missing_ok=True)
        raise


def create(path: Path, content: bytes, mode: int = NEW_FILE_MODE, owner: tuple[int, int] | None = None) -> None:
    """Make a new file at `path`, whose owner and group have the numbers `owner`.

    Without them it is ours, and root gives it the group of its folder, as that of /etc/trapline is meant.

    Raises NotWritten: there is a file (it is never overwritten), its folder is missing, or it can't be written.
    """
    if owner is None:
        owner = (-1, _folder_status(path.parent).st_gid if os.geteuid() == 0 else -1)
    _write(path, content, owner, mode, os.link)


def replace(path: Path, content: bytes) -> None:
    """Put `content` in the place of the file at `path`, keeping its owner, group and mode.

    A symbolic link is followed: the file that it names is replaced. Raises NotWritten: it can't be done.
    """
    try:
        path = path.resolve(strict=True)
        old = path.stat()
    except (OSError, RuntimeError) as error:
        raise NotWritten(f"{path}: cannot be replaced: {reason(error)}") from None
    _write(path, content, (old.st_uid, old.st_gid), stat.S_IMODE(old.st_mode), os.replace)


class Beside:
    """A file beside the one at `path`, to take its place by `put`; until then, and if the block ends without, nothing
    has changed.

    It has the same name each time, so that what a crash left behind is written over and not added to. Raises NotWritten
    on entering: the folder is missing, or another process is writing it. The rest raises OSError.
    """

    def __init__(self, path: Path, mode: int) -> None:
        self._target = path
        self._mode = mode
        self.path = path.with_name(f".{path.name[:200]}.new")

    def __enter__(self) -> Self:
        _folder_status(self._target.parent)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self.file: BufferedWriter = os.fdopen(descriptor, "wb")
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if not os.path.samestat(os.fstat(descriptor), self.path.lstat()):
                raise BlockingIOError
            self.file.truncate(0)
        except (BlockingIOError, FileNotFoundError):
            self.file.close()
            raise NotWritten(
                f"{self._target}: another process is writing it just now: is there a second trapline?"
            ) from None
        except BaseException:
            self.file.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        try:
            if not self._is_put:
                self.path.unlink(missing_ok=True)
        finally:
            self.file.close()

    _is_put = False

    def sync(self) -> None:
        """Have what was written on the disk, with its mode, whatever the umask is; root gives it its folder's group."""
        self.file.flush()
        if os.geteuid() == 0:
            os.fchown(self.file.fileno(), -1, _folder_status(self._target.parent).st_gid)
        os.fchmod(self.file.fileno(), self._mode)
        os.fsync(self.file.fileno())

    def put(self) -> None:
        """Put it in place, in one step."""
        self.path.replace(self._target)
        self._is_put = True
        sync_folder(self._target.parent)


def _write(path: Path, content: bytes, owner: tuple[int, int], mode: int, put: Callable[[Path, Path], None]) -> None:
    _folder_status(path.parent)
    beside = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}")
    try:
        try:
            _write_synced(beside, content, owner, mode)
            put(beside, path)
        finally:
            beside.unlink(missing_ok=True)  # after os.link it is the second name, after os.replace there is none
        sync_folder(path.parent)
    except FileExistsError:
        raise NotWritten(f"{path}: {_THERE}") from None
    except OSError as error:
        raise NotWritten(f"{path}: cannot be written: {reason(error)}") from None


def _write_synced(path: Path, content: bytes, owner: tuple[int, int], mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        if owner != (-1, -1):
            os.fchown(descriptor, *owner)
        os.fchmod(descriptor, mode)  # whatever the umask is
        file.write(content)
        file.flush()
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Make what was renamed in `folder` outlast a crash. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder_status(folder: Path) -> os.stat_result:
    try:
        if not folder.is_dir():
            raise NotWritten(f"{folder}: there is no such folder. Create it first")
        return folder.stat()
    except OSError as error:
        raise NotWritten(f"{folder}: {reason(error)}") from None


def reason(error: Exception) -> str:
    """What went wrong, in the system's words and without the file's name."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
