"""Where the filter is taught while the reporter works: a thread of its own with a store of its own.

So that neither intake nor submissions ever wait for a filter, which may take a minute for an answer. At the end the
thread is not waited for: whatever it is at can be done again.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from trapline.reporter.learning.teacher import Teacher
from trapline.reporter.store import Store

END_SECONDS = 2.0  #: that its last answer is waited for

Guard = Callable[[Callable[[], None]], None]  #: does something, and says what went wrong, once while it lasts


@contextmanager
def teaching(
    open_store: Callable[[], Store], teacher: Callable[[Store], Teacher], poll_seconds: float, guard: Guard
) -> Iterator[None]:
    """Teach while the block runs, every `poll_seconds`."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            guard(lambda: _lesson_after_lesson(open_store, teacher, poll_seconds, stop))
            stop.wait(poll_seconds)

    thread = threading.Thread(target=run, name="learning", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(END_SECONDS)


def _lesson_after_lesson(
    open_store: Callable[[], Store], teacher: Callable[[Store], Teacher], poll_seconds: float, stop: threading.Event
) -> None:
    """Until the end, or until the store fails: then it is opened anew."""
    store = open_store()
    try:
        working = teacher(store)
        while not stop.is_set():
            if not working.work():
                stop.wait(poll_seconds)
    finally:
        store.close()
