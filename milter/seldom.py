"""Saying the same thing once a minute at most, with the number of times it was not said.

While a resolver is down every session meets the same failure: the log is to show that, not to be filled by it. The
clock is handed in. Safe to use from many threads.
"""

from collections.abc import Callable
from threading import Lock

WINDOW_SECONDS = 60.0
MAX_TOPICS = 1000  #: different things that are remembered; beyond that all are forgotten and said anew


class Seldom:
    """Whether something may be said now."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._topics: dict[str, tuple[float, int]] = {}  # when it was said, and how often it was not since
        self._lock = Lock()

    def suppressed(self, topic: str) -> int | None:
        """How often `topic` was not said since it last was, if it may be said now; else None."""
        now = self._now()
        with self._lock:
            if len(self._topics) >= MAX_TOPICS:
                self._topics.clear()
            said, count = self._topics.get(topic, (float("-inf"), 0))
            if now - said < WINDOW_SECONDS:
                self._topics[topic] = (said, count + 1)
                return None
            self._topics[topic] = (now, 0)
            return count
