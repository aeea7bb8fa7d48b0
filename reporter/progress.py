"""How far long work is: told by who works, to whoever wants to know.

Here as plain lines, now and then, for a journal or a file; on a terminal the command draws a bar (cli/progress.py).
"""

import time
from collections.abc import Callable

EVERY_SECONDS = 10.0  #: between two lines; what is done sooner has none

Progress = Callable[[str, int, int], None]  #: of what ("messages"), how many are done, how many there are in all


def untold(_what: str, _done: int, _total: int) -> None:
    """Nobody wants to know."""


class Lines:
    """Says a line about work that lasts longer than EVERY_SECONDS, as often as that."""

    def __init__(self, say: Callable[[str], None], now: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._now = now
        self._what: str | None = None
        self._said = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """`done` of `total` are done."""
        now = self._now()
        if what != self._what or done <= 1:
            self._what, self._said = what, now
        elif now - self._said >= EVERY_SECONDS:
            self._said = now
            self._say(f"{what}: {done} of {total}")
