"""What a fault is: something that goes wrong for a while, and how it shows that it was felt."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from random import Random

from tests.faults.world import World

Felt = Callable[[], int]  # how often the fault was felt so far: a fault that nobody feels proves nothing
Happening = Callable[[World, Random], AbstractContextManager[Felt]]


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault; `happen` begins it on entering, and ends it on leaving."""

    name: str
    touches: frozenset[str]  # two that touch the same do not happen at once
    happen: Happening
    no_room: bool = False  # a letter to traps alone may be put off meanwhile, since it can't be stored
    hangs: bool = False  # the milter answers nothing meanwhile: mail waits as long as Postfix does

    def goes_with(self, other: "Fault") -> bool:
        """Whether both may happen at once."""
        return not self.touches & other.touches
