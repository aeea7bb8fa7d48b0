"""A trial: faults one after the other, or two at once, in an order that a seed decides, under the load; then the books.

What falls within a second is the threads' and the machine's: a seed gives the same faults in the same order, not the
same run.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from random import Random

from tests.faults import audit, daemons, databases, disks, lists, mailboxes, milters, outside, stores
from tests.faults.books import Books, Patience
from tests.faults.fault import Fault
from tests.faults.world import DEADLINE_SECONDS, POSTFIX_SECONDS, World
from tests.servers.processes import ServerError, until

FAULTS: tuple[Fault, ...] = (
    *milters.FAULTS,
    *daemons.FAULTS,
    *disks.FAULTS,
    *databases.FAULTS,
    *lists.FAULTS,
    *mailboxes.FAULTS,
    *outside.FAULTS,
)
OF_STORE: dict[stores.Kind, tuple[Fault, ...]] = {"sqlite": (), "postgresql": databases.FAULTS_OF_POSTGRESQL}
#: The tests' sessions begin with two of the milter's: with Postfix's own address, and with the client's.
PATIENCE = Patience(DEADLINE_SECONDS, 2 * POSTFIX_SECONDS)
FELT_SECONDS = 60.0  # until which a fault must be felt

#: What is had in `make test`. The daemons take seconds to be moved to another clock or log and back; of the portal and
#: the name server each kind of trouble has tests of its own.
QUICK = frozenset(
    {
        "milter killed (-9)",
        "reporter killed (-9)",
        "disk full",
        "disk read-only",
        "database locked",
        "portal answers 5xx",
        "DNS gone",
    }
)

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Length:
    """How long things take, in seconds."""

    shortest: float  # of a fault; it goes on until it was felt
    longest: float  # more than the store waits for a lock (sqlite.BUSY_TIMEOUT_MS), in the full form
    done: float  # at the end, for the reporter to come to rest: at most


SHORT = Length(shortest=0.5, longest=1.0, done=90.0)
FULL = Length(shortest=2.0, longest=14.0, done=180.0)


@dataclass(slots=True)
class Episode:
    """Something that happened, for the table."""

    faults: tuple[Fault, ...]
    began: float
    ended: float = 0.0
    felt: dict[str, int] = field(default_factory=dict)
    recovered: float = 0.0  # seconds, until the milter asked the zones again


def order(faults: Sequence[Fault], chance: Random, pairs: float) -> Iterator[tuple[Fault, ...]]:
    """Each of `faults` once, in random order, and so on without end; with a probability of `pairs` two at once."""
    left: list[Fault] = []
    while True:
        left = left or chance.sample(faults, len(faults))
        first = left.pop()
        second = next((one for one in left if one.goes_with(first)), None)
        if second is not None and chance.random() < pairs:
            left.remove(second)
            yield first, second
        else:
            yield (first,)


class Trial:
    """One trial with `seed`; `tell` gets a line for each thing that begins."""

    def __init__(
        self, seed: int, length: Length, tell: Tell, faults: Sequence[Fault] = FAULTS, store: stores.Kind = "sqlite"
    ) -> None:
        self.episodes: list[Episode] = []
        self.logs = ""  # of both daemons, once the trial is over
        self._seed = seed
        self._length = length
        self._tell = tell
        self._faults = faults
        self._store = store

    def run(self, minutes: float = 0.0, pairs: float = 0.3) -> Books:
        """All faults, each once at least, again and again for `minutes`; what came of it.

        Raises ServerError: a fault was not felt, or the milter did not recover from one.
        """
        chance = Random(self._seed)  # noqa: S311 - the same again
        end = time.monotonic() + minutes * 60
        with World(self._seed, self._store) as world:
            try:
                with world.load:
                    world.recovers()
                    for faults in order(self._faults, chance, pairs):
                        if time.monotonic() > end and self._had.issuperset(self._faults):
                            break
                        self._have(faults, world, chance)
                self._tell("the faults are over")
                return self._reckon(world)
            finally:
                self.logs = world.logs()

    @property
    def _had(self) -> set[Fault]:
        return {fault for episode in self.episodes for fault in episode.faults}

    def _reckon(self, world: World) -> Books:
        audit.wait_until_done(world, self._length.done)
        no_room = [(one.began, one.ended) for one in self.episodes if any(fault.no_room for fault in one.faults)]
        # One that was told to end while it hung takes some time for that.
        hung = [(one.began, one.ended + POSTFIX_SECONDS) for one in self.episodes if any(f.hangs for f in one.faults)]
        unfelt = [name for one in self.episodes for name, felt in one.felt.items() if not felt]
        return audit.read(world, no_room, hung, unfelt)

    def _have(self, faults: tuple[Fault, ...], world: World, chance: Random) -> None:
        lasts = chance.uniform(self._length.shortest, self._length.longest)
        self._tell(f"{' and '.join(fault.name for fault in faults)}, for {lasts:.1f} s")
        episode = Episode(faults, time.monotonic())
        self.episodes.append(episode)
        with ExitStack() as stack:
            felt = {fault.name: stack.enter_context(fault.happen(world, chance)) for fault in faults}
            time.sleep(lasts)
            try:
                until("it to be felt", lambda: all(count() for count in felt.values()), FELT_SECONDS)
            except ServerError:
                self._tell("  it was not felt")
            episode.felt = {name: count() for name, count in felt.items()}
        episode.ended = time.monotonic()
        episode.recovered = world.recovers()
