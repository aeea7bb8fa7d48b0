"""A Maildir, written so that a crash at any moment loses nothing and leaves nothing half-written where it is read.

Source: cr.yp.to/proto/maildir.html. Python's `mailbox.Maildir` reads it, but does not write it: it never syncs the
folder, and makes folders that only their owner can enter, while ours are shared by two users through a group.
"""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from trapline.config.durable import sync_folder
from trapline.config.errors import TraplineError
from trapline.spool.draft import Draft
from trapline.spool.group_commit import GroupCommit

FOLDER_MODE = 0o2770  #: the group owns what is made inside
FAILED = ".failed"  #: a Maildir below: what could not be handled

_SEEN = ":2,S"


class SpoolError(TraplineError):
    """The spool can't be used."""


class GoneError(SpoolError):
    """The message is where it was no more: somebody else has moved it."""


class Maildir:
    """The Maildir at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._group_commit = GroupCommit(path / "new")

    def create(self) -> None:
        """Make the folders that are missing.

        Raises SpoolError: they can't be made, or what is there can't be entered.
        """
        # tmp/ comes last: who finds it and begins a message there finds new/ too. Others may be making them as well.
        for folder in (self.path, *(self.path / name for name in ("cur", "new", "tmp"))):
            try:
                if not folder.is_dir():
                    folder.mkdir(exist_ok=True)
                    _share(folder)
            except OSError as error:
                raise SpoolError(
                    f"{folder}: cannot make this folder of the spool: {error.strerror}. "
                    "Create it with mode 2770 and the group that milter and reporter share"
                ) from None

    def deliver(self, chunks: Iterable[bytes], unique: str | None = None) -> Path:
        """Store what `chunks` hold as one new message; it is on the disk when this returns.

        `unique` becomes part of the file's name. Raises SpoolError: nothing was stored.
        """
        try:
            draft = self.draft(unique)
            try:
                for chunk in chunks:
                    draft.write((chunk,))
                return self.commit(draft)
            finally:
                draft.discard()
        except OSError as error:
            raise SpoolError(f"{self.path}: cannot store a message: {error.strerror or error}") from None

    def draft(self, unique: str | None = None) -> Draft:
        """A new message on its way, in folders that are made again where somebody removed them.

        `unique` becomes part of its file's name. Raises OSError: the disk failed.
        """
        try:
            return Draft(self.path, unique)
        except FileNotFoundError as error:
            self._create_again(error)
            return Draft(self.path, unique)

    def commit(self, draft: Draft) -> Path:
        """Make `draft`, one of this Maildir, a message; it is on the disk when this returns.

        Raises OSError: nothing was stored. Where a folder was gone, it is there for the next one.
        """
        try:
            return self._group_commit.deliver(draft)
        except FileNotFoundError as error:
            self._create_again(error)
            raise

    def new(self) -> Iterator[Path]:
        """The messages that nobody took yet, oldest first.

        Raises SpoolError: the folder can't be read.
        """
        return self._messages("new")

    def cur(self) -> Iterator[Path]:
        """The messages that were taken, oldest first. Raises SpoolError: the folder can't be read."""
        return self._messages("cur")

    def find(self, name: str) -> Path | None:
        """The message of this file name, whatever flags it has got, taken or not; None where there is none for us."""
        name = unflagged(name)
        places = (self.path / "cur" / f"{name}{_SEEN}", self.path / "new" / name)
        return next((path for path in places if os.path.isfile(path)), None)  # noqa: PTH113  Path's raises where we may not look

    def take(self, message: Path) -> Path:
        """Move `message` from new/ to cur/. Raises SpoolError: it can't be moved."""
        return _move(message, self.path / "cur" / (unflagged(message.name) + _SEEN))

    def fail(self, message: Path) -> Path:
        """Move `message` to the Maildir of those that can't be handled. Raises SpoolError: it can't be moved."""
        failed = self.failed
        failed.create()
        return _move(message, failed.path / "new" / unflagged(message.name))

    @property
    def failed(self) -> "Maildir":
        """Those that could not be handled; its folders may be missing."""
        return Maildir(self.path / FAILED)

    def retry(self, message: Path) -> Path:
        """Move `message`, one of `failed`, back to new/. Raises SpoolError: it can't be moved."""
        return _move(message, self.path / "new" / unflagged(message.name))

    def unchanged_since(self, folder: str, moment: float) -> Iterator[Path]:
        """The messages in `folder` that came there before `moment` (seconds since 1970), in no order; none without it.

        That is when the file was last changed or moved (ctime), not when the message was received: what waited for long
        before it was taken is not old yet. Raises SpoolError: the folder can't be read.
        """
        try:
            with os.scandir(self.path / folder) as entries:
                for entry in entries:
                    if _is_old(entry, moment):
                        yield Path(entry.path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise SpoolError(f"{self.path / folder}: cannot read the spool: {error.strerror}") from None

    def holds(self, file: Path) -> bool:
        """Whether `file` is a message of this Maildir, or of the failed ones below it."""
        folder = file.resolve().parent
        root = self.path.resolve()
        return any(folder == base / name for base in (root, root / FAILED) for name in ("new", "cur"))

    def _create_again(self, gone: FileNotFoundError) -> None:
        try:
            self.create()
        except SpoolError as error:
            raise gone from error

    def _messages(self, folder: str) -> Iterator[Path]:
        try:
            with os.scandir(self.path / folder) as entries:
                names = sorted(entry.name for entry in entries if not entry.name.startswith(".") and entry.is_file())
        except OSError as error:
            raise SpoolError(f"{self.path / folder}: cannot read the spool: {error.strerror}") from None
        return (self.path / folder / name for name in names)


def unflagged(name: str) -> str:
    """A message's file name without its flags, which change when it is taken.

    >>> unflagged("1700000000.M1P2.mx:2,S")
    '1700000000.M1P2.mx'
    """
    return name.partition(":")[0]


def _share(folder: Path) -> None:
    """Let the group work in `folder`; nothing is changed where that is so already, since a hardened unit may not."""
    if folder.stat().st_mode & 0o7777 != FOLDER_MODE:
        folder.chmod(FOLDER_MODE)


def _is_old(entry: "os.DirEntry[str]", moment: float) -> bool:
    """Whether it is a message that came before `moment`; one that is gone meanwhile is not."""
    try:
        return (
            not entry.name.startswith(".")
            and entry.is_file(follow_symlinks=False)
            and entry.stat(follow_symlinks=False).st_ctime < moment
        )
    except FileNotFoundError:
        return False


def _move(message: Path, target: Path) -> Path:
    try:
        message.rename(target)
        sync_folder(target.parent)
    except FileNotFoundError:
        raise GoneError(f"{message}: it was moved by somebody else, or {target.parent} is missing") from None
    except OSError as error:
        raise SpoolError(f"{message}: cannot move it to {target.parent}: {error.strerror}") from None
    return target
