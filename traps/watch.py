"""The traps in force: the files are read again when they have changed, and a bad file leaves the old set in force.

A change is noticed by a file's inode, size, mode or change time. So a change of who may read it counts too, which can
fix a file that could not be read. An error is reported once for each change of the files, and at each reload that is
asked for. Trouble of the system (too many open files, a disk error) passes without a change of the files, so files that
could not be used are also tried again.
"""

import logging
from pathlib import Path

from trapline.config.errors import TraplineError
from trapline.config.events import Event
from trapline.config.missing import is_missing
from trapline.config.settings import Traps
from trapline.traps.matching import TrapSet

CHECK_SECONDS = 5.0  #: how often the files are looked at; a change counts within 10 s
AGAIN_SECONDS = 60.0  #: after which files that could not be used are tried again, though they have not changed

_log = logging.getLogger(__name__)

_Stamp = tuple[tuple[int, ...] | None, ...]


class TrapFiles:
    """The configured trap files and the set that was last read from them without an error."""

    def __init__(self, traps: Traps, *, needed: bool = True) -> None:
        """Read the files. Raises TrapFileError: at the start a bad file is an error.

        `needed = False`: default files that do not exist count as not given, since nobody named them.
        """
        self._traps = traps
        self._may_be_absent = not needed and "files" not in traps.model_fields_set
        self._stamp = self._look()
        self._looked_at = self._tried_at = float("-inf")
        self._trouble: str | None = None  # why the files can't be used
        self.current = self._read()

    def reload_if_changed(self, now: float) -> bool:
        """Read the files again where one of them has changed; `now` is in seconds, monotonic. False: they are bad."""
        if now - self._looked_at < CHECK_SECONDS:
            return True
        self._looked_at = now
        if self._look() != self._stamp:
            self._tried_at = now
            return self.reload()
        if self._trouble is not None and now - self._tried_at >= AGAIN_SECONDS:
            self._tried_at = now
            if (trouble := self._try()) != self._trouble:
                return self._say(trouble)
        return True

    def reload(self) -> bool:
        """Read the files again. An error is logged and the old set stays; whether there was none."""
        self._stamp = self._look()
        return self._say(self._try())

    def _try(self) -> str | None:
        """Read the files; why they can't be used, where they can't."""
        try:
            self.current = self._read()
        except TraplineError as error:
            return str(error)
        return None

    def _say(self, trouble: str | None) -> bool:
        """Log how it went; whether it went well."""
        self._trouble = trouble
        lines = len(self.current)
        if trouble is None:
            _log.info(Event("reload", {"traps": lines}))
        else:
            sentence = f"reload error: the old traps ({lines} lines) stay in force: {trouble}"
            _log.error(Event("reload error", {"traps": lines, "why": trouble}, text=sentence))
        return trouble is None

    def _read(self) -> TrapSet:
        traps = self._traps
        paths = [path for path in traps.files if not is_missing(path)] if self._may_be_absent else traps.files
        return TrapSet.load(paths, traps.recipient_delimiter, traps.local_domains)

    def _look(self) -> _Stamp:
        return tuple(_stamp(path) for path in self._traps.files)


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None  # it is gone or out of reach: a state like any other, and reading it says why
    return status.st_ctime_ns, status.st_size, status.st_ino, status.st_mode
