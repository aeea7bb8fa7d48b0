"""Questions under way, all on one socket: sent at once, read by whoever waits for one of them.

Nobody reads in the background, so no thread has to hand an answer over, and a question costs one send and one receive.
A lost datagram costs a quarter of a second: the question is sent again, to the next resolver where there is one, while
the earlier ones may still be answered; the first answer wins. No text here names what was asked: the DQS key is in it.
"""

import errno
import select
import socket
import time
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

from trapline.dnsbl import general, wire
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.resolvers import Resolvers
from trapline.dnsbl.sockets import TICK_SECONDS, Sockets, Used
from trapline.dnsbl.wire import MAX_RESPONSE_BYTES, Answer, Unusual

RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)  #: waits between the tries; the last one is repeated
TCP_SECONDS = 2.0  #: for an answer that dnspython has to fetch, where no other resolver could give it
GLANCE_SECONDS = 0.1  #: after which one who waits for another to read looks whether his answer has come

# What an ICMP message comes to, of whichever datagram that was sent on the socket.
_UNREACHABLE = frozenset((errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN))

Result = Answer | LookupFailed


class Query:
    """One question of one lookup, which alone changes it. Its defaults are the class's: a session makes three."""

    identity = 0
    place = -1  #: of the resolver that it was sent to last
    earlier: tuple[int, ...] = ()  #: the places before
    is_refused = False  #: whether that resolver failed: it is awaited no more
    unusual_at: int | None = None  #: the resolver whose answer dnspython has to fetch
    failures = 0
    ended = False

    def __init__(self, name: bytes) -> None:
        """`name` is what is asked about, on the wire."""
        self.name = name


Q = TypeVar("Q", bound=Query)


