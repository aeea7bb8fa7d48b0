"""Dates as servers write them in mail and in HTTP (RFC 5322, 3.3; RFC 9110, 5.6.7)."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime


def date_in(text: str) -> datetime | None:
    """The time that `text` says, aware, in UTC, which is meant too where no zone is named; None where it says none.

    >>> date_in("Sat, 21 Nov 2026 10:00:00 +0100")
    datetime.datetime(2026, 11, 21, 9, 0, tzinfo=datetime.timezone.utc)
    """
    try:
        moment = parsedate_to_datetime(text.strip())
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):  # the last: in UTC it would be the year 10000
        return None
