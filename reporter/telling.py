"""How the reporter's threads say things: into the log, a defect with its trace, a failure once while it lasts."""

import logging
from collections.abc import Callable

from trapline.config.events import MAX_TEXT_LENGTH, Event, trace
from trapline.config.printable import printable

_LOG = logging.getLogger(__name__)

Say = Callable[[str | Event], None]  #: to a terminal, or to the log, which knows the facts of an event


def to_log(said: str | Event) -> None:
    """Say it to the log: how a daemon says things."""
    if isinstance(said, Event):
        _LOG.log(said.level, said)
    else:
        _LOG.info(printable(said, MAX_TEXT_LENGTH))


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


class OnceEach:
    """Says what is wrong with several things that are looked at in rounds: of each once, while it lasts."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._before: set[str] = set()  # what the last round found
        self._found: set[str] = set()  # this one, so far

    def begin(self) -> None:
        """A round begins: what the last one did not find any more is over."""
        self._before, self._found = self._found, set()

    def __call__(self, line: str | Event) -> None:
        """Say `line`, unless the last round had it too."""
        self._found.add(str(line))
        if str(line) not in self._before:
            self._say(line)
