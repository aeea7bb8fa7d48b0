"""A reporter that runs in a thread."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.reporter.caught import TOKEN, Place, Stop
from trapline.reporter.daemon import Reporter
from trapline.systemd.notify import Manager


@contextmanager
def running(place: Place, token: str | None = TOKEN, **more: Any) -> Iterator[Reporter]:
    stop = Stop(place.clock)
    reporter = place.reporter(token, **more)
    thread = threading.Thread(target=reporter.run, args=(stop, Manager({})))
    thread.start()
    try:
        yield reporter
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()
