"""A sender with a queue and the portal, for tests."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.reporter.caught import TOKEN, Clock, queued
from tests.servers.portal import Portal
from trapline.config.events import Event
from trapline.config.settings import Spamhaus
from trapline.reporter.storage.store import Store
from trapline.reporter.submission import queue
from trapline.reporter.submission.pacing import Wait
from trapline.reporter.submission.portal import Portal as Client
from trapline.reporter.submission.sender import Ending, Sender
from trapline.reporter.submission.summary import Summary


@dataclass(slots=True)
class Bench:
    """A sender with a queue, a portal, and a clock that is moved by waiting."""

    store: Store
    portal: Portal
    clock: Clock = field(default_factory=Clock)
    said: list[str] = field(default_factory=list)
    summary: Summary = field(default_factory=Summary)
    options: dict[str, Any] = field(default_factory=dict)

    def say(self, said: str | Event) -> None:
        self.said.append(str(said))

    def queue(self, *values: str, kind: Any = "ip") -> None:
        queued(self.store, self.clock, *values, kind=kind)

    def limits(self) -> Spamhaus:
        return Spamhaus(**{"per_minute": 15, "backoff_seconds": 60.0} | self.options)

    def run(self, patience: timedelta | None = None, wait: Wait | None = None, token: str = TOKEN) -> Ending:
        """As after a restart: everything but the store is new."""
        client = Client(self.portal.url, token, timedelta(seconds=5))
        sender = Sender(self.store, client, self.limits(), self.clock, self.say)
        try:
            return sender.run(self.summary, wait or self.clock.wait, patience)
        finally:
            client.close()

    def counts(self) -> dict[str, int]:
        with self.store.reading() as db:
            return {state: count for state, count in queue.counts(db).items() if count}


@contextmanager
def a_daemons(bench: Bench) -> Iterator[Callable[[], Ending]]:
    """The rounds of one sender, which remembers."""
    client = Client(bench.portal.url, TOKEN, timedelta(seconds=5))
    sender = Sender(bench.store, client, bench.limits(), bench.clock, bench.say)
    try:
        yield lambda: sender.run(bench.summary, bench.clock.wait)
    finally:
        client.close()


def addresses(number: int) -> list[str]:
    return [f"11.0.0.{last}" for last in range(1, number + 1)]
