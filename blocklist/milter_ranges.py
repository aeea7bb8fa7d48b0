"""The milter's file, kept up to date: the columns of each piece are kept in memory, a million entries in 14 MB.

The file has its entries by columns and not by lines, so nothing of the old one could be copied in one go; joining what
is kept takes a hundredth of a second. Its format is milter_file.py's subject.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Stamp
from trapline.blocklist.milter_file import AFTER_TIME, MAGIC, Columns, Row, columns, joined, order, outlasting, row
from trapline.blocklist.stretches import VERSIONS, Stretch
from trapline.blocklist.table import Table
from trapline.config.durable import Beside, NotWritten, reason


class MilterFile:
    """The file that the milter reads itself. Used by one thread."""

    def __init__(self, path: Path, answers: Answers, mode: int) -> None:
        """`mode`: the file's permissions."""
        self.path = path
        self._answers = answers
        self._mode = mode
        self._parts: dict[object, Mapping[int, Columns]] = {}
        self._written: tuple[int, int] | None = None

    def is_current(self) -> bool:
        """Whether the file is the one that was written last; not so at the start."""
        try:
            return self._written is not None and self._written == _identity(self.path)
        except OSError:
            return False

    def update(self, table: Table, stamp: Stamp) -> bool:
        """Have the file say what `table` does. Whether it was written; not if it says so already, also at the start.

        Raises NotWritten: it can't be.
        """
        parts = {
            piece.key: self._parts.get(piece.key) or columns(self._rows(piece.stretch()))
            for version in VERSIONS
            for piece in table.pieces(version)
        }
        try:
            if self.is_current() and list(self._parts.values()) == list(parts.values()):
                return False
            content = joined(tuple(parts.values()), stamp.at)
            if self._written is None and _says(self.path, content):
                self._parts, self._written = parts, _identity(self.path)
                return False
            with Beside(self.path, self._mode) as beside:
                beside.file.write(content)
                beside.sync()
                beside.put()
            self._parts, self._written = parts, _identity(self.path)
        except OSError as error:
            raise NotWritten(f"{self.path}: cannot be written: {reason(error)}") from None
        return True

    def _rows(self, stretch: Stretch) -> Iterator[Row]:
        """What is listed in `stretch`, in order; of networks that reach beyond it the part that is in it."""
        if not stretch.around:
            return map(self._row, stretch.entries)
        within: dict[tuple[int, int], Row] = {}  # of two that are the same within the stretch, the narrower one counts
        for entry in (*stretch.around, *stretch.entries):
            whole = self._row(entry)
            first, last = max(whole.first, stretch.first), min(whole.last, stretch.last)
            part = whole._replace(first=first, last=last)
            wider = within.get((first, last))
            within[first, last] = part if wider is None else outlasting(part, wider)
        return iter(sorted(within.values(), key=order))

    def _row(self, entry: Entry) -> Row:
        return row(entry.network, entry.expires, self._answers.first_code(entry), repeated=entry.repeated)


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def _says(path: Path, content: bytes) -> bool:
    """Whether the file differs from `content` in nothing but when it was written."""
    try:
        with path.open("rb") as file:
            old = file.read(len(content) + 1)
    except FileNotFoundError:
        return False
    return old[AFTER_TIME:] == content[AFTER_TIME:] and old[: len(MAGIC)] == MAGIC
