"""Faults of the store: locked; a PostgreSQL server killed, or taking nobody."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.fault import Fault, Felt
from tests.faults.stores import Postgresql
from tests.faults.world import World


@contextmanager
def database_locked(world: World, chance: Random) -> Iterator[Felt]:
    """Somebody else has the database for himself, as a backup may; at times for longer than the store waits."""
    with world.store.locked():
        yield _waiting(world)


@contextmanager
def server_killed(world: World, chance: Random) -> Iterator[Felt]:
    """All of PostgreSQL's processes are killed (-9); in the end it is started again, and recovers."""
    server = _postgresql(world).server
    server.kill()
    try:
        yield _waiting(world)
    finally:
        server.start()


@contextmanager
def server_refuses(world: World, chance: Random) -> Iterator[Felt]:
    """PostgreSQL ends all connections to the database, and takes no new ones."""
    store = _postgresql(world)
    with store.server.refusing(store.url):
        yield _waiting(world)


def _waiting(world: World) -> Felt:
    """What the reporter can't take."""
    return lambda: len(list((world.spool / "new").iterdir()))


def _postgresql(world: World) -> Postgresql:
    assert isinstance(world.store, Postgresql)
    return world.store


# Not with a portal in trouble: the reporter can't take up a submission, so it would not feel that.
_TOUCHED = frozenset({"disk", "portal"})

FAULTS = (Fault("database locked", _TOUCHED, database_locked),)

FAULTS_OF_POSTGRESQL = (
    Fault("database's server killed (-9)", _TOUCHED, server_killed),
    Fault("database refuses connections", _TOUCHED, server_refuses),
)
