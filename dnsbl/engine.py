"""The lookups of all sessions: one query in flight for each question, whoever asks, and one cache for all.

A zone that failed its test (`health.py`) is left out: it is not asked, and nothing it said counts.

`ask` starts a lookup and returns at once, `Asked.wait` waits for what is left of it. The engine decides nothing and has
no thread of its own; `sweep` is to be called now and then, for lookups that nobody waits for any more.
"""

import logging
import resource
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from threading import Lock

from trapline.config.dqs import DqsCache
from trapline.config.events import Event, Fact
from trapline.config.values import Nameserver
from trapline.dnsbl import codes
from trapline.dnsbl.board import Board
from trapline.dnsbl.cache import DEFAULT_BOUNDS, Answer, Cache
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.lookup import Lookup, Query, Result
from trapline.dnsbl.names import query_name
from trapline.dnsbl.observer import Observer
from trapline.dnsbl.routes import Route, count_resolvers, routes
from trapline.dnsbl.zones import Question, Zone

MAX_IN_FLIGHT = 4096  #: questions under way; some share a socket. Fewer where the process may not open so many files
TEST_SECONDS = 0.05  #: that a sweep waits for each test of a zone: an answer that needs TCP comes to those who wait
LEFT_OUT = "left out until it passes its test"

_log = logging.getLogger(__name__)

_NOBODY = Observer()


class Asked(Query):
    """A question that was asked: what a session keeps until it needs the finding."""

    finding: Finding | None = None  #: None as long as it is not known
    lookup: "Lookup[Asked] | None" = None  #: None once it has landed

    def __init__(self, question: Question, name: bytes) -> None:
        """`name` is the question on the wire."""
        self.name = name  # as the base class does, whose call would cost a session a microsecond
        self.question = question

    def wait(self, deadline: float) -> Finding:
        """The finding; Unknown where the `deadline` (monotonic) comes first."""
        lookup = self.lookup
        if lookup is not None:
            lookup.wait(self, deadline)
        return self.finding or Unknown(self.question.zone, self.question.object, "timeout")


