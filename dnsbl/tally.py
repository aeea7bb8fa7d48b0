"""A number that many threads add to, without a lock: taking the next of `itertools.count` is one step for them all."""

from itertools import count


class Tally:
    """How often `add` was called; `take` belongs to one thread."""

    def __init__(self) -> None:
        self._numbers = count()
        self._taken = 0
        self.add = self._numbers.__next__  #: counts one more; what it returns means nothing

    def take(self) -> int:
        """How often `add` was called since the last `take`."""
        reached = next(self._numbers)  # looking counts as one, too
        since, self._taken = reached - self._taken, reached + 1
        return since
