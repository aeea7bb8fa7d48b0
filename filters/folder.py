"""A folder on which the administrator runs sa-learn: for hosts without spamd, or whose spamd takes no lessons.

Below it are three: `spam`, `ham` and `forget`. A message lies in one of them, in a file named after its digest, and
undoing a lesson moves it on. sa-learn keeps in mind what it has learned, so it can be run on all three as often as one
likes; whether it was is not known here. Files are made whole and on the disk, beside those that sa-learn reads (it
passes over names that begin with a dot). Source: SpamAssassin 4.0, sa-learn(1) and Mail::SpamAssassin::ArchiveIterator.
"""

import hashlib
from datetime import datetime
from pathlib import Path

from trapline.config.durable import Beside, NotWritten, reason
from trapline.filters.scanner import FilterDownError, Learnt, Lesson
from trapline.filters.wrapping import unwrapped

FOLDERS = ("spam", "ham", "forget")
FOLDER_MODE = 0o750  #: sa-learn's user reads as the folder's group, which its setgid bit hands on (mkdir(2))
FILE_MODE = 0o640


class Folder:
    """The folder at `path`; what is missing in it is made."""

    name = "sa-learn"

    def __init__(self, path: Path) -> None:
        self._path = path

    def learn(self, message: bytes, lesson: Lesson) -> Learnt:
        """Put it where sa-learn is to learn it from. Raises FilterDownError: the folder can't be written."""
        return self._put(message, lesson)

    def forget(self, message: bytes) -> Learnt:
        """Put it where sa-learn is to forget it from. Raises FilterDownError: as `learn`."""
        return self._put(message, "forget")

    def tidy(self, before: datetime) -> None:
        """Remove what lies there since `before`. Raises FilterDownError: it can't be removed."""
        try:
            for folder in FOLDERS:
                for file in (self._path / folder).glob("*.eml*"):  # with what a crash left of one
                    if file.stat().st_mtime < before.timestamp():
                        file.unlink(missing_ok=True)
        except OSError as error:
            raise self._down(error) from None

    def _put(self, message: bytes, where: str) -> Learnt:
        clean = unwrapped(message)
        name = f"{hashlib.sha256(clean).hexdigest()[:32]}.eml"
        try:
            self._make()
            target = self._path / where / name
            elsewhere = [self._path / folder / name for folder in FOLDERS if folder != where]
            known = target.exists()
            if not known:
                with Beside(target, FILE_MODE) as beside:
                    beside.file.write(clean)
                    beside.sync()
                    beside.put()
            for file in elsewhere:
                file.unlink(missing_ok=True)
        except (OSError, NotWritten) as error:
            raise self._down(error) from None
        return Learnt.NOTHING_NEW if known else Learnt.LEARNT

    def _make(self) -> None:
        for folder in (self._path, *(self._path / name for name in FOLDERS)):
            if not folder.is_dir():
                folder.mkdir(FOLDER_MODE)

    def _down(self, error: OSError | NotWritten) -> FilterDownError:
        return FilterDownError(f"sa-learn: {self._path} (learning.folder) can't be used: {reason(error)}")
