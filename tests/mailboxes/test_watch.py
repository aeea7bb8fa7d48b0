"""How a mailbox that fails is tried again: after growing waits, longer ones where the password is refused."""

import threading
from collections.abc import Callable

import pytest

from trapline.mailboxes import watch
from trapline.mailboxes.errors import LoginRefused, SessionOver
from trapline.mailboxes.tally import Tally
from trapline.mailboxes.watch import Round, Watch


class Stop(threading.Event):
    """Passes the waits at once, and ends after some."""

    def __init__(self, waits: int) -> None:
        super().__init__()
        self.waited: list[float | None] = []
        self._waits = waits

    def wait(self, timeout: float | None = None) -> bool:
        self.waited.append(timeout)
        if len(self.waited) >= self._waits:
            self.set()
        return self.is_set()


def waits(work: Callable[[], None], number: int, watched: Watch | None = None) -> list[float | None]:
    stop = Stop(number)
    (watched or Watch("anna")).run(work, stop)
    return stop.waited


def failing(error: Exception) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_waits_double_up_to_half_an_hour() -> None:
    assert waits(failing(SessionOver("anna: gone")), 9) == [15, 30, 60, 120, 240, 480, 960, 1800, 1800]


def test_after_a_refused_login_they_are_long_since_providers_lock_accounts() -> None:
    assert waits(failing(LoginRefused("anna: no")), 4) == [300, 600, 1200, 1800]


def test_a_round_that_works_begins_them_anew(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    watched = Watch("anna")
    waits(failing(SessionOver("anna: gone")), 3, watched)
    watched.say(Round(("Junk",), Tally(taken=2)))
    assert waits(failing(SessionOver("anna: gone")), 1, watched) == [15]
    said = [record.getMessage() for record in caplog.records]
    assert said == [
        'mailbox failed mailbox=anna, why="anna: gone"',
        'mailbox read mailbox=anna, what="2 taken"',
        "mailbox back mailbox=anna",
        'mailbox failed mailbox=anna, why="anna: gone"',
    ]


def test_a_defect_of_ours_ends_no_thread_and_shows_no_text(caplog: pytest.LogCaptureFixture) -> None:
    assert waits(failing(RuntimeError("c4nary")), 2) == [watch.FIRST_WAIT_SECONDS, 2 * watch.FIRST_WAIT_SECONDS]
    assert caplog.text.count("defect") == 1
    assert "RuntimeError" in caplog.text
    assert "RuntimeError: c4nary" not in caplog.text
