"""What the daemon's threads are told: to stop, or to wait no longer and look again (SIGHUP)."""

import threading
from collections.abc import Callable


class Told:
    """One for all threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._stop = False
        self._times = 0  # that it was said to look again

    def stop(self) -> None:
        """Have all of them come to their end."""
        with self._changed:
            self._stop = True
            self._changed.notify_all()

    def again(self) -> None:
        """Have those that wait look again at once: a password was mended, say."""
        with self._changed:
            self._times += 1
            self._changed.notify_all()

    def is_set(self) -> bool:
        """Whether they are to stop."""
        return self._stop

    def from_now(self) -> Callable[[], bool]:
        """What tells, for who waits in a way of his own, whether anything was said after this call."""
        times = self._times
        return lambda: self._stop or self._times != times

    def wait(self, timeout: float) -> bool:
        """Wait `timeout` seconds at most; whether they are to stop."""
        with self._changed:
            self._changed.wait_for(self.from_now(), timeout)
            return self._stop
