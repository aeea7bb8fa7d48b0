"""Faults of the disk that the spool lies on, and a store that is a file: full, read-only."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.fault import Fault, Felt
from tests.faults.world import World


@contextmanager
def disk_full(world: World, chance: Random) -> Iterator[Felt]:
    """No room is left (ENOSPC) for spool and store, or hardly any."""
    world.fill_disk(spare_bytes=chance.choice((0, 4096, 65_536)))
    try:
        yield _put_off_since(world, time.monotonic())
    finally:
        world.empty_disk()


@contextmanager
def disk_read_only(world: World, chance: Random) -> Iterator[Felt]:
    """The file system of spool and store is read-only, but for files that are open: as after an error of its disk."""
    disk = str(world.disk)
    subprocess.run(["mount", "--bind", disk, disk], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
        yield _put_off_since(world, time.monotonic())
    finally:
        subprocess.run(["umount", "--lazy", disk], check=True)


def _put_off_since(world: World, moment: float) -> Felt:
    return lambda: world.load.since(moment, lambda sent: sent.put_off)


FAULTS = (
    Fault("disk read-only", frozenset({"disk"}), disk_read_only, no_room=True),
    # Neither with a portal in trouble: the reporter can't take up a submission, so it would not feel that.
    Fault("disk full", frozenset({"disk", "portal"}), disk_full, no_room=True),
)
