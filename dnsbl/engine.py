"""The lookups of all sessions: one query in flight for each question, whoever asks, and one cache for all.

`ask` starts a lookup and returns at once, `finding` waits for what is left of it. It decides nothing and has no thread
of its own; `sweep` is to be called now and then, for lookups that nobody waits for any more.
"""

import resource
import time
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

from trapline.config.values import Nameserver
from trapline.dnsbl import codes
from trapline.dnsbl.cache import Cache
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.lookup import Lookup, Result
from trapline.dnsbl.names import query_name
from trapline.dnsbl.observer import Observer
from trapline.dnsbl.resolvers import Resolvers
from trapline.dnsbl.sockets import Sockets
from trapline.dnsbl.zones import Question, Zone

MAX_IN_FLIGHT = 4096  #: lookups under way; each holds a socket. Fewer where the process may not open so many files

_NOBODY = Observer()


class Asked:
    """A question that was asked: what a session keeps until it needs the finding."""

    __slots__ = ("finding", "lookup", "question")

    def __init__(self, question: Question, finding: Finding | None = None, lookup: Lookup | None = None) -> None:
        self.question = question
        self.finding = finding  #: None as long as it is not known
        self.lookup = lookup

    def wait(self, deadline: float) -> Finding:
        """The finding; Unknown where the `deadline` (monotonic) comes first."""
        if self.finding is None and self.lookup is not None:
            self.lookup.wait(deadline)
        return self.finding or Unknown(self.question.zone, self.question.object, "timeout")


class Engine:
    """What the sessions of a process share. `close` it when done."""

    def __init__(
        self,
        zones: Mapping[str, Zone],
        nameservers: Sequence[Nameserver],
        timeout: float,
        now: Callable[[], float] = time.monotonic,
        observer: Observer = _NOBODY,
    ) -> None:
        """`timeout`: seconds after which a lookup is given up; `observer` is told how lookups end."""
        self.zones = dict(zones)
        self.resolvers = Resolvers(nameservers, now)
        self._timeout = timeout
        self._observer = observer
        self._cache = Cache(now)
        self._sockets = Sockets(nameservers)
        self._sockets_of = tuple(Sockets([nameserver]) for nameserver in nameservers)  # for probes
        self._probes: dict[int, Lookup] = {}
        self._in_flight: dict[Question, Asked] = {}
        self._lock = Lock()
        self._most = min(MAX_IN_FLIGHT, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)

    def ask(self, question: Question) -> Asked:
        """Start to find out what the zone says. Returns at once; many may get the same object."""
        if (known := self._cache.get(question)) is not None:
            self._observer.cache_hit()
            return Asked(question, known)
        self._observer.cache_miss()
        with self._lock:
            if (shared := self._in_flight.get(question)) is not None:
                return shared
            if len(self._in_flight) >= self._most:
                overload = Unknown(question.zone, question.object, "too many lookups under way")
                self._observer.looked_up(overload, None)
                return Asked(question, overload)
            asked = self._in_flight[question] = Asked(question)
            try:
                asked.lookup = self._lookup(asked)
            except LookupFailed as error:
                self._land(asked, error, None)
                return asked
        asked.lookup.start()
        return asked

    def sweep(self) -> None:
        """Bring lookups forward for which nobody waits, so that they hold no socket; probe silent resolvers."""
        for asked in tuple(self._in_flight.values()):
            if asked.lookup is not None:
                asked.lookup.sweep()
        for place in self.resolvers.resting():
            if place not in self._probes:
                self._probe(place)
        for probe in tuple(self._probes.values()):
            probe.sweep()

    def _probe(self, place: int) -> None:
        """Ask a resolver that is left alone something; whatever it answers, it is back."""

        def done(_result: Result) -> None:
            del self._probes[place]
            if alone.quiet(0):
                self.resolvers.silent(place)
            else:
                self.resolvers.answered(place)

        alone = Resolvers([self.resolvers.nameservers[place]], time.monotonic)
        zone = next(iter(self.zones.values()))
        probe = self._probes[place] = Lookup(f"test.{zone.suffix}", alone, self._sockets_of[place], self._timeout, done)
        probe.start()

    @property
    def cached(self) -> int:
        """How many answers are kept."""
        return len(self._cache)

    def close(self) -> None:
        """Close the sockets."""
        for sockets in (self._sockets, *self._sockets_of):
            sockets.close()

    def _lookup(self, asked: Asked) -> Lookup:
        name = query_name(asked.question, self.zones[asked.question.zone])
        started = time.monotonic()

        def done(result: Result) -> None:
            self._land(asked, result, time.monotonic() - started)

        return Lookup(name, self.resolvers, self._sockets, self._timeout, done)

    def _land(self, asked: Asked, result: Result, seconds: float | None) -> None:
        """A lookup has ended after `seconds`: what it found is kept, unless it found nothing out."""
        question = asked.question
        if isinstance(result, LookupFailed):
            finding: Finding = Unknown(question.zone, question.object, str(result))
        else:
            finding = codes.finding(question, self.zones[question.zone], result.addresses, result.ttl)
        if not isinstance(finding, Unknown):
            self._cache.put(question, finding)
        asked.finding = finding
        self._in_flight.pop(question, None)
        self._observer.looked_up(finding, seconds)
