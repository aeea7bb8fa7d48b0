"""What a signal's handler may set while the main thread waits for it.

A handler runs in the main thread, between any two of its steps: threading.Event.set() there would wait forever for a
lock that the very wait() below it holds. A SimpleQueue is made for that (queue: "put() is reentrant").
"""

import signal
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Protocol, Self


class Stop(Protocol):
    """What has to be known by somebody who works until told to stop."""

    def is_set(self) -> bool:
        """Whether it is to stop."""

    def wait(self, timeout: float) -> bool:
        """Wait `timeout` seconds at most; whether it is to stop."""


class Signalled:
    """As threading.Event, for one thread that waits, and to be set by a handler."""

    def __init__(self) -> None:
        self._set = False
        self._woken: SimpleQueue[None] = SimpleQueue()

    @classmethod
    def by(cls, *numbers: signal.Signals) -> Self:
        """One that these signals set, from now on. In the main thread alone."""
        made = cls()
        for number in numbers:
            signal.signal(number, lambda *_: made.set())
        return made

    def set(self) -> None:
        """Say so, and wake who waits."""
        self._set = True
        self._woken.put(None)

    def is_set(self) -> bool:
        """Whether it was said."""
        return self._set

    def wait(self, timeout: float) -> bool:
        """Wait `timeout` seconds at most; whether it was said."""
        if not self._set:
            with suppress(Empty):
                self._woken.get(timeout=max(0.0, timeout))
        return self._set

    def take(self) -> bool:
        """Whether it was said since this was asked last."""
        told, self._set = self._set, False
        return told
