"""Signs of life of several workers: a piece of memory that all of them see, in which each writes when it last turned.

The parent reads them: it tells systemd that the milter serves once all of them do, and that it lives while all turn.
"""

import mmap
import time

SILENT_SECONDS = 10.0  #: without a sign, a worker hangs; it turns four times a second

_WORD_BYTES = 8


class Beats:
    """Made before the fork; each cell is one machine word, so no lock is held across processes."""

    def __init__(self, workers: int) -> None:
        self._last = memoryview(mmap.mmap(-1, max(1, workers) * _WORD_BYTES)).cast("d")
        self._workers = workers

    def beat(self, place: int) -> None:
        """The worker at `place` turns."""
        self._last[place] = time.monotonic()  # the same clock in all processes (clock_gettime(2))

    def all_well(self) -> bool:
        """Whether every worker has begun to serve, and has turned of late."""
        now = time.monotonic()
        return all(last and now - last < SILENT_SECONDS for last in self._last[: self._workers])
