"""Reading a mailbox again and again: what was done is said, what fails is said once while it lasts, and tried again.

The waits between tries grow, so that a server is not pestered; they are long after a refused login, since providers
lock accounts after a few wrong passwords.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from trapline.config.errors import TraplineError
from trapline.config.events import Event, kind, trace
from trapline.mailboxes.errors import LoginRefused
from trapline.mailboxes.tally import Tally
from trapline.systemd.signalled import Stop

FIRST_WAIT_SECONDS = 15.0
LONGEST_WAIT_SECONDS = 1800.0
AFTER_REFUSED_LOGIN_SECONDS = 300.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one look into every folder."""

    folders: tuple[str, ...]
    tally: Tally
    problems: tuple[str, ...] = ()  #: a sentence for each folder that could not be read; the others were


class Watch:
    """What was said of one mailbox, and how often it failed in a row."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._said: str | None = None
        self._failures = 0

    @property
    def failing(self) -> bool:
        """Whether it can't be read at present, or not all of it."""
        return self._said is not None

    def run(self, work: Callable[[], None], stop: Stop) -> None:
        """Do `work` until `stop` is set; it says each round by `say` and returns when it is to stop."""
        while not stop.is_set():
            try:
                work()
            except TraplineError as error:
                self._complain(str(error), Event("mailbox failed", self._facts(why=str(error)), level=logging.ERROR))
                stop.wait(self._pause(refused=isinstance(error, LoginRefused)))
            except Exception as error:  # noqa: BLE001 - one mailbox must not end the others; the trace says where
                self._complain(kind(error), defect(self._name, error))
                stop.wait(self._pause(refused=False))

    def say(self, done: Round) -> None:
        """A round is done."""
        self._failures = 0
        if done.tally:
            _LOG.info(Event("mailbox read", self._facts(what=str(done.tally))))
        if done.problems:
            why = "; ".join(done.problems)
            self._complain(why, Event("mailbox failed", self._facts(why=why), level=logging.ERROR))
        elif self._said is not None:
            _LOG.info(Event("mailbox back", self._facts()))
            self._said = None

    def _complain(self, why: str, event: Event) -> None:
        if why != self._said:
            _LOG.error(event)
        self._said = why

    def _pause(self, *, refused: bool) -> float:
        self._failures += 1
        first = AFTER_REFUSED_LOGIN_SECONDS if refused else FIRST_WAIT_SECONDS
        return float(min(LONGEST_WAIT_SECONDS, first * 2.0 ** min(self._failures - 1, 20)))

    def _facts(self, **facts: str) -> dict[str, str]:
        return {"mailbox": self._name} | facts


def defect(name: str, error: Exception) -> Event:
    """That reading the mailbox called so failed for a reason that is ours."""
    return Event("defect", {"mailbox": name, "error": kind(error)}, trace=trace(error), level=logging.ERROR)
