"""Signals as the milter's processes take them: SIGTERM and SIGINT end it, SIGHUP has it read and test again."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

TAKEN = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
SLICE_SECONDS = 0.25  #: how long a signal may go unnoticed

_THREADS = Path("/proc/self/task")
_LIBMILTER_SECONDS = 0.5  # a busy machine may need them; where the kernel does not tell, they are waited out


class Told:
    """What signals have told us; a worker is told by the death of its `parent`, too."""

    def __init__(self, parent: int | None = None) -> None:
        self.stop = False
        self._reload = False
        self._woken: SimpleQueue[None] = SimpleQueue()  # why no threading.Event: systemd/signalled.py
        self._parent = parent

    def on_stop(self, _number: int, _frame: FrameType | None) -> None:
        """SIGTERM, SIGINT."""
        self.stop = True
        self._woken.put(None)

    def on_reload(self, _number: int, _frame: FrameType | None) -> None:
        """SIGHUP."""
        self._reload = True
        self._woken.put(None)

    def wait(self) -> None:
        """Wait for a signal for a moment: one that another thread was given does not wake this one."""
        with suppress(Empty):
            self._woken.get(timeout=SLICE_SECONDS)
        if self._parent is not None and os.getppid() != self._parent:
            self.stop = True  # a worker does not outlive its parent

    def take_reload(self) -> bool:
        """Whether a reload was asked for since this was called last."""
        told, self._reload = self._reload, False
        return told


@contextmanager
def signals(parent: int | None = None) -> Iterator[Told]:
    """Take the process's signals while the block runs, those that wait too; in a worker, `parent` is watched, too."""
    told = Told(parent)
    handlers = {signal.SIGTERM: told.on_stop, signal.SIGINT: told.on_stop, signal.SIGHUP: told.on_reload}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    signal.pthread_sigmask(signal.SIG_UNBLOCK, TAKEN)
    try:
        yield told
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def wait_for_libmilter() -> None:
    """Wait until libmilter's own thread waits for signals, at its start.

    Until then it would take one that the main thread has not been woken for yet; afterwards the system hands each to
    the main thread (signal(7): to a thread that does not block it). Only where two different ones come within
    microseconds may libmilter get the second, and end without us: mail flows, a trap's goes to the fallback. What a
    thread waits for stands in /proc, see proc_pid_wchan(5).
    """
    end = time.monotonic() + _LIBMILTER_SECONDS
    while not _libmilter_waits() and time.monotonic() < end:
        time.sleep(0.001)


def _libmilter_waits() -> bool:
    with suppress(OSError):  # no /proc is mounted
        for thread in _THREADS.iterdir():
            with suppress(OSError):  # it has ended, or we may not know
                if "sigtimedwait" in (thread / "wchan").read_text(encoding="ascii"):
                    return True
    return False
