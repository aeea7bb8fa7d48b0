"""The watch over zones and queries, kept from the milter's main loop: it asks, logs, and writes on the board.

What a test means is `dnsbl/health.py`'s to say, what is too many questions `dnsbl/volume.py`'s. It has no thread:
`look` is called a few times a second, after the engine's sweep. With several workers their parent keeps it for all of
them, so that a zone is tested once and each line is in the log once.
"""

import logging
import time
from collections.abc import Callable
from datetime import UTC, date, datetime

from trapline.config.dqs import Dqs
from trapline.config.events import Event, Fact
from trapline.dnsbl import codes, health, volume
from trapline.dnsbl.engine import Asked, Engine
from trapline.dnsbl.health import Health, News, Point
from trapline.dnsbl.volume import Day, Level, Limit, Reached
from trapline.dnsbl.zones import Zone
from trapline.milter.seldom import Seldom

_log = logging.getLogger(__name__)

_LEVELS: dict[News, int] = {
    "zone well": logging.INFO,
    "zone left out": logging.ERROR,
    "zone back": logging.WARNING,
    "zone not tested": logging.WARNING,
}
_EFFECTS: dict[News, str] = {
    "zone left out": "it counts for no mail until a test goes well, the next one is in a minute",
    "zone not tested": "mail that it has no answer for flows unchecked; it is tested again in a minute",
}
REACHED: dict[Level, tuple[str, int]] = {
    "share": ("queries near the limit", logging.WARNING),
    "limit": ("queries at the limit", logging.ERROR),
}


def _today() -> date:
    return datetime.now(UTC).date()


class Watch:
    """What became of the zones' tests and of the day's questions so far."""

    def __init__(
        self,
        engine: Engine,
        dqs: Dqs,
        now: Callable[[], float] = time.monotonic,
        today: Callable[[], date] = _today,
    ) -> None:
        self.engine = engine
        self._now = now
        self._today = today
        self._seldom = Seldom(now)
        self._health = {zone: Health() for zone in engine.zones}
        self._running: dict[str, list[tuple[Point, Asked]]] = {}
        self._alarms: dict[str, int] = {}  # the last octet of an error answer, until a test has told more
        self._limit = Limit(dqs.queries_per_day, dqs.warn_at)
        self._day = Day(today(), engine.board.sent())

    @property
    def left_out(self) -> tuple[str, ...]:
        """The zones that count for no mail until they are well."""
        return tuple(zone for zone, health in self._health.items() if not health.counts)

    def look(self, *, force: bool = False) -> None:
        """Go on with what is due; `force` tests each zone now."""
        for zone in self.engine.zones.values():
            self._look_at(zone, force=force)
        self._count()

    def close(self) -> None:
        """Close the engine, and log the day's questions."""
        self.engine.close()
        self._count()
        self._log_day()

    def _look_at(self, zone: Zone, *, force: bool) -> None:
        if (octet := self.engine.board.take_alarm(zone.name)) is not None:
            self._alarms[zone.name] = octet
            self._health[zone.name] = health.after_alarm(self._health[zone.name])
        running = self._running.get(zone.name)
        if force or (running is None and self._now() >= self._health[zone.name].due):
            self._start(zone)
        elif running is not None:
            answers = [(point, asked.finding) for point, asked in running if asked.finding is not None]
            if len(answers) == len(running):
                del self._running[zone.name]
                self._judge(zone.name, health.outcome(answers))

    def _start(self, zone: Zone) -> None:
        points = health.points(zone)
        if points:
            self._running[zone.name] = [(point, self.engine.test(point.question, point.zone)) for point in points]
        else:
            self._tell_alarm(zone.name)

    def _judge(self, zone: str, outcome: health.Outcome) -> None:
        self._health[zone], saying = health.after_test(self._health[zone], outcome, self._now())
        self.engine.board.leave_out(zone, out=not self._health[zone].counts)
        self.engine.follow_board()
        if saying is not None:
            facts: dict[str, Fact] = {"zone": zone, "why": saying.why}
            if saying.event in _EFFECTS:
                facts["effect"] = _EFFECTS[saying.event]
            _say(Event(saying.event, facts, level=_LEVELS[saying.event]))
        self._tell_alarm(zone)

    def _tell_alarm(self, zone: str) -> None:
        """Say what error mail met, where the zone's own test does not say it."""
        octet = self._alarms.pop(zone, None)
        if octet is None or not self._health[zone].counts:
            return
        answer = f"{codes.ERROR_NETWORK}{octet}"
        if (suppressed := self._seldom.suppressed(f"{zone} {answer}")) is not None:
            why = codes.error_meaning(self.engine.zones[zone], answer)
            facts: dict[str, Fact] = {"zone": zone, "answer": answer, "why": why}
            _say(Event("zone error", facts | {"suppressed": suppressed}, level=logging.ERROR))

    def _count(self) -> None:
        if (today := self._today()) != self._day.date:
            self._log_day()
            self._day = Day(today, self.engine.board.sent())
        self._day, reached = volume.follow(self._day, self.engine.board.sent(), self._limit)
        if reached is not None:
            self._log_reached(reached)

    def _log_reached(self, reached: Reached) -> None:
        event, level = REACHED[reached.level]
        facts: dict[str, Fact] = {"day": str(self._day.date), "sent": reached.sent, "limit": self._limit.queries}
        _say(Event(event, facts, level=level))

    def _log_day(self) -> None:
        """The day's sum, from its beginning or the milter's start."""
        sent = self._day.sent(self.engine.board.sent())
        _say(Event("queries", {"day": str(self._day.date), "sent": sent}))


def _say(event: Event) -> None:
    _log.log(event.level, event)
