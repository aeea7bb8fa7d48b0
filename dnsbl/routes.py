"""By which resolvers each zone is asked: the configured ones, or its own.

Spamhaus's zones have a route of their own though another operator's go through the same resolvers: what is sent on it
counts against the DQS account. Who does well on a route is `resolvers.py`'s to know.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from trapline.config.values import Nameserver
from trapline.dnsbl.lookup import Lookup, Q, Query, Result
from trapline.dnsbl.names import query_name
from trapline.dnsbl.resolvers import Resolvers
from trapline.dnsbl.sockets import Sockets
from trapline.dnsbl.zones import Question, Zone


class Path(NamedTuple):
    """What tells one route from another."""

    spamhaus: bool
    nameservers: tuple[Nameserver, ...]


class Told(Protocol):
    """Is told what became of a resolver."""

    def __call__(self, place: int, nameserver: Nameserver, *, alone: bool) -> None:
        """`nameserver`, which has the `place` among those of all routes, is left `alone` from now on, or is back."""


def paths(zones: Iterable[Zone], nameservers: Sequence[Nameserver]) -> tuple[Path, ...]:
    """The routes that `zones` need, where those without resolvers of their own are asked through `nameservers`."""
    return tuple(dict.fromkeys(_path(zone, nameservers) for zone in zones))


def count_resolvers(zones: Iterable[Zone], nameservers: Sequence[Nameserver]) -> int:
    """How many resolvers there are on all routes."""
    return sum(len(path.nameservers) for path in paths(zones, nameservers))


class Route:
    """The resolvers of some zones, the sockets to them, and the probes of those that are left alone."""

    def __init__(
        self,
        path: Path,
        probed: Zone,
        first_place: int,
        timeout: float,
        now: Callable[[], float],
        told: Told,
    ) -> None:
        """`probed` is asked something to see whether a resolver is back; `told` of each change of one."""
        self.path = path
        self.resolvers = Resolvers(path.nameservers, now, self._changed)
        self._probed = probed
        self._first_place = first_place
        self._timeout = timeout
        self._told = told
        self._sockets = Sockets(path.nameservers)
        self._sockets_of = tuple(Sockets([nameserver]) for nameserver in path.nameservers)  # for probes
        self._probes: dict[int, Lookup[Query]] = {}

    def lookup(self, queries: Sequence[Q], done: Callable[[Q, Result], None]) -> Lookup[Q]:
        """A lookup that asks `queries`, to be started; `done` gets what it finds of each."""
        return Lookup(queries, self.resolvers, self._sockets, self._timeout, done)

    def sweep(self) -> None:
        """Probe the resolvers that are left alone."""
        for place in self.resolvers.resting():
            if place not in self._probes:
                self._probe(place)
        for probe in tuple(self._probes.values()):
            probe.sweep()

    def close(self) -> None:
        """Close the sockets."""
        for probe in self._probes.values():
            probe.close()
        for sockets in (self._sockets, *self._sockets_of):
            sockets.close()

    def _probe(self, place: int) -> None:
        """Ask a resolver that is left alone something; whatever it answers, it is back."""

        def done(_query: Query, _result: Result) -> None:
            del self._probes[place]
            if alone.quiet(0):
                self.resolvers.silent(place)
            else:
                self.resolvers.answered(place)

        alone = Resolvers([self.resolvers.nameservers[place]], time.monotonic)
        alone.tally = self.resolvers.tally
        name = query_name(Question(self._probed.name, "test"), self._probed)
        probe = self._probes[place] = Lookup([Query(name)], alone, self._sockets_of[place], self._timeout, done)
        probe.start()

    def _changed(self, place: int, *, alone: bool) -> None:
        self._told(self._first_place + place, self.path.nameservers[place], alone=alone)


def routes(
    zones: Mapping[str, Zone],
    nameservers: Sequence[Nameserver],
    timeout: float,
    now: Callable[[], float],
    told: Told,
) -> dict[str, Route]:
    """The route of each zone, by the zone's name; zones may share one."""
    made: dict[Path, Route] = {}
    place = 0
    for zone in zones.values():
        path = _path(zone, nameservers)
        if path not in made:
            made[path] = Route(path, zone, place, timeout, now, told)
            place += len(path.nameservers)
    return {name: made[_path(zone, nameservers)] for name, zone in zones.items()}


def _path(zone: Zone, nameservers: Sequence[Nameserver]) -> Path:
    return Path(zone.spamhaus, zone.nameservers or tuple(nameservers))
