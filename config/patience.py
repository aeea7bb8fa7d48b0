"""Waiting for something that knows no bound of its own, no longer than is worth it.

For a request to a server: a name's resolution, or a head that drips in, does not end with a socket's timeout.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

Result = TypeVar("Result")


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """What `work` returns, or raises; it runs in a thread of its own.

    Raises TimeoutError: not within `seconds`. The thread is left to itself, and what it comes to is dropped.
    """
    result: Future[Result] = Future()

    def run() -> None:
        try:
            result.set_result(work())
        except Exception as error:  # noqa: BLE001 - whatever it is, it is raised where it is waited for
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return result.result(seconds)
