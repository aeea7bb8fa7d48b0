"""What the processes of one milter tell each other: a small piece of memory that all of them see, made before the fork.

One of them tests the zones, and all leave out what failed; each counts the questions it sends, and one adds them up.
It decides nothing: `health.py` says what a test means, `volume.py` what the sum does. Every cell is one machine word,
read and written whole, so no lock is held across processes.
"""

import mmap
from collections.abc import Sequence

_WORD_BYTES = 8


class Board:
    """The memory's cells. A process of its own, such as a command, has a board of its own, too."""

    def __init__(self, zones: Sequence[str], resolvers: int, places: int = 1) -> None:
        """`places`: how many processes count, each in its own place, from 0."""
        self._zones = tuple(zones)
        cells = places + 2 * len(self._zones) + resolvers
        memory = memoryview(mmap.mmap(-1, cells * _WORD_BYTES)).cast("Q")  # anonymous: shared with what is forked
        self._sent = memory[:places]
        self._left_out = memory[places : places + len(self._zones)]
        self._alarms = memory[places + len(self._zones) : cells - resolvers]
        self._alone = memory[cells - resolvers :]

    def add_sent(self, place: int, number: int) -> None:
        """The process at `place` has sent `number` more questions. A process that takes over a place goes on there."""
        self._sent[place] += number

    def sent(self) -> int:
        """The questions that all processes have sent since the milter's start."""
        return sum(self._sent)

    def leave_out(self, zone: str, *, out: bool) -> None:
        """From now on `zone` is left out, or taken back."""
        self._left_out[self._zones.index(zone)] = out

    def left_out(self) -> frozenset[str]:
        """The zones that are left out now."""
        return frozenset(zone for zone, out in zip(self._zones, self._left_out, strict=True) if out)

    def alarm(self, zone: str, octet: int) -> None:
        """Mail met an error answer of `zone`, 127.255.255.`octet`."""
        self._alarms[self._zones.index(zone)] = octet

    def take_alarm(self, zone: str) -> int | None:
        """The last octet of the latest error answer since this was asked last."""
        place = self._zones.index(zone)
        octet, self._alarms[place] = self._alarms[place], 0
        return octet or None

    def resolver_is_news(self, place: int, *, alone: bool) -> bool:
        """Note that the resolver at `place` is left `alone`, or back; whether no process has said so yet."""
        news = bool(self._alone[place]) != alone
        self._alone[place] = alone
        return news
