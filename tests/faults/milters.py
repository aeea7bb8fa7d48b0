"""Faults of the milter alone: suspended; of several workers one killed, or the process that keeps them."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.fault import Fault, Felt
from tests.faults.service import Surroundings
from tests.faults.world import DEADLINE_SECONDS, POSTFIX_SECONDS, World

TWO_WORKERS = Surroundings({"TRAPLINE_MILTER__WORKERS": "2"})
_RUNS_SECONDS = (0.2, 1.5)  # between two times that something happens to it

#: What it is told while it is suspended, before it goes on: nothing; or as systemd does at a stop, or when its watchdog
#: had no sign of life. systemd sends SIGCONT with each (systemd.kill(5)).
_TOLD = (None, signal.SIGTERM, signal.SIGABRT)


@contextmanager
def suspended(world: World, chance: Random) -> Iterator[Felt]:
    """The milter stands still (SIGSTOP), at times for longer than Postfix waits; then it goes on, or is ended."""

    def hang(stop: threading.Event) -> None:
        with world.milter.suspended(chance.choice(_TOLD)):
            stop.wait(chance.uniform(DEADLINE_SECONDS, 1.5 * POSTFIX_SECONDS))

    with _now_and_then(hang, chance) as felt:
        yield felt


@contextmanager
def worker_killed(world: World, chance: Random) -> Iterator[Felt]:
    """One of two workers is killed (-9) at random moments; the milter starts another one."""
    with _two_workers(world), _now_and_then(lambda _: world.milter.kill_worker(chance), chance) as felt:
        yield felt


@contextmanager
def parent_killed(world: World, chance: Random) -> Iterator[Felt]:
    """The process that keeps two workers is killed (-9) at random moments; systemd ends these and starts all anew."""
    with _two_workers(world), _now_and_then(lambda _: world.milter.kill_main_process(), chance) as felt:
        yield felt


@contextmanager
def _two_workers(world: World) -> Iterator[None]:
    world.milter.move(TWO_WORKERS)
    try:
        yield
    finally:
        world.milter.move(Surroundings())


@contextmanager
def _now_and_then(happen: Callable[[threading.Event], object], chance: Random) -> Iterator[Felt]:
    """`happen`, again and again while the block runs; how often it did. It is told when it is to come to its end."""
    times, stop = 0, threading.Event()

    def run() -> None:
        nonlocal times
        while not stop.wait(chance.uniform(*_RUNS_SECONDS)):
            happen(stop)
            times += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield lambda: times
    finally:
        stop.set()
        thread.join()


FAULTS = (
    Fault("milter suspended", frozenset({"milter"}), suspended, hangs=True),
    Fault("a worker of two killed (-9)", frozenset({"milter"}), worker_killed),
    Fault("the parent of two workers killed (-9)", frozenset({"milter"}), parent_killed),
)
