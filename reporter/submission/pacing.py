"""Keeping to the account's pace, which the store has for all reporters: for who sends and who reads the reviews."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

import sqlalchemy as sa

from trapline.config.clock import Clock
from trapline.config.settings import Spamhaus
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.answers import TryLater
from trapline.reporter.submission.pace import Pace, back_off, refill

Wait = Callable[[float], bool]  #: waits so many seconds, or until the reporter is to stop: then True


class Pacing:
    """The pace that `limits` allow. Used by the thread that sends."""

    def __init__(self, store: Store, limits: Spamhaus, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._refill = refill(limits.per_minute)
        self._first_wait = timedelta(seconds=limits.backoff_seconds)

    def at(self, db: sa.Connection, now: datetime) -> Pace:
        """As believable at `now`: the very moment at which it is then asked what it allows."""
        return queue.load_pace(db, self._refill).believable(now)

    def must_stop_waiting(self, wait: Wait, last: datetime | None) -> bool:
        """Waits for the bucket. True: not now: a pause, the time is up, or the reporter is to stop."""
        now = self._clock()
        with self._store.reading() as db:
            pace = self.at(db, now)
        needed = pace.wait(now)
        if pace.paused(now) or (last is not None and now + needed > last):
            return True
        return wait(needed.total_seconds())

    def is_time_up(self, wait: Wait, last: datetime | None) -> bool:
        """Whether it is past `last`, or the reporter is to stop."""
        return wait(0.0) or (last is not None and self._clock() > last)

    def back_off(self, failures: int) -> timedelta:
        """How long to wait after so many failures in a row."""
        jitter = random.random()  # noqa: S311 - it spreads load, it guards nothing
        return back_off(failures, self._first_wait, jitter)

    def all_wait(self, db: sa.Connection, answer: TryLater, now: datetime) -> timedelta:
        """Pause the whole account after `answer`; for how long."""
        pace = self.at(db, now)
        wait = answer.after or self.back_off(pace.failures + 1)
        queue.save_pace(db, pace.failed(now, wait, everyone=True))
        return wait
