"""How fast submissions may leave, and for how long none may: a token bucket and a back-off, for the whole account.

Pure: the clock and the dice are handed in, queue.py keeps the value over restarts, pacing.py waits. The budget of a day
is counted in the store, not here. Source: none published; other clients keep to 15 or 30 a minute, and one may answer
429 with Retry-After (RFC 9110, 10.2.3) or X-Ratelimit-Remaining and -Reset.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

CAPACITY = 5  #: submissions at once after a quiet time: one message's worth
LONGEST_PAUSE = timedelta(hours=1)  #: however long the portal asks for: nobody would notice a pause of a year
LONGEST_REST = timedelta(minutes=5)  #: what X-Ratelimit-Reset may ask for: its unit is not documented
LONGEST_WAIT = timedelta(days=1)  #: of any back-off; the largest that can be configured
PATIENCE = 3  #: failures in a row that may each be one submission's own fault; then everything waits

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Pace:
    """The account's state. Times are aware, UTC."""

    empty_at: datetime = NEVER  #: the moment at which the bucket is, or was, empty
    paused_until: datetime | None = None  #: nothing leaves before
    failures: int = 0  #: in a row, without a real answer between them
    refill: timedelta = field(default=timedelta(seconds=4), compare=False)  #: for one submission; not kept

    def believable(self, now: datetime) -> "Pace":
        """Without what no pause can have led to: the clock was ahead when it was written, and nothing would leave."""
        empty_at, paused_until = self.empty_at, self.paused_until
        if empty_at > now + LONGEST_REST + self.refill:
            empty_at = now - self.refill  # one may leave: else each look would begin the wait anew
        if paused_until is not None and paused_until > now + LONGEST_WAIT:
            paused_until = None
        return replace(self, empty_at=empty_at, paused_until=paused_until)

    def wait(self, now: datetime) -> timedelta:
        """How long until one may leave, as far as the bucket goes; zero if it may leave now."""
        return max(timedelta(0), self.empty_at + self.refill - now)

    def paused(self, now: datetime) -> bool:
        """Whether a back-off holds everything up."""
        return self.paused_until is not None and now < self.paused_until

    def allows(self, now: datetime) -> bool:
        """Whether one may leave at `now`."""
        return not self.paused(now) and not self.wait(now)

    def spend(self, now: datetime) -> "Pace":
        """After one has left at `now`. A long rest saves up no more than CAPACITY."""
        return replace(self, empty_at=max(self.empty_at, now - CAPACITY * self.refill) + self.refill)

    def rest(self, now: datetime, length: timedelta) -> "Pace":
        """After the portal said that nothing is left until `length` has passed: the bucket is empty until then."""
        until = now + min(length, LONGEST_REST)
        return replace(self, empty_at=max(self.empty_at, until - self.refill))

    def answered(self) -> "Pace":
        """After a real answer: whatever it was, the portal is there."""
        return replace(self, paused_until=None, failures=0)

    def failures_before(self, attempts: int, *, everyone: bool) -> int:
        """Failures in a row before this one, by which its wait grows; `attempts` are this submission's own.

        `everyone` as in `failed`. From PATIENCE on the account's count, whatever fails: each fails for the first time.
        """
        return self.failures if everyone else max(attempts, self.failures + 1 - PATIENCE)

    def failed(self, now: datetime, wait: timedelta, *, everyone: bool) -> "Pace":
        """After a failure that is to be tried again after `wait`.

        `everyone`: the failure is not this submission's own (429, no connection). A 5xx may be, so that others go on
        until PATIENCE of them have failed in a row.
        """
        failures = self.failures + 1
        paused = everyone or failures >= PATIENCE
        return replace(self, failures=failures, paused_until=now + wait if paused else self.paused_until)


def refill(per_minute: int) -> timedelta:
    """The time that one submission takes at `per_minute` of them."""
    return timedelta(minutes=1) / per_minute


def back_off(failures: int, first: timedelta, jitter: float) -> timedelta:
    """How long to wait after the `failures`th failure in a row (from 1): `first`, then doubling, to an hour at most.

    `jitter` (0 to 1) adds up to a quarter, so that many reporters do not come back at the same moment.

    >>> back_off(3, timedelta(seconds=60), 0.0)
    datetime.timedelta(seconds=240)
    """
    longest = max(first, LONGEST_PAUSE)
    doubled = first * (1 << min(max(failures, 1) - 1, 20))
    return min(longest, doubled * (1 + jitter / 4))
