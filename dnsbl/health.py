"""Is a zone well? What to ask it for a test, what its answers mean, and whether it counts for mail.

A zone names two test points: one that it must list, and one that it must not list (RFC 5782, 5, whose rule is to stop
using a zone that fails). What is right for mail, by what a test shows:

- It lists the point that it must not: it would refuse everybody. Left out at once, whatever else it says.
- It does not list the point that it must, or answers 127.255.255.x: it would refuse nobody, so nothing is lost by
  leaving it out, and asking it would cost queries. Left out, so that the operator hears of it.
- No answer, or the resolver's failure: that says nothing of the zone. It stays as it was: one that counts goes on
  counting (a lookup without an answer refuses nobody either), one that is left out stays out until a test goes well.

Mail flows in each case. Pure: the clock is handed in; the milter's watch asks, logs and tells the engine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from trapline.dnsbl.findings import Finding, Listed, NotListed, Unknown
from trapline.dnsbl.observer import kind
from trapline.dnsbl.zones import Question, Zone

EVERY_SECONDS = 1800.0  #: between the tests of a zone that is well
AGAIN_SECONDS = 60.0  #: until the next test of one that is not, so that it is taken back soon
REMIND_SECONDS = 1800.0  #: after which the log says again that a zone is left out

_ANY_CODE = frozenset(range(1, 255))
_NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class Point:
    """One question of a test."""

    question: Question
    zone: Zone  #: with the codes that count for this question
    listed: bool  #: what the answer must be


@dataclass(frozen=True, slots=True)
class Well:
    """The zone answered each test point as it must."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The zone answered wrongly."""

    why: str
    kind: str  #: of failure; `why` may have another address in it at each test


@dataclass(frozen=True, slots=True)
class Unanswered:
    """Nothing was found out."""

    why: str


Outcome = Well | Failed | Unanswered


@dataclass(frozen=True, slots=True)
class Health:
    """How a zone did in its last test. Times are the clock's seconds."""

    counts: bool = True  #: for mail; so it does until a test fails
    trouble: str | None = "not tested yet"  #: what the last test met; None where it went well
    failing: str | None = None  #: the kind of failure for which it does not count
    due: float = _NEVER  #: when it is tested again
    tested: float = _NEVER  #: when the last test ended
    said: float = _NEVER  #: when the log last had that it is left out


News = Literal["zone well", "zone left out", "zone back", "zone not tested"]


@dataclass(frozen=True, slots=True)
class Saying:
    """What the operator is to hear."""

    event: News
    why: str


def points(zone: Zone) -> tuple[Point, ...]:
    """What to ask `zone` for a test; nothing where it names no test points.

    Any code will do for the point that must be listed, whatever codes are configured to count. Only codes that count
    make the other one a failure, since only they can refuse anybody.
    """
    found = []
    if zone.test_listed:
        found.append(Point(Question(zone.name, zone.test_listed), replace(zone, codes=_ANY_CODE), listed=True))
    if zone.test_unlisted:
        found.append(Point(Question(zone.name, zone.test_unlisted), zone, listed=False))
    return tuple(found)


def outcome(answers: Iterable[tuple[Point, Finding]]) -> Outcome:
    """What the answers to all of a zone's test points mean together; the worst counts."""
    judged = [_judged(point, finding) for point, finding in answers]
    # A list of the world is the worst: the last one to be judged, so it is the first to be looked at.
    failed = next((one for one in reversed(judged) if isinstance(one, Failed)), None)
    return failed or next((one for one in judged if isinstance(one, Unanswered)), Well())


def _judged(point: Point, finding: Finding) -> Outcome:
    asked = point.question.object
    match finding:
        case Unknown(why=why, answered=True):
            return Failed(why, kind(finding))
        case Unknown(why=why):
            return Unanswered(why)
        case Listed() if not point.listed:
            return Failed(f"it lists {asked}, which it must not: it would refuse anybody", "lists all")
        case NotListed() if point.listed:
            hint = "is the DQS key right?" if point.zone.spamhaus else "are its domain and its test point right?"
            return Failed(f"it does not list its test point {asked}, so it lists nobody: {hint}", "lists nobody")
        case Listed() | NotListed():
            return Well()


def after_test(before: Health, found: Outcome, now: float) -> tuple[Health, Saying | None]:
    """The health of a zone after a test that ended at `now`, and what is worth a line in the log."""
    match found:
        case Well():
            health = Health(trouble=None, due=now + EVERY_SECONDS, tested=now)
            return health, _relief(before)
        case Failed(why, failing):
            news = before.counts or before.failing != failing or now - before.said >= REMIND_SECONDS
            said = now if news else before.said
            due = now + AGAIN_SECONDS
            health = Health(counts=False, trouble=why, failing=failing, due=due, tested=now, said=said)
            return health, Saying("zone left out", why) if news else None
        case Unanswered(why):
            # What is left out was said, and stays so; and so was a test before without an answer.
            news = before.counts and (before.trouble is None or before.tested == _NEVER)
            trouble = why if before.counts else before.trouble
            health = replace(before, trouble=trouble, due=now + AGAIN_SECONDS, tested=now)
            return health, Saying("zone not tested", why) if news else None


def after_alarm(health: Health) -> Health:
    """After an error answer to mail's own question: a test is due, unless there was one within the last minute."""
    return replace(health, due=min(health.due, health.tested + AGAIN_SECONDS))


def _relief(before: Health) -> Saying | None:
    if not before.counts:
        return Saying("zone back", "it answers its test points as it must")
    return Saying("zone well", "it answers its test points as it must") if before.trouble else None
