"""The reporter killed while it writes the blocklist out, and what its readers find meanwhile and in the end."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_network
from pathlib import Path
from random import Random

from tests.faults.fault import Fault, Felt
from tests.faults.service import Surroundings
from tests.faults.world import LISTS, World
from trapline.dnsbl import blockfile
from trapline.dnsbl.blockfile import BlockfileError

STEPS = 15  # of writing all files once: each is synced, put in place, its folder synced
LOOK_SECONDS = 0.02

# The command, killed as it is about to do one step or another with a file in the folder that is named first.
_KILLED_AT_A_STEP = f"""
import os, runpy, secrets, signal, sys
folder, left = sys.argv[1], 1 + secrets.randbelow({STEPS})
def counted(step, name):
    def count(what, *more, **named):
        global left
        path = os.readlink(f"/proc/self/fd/{{what}}") if isinstance(what, int) else os.fspath(what)
        left -= path.startswith(folder)
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        return step(what, *more, **named)
    setattr(os, name, count)
for name in ("fsync", "replace", "unlink"):
    counted(getattr(os, name), name)
sys.argv = sys.argv[2:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@contextmanager
def publisher_killed(world: World, chance: Random) -> Iterator[Felt]:
    """The reporter is killed (-9) at one step or another of writing the blocklist's files."""
    folder = str(world.lists)
    around = Surroundings(wrapped=lambda command: [sys.executable, "-c", _KILLED_AT_A_STEP, folder, *command])
    before = len(world.reporter.ended)
    world.reporter.move(around)
    try:
        with _reader(world):
            yield lambda: world.reporter.ended[before:].count(-9)
    finally:
        world.reporter.move(Surroundings())


@contextmanager
def _reader(world: World) -> Iterator[None]:
    """Somebody who reads the files all the time; what is not whole goes to the books."""
    stop = threading.Event()

    def read() -> None:
        while not stop.wait(LOOK_SECONDS):
            world.torn += torn(world.lists)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def torn(folder: Path) -> list[str]:
    """The files that are there and not whole."""
    found = []
    for name in LISTS:
        try:
            _read(folder / name)
        except FileNotFoundError:
            continue
        except (BlockfileError, ValueError) as error:
            found.append(f"{name}: {error}")
    return found


def _read(path: Path) -> None:
    """Raises BlockfileError, ValueError: it is not whole."""
    match path.name:
        case "milter":
            blockfile.read(path)
        case "details":
            json.loads(path.read_bytes())
        case _:
            if not path.read_bytes().endswith(b"\n"):
                raise ValueError("it ends within a line")


def differs(world: World) -> list[str]:
    """Networks that the store has and the plain text has not, or the other way round."""
    stored = {
        str(ip_network((value[1:-1], value[-1])))
        for (value,) in world.store.rows("SELECT network FROM blocklist WHERE state = 'listed'")
    }
    text = world.lists / "text"
    lines = text.read_text().splitlines() if text.exists() else []
    written = {str(ip_network(line)) for line in lines if not line.startswith("#")}
    return [f"{network} is not in both" for network in sorted(stored ^ written)]


FAULTS = (Fault("reporter killed (-9) as it publishes", frozenset({"reporter", "disk"}), publisher_killed),)
