"""What the reporter's threads say, and how what goes wrong: a defect with its trace, a failure once while it lasts."""

import logging
from collections.abc import Callable

from trapline.config.events import Event, trace

Say = Callable[[str | Event], None]  #: to a terminal, or to the log, which knows the facts of an event


def defect(error: Exception) -> Event:
    """That `error`, which nobody expected, was raised; its type alone, as its words may be a sender's."""
    kind = type(error).__name__
    sentence = f"a defect of trapline: {kind}"
    return Event("defect", {"error": kind}, text=sentence, trace=trace(error), level=logging.ERROR)


class OnceWhileItLasts:
    """Says a line, but not twice in a row: a failure that lasts is said once."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._last: str | Event | None = None

    def __call__(self, line: str | Event) -> None:
        """Say `line`, unless it was the last one."""
        if line != self._last:
            self._say(line)
        self._last = line

    def forget(self) -> None:
        """It is over: the same is said again."""
        self._last = None
