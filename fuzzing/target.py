"""What a target is: a parser of ours, and what must hold whatever bytes it is given."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SECONDS = 2.0  #: of processor time that one input may take; instrumented code is three times as slow as it is in use


@dataclass(frozen=True, slots=True)
class Target:
    """One parser. An input for which `check` raises anything is a finding."""

    name: str
    check: Callable[[bytes], None]  #: raises AssertionError where the invariant does not hold
    seeds: Callable[[], Iterable[bytes]]  #: what the parser reads in practice
    words: tuple[bytes, ...] = ()  #: that mutations put in: what would not be guessed soon
    max_bytes: int = 4_096  #: of an input

    def run(self, data: bytes) -> None:
        """One input. Raises AssertionError: the invariant does not hold, or it took too long; and what `check` raises.

        The exceptions that a parser documents never come this far.
        """
        started = time.process_time()
        self.check(data)
        took = time.process_time() - started
        assert took <= SECONDS, f"{took:.1f} s of processor time for {len(data)} bytes"
