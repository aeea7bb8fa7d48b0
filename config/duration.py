"""Lengths of time as an operator writes them: a number and its unit, `"30m"`, `"24h"`, `"7d"`."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

LONGEST = timedelta(days=3650)

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def duration(value: object) -> timedelta:
    """The time that `value` names, from one second to ten years. Raises ValueError: it names none.

    >>> duration("36h")
    datetime.timedelta(days=1, seconds=43200)
    """
    if isinstance(value, timedelta):
        return value
    match = re.fullmatch(r"([0-9]{1,9})([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError('expected a number with its unit, such as "30m", "24h" or "7d"')
    found = timedelta(**{_UNITS[match[2]]: int(match[1])})
    if not timedelta(seconds=1) <= found <= LONGEST:
        raise ValueError("expected a time between one second and ten years")
    return found


def written(length: timedelta) -> str:
    """`length` as the configuration has it, in the largest unit that it is a whole number of.

    >>> written(timedelta(hours=48))
    '2d'
    """
    seconds = int(length.total_seconds())
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def at_most(longest: timedelta) -> AfterValidator:
    """A bound of a setting, in our own words: pydantic's would say it in Python's."""

    def bounded(length: timedelta) -> timedelta:
        if length > longest:
            raise ValueError(f"expected at most {written(longest)}")
        return length

    return AfterValidator(bounded)


Duration = Annotated[timedelta, BeforeValidator(duration)]
