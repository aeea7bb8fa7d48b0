"""The time of day as the rooms are handed it, so that a test can say what it is."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]  #: gives aware times, in UTC


def utc_now() -> datetime:
    """The time."""
    return datetime.now(UTC)
