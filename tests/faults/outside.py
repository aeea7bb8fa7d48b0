"""Faults of what is outside: the Submission Portal in five kinds of trouble, the name server silent or gone."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random

from tests.faults.fault import Fault, Felt, Happening
from tests.faults.load import Sent
from tests.faults.world import World
from tests.servers.portal import Answer, Request

GARBAGE = (
    Answer.without_json(),
    Answer(200, body=b'{"id": "7'),
    Answer(200, body=b"[]"),
    Answer(200, {"Content-Type": "application/octet-stream"}, b"\xff\0" * 50_000),
    Answer(302, {"Location": "http://127.0.0.1:9/"}, b""),
)
SLOW_SECONDS = (0.2, 1.0, 2.5)  # the reporter waits for 1.5

Trouble = Callable[[Request, Random, threading.Event], Answer | None]


def _error(request: Request, chance: Random, over: threading.Event) -> Answer:
    return Answer(chance.choice((500, 502, 503)))


def _slow_down(request: Request, chance: Random, over: threading.Event) -> Answer:
    return Answer.slow_down(chance.choice((None, "1", "2", "soon")))


def _garbage(request: Request, chance: Random, over: threading.Event) -> Answer:
    return chance.choice(GARBAGE)


def _slow(request: Request, chance: Random, over: threading.Event) -> None:
    """It takes the submission, and says so late: at times to nobody."""
    over.wait(chance.choice(SLOW_SECONDS))


def _never(request: Request, chance: Random, over: threading.Event) -> Answer:
    over.wait(60)
    return Answer(503)


def portal_in(trouble: Trouble) -> Happening:
    """Each request gets what `trouble` says, while it lasts."""

    @contextmanager
    def happen(world: World, chance: Random) -> Iterator[Felt]:
        over, before = threading.Event(), len(world.mx.portal.requests)
        world.mx.portal.trouble = lambda request: trouble(request, chance, over)
        try:
            yield lambda: len(world.mx.portal.requests) - before
        finally:
            world.mx.portal.trouble = None
            over.set()

    return happen


@contextmanager
def dns_silent(world: World, chance: Random) -> Iterator[Felt]:
    """The name server takes questions, and answers none."""
    world.mx.dns.pause()
    try:
        yield _let_in_since(world, time.monotonic())
    finally:
        world.mx.dns.resume()


@contextmanager
def dns_gone(world: World, chance: Random) -> Iterator[Felt]:
    """There is no name server."""
    world.mx.dns.stop()
    try:
        yield _let_in_since(world, time.monotonic())
    finally:
        world.mx.dns.start()


def _let_in_since(world: World, moment: float) -> Felt:
    """Letters of listed clients: nobody can know that now, and mail flows."""

    def let_in(sent: Sent) -> bool:
        return sent.letter.kind == "listed" and sent.accepted

    return lambda: world.load.since(moment, let_in)


FAULTS = (
    Fault("portal answers 5xx", frozenset({"portal"}), portal_in(_error)),
    Fault("portal answers 429", frozenset({"portal"}), portal_in(_slow_down)),
    Fault("portal answers garbage", frozenset({"portal"}), portal_in(_garbage)),
    Fault("portal answers slowly", frozenset({"portal"}), portal_in(_slow)),
    Fault("portal never answers", frozenset({"portal"}), portal_in(_never)),
    Fault("DNS silent", frozenset({"dns"}), dns_silent),
    Fault("DNS gone", frozenset({"dns"}), dns_gone),
)
