"""Which messages of a mailbox `trapline scan` has seen.

A message is known by folder, UIDVALIDITY and UID (RFC 3501, 2.3.1.1): where the server changed the UIDVALIDITY, all of
the folder's messages are new. What could not be scanned is tried again, and given up after some runs.
"""

import hashlib
from collections.abc import Iterable

from trapline.config.clock import Clock
from trapline.mailboxes.answers import About, Selected
from trapline.mailboxes.state import State

TRIES = 3  #: runs in which a message may fail before it is left alone

_HAM = ("\\Ham", "")  # in place of a folder and its numbering: what a person called ham, wherever it is by now


class Memory:
    """What is remembered of the folder that is open. Changes are kept when a method returns.

    Every method raises StateError: it can't be read or kept.
    """

    def __init__(self, state: State, clock: Clock, folder: Selected, *, keeps: bool = True) -> None:
        """`keeps`: whether anything is remembered; a dry run does not."""
        self._state = state
        self._clock = clock
        self._place = (folder.name, folder.numbering)
        self._moved = (f"\\Moved from {folder.name}", folder.numbering)
        self._filed = (f"\\Filed from {folder.name}", folder.numbering)
        self._highest = 0  # UID in the folder when the run began
        self._keeps = keeps
        self._answers = False
        self._unclear: list[int] = []  # messages that the scanner failed at, before it answered at all
        self._seen = set(state.known(*self._place))

    def unseen(self, uids: Iterable[int]) -> list[int]:
        """Those of the folder's `uids` that were not dealt with; what is gone from the folder is forgotten in time."""
        present = list(uids)
        self._highest = max(present, default=0)
        if self._keeps:
            self._state.forget(*self._place, map(str, present), self._clock())
            self._state.forget(*self._moved, (), self._clock())
            self._state.forget(*self._filed, map(str, present), self._clock())
        return [uid for uid in present if str(uid) not in self._seen]

    def remember(self, uid: int) -> None:
        """The message was dealt with."""
        if self._keeps:
            self._state.add(*self._place, [str(uid)], "taken", self._clock())
            self._state.handed_over(*self._place, str(uid))

    def filed(self, uid: int) -> None:
        """A copy of the message is in the folder for spam: whatever fails after that, there is to be one only."""
        if self._keeps:
            self._state.add(*self._filed, [str(uid)], "taken", self._clock())

    def is_filed(self, uid: int) -> bool:
        """Whether that was done in an earlier run."""
        return str(uid) in self._state.known(*self._filed)

    def moves(self, about: About, message: bytes) -> None:
        """The message is about to be moved out of the folder."""
        if self._keeps:
            uid = f"{self._highest} {about.uid}"
            self._state.add_taken(*self._moved, uid, _told_by(about, message), self._clock())

    def is_brought_back(self, about: About, message: bytes) -> bool:
        """Whether the very message was moved out of the folder before, and so is here because somebody wants it here.

        It came at the same time, by the server's clock, which moving leaves alone; its UID is above all of that run.
        """
        before = self._state.uids_of(*self._moved, _told_by(about, message))
        return any(int(uid.partition(" ")[0]) < about.uid for uid in before)

    def called_ham(self, message: bytes) -> None:
        """A person says that `message` is ham. To be kept before it is moved, maybe into the folder that is scanned."""
        digest = _digest(message)
        now = self._clock()
        self._state.forget(*_HAM, (), now)
        self._state.add_taken(*_HAM, digest, digest, now)

    def is_called_ham(self, message: bytes) -> bool:
        """Whether a person said so."""
        return bool(self._state.uids_of(*_HAM, _digest(message)))

    def answered(self) -> None:
        """The scanner did well by a message, so what it failed at is those messages' fault."""
        self._answers = True
        while self._unclear:
            self.failed(self._unclear.pop())

    def unanswered(self, uid: int) -> bool:
        """The scanner failed at a message; whether it is given up now. Not before another one went well: a scanner that
        hangs for an hour must not cost the newest mail its turn.
        """
        if not self._answers:
            self._unclear.append(uid)
        return self._answers and self.failed(uid)

    def failed(self, uid: int) -> bool:
        """The message could not be dealt with in this run, whatever scanner; whether it is given up now."""
        if not self._keeps or self._state.attempt(*self._place, str(uid), self._clock()) < TRIES:
            return False
        self._state.add(*self._place, [str(uid)], "failed", self._clock())
        self._state.handed_over(*self._place, str(uid))
        return True


def _digest(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()


def _told_by(about: About, message: bytes) -> str:
    return f"{_digest(message)} {about.received.isoformat()}"
