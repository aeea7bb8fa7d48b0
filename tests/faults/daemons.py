"""Faults of the daemons themselves: killed, their clock wrong, their log gone."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

from tests.faults.clock import WrongClock
from tests.faults.fault import Fault, Felt
from tests.faults.load import Sent
from tests.faults.service import Service, Surroundings
from tests.faults.world import World, in_maildir
from tests.servers.journald import Journald

OFF_SECONDS = 3600  # from when on a clock is wrong
FARTHEST_SECONDS = 25 * 86_400  # that it jumps
RIGHT_SECONDS = 1.0  # that the daemons go on for once it is right again, before they are started anew

# The command with its standard output and error going into a pipe that nobody reads any more.
_BROKEN_PIPE = """
import os, sys
read, write = os.pipe()
os.dup2(write, 1)
os.dup2(write, 2)
os.close(read)
os.execv(sys.argv[1], sys.argv[1:])
"""


@contextmanager
def milter_killed(world: World, chance: Random) -> Iterator[Felt]:
    """The milter is killed (-9) at random moments."""
    with killed(world.milter, chance) as felt:
        yield felt


@contextmanager
def reporter_killed(world: World, chance: Random) -> Iterator[Felt]:
    """The reporter is killed (-9) at random moments."""
    with killed(world.reporter, chance) as felt:
        yield felt


@contextmanager
def killed(service: Service, chance: Random) -> Iterator[Felt]:
    """It is killed at random moments while the block runs; how often it was."""
    before, stop = service.kills, threading.Event()
    killer = threading.Thread(target=service.kill_now_and_then, args=(chance, stop))
    killer.start()
    try:
        yield lambda: service.kills - before
    finally:
        stop.set()
        killer.join()


@contextmanager
def clock_ahead(world: World, chance: Random) -> Iterator[Felt]:
    """The daemons' clock jumps ahead, and back to the right time at the end."""
    with _clock_off_by(world, chance.randint(OFF_SECONDS, FARTHEST_SECONDS)) as felt:
        yield felt


@contextmanager
def clock_back(world: World, chance: Random) -> Iterator[Felt]:
    """The daemons' clock jumps back, and to the right time at the end."""
    with _clock_off_by(world, -chance.randint(OFF_SECONDS, FARTHEST_SECONDS)) as felt:
        yield felt


@contextmanager
def _clock_off_by(world: World, seconds: int) -> Iterator[Felt]:
    clock = WrongClock(world.mx.folder)
    with _moved(world, Surroundings(clock.environ)):
        clock.set(seconds)
        began = {path.name for path in in_maildir(world.spool)}
        try:
            yield lambda: sum(_is_off(path) for path in in_maildir(world.spool) if path.name not in began)
        finally:
            clock.set(0)
            time.sleep(RIGHT_SECONDS)


def _is_off(path: Path) -> bool:
    """Whether the milter wrote the file at a wrong time: its name begins with the seconds since 1970."""
    return abs(int(path.name.partition(".")[0]) - time.time()) > OFF_SECONDS / 2


@contextmanager
def journal_gone(world: World, chance: Random) -> Iterator[Felt]:
    """The daemons log to a journald; that ends, and its socket is gone; then it is back."""
    with Journald() as journal:
        try:
            with _moved(world, Surroundings(wrapped=lambda command: journal.command(*command))):
                journal.stop()
                try:
                    yield _caught_since(world, time.monotonic())
                finally:
                    journal.start()
        finally:
            world.other_logs += [str(entry.get("MESSAGE")) for entry in journal.entries("SYSLOG_IDENTIFIER=trapline")]


@contextmanager
def log_pipe_broken(world: World, chance: Random) -> Iterator[Felt]:
    """The daemons' standard error is a pipe that nobody reads any more."""
    around = Surroundings(wrapped=lambda command: [sys.executable, "-c", _BROKEN_PIPE, *command])
    with _moved(world, around):
        yield _caught_since(world, time.monotonic())


@contextmanager
def _moved(world: World, around: Surroundings) -> Iterator[None]:
    for service in world.services:
        service.move(around)
    try:
        yield
    finally:
        for service in world.services:
            service.move(Surroundings())


def _caught_since(world: World, moment: float) -> Felt:
    def caught(sent: Sent) -> bool:
        return sent.letter.hits_a_trap and sent.accepted

    return lambda: world.load.since(moment, caught)


FAULTS = (
    Fault("milter killed (-9)", frozenset({"milter"}), milter_killed),
    Fault("reporter killed (-9)", frozenset({"reporter"}), reporter_killed),
    # Nor can a daemon that ends by itself, over a disk, be connected to a journal that is gone.
    # Not with a portal in trouble: a pause that begins while the clock is some hours ahead lasts so much longer.
    # Nor with a disk that takes nothing: the clock is seen to be wrong by the names of what is stored.
    Fault("clock ahead", frozenset({"milter", "reporter", "portal", "disk"}), clock_ahead),
    Fault("clock back", frozenset({"milter", "reporter", "portal", "disk"}), clock_back),
    Fault("journal's socket gone", frozenset({"milter", "reporter", "disk"}), journal_gone),
    Fault("log a broken pipe", frozenset({"milter", "reporter"}), log_pipe_broken),
)
