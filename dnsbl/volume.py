"""How many questions a day go to the Data Query Service, held against what the account allows.

Every one that is sent counts: tries again, probes of a resolver and tests of zones too, since Spamhaus counts them. A
resolver that caches lets fewer through, so this is the most that Spamhaus can have seen from here; other users of the
same key are not in it. Days are UTC. Pure: date and sum are handed in.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

Level = Literal["share", "limit"]


@dataclass(frozen=True, slots=True)
class Limit:
    """What the account allows."""

    queries: int  #: a day; 0 where it is not known, and nothing is warned of
    warn_at: float  #: the share of it at which the operator is warned first, above 0 and at most 1

    def level(self, sent: int) -> Level | None:
        """What `sent` questions on one day have reached."""
        if not self.queries or sent < self.queries * self.warn_at:
            return None
        return "share" if sent < self.queries else "limit"


@dataclass(frozen=True, slots=True)
class Day:
    """One day's questions."""

    date: date
    began_at: int  #: the sum of all questions when the day began, or the milter started
    warned: Level | None = None  #: what was warned of last

    def sent(self, total: int) -> int:
        """The day's questions, where `total` is the sum of all."""
        return total - self.began_at


@dataclass(frozen=True, slots=True)
class Reached:
    """A share of the limit, or all of it, has been used."""

    level: Level
    sent: int


def follow(day: Day, total: int, limit: Limit) -> tuple[Day, Reached | None]:
    """The day after `total` questions in all, and the warning that is due: one for each level."""
    level = limit.level(day.sent(total))
    if level is None or level == day.warned:
        return day, None
    return replace(day, warned=level), Reached(level, day.sent(total))
