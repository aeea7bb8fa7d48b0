"""Whether something took no more CPU time than it may: so much on an ordinary machine, on a slower one as much more.

The bounds are several times what is needed, and tell quick from quadratic. But a machine may run at a third of its
speed for a while, with other tests on its second thread.
"""

import time

_ORDINARY_SECONDS = 0.05  # that an ordinary machine takes to add up a million numbers
_NUMBERS = 1_000_000


def within(seconds: float, since: float) -> bool:
    """Whether less than `seconds` have passed on an ordinary machine since `time.process_time()` was `since`."""
    took = time.process_time() - since
    return took < seconds or took < seconds * _slowness()


def _slowness() -> float:
    """How many times as long as on an ordinary machine anything takes just now."""
    began, total = time.process_time(), 0
    for number in range(_NUMBERS):
        total += number
    return (time.process_time() - began) / _ORDINARY_SECONDS
