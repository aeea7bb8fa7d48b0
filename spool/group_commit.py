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
        if not turn.is_over:
            self._lead()
        if turn.error is not None:
            raise turn.error
        return draft.final

    def _lead(self) -> None:
        """Commit all that wait, then have one of those that came meanwhile do the same."""
        with self._lock:
            group, self._waiting = self._waiting, []
        try:
            self._commit(group)
        except BaseException:  # a defect of ours, or want of memory
            for turn in group:
                turn.fail(OSError(errno.EIO, os.strerror(errno.EIO)))
            raise
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
        _each(group, Draft.sync)
        _each(group, Draft.rename)
        try:
            sync_folder(self._folder)
        except OSError as error:
            for turn in group:
                turn.fail(error)


class _Turn:
    """One draft, and the thread that waits for it."""

    __slots__ = ("_told", "draft", "error", "is_over")

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.error: OSError | None = None
        self.is_over = False
        self._told = threading.Lock()
        self._told.acquire()

    def wait(self) -> None:
        """Until it is over, or its thread is to lead a group."""
        self._told.acquire()

    def wake(self) -> None:
        """Have its thread lead a group."""
        self._told.release()

    def fail(self, error: OSError) -> None:
        """Its message can't be made safe; the first reason stays."""
        if self.error is None and self.draft.take_back():
            self.error = OSError(error.errno, error.strerror)  # one for each thread: an error remembers who raised it

    def end(self) -> None:
        """It is over, well or not."""
        self.is_over = True
        self._told.release()


def _each(group: Sequence[_Turn], step: Callable[[Draft], None]) -> None:
    """Do `step` with every draft that nothing has happened to yet."""
    for turn in group:
        if turn.error is None:
            try:
                step(turn.draft)
            except OSError as error:
                turn.fail(error)
