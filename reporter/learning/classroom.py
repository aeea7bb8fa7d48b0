"""Where the filter is taught while the reporter works: a thread of its own with a store of its own.

So that neither intake nor submissions ever wait for a filter, which may take a minute to answer. At the end its last
answer is not waited for: whatever was under way can be done again.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from types import TracebackType
from typing import Self

from trapline.config.clock import Clock
from trapline.config.errors import TraplineError
from trapline.config.events import Event
from trapline.config.settings import Settings
from trapline.reporter.learning.pupil import Pupil
from trapline.reporter.learning.teacher import Teacher
from trapline.reporter.storage.store import Store
from trapline.reporter.telling import OnceWhileItLasts, Say, defect
from trapline.systemd.signalled import Stop
from trapline.traps.matching import TrapSet

END_SECONDS = 2.0  #: that its last answer is waited for


class Classroom:
    """A teacher at work in its thread; nobody is there where no filter is taught (`pupil` None)."""

    def __init__(
        self,
        settings: Settings,
        database_url: str,
        pupil: Pupil | None,
        traps: Callable[[], TrapSet],
        clock: Clock,
        say: Say,
    ) -> None:
        self._settings = settings
        self._database_url = database_url
        self._pupil = pupil
        self._traps = traps
        self._clock = clock
        self._say = say
        self._complain = OnceWhileItLasts(say)
        self._stop = threading.Event()
        self._thread = (
            None if pupil is None else threading.Thread(target=self._run, args=(pupil,), name="learning", daemon=True)
        )

    def __enter__(self) -> Self:
        """Begin."""
        if self._thread is not None:
            self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(END_SECONDS)

    def once(self, stop: Stop) -> bool:
        """Make ready what was caught, and tell the filter what is due. Whether all went well. Raises StoreError."""
        if self._pupil is None:
            return True
        with self._teacher(self._pupil) as teacher:
            while not stop.is_set() and teacher.work():
                pass
            return not teacher.failed

    @contextmanager
    def _teacher(self, pupil: Pupil) -> Iterator[Teacher]:
        with closing(Store.open(self._database_url)) as store:
            yield Teacher(self._settings, store, pupil, self._traps, self._clock, self._say)

    def _run(self, pupil: Pupil) -> None:
        poll = self._settings.reporter.poll_seconds
        while not self._stop.is_set():
            with self._complaining(), self._teacher(pupil) as teacher:
                while not self._stop.is_set():
                    if not teacher.work():
                        self._complain.forget()
                        self._stop.wait(poll)
            self._stop.wait(poll)

    @contextmanager
    def _complaining(self) -> Iterator[None]:
        """Say what goes wrong, once while it lasts, and go on with a fresh teacher and store."""
        try:
            yield
        except TraplineError as error:
            self._complain(Event("learning error", {"why": str(error)}, text=str(error), level=logging.ERROR))
        except Exception as error:  # noqa: BLE001 - also a defect of ours; the trace says where
            self._complain(defect(error))
