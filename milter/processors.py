"""Keeping a process on one processor: its threads take turns in any case.

Python runs one thread of a process at a time, while libmilter keeps several. Where the system spreads them over the
processors, each turn wakes a thread on another one, which costs more than what it then does: on two processors a
process that is kept on one answers up to twice as many sessions. Likewise where a thread that wakes interrupts the one
whose turn it is, only to wait for it then. More processors are used by `milter.workers`.
"""

import logging
import os
from pathlib import Path

_log = logging.getLogger(__name__)

_PROCESSOR_FIELD = 36  # of /proc/self/stat, counted from behind the name: the processor last run on (proc(5): 39)


def spread(processes: int) -> tuple[int, ...]:
    """A processor for each of so many processes: different ones, as far as there are as many that we may use."""
    allowed = sorted(os.sched_getaffinity(0))
    current = _current()
    first = allowed.index(current) if current in allowed else 0
    return tuple(allowed[(first + place) % len(allowed)] for place in range(processes))


def keep_to(processor: int) -> None:
    """Keep the calling thread, and those that it starts, on `processor`, where each runs until it has to wait.

    For that they are batch processes to the system (sched(7)): who wakes interrupts nobody, other programs included. So
    beside programs that use the processor without a pause, an answer comes some milliseconds later.
    """
    try:
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        os.sched_setaffinity(0, {processor})
    except OSError as error:
        _log.warning("can't be kept on one processor (%s): slower, and else no harm", error.strerror)


def _current() -> int | None:
    """The processor that we run on: nothing more urgent was there a moment ago. None where no /proc is mounted."""
    try:
        status = Path("/proc/self/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return int(status.rpartition(")")[2].split()[_PROCESSOR_FIELD])