class Lookup(Generic[Q]):
    """Some questions to the same resolvers. Safe to wait for from many threads."""

    _heard: tuple[int, ...] = ()  # the places of the resolvers that answered, whatever they said
    _sent = 0  # datagrams
    _answered = 0  # of them
    _rounds = 0  # how often those that had no answer were sent again
    _is_closing = False

    def __init__(
        self,
        queries: Sequence[Q],
        resolvers: Resolvers,
        sockets: Sockets,
        timeout: float,
        done: Callable[[Q, Result], None],
    ) -> None:
        """A few `queries` are sent; `done` is called once for each, with its result, by whoever sees that come."""
        self._open: dict[int, Q] = {}  # those that have not ended, by their IDs
        for query in queries:
            query.identity = wire.identity()
            while query.identity in self._open:
                query.identity = wire.identity()
            self._open[query.identity] = query
        self._resolvers = resolvers
        self._sockets = sockets
        self._done = done
        self._used: list[Used] = []
        self.started = time.monotonic()
        self._expires = self.started + timeout
        self._due = min(self.started + RETRY_SECONDS[0], self._expires)  # when to do something else than read
        self._lock = Lock()
        self._lock.acquire()  # until the questions are sent: others may wait for them already

    def start(self) -> None:
        """Send the questions; once."""
        try:
            place = self._resolvers.first()
            for query in tuple(self._open.values()):
                if place is None:
                    self._finish(query, LookupFailed("no resolver answers, and each is left alone for a while"))
                else:
                    self._transmit(query, place)
        finally:
            self._lock.release()

    def wait(self, query: Q, deadline: float) -> None:
        """Come back when `query`, one of these, has its result; at the `deadline` (monotonic) at the latest."""
        while not query.ended and not self._is_closing and (left := deadline - time.monotonic()) > 0:
            # Whoever holds it reads until he has what he waits for; what others wait for comes with it.
            if self._lock.acquire(timeout=min(left, GLANCE_SECONDS)):
                try:
                    self._read(query, deadline)
                finally:
                    self._lock.release()

    def sweep(self) -> None:
        """Take what has come and send again what is due, without waiting: nobody may be waiting for this lookup."""
        if self._lock.acquire(blocking=False):
            try:
                if self._open:
                    self._receive(0.0)
                    self._send_due()
            finally:
                self._lock.release()

    def close(self) -> None:
        """Close the sockets; who still waits finds nothing out."""
        self._is_closing = True  # else who reads would hold the lock until his deadline
        with self._lock:
            for used in self._used:
                used.socket.close()
            self._used.clear()

    def _read(self, query: Q, deadline: float) -> None:
        """Read until `query` has ended."""
        while not query.ended and not self._is_closing and (now := time.monotonic()) < deadline:
            if query.unusual_at is not None:
                self._ask_otherwise(query, query.unusual_at, deadline)
                continue
            self._receive(min(self._due, deadline) - now)
            self._send_due()
            if not query.ended:  # hardly ever
                self._fetch_for_others(deadline)

    def _fetch_for_others(self, deadline: float) -> None:
        """An answer that dnspython has to fetch: who waits for it can't, as long as we read."""
        for other in tuple(self._open.values()):
            if other.unusual_at is not None:
                self._ask_otherwise(other, other.unusual_at, deadline)
                return

    def _send_due(self) -> None:
        """Send again what has no answer in time; end all when it is too late for one."""
        if not self._open or (now := time.monotonic()) < self._due:
            return
        if now >= self._expires:
            for query in tuple(self._open.values()):
                self._finish(query, LookupFailed("timeout"), timed_out=True)
            return
        self._rounds += 1
        self._due = min(now + RETRY_SECONDS[min(self._rounds, len(RETRY_SECONDS) - 1)], self._expires)
        for query in tuple(self._open.values()):
            place = self._resolvers.after(query.place)
            self._transmit(query, query.place if place is None else place)

    def _receive(self, seconds: float) -> None:
        """Take what comes first, within about `seconds`, and what is there with it."""
        if len(self._used) == 1 and seconds > 0.8 * TICK_SECONDS:
            self._take(self._used[0])
            return
        poll = select.poll()
        for used in self._used:
            poll.register(used.socket.fileno(), select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}
        for used in tuple(self._used):
            while self._open and used.socket.fileno() in ready and self._take(used, socket.MSG_DONTWAIT):
                pass

    def _take(self, used: Used, flags: int = 0) -> bool:
        """Read once; whether an answer to one of the questions came."""
        place = used.place
        try:
            raw = used.socket.recv(MAX_RESPONSE_BYTES, flags)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:  # an ICMP error: nobody listens there
            self._broken(place, general.plain(error))
            return False
        query = self._open.get(int.from_bytes(raw[:2], "big"))
        if query is None:
            return False
        said: Result | Unusual | None
        try:
            said = wire.read(raw, query.identity, query.name)
        except (LookupFailed, Unusual) as error:
            said = error
        if said is None:
            return False
        self._answered += 1
        if place not in self._heard:
            self._heard += (place,)
        self._resolvers.answered(place)
        if isinstance(said, Answer):
            self._finish(query, said)
        elif isinstance(said, LookupFailed):
            self._failed(query, place, str(said))
        else:
            query.unusual_at = place
        return True

    def _ask_otherwise(self, query: Q, place: int, deadline: float) -> None:
        query.unusual_at = None
        seconds = min(deadline, self._expires) - time.monotonic()
        try:
            nameserver, sent = self._resolvers.nameservers[place], self._resolvers.tally.add
            answer = general.ask(query.name, nameserver, min(seconds, self._patience(query, place)), sent)
        except LookupFailed as error:
            self._failed(query, place, str(error))
        else:
            self._finish(query, answer)

    def _patience(self, query: Q, place: int) -> float:
        """For how long dnspython may ask: where its TCP is filtered, another resolver is not asked meanwhile."""
        if self._resolvers.after(place) in {None, place}:
            return TCP_SECONDS
        return RETRY_SECONDS[min(query.failures, len(RETRY_SECONDS) - 1)]

    def _broken(self, place: int, why: str) -> None:
        """The socket to a resolver had an error, of whichever datagram: what is awaited there will not come."""
        for query in tuple(self._open.values()):
            if query.place == place and not query.is_refused and query.identity in self._open:
                self._failed(query, place, why)

    def _failed(self, query: Q, place: int, why: str) -> None:
        """One try has failed for good: the next resolver's turn, or the end when each has failed twice."""
        query.failures += 1
        following = self._resolvers.after(place)
        if following is None or query.failures >= 2 * len(self._resolvers):
            self._finish(query, LookupFailed(f"{why} from {self._resolvers.nameservers[place]}"))
            return
        if place != query.place:
            return  # its turn was over, and another one is awaited
        query.is_refused = True
        if following != place:
            self._due = min(max(self._due, time.monotonic() + RETRY_SECONDS[0]), self._expires)  # to have time
            self._transmit(query, following)
        # The same resolver is asked again when that is due: at once would be too often.

    def _transmit(self, query: Q, place: int) -> None:
        if query.identity not in self._open:  # the error that another one met has ended it
            return
        if query.place >= 0:  # hardly ever
            query.earlier += (query.place,)
            query.is_refused = False
        query.place = place
        try:
            self._socket(place).send(wire.query(query.identity, query.name))
        except OSError as error:
            if error.errno in _UNREACHABLE:
                self._broken(place, general.plain(error))
            else:  # this one was not sent; what was sent before may well be answered
                self._failed(query, place, general.plain(error))
        else:
            self._sent += 1
            self._resolvers.tally.add()

    def _socket(self, place: int) -> socket.socket:
        """Raises OSError: there is none to be had."""
        for used in self._used:
            if used.place == place:
                return used.socket
        taken = self._sockets.take(place)
        self._used.append(taken)
        return taken.socket

    def _finish(self, query: Q, result: Result, *, timed_out: bool = False) -> None:
        """End it. All tries but the last, and that too where it `timed_out`, had the time for an answer: a resolver
        that gave none is silent.
        """
        del self._open[query.identity]
        if timed_out or query.earlier:  # hardly ever
            had_time = (*query.earlier, query.place) if timed_out else query.earlier
            for place in set(had_time).difference(self._heard):
                self._resolvers.silent(place)
        if not self._open:
            self._give_back()
        try:
            self._done(query, result)
        finally:
            query.ended = True  # last: whoever sees it must find what `done` made of it

    def _give_back(self) -> None:
        is_empty = self._sent == self._answered  # an answer that comes late would stand in the way of its next user
        for used in self._used:
            if is_empty:
                self._sockets.give_back(used)
            else:
                used.socket.close()
        self._used.clear()
