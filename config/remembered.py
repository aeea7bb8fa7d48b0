"""Remembering what a pure function made of a short text: the same names and addresses come again and again.

Both the number of texts and their length are bounded, since senders write them: 64 KiB in a HELO are worked out anew.
"""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

TEXTS = 2048  #: that are remembered, for each function
MAX_LENGTH = 320  #: characters of such a text: an address at its longest (RFC 5321, 4.5.3.1.1 and 4.5.3.1.2)

_Result = TypeVar("_Result")


def remembered(function: Callable[[str], _Result]) -> Callable[[str], _Result]:
    """`function`, which has to be pure and return what can't be changed, with its latest results kept."""
    kept = lru_cache(TEXTS)(function)

    @wraps(function)
    def of(text: str) -> _Result:
        return kept(text) if len(text) <= MAX_LENGTH else function(text)

    return of
