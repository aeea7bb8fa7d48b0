"""Group commit: messages that come at the same moment are made safe together, and share their waits for the disk.

Alone, each waits for the disk twice: for its content, then for its name. Who comes while others wait joins the next
group instead, and one of a group does the work for all of it. No thread is needed for that, and who comes alone waits
for nobody. The order is the same as for one: the content is safe before the name is in new/, and the name is safe
before anybody is told.
"""

import errno
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from trapline.config.durable import sync_folder
from trapline.spool.draft import Draft


class GroupCommit:
    """Makes messages of one Maildir out of drafts, for all threads that deliver there."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the Maildir's new/."""
        self._folder = folder
        self._lock = threading.Lock()
        self._waiting: list[_Turn] = []
        self._is_led = False  #: whether somebody commits a group, or has been told to

    def deliver(self, draft: Draft) -> Path:
        """Make `draft` a message; it is on the disk when this returns.

        Raises OSError: the disk failed. There is no message then: its sender is asked to come again, and what stayed
        here would count twice.
        """
        turn = _Turn(draft)
        with self._lock:
            self._waiting.append(turn)
            leads, self._is_led = not self._is_led, True
        if not leads:
            turn.wait()
        try:
            if not turn.is_over:
                self._lead()
        finally:
            is_lost = not turn.is_safe and draft.take_back()
        if is_lost:
            raise OSError(turn.why_not, os.strerror(turn.why_not))
        return draft.final

    def _lead(self) -> None:
        """Commit all that wait, then have one of those that came meanwhile do the same."""
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._commit(group)
        finally:
            with self._lock:
                next_leader = self._waiting[0] if self._waiting else None
                self._is_led = next_leader is not None
            for turn in group:
                turn.end()
            if next_leader is not None:
                next_leader.wake()

    def _commit(self, group: Sequence["_Turn"]) -> None:
        if len(group) > 1:  # so that the first wait is that of all
            _each(group, Draft.start_writing)
        named = _each(_each(group, Draft.sync), Draft.rename)
        try:
            sync_folder(self._folder)
        except OSError as error:
            for turn in named:
                turn.why_not = error.errno or errno.EIO
        else:
            for turn in named:
                turn.is_safe = True


class _Turn:
    """One draft, and the thread that waits for it."""

    __slots__ = ("_told", "draft", "is_over", "is_safe", "why_not")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.is_safe = False  #: never by default: whoever leads may be stopped by a defect, or by want of memory
        self.why_not = errno.EIO  #: the number of the system's error
        self.is_over = False
        self._told = threading.Lock()
        self._told.acquire()

    def wait(self) -> None:
        """Until it is over, or its thread is to lead a group."""
        self._told.acquire()

    def wake(self) -> None:
        """Have its thread lead a group."""
        self._told.release()

    def end(self) -> None:
        """It is over, well or not."""
        self.is_over = True
        self._told.release()


def _each(group: Sequence[_Turn], step: Callable[[Draft], None]) -> list[_Turn]:
    """Do `step` with every draft of `group`; those that it went well with."""
    well = []
    for turn in group:
        try:
            step(turn.draft)
        except OSError as error:
            turn.why_not = error.errno or errno.EIO
        else:
            well.append(turn)
    return well
