"""What the portal's header fields say about waiting. Each wait is capped: nobody would notice that it is a year.

Source: RFC 9110, 10.2.3 (Retry-After); X-Ratelimit-Remaining and -Reset are no standard, and the unit of the latter is
documented nowhere.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from trapline.reporter.submission.pace import LONGEST_PAUSE, LONGEST_REST


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """Retry-After, in seconds or as a date (RFC 9110, 10.2.3), between a second and LONGEST_PAUSE; None without one."""
    text = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        wanted = timedelta(seconds=int(text))
    else:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
        wanted = moment.replace(tzinfo=moment.tzinfo or UTC) - datetime.now(UTC)
    return min(max(wanted, timedelta(seconds=1)), LONGEST_PAUSE)


def rest(headers: Mapping[str, str]) -> timedelta | None:
    """For how long nothing is left, by X-Ratelimit-Remaining and -Reset; the latter's unit is not documented.

    A number that can only be a moment (seconds or milliseconds since 1970) is one, any other is a wait in seconds.
    """
    if headers.get("X-Ratelimit-Remaining", "").strip() != "0":
        return None
    text = headers.get("X-Ratelimit-Reset", "").strip()
    if not re.fullmatch(r"[0-9]{1,15}", text):
        return None
    number = float(text)
    if number > 1e12:
        number /= 1000
    if number > 1e9:
        number -= datetime.now(UTC).timestamp()
    return timedelta(seconds=min(max(number, 0.0), LONGEST_REST.total_seconds()))
