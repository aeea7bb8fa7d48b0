"""Several processes that accept on one socket: forked before any thread exists, replaced when one dies."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from typing import NoReturn

from trapline.config.events import Event, Fact, kind, trace
from trapline.milter.seldom import Seldom
from trapline.milter.signals import TAKEN, Told

AGAIN_SECONDS = 1.0  #: between two starts of the same worker: one that always dies must not fill the log

_log = logging.getLogger(__name__)


class Workers:
    """The children of this process, one for each job."""

    def __init__(self, jobs: Sequence[Callable[[], int]], now: Callable[[], float] = time.monotonic) -> None:
        """`jobs`: what each of them does; what it returns is its exit code."""
        self._jobs = jobs
        self._now = now
        self._children: dict[int, int] = {}  # process IDs, and the places of their jobs
        self._started_at = [float("-inf")] * len(jobs)  # by place
        self._failures = Seldom(now)

    def run(self, told: Told, meanwhile: Callable[[bool], None]) -> int:
        """Keep them running until we are told to stop; `meanwhile` is called with whether a reload was asked for."""
        while not told.stop:
            for place in sorted(set(range(len(self._jobs))).difference(self._children.values())):
                if self._now() - self._started_at[place] >= AGAIN_SECONDS:
                    self._start(place)
            told.wait()
            reload = told.take_reload()
            if reload:
                self._tell(signal.SIGHUP)
            meanwhile(reload)
            if not told.stop:  # else those that have ended did not die: systemd has told them, too
                self._bury()
        self._tell(signal.SIGTERM)
        for child in self._children:
            os.waitpid(child, 0)
        return 0

    def _start(self, place: int) -> None:
        """Start one more. Where the system has no process or memory for it now, the others go on; `run` tries again."""
        try:
            self._children[self._fork(place)] = place
            self._started_at[place] = self._now()
        except OSError as error:
            if (suppressed := self._failures.suppressed("fork")) is not None:
                facts: dict[str, Fact] = {"why": f"can't start a worker: {error.strerror}", "suppressed": suppressed}
                _log.error(Event("failed", facts, level=logging.ERROR))

    def _fork(self, place: int) -> int:
        # A signal that comes before the child has handlers of its own waits until it has: by ours it would be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, TAKEN)
        try:
            child = os.fork()
            if child == 0:
                self._work(place)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, TAKEN)
        return child

    def _work(self, place: int) -> NoReturn:
        """Be the child. Its job takes the signals."""
        code = 1
        try:
            code = self._jobs[place]()
        except Exception as error:  # noqa: BLE001  said here, since nobody is left to raise it to
            sentence = f"a worker ends by a defect: {kind(error)}; please report this"
            _log.error(Event("defect", {"error": kind(error)}, text=sentence, trace=trace(error), level=logging.ERROR))
        finally:
            logging.shutdown()
            sys.stderr.flush()
            os._exit(code)

    def _bury(self) -> None:
        """Forget the children that have died; `run` replaces them."""
        for child in tuple(self._children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                del self._children[child]
                sentence = f"a worker died (status {status}) and is replaced"
                _log.error(Event("worker died", {"status": status}, text=sentence))

    def _tell(self, number: signal.Signals) -> None:
        for child in self._children:
            os.kill(child, number)
