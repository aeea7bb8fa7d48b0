"""What a handler sets is seen, at once, and never ends in waiting for oneself."""

import signal
import time

from trapline.systemd.signalled import Signalled


def test_a_handler_may_set_it_at_any_moment_of_a_wait() -> None:
    """threading.Event hangs here: signals come thousands of times between the steps of its wait()."""
    told, taken = Signalled(), 0
    before = signal.signal(signal.SIGALRM, lambda *_: told.set())
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    try:
        end = time.monotonic() + 0.5
        while time.monotonic() < end:
            told.wait(0.0)
            taken += told.take()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert taken > 10


def test_a_signal_ends_the_wait() -> None:
    told = Signalled()
    before = signal.signal(signal.SIGALRM, lambda *_: told.set())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        start = time.monotonic()
        assert told.wait(30)
        assert time.monotonic() - start < 10
    finally:
        signal.signal(signal.SIGALRM, before)
    assert told.is_set()
    assert told.wait(30), "and every later one"


def test_without_one_the_time_passes() -> None:
    told = Signalled()
    assert not told.wait(0.01)
    assert not told.wait(-1)
    assert not told.take()
