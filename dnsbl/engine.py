"""The lookups under way: one query in flight for each question, whoever asks, and one cache for all.

`ask` returns at once, so that a session can start its lookups early and wait for them late. The engine runs an event
loop in a thread of its own; it decides nothing.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from threading import Lock, Thread

from trapline.config.settings import Nameserver
from trapline.dnsbl import codes, transport
from trapline.dnsbl.cache import Cache
from trapline.dnsbl.errors import LookupFailed
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.names import query_name
from trapline.dnsbl.zones import Question, Zone

_log = logging.getLogger(__name__)


class Engine:
    """Asks the zones; shared by all sessions of a process. `close` it when done."""

    def __init__(
        self,
        zones: Mapping[str, Zone],
        nameservers: Sequence[Nameserver],
        timeout: float,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout`: seconds after which a lookup is given up."""
        self.zones = dict(zones)
        self._nameservers = tuple(nameservers)
        self._timeout = timeout
        self._cache = Cache(now)
        self._in_flight: dict[Question, Future[Finding]] = {}
        self._lock = Lock()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever, name="dnsbl", daemon=True)
        self._thread.start()

    def ask(self, question: Question) -> "Future[Finding]":
        """What the zone says, as soon as it does. The future never raises; it may hold an `Unknown`."""
        if (known := self._cache.get(question)) is not None:
            return _completed(known)
        with self._lock:
            shared = self._in_flight.get(question)
            if shared is not None:
                return shared
            future: Future[Finding] = Future()
            self._in_flight[question] = future
        asyncio.run_coroutine_threadsafe(self._look_up(question, future), self._loop)
        return future

    def close(self) -> None:
        """Give up the lookups under way and end the thread."""
        asyncio.run_coroutine_threadsafe(_cancel_others(), self._loop).result(timeout=5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=5)
        self._loop.close()

    async def _look_up(self, question: Question, future: "Future[Finding]") -> None:
        finding: Finding = Unknown(question.zone, question.object, "given up")
        try:
            finding = await self._find(question)
        except Exception as error:  # noqa: BLE001  a defect of ours must not leave a session waiting; the text may hold the key
            _log.error("lookup error: zone=%s defect=%s: please report this", question.zone, type(error).__name__)
        finally:
            with self._lock:
                del self._in_flight[question]
            future.set_result(finding)

    async def _find(self, question: Question) -> Finding:
        zone = self.zones[question.zone]
        try:
            answer = await transport.ask(query_name(question, zone), self._nameservers, self._timeout)
        except LookupFailed as error:
            return Unknown(question.zone, question.object, str(error))
        finding = codes.finding(question, zone, answer.addresses, answer.ttl)
        if not isinstance(finding, Unknown):
            self._cache.put(question, finding)
        return finding


def wait_for(question: Question, lookup: "Future[Finding]", deadline: float) -> Finding:
    """What `lookup` found; Unknown where the `deadline` (on the monotonic clock) comes first."""
    try:
        return lookup.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return Unknown(question.zone, question.object, "timeout")


def _completed(finding: Finding) -> "Future[Finding]":
    future: Future[Finding] = Future()
    future.set_result(finding)
    return future


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
