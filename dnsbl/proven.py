"""Zones that somebody asks now and then and waits for: a zone's word counts only after it passed its test.

A wrong DQS key or a resolver that rewrites answers can look like "not listed". The milter, which must answer at once,
keeps a watch of its own; here the test comes first, and is believed as long as health.py has it.
"""

import time
from collections.abc import Callable, Iterable

from trapline.dnsbl import health
from trapline.dnsbl.engine import Engine
from trapline.dnsbl.findings import Finding, Unknown
from trapline.dnsbl.health import Health, Outcome
from trapline.dnsbl.zones import Question, Zone


class ProvenZones:
    """The zones of `engine`, asked by one thread. Whoever made the engine closes it."""

    def __init__(self, engine: Engine, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        """`seconds`: how long the answers to one `ask` are waited for, and as long again for tests that are due."""
        self._engine = engine
        self._seconds = seconds
        self._now = now
        self._health = {zone: Health() for zone in engine.zones}

    @property
    def sent(self) -> int:
        """The questions that were sent so far: tests and repetitions too, since Spamhaus counts them."""
        return self._engine.board.sent()

    def ask(self, questions: Iterable[Question]) -> dict[Question, Finding]:
        """What the zones say. Unknown where a zone did not answer in time, or has not passed its last test."""
        wanted = tuple(questions)
        names = {question.zone for question in wanted}
        self._test(zone for name, zone in self._engine.zones.items() if name in names)
        found: dict[Question, Finding] = {
            question: Unknown(question.zone, question.object, f"the zone's test: {trouble}")
            for question in wanted
            if (trouble := self._health[question.zone].trouble) is not None
        }
        asked = [self._engine.ask(question) for question in wanted if question not in found]
        deadline = time.monotonic() + self._seconds
        found |= {one.question: one.wait(deadline) for one in asked}
        self._engine.sweep()
        return found

    def _test(self, zones: Iterable[Zone]) -> None:
        due = [zone for zone in zones if self._now() >= self._health[zone.name].due]
        for name, outcome in outcomes(self._engine, due, self._seconds).items():
            self._health[name], _ = health.after_test(self._health[name], outcome, self._now())


def outcomes(engine: Engine, zones: Iterable[Zone], seconds: float) -> dict[str, Outcome]:
    """How each of the zones answers its test points now, by its name; `seconds` are waited for all of them together."""
    asked = {
        zone.name: [(point, engine.test(point.question, point.zone)) for point in health.points(zone)] for zone in zones
    }
    deadline = time.monotonic() + seconds
    return {
        name: health.outcome([(point, test.wait(deadline)) for point, test in tests]) for name, tests in asked.items()
    }
