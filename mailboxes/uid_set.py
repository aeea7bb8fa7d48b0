"""Sets of IMAP UIDs, written as IMAP writes them: `1:40,42` (RFC 3501, 9, sequence-set). Pure.

An inbox of ten thousand messages that were all seen is one range, so what is remembered stays small.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

MAX_UID = 2**32 - 1  # RFC 3501, 9: nz-number
MAX_TEXT_LENGTH = 10_000_000

_RANGE = re.compile(r"(?P<first>[1-9][0-9]{0,9})(?::(?P<last>[1-9][0-9]{0,9}))?", re.ASCII)


class UidSet:
    """UIDs. Grows only."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, text: str = "") -> None:
        """From its text; "" is the empty set. Raises ValueError: it is no such text."""
        self._firsts: list[int] = []
        self._lasts: list[int] = []
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError("a set of UIDs that is too long")
        for part in text.split(",") if text else []:
            match = _RANGE.fullmatch(part)
            if match is None:
                raise ValueError("expected UIDs and ranges of them, such as 1:40,42")
            first, last = int(match["first"]), int(match["last"] or match["first"])
            if not (self._lasts[-1] + 1 if self._lasts else 0) < first <= last <= MAX_UID:
                raise ValueError("expected UIDs in rising order")
            self._firsts.append(first)
            self._lasts.append(last)

    def __contains__(self, uid: int) -> bool:
        """Whether `uid` is in the set."""
        place = bisect_right(self._firsts, uid) - 1
        return place >= 0 and uid <= self._lasts[place]

    def __eq__(self, other: object) -> bool:
        """Whether both have the same UIDs."""
        return isinstance(other, UidSet) and str(self) == str(other)

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __str__(self) -> str:
        """As the constructor reads it."""
        return ",".join(str(first) if first == last else f"{first}:{last}" for first, last in self._ranges())

    def add(self, uid: int) -> None:
        """Put `uid` in, a number from 1 to MAX_UID."""
        if uid in self:
            return
        place = bisect_right(self._firsts, uid)
        joins_left = place > 0 and self._lasts[place - 1] == uid - 1
        joins_right = place < len(self._firsts) and self._firsts[place] == uid + 1
        if joins_left and joins_right:
            self._lasts[place - 1] = self._lasts.pop(place)
            del self._firsts[place]
        elif joins_left:
            self._lasts[place - 1] = uid
        elif joins_right:
            self._firsts[place] = uid
        else:
            self._firsts.insert(place, uid)
            self._lasts.insert(place, uid)

    def _ranges(self) -> Iterator[tuple[int, int]]:
        return zip(self._firsts, self._lasts, strict=True)
