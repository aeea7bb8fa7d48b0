"""The configured resolvers, and how they do: one that stays silent again and again is left alone for a while.

So a dead resolver costs mail no delay. The engine probes it meanwhile (`resting`), and the first answer brings it
back. The clock is handed in. Safe to use from many threads.
"""

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol

from trapline.config.values import Nameserver
from trapline.dnsbl.tally import Tally

SILENT_LOOKUPS = 6  #: questions in a row that it left without any answer, until it is left alone: two sessions' worth
REST_SECONDS = 60.0  #: for which it is left alone at most; a probe's answer ends it earlier
TOLD_SECONDS = 60.0  #: in which it is told of once at most, however often it comes and goes


class Changed(Protocol):
    """Is told what became of a resolver."""

    def __call__(self, place: int, *, alone: bool) -> None:
        """The resolver at `place` is left `alone` from now on, or is back."""


class Resolvers:
    """Which resolver to ask next."""

    def __init__(
        self, nameservers: Sequence[Nameserver], now: Callable[[], float], changed: Changed | None = None
    ) -> None:
        """`changed` is told of each resolver that is left alone, and of each that is back."""
        self.nameservers = tuple(nameservers)
        self.tally = Tally()  #: of the questions that were sent to any of them
        self._changed = changed
        self._alone = [False] * len(self.nameservers)  # said to be left alone, and not yet to be back
        self._said_at = [float("-inf")] * len(self.nameservers)  # that it is left alone
        self._now = now
        self._silent = [0] * len(self.nameservers)
        self._rests_until = [float("-inf")] * len(self.nameservers)
        self._lock = Lock()

    def __len__(self) -> int:
        """How many there are."""
        return len(self.nameservers)

    def first(self) -> int | None:
        """The first one that does well, by its place; None while all are left alone."""
        if not self._silent[0]:
            return 0  # the usual case, without a lock
        return self.after(-1)

    def after(self, place: int) -> int | None:
        """The next one after `place`, round and round, that is not left alone; None while all are."""
        now = self._now()
        count = len(self.nameservers)
        order = ((place + 1 + step) % count for step in range(count))
        return next((one for one in order if self._rests_until[one] <= now), None)

    def answered(self, place: int) -> None:
        """It gave an answer, of whatever kind."""
        if self._silent[place]:
            with self._lock:
                self._silent[place] = 0
                self._rests_until[place] = float("-inf")
                back, self._alone[place] = self._alone[place], False
            if back and self._changed is not None:
                self._changed(place, alone=False)

    def silent(self, place: int) -> None:
        """A question ended, and its lookup had no answer of it to any."""
        news = False
        with self._lock:
            self._silent[place] += 1
            if self._silent[place] >= SILENT_LOOKUPS:
                now = self._now()
                self._rests_until[place] = now + REST_SECONDS
                news = not self._alone[place] and now >= self._said_at[place] + TOLD_SECONDS
                if news:
                    self._alone[place], self._said_at[place] = True, now
        if news and self._changed is not None:
            self._changed(place, alone=True)

    def quiet(self, place: int) -> bool:
        """Whether the last question ended without any answer of it."""
        return self._silent[place] > 0

    def resting(self) -> tuple[int, ...]:
        """Those that are left alone now."""
        now = self._now()
        return tuple(place for place, until in enumerate(self._rests_until) if until > now)