class Engine:
    """What the sessions of a process share. `close` it when done."""

    def __init__(
        self,
        zones: Mapping[str, Zone],
        nameservers: Sequence[Nameserver],
        timeout: float,
        now: Callable[[], float] = time.monotonic,
        bounds: DqsCache = DEFAULT_BOUNDS,
        board: Board | None = None,
        observer: Observer = _NOBODY,
    ) -> None:
        """`timeout`: seconds after which a lookup is given up. `board` is shared with other processes' engines;
        `observer` is told how lookups end.
        """
        self.zones = dict(zones)
        self.own_zones = frozenset(zone.name for zone in zones.values() if not zone.spamhaus)
        self.board = board or Board(tuple(zones), count_resolvers(zones.values(), nameservers))
        self.place = 0  #: this process's on the board
        self.left_out = self.board.left_out()  #: the zones that count for nothing now
        self.changes = 0  #: how often `left_out` has changed: what was found before a change may not count after it
        self._route_of = routes(zones, nameservers, timeout, now, self._resolver_changed)
        self._routes: tuple[Route, ...] = tuple(dict.fromkeys(self._route_of.values()))
        self._counted = tuple(route for route in self._routes if route.path.spamhaus)
        self._observer = observer
        self._cache = Cache(now, bounds)
        self._tests: list[Asked] = []
        self._in_flight: dict[Question, Asked] = {}
        self._lock = Lock()
        self._most = min(MAX_IN_FLIGHT, resource.getrlimit(resource.RLIMIT_NOFILE)[0] // 2)

    def known(self, questions: Sequence[Question]) -> dict[Question, Answer]:
        """What the zones said lately of `questions`, where that still holds and the zone counts."""
        if self.left_out:
            questions = [question for question in questions if question.zone not in self.left_out]
        found = self._cache.known(questions)
        if found:
            self._observer.cache_hits(len(found))
        return found

    def ask(self, question: Question) -> Asked:
        """Start to find out what the zone says, unless it is `known`. Returns at once; many may get the same object."""
        known = self.known((question,))
        return _answered(question, known[question]) if known else self.ask_all((question,))[0]

    def ask_all(self, questions: Iterable[Question]) -> list[Asked]:
        """`ask` for some at once, none of them `known`: in one lookup, which costs less than one for each."""
        fresh: list[Asked] = []
        with self._lock:
            found = [self._joined(question, fresh) for question in questions]
            lookups = self._lookups(fresh)
        for lookup in lookups:
            lookup.start()
        return found

    def test(self, question: Question, zone: Zone) -> Asked:
        """Ask for a test of `zone`: past the cache, and though it may be left out. `sweep` finds the answer."""

        def done(asked: Asked, result: Result) -> None:
            asked.finding = _finding(question, zone, result)

        try:
            asked = Asked(question, query_name(question, zone))
        except LookupFailed as error:
            return _answered(question, _finding(question, zone, error))
        asked.lookup = self._route_of[zone.name].lookup([asked], done)
        asked.lookup.start()
        self._tests.append(asked)
        return asked

    def sweep(self) -> None:
        """Do what nobody waits for: end lookups, so that they hold no socket; probe silent resolvers; test zones."""
        self.follow_board()
        for test in self._tests:
            test.wait(time.monotonic() + TEST_SECONDS)
        self._tests = [test for test in self._tests if test.finding is None]
        for lookup in self._under_way(self._in_flight.values()):
            lookup.sweep()
        for route in self._routes:
            route.sweep()

    def follow_board(self) -> None:
        """Leave out what is left out, take back what is taken back, and let the others know what was sent."""
        self._tell_sent()
        left_out = self.board.left_out()
        if left_out == self.left_out:
            return
        for zone in left_out ^ self.left_out:
            self._cache.forget(zone)  # before it counts again: what it said while it was not well is not believed
        self.left_out = left_out
        self.changes += 1

    @property
    def cached(self) -> int:
        """How many answers are kept."""
        return len(self._cache)

    def close(self) -> None:
        """Close the sockets, those of lookups under way too; what was sent is told."""
        self._tell_sent()
        for lookup in self._under_way((*self._in_flight.values(), *self._tests)):
            lookup.close()
        for route in self._routes:
            route.close()

    @staticmethod
    def _under_way(asked: Iterable[Asked]) -> Iterable[Lookup[Asked]]:
        return dict.fromkeys(lookup for one in tuple(asked) if (lookup := one.lookup) is not None)

    def _joined(self, question: Question, fresh: list[Asked]) -> Asked:
        """What is under way already, or not to be asked; else it joins those that are `fresh`."""
        if self.left_out and question.zone in self.left_out:
            return _answered(question, Unknown(question.zone, question.object, LEFT_OUT))
        self._observer.cache_miss()
        if (shared := self._in_flight.get(question)) is not None:
            return shared
        if len(self._in_flight) >= self._most:
            return self._not_sent(question, "too many lookups under way")
        try:
            asked = Asked(question, query_name(question, self.zones[question.zone]))
        except LookupFailed as error:
            return self._not_sent(question, str(error))
        self._in_flight[question] = asked
        fresh.append(asked)
        return asked

    def _not_sent(self, question: Question, why: str) -> Asked:
        finding = Unknown(question.zone, question.object, why)
        self._observer.looked_up(finding, None)
        return _answered(question, finding)

    def _lookups(self, fresh: Sequence[Asked]) -> list[Lookup[Asked]]:
        """One for each route that some of `fresh` take."""
        made = []
        for route in self._routes:
            if queries := [asked for asked in fresh if self._route_of[asked.question.zone] is route]:
                lookup = route.lookup(queries, self._land)
                made.append(lookup)
                for asked in queries:
                    asked.lookup = lookup
        return made

    def _land(self, asked: Asked, result: Result) -> None:
        """A lookup has ended: what it found is kept, unless it found nothing out."""
        question, lookup = asked.question, asked.lookup
        finding = _finding(question, self.zones[question.zone], result)
        if question.zone in self.left_out:  # since it was asked
            finding = Unknown(question.zone, question.object, LEFT_OUT)
        elif not isinstance(finding, Unknown):
            self._cache.put(question, finding)
        elif not isinstance(result, LookupFailed) and (octet := codes.error_octet(result.addresses)) is not None:
            self.board.alarm(question.zone, octet)
        asked.finding = finding
        asked.lookup = None  # else the two would keep each other until the garbage collector comes
        self._in_flight.pop(question, None)
        self._observer.looked_up(finding, None if lookup is None else time.monotonic() - lookup.started)

    def _tell_sent(self) -> None:
        """Let the others know how many questions went to Spamhaus; what other operators are asked is not counted."""
        self.board.add_sent(self.place, sum(route.resolvers.tally.take() for route in self._counted))

    def _resolver_changed(self, place: int, nameserver: Nameserver, *, alone: bool) -> None:
        if not self.board.resolver_is_news(place, alone=alone):
            return  # another process has said so
        facts: dict[str, Fact] = {"resolver": str(nameserver)}
        if alone:
            facts["why"] = "no answer time after time; it is probed"
            _log.warning(Event("resolver left alone", facts))
        else:
            _log.warning(Event("resolver back", facts))


def _answered(question: Question, finding: Finding) -> Asked:
    """What needs no lookup."""
    asked = Asked(question, b"")
    asked.finding = finding
    return asked


def _finding(question: Question, zone: Zone, result: Result) -> Finding:
    if isinstance(result, LookupFailed):
        return Unknown(question.zone, question.object, str(result))
    return codes.finding(question, zone, result.addresses, result.ttl)
