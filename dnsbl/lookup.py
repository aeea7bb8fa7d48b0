"""One question under way: sent at once, read by whoever waits for it.

Nobody reads in the background, so no thread has to hand an answer over, and a question costs one send and one receive.
A lost datagram costs a quarter of a second: the question is sent again, to the next resolver where there is one, while
the earlier ones may still be answered; the first answer wins. No text here names what was asked: the DQS key is in it.
"""

import select
import socket
import time
from collections.abc import Callable
from threading import Lock

from trapline.dnsbl import general, wire
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.resolvers import Resolvers
from trapline.dnsbl.sockets import TICK_SECONDS, Sockets
from trapline.dnsbl.wire import MAX_RESPONSE_BYTES, Answer, Unusual

RETRY_SECONDS = (0.25, 0.5, 1.0, 2.0)  #: waits between the tries; the last one is repeated
TCP_SECONDS = 2.0  #: for an answer that dnspython has to fetch, where no other resolver could give it

Result = Answer | LookupFailed


class Lookup:
    """One question. Safe to wait for from many threads."""

    __slots__ = (
        "_at", "_done", "_expires", "_failures", "_heard", "_identity", "_lock", "_name", "_places", "_resolvers",
        "_sockets", "_tries", "_unusual_at", "_used", "result",
    )  # fmt: skip

    def __init__(
        self, name: bytes, resolvers: Resolvers, sockets: Sockets, timeout: float, done: Callable[[Result], None]
    ) -> None:
        """`name` on the wire is asked; `done` is called once, with the result, by whoever sees it come."""
        self.result: Result | None = None
        self._name = name
        self._identity = wire.identity()
        self._resolvers = resolvers
        self._sockets = sockets
        self._done = done
        self._used: dict[int, tuple[socket.socket, int]] = {}  # by the resolver's place
        self._places: list[int] = []  # of the resolvers that it was sent to, in order
        self._heard: tuple[int, ...] = ()  # the resolvers that answered, whatever they said
        self._unusual_at: int | None = None  # the resolver whose answer dnspython has to fetch
        self._tries = 0
        self._failures = 0
        self._at = 0.0  # of the last try
        self._expires = time.monotonic() + timeout
        self._lock = Lock()
        self._lock.acquire()  # until the question is sent: others may wait for it already

    def start(self) -> None:
        """Send the question; once."""
        try:
            place = self._resolvers.first()
            if place is None:
                self._finish(LookupFailed("no resolver answers, and each is left alone for a while"))
            else:
                self._transmit(place)
        finally:
            self._lock.release()

    def wait(self, deadline: float) -> Result | None:
        """The result; None where the `deadline` (monotonic) comes first."""
        while self.result is None:
            left = deadline - time.monotonic()
            if left <= 0 or not self._lock.acquire(timeout=left):
                break
            try:
                if self.result is None:
                    self._step(deadline)
            finally:
                self._lock.release()
        return self.result

    def sweep(self) -> None:
        """Take what has come and send again what is due, without waiting: nobody may be waiting for this lookup."""
        if self._lock.acquire(blocking=False):
            try:
                if self.result is None:
                    self._step(0.0)
            finally:
                self._lock.release()

    def close(self) -> None:
        """Close the sockets of a lookup that nobody waits for any more; it finds nothing out."""
        with self._lock:
            for one, _ in self._used.values():
                one.close()
            self._used.clear()

    def _step(self, deadline: float) -> None:
        """Read once, for as long as nothing else is due; then do what is."""
        now = time.monotonic()
        if self._unusual_at is not None and deadline > now:  # not while sweeping: it may take a while
            self._ask_otherwise(self._unusual_at, min(deadline, self._expires) - now)
            return
        due = self._at + RETRY_SECONDS[min(self._tries, len(RETRY_SECONDS)) - 1]
        self._receive(min(due, self._expires, deadline) - now)
        if self.result is not None:
            return
        now = time.monotonic()
        if now >= self._expires:
            self._finish(LookupFailed("timeout"), timed_out=True)
        elif now >= due:
            place = self._resolvers.after(self._places[-1])
            self._transmit(self._places[-1] if place is None else place)

    def _receive(self, seconds: float) -> None:
        """Take an answer, within about `seconds`."""
        if len(self._used) == 1 and seconds > 0.8 * TICK_SECONDS:
            ((place, (one, _)),) = self._used.items()
            self._take(place, one)
            return
        poll = select.poll()
        for one, _ in self._used.values():
            poll.register(one.fileno(), select.POLLIN)
        ready = {descriptor for descriptor, _ in poll.poll(max(0.0, seconds) * 1000)}
        for place, (one, _) in tuple(self._used.items()):
            if self.result is None and one.fileno() in ready:
                self._take(place, one)

    def _take(self, place: int, one: socket.socket) -> None:
        try:
            raw = one.recv(MAX_RESPONSE_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:  # an ICMP error: nobody listens there
            self._failed(place, error.strerror or type(error).__name__)
            return
        try:
            answer = wire.read(raw, self._identity, self._name)
        except Unusual:
            self._hear(place)
            self._unusual_at = place
        except LookupFailed as error:
            self._hear(place)
            self._failed(place, str(error))
        else:
            if answer is not None:
                self._hear(place)
                self._finish(answer)

    def _hear(self, place: int) -> None:
        """It answered, whatever it said: it is not silent."""
        self._resolvers.answered(place)
        self._heard += (place,)

    def _ask_otherwise(self, place: int, seconds: float) -> None:
        self._unusual_at = None
        try:
            nameserver, sent = self._resolvers.nameservers[place], self._resolvers.tally.add
            answer = general.ask(self._name, nameserver, min(seconds, self._patience(place)), sent)
        except LookupFailed as error:
            self._failed(place, str(error))
        else:
            self._finish(answer)

    def _patience(self, place: int) -> float:
        """For how long dnspython may ask: where its TCP is filtered, another resolver is not asked meanwhile."""
        if self._resolvers.after(place) in {None, place}:
            return TCP_SECONDS
        return RETRY_SECONDS[min(self._failures, len(RETRY_SECONDS) - 1)]

    def _failed(self, place: int, why: str) -> None:
        """One try has failed for good: the next resolver's turn, or the end when each has failed twice."""
        self._failures += 1
        following = self._resolvers.after(place)
        if following is None or self._failures >= 2 * len(self._resolvers):
            self._finish(LookupFailed(f"{why} from {self._resolvers.nameservers[place]}"))
        elif following != place:
            self._transmit(following)
        # The same resolver is asked again when that is due: at once would be too often.

    def _transmit(self, place: int) -> None:
        self._tries += 1
        self._places.append(place)
        self._at = time.monotonic()
        try:
            if place not in self._used:
                self._used[place] = self._sockets.take(place)
            self._used[place][0].send(wire.query(self._identity, self._name))
            self._resolvers.tally.add()
        except OSError as error:
            self._failed(place, error.strerror or type(error).__name__)

    def _finish(self, result: Result, *, timed_out: bool = False) -> None:
        """End it. All tries but the last, and that too where it `timed_out`, had the time for an answer: a resolver
        that gave none is silent.
        """
        if timed_out or len(self._places) > 1:  # hardly ever
            for place in set(self._places if timed_out else self._places[:-1]).difference(self._heard):
                self._resolvers.silent(place)
        is_empty = self._tries == 1 and self._heard  # one question, and its answer
        for place, (one, uses) in self._used.items():
            if is_empty:
                self._sockets.give_back(place, one, uses)
            else:  # an answer that comes late would stand in the way of its next user
                one.close()
        self._used.clear()
        self._done(result)
        self.result = result  # last: whoever sees it must find what `done` made of it
